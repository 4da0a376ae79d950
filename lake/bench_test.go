package lake_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/kalpafall/df360/lake"
)

// BenchmarkList lists a lake of 1,000 datasets.
func BenchmarkList(b *testing.B) {
	root := b.TempDir()
	l, err := lake.Open(root, lake.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		ref := lake.Ref{Layer: lake.Raw, Name: fmt.Sprintf("d%04d", i)}
		if _, err := commit(l, ref, appendTo(ref.Name), 1); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		entries, err := l.List(context.Background())
		if err != nil || len(entries) != 1000 {
			b.Fatalf("%d entries, %v", len(entries), err)
		}
	}
}

// BenchmarkOpenLongLog looks up a dataset of many commits.
func BenchmarkOpenLongLog(b *testing.B) {
	l, err := lake.Open(b.TempDir(), lake.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 350 {
		if _, err := commit(l, lake.Ref{Layer: lake.Raw, Name: "events"}, appendTo("events"), int64(i)); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := l.Lookup(context.Background(), lake.Ref{Layer: lake.Raw, Name: "events"}, lake.Latest); err != nil {
			b.Fatal(err)
		}
	}
}
