package unite

import (
	"os"
	"path/filepath"
	"testing"
)

// moveInto moves a file into a folder that is made for it.
func moveInto(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}
