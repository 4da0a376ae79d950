package main

import (
	"context"
	"io"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

// version is what this program says about itself.
type version struct {
	Version   string     `json:"version"`
	Revision  string     `json:"revision"` // "" where the build had no history
	Committed *time.Time `json:"committed_at"`
	Modified  bool       `json:"modified"` // built from a changed work tree
	Go        string     `json:"go"`
	Platform  string     `json:"platform"`
	Engine    string     `json:"engine"` // the embedded engine's module and version
}

const engineModule = "github.com/duckdb/duckdb-go/v2"

// readVersion reads what the Go toolchain has put into the binary.
func readVersion() version {
	v := version{Version: "dev", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if m := info.Main.Version; m != "" && m != "(devel)" {
		v.Version = m
	}
	for _, dep := range info.Deps {
		if dep.Path == engineModule {
			v.Engine = "duckdb-go " + dep.Version
		}
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		case "vcs.time":
			if t, err := time.Parse(time.RFC3339, s.Value); err == nil {
				v.Committed = &t
			}
		}
	}
	return v
}

func newVersionCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "tells the version of df360 and of its engine",
		Example: `  df360 version
  df360 version --json`,
		Args: arguments(0, 0, "no arguments"),
		RunE: a.command("version", func(context.Context, []string) (*outcome, error) {
			v := readVersion()
			return &outcome{Result: v, Text: func(w io.Writer) error {
				_, err := io.WriteString(w, "df360 "+v.Version+" ("+v.Engine+", "+v.Go+", "+v.Platform+")\n")
				return err
			}}, nil
		}),
	}
}
