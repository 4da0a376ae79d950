package ingest_test

import (
	"strings"
	"testing"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/sqltype"
)

// What a rejected value wants is told with the command that widens the column to
// it: it must be a type that the column can become.
func TestWhatIsWantedWidensTheColumn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ has, gets, want string }{
		{`5`, `1.5`, "DOUBLE"},
		{`5`, `12345678901234567890`, "DECIMAL(38,0)"},
		{`5`, `true`, "VARCHAR"},
		{`1.5`, `9007199254740993`, "VARCHAR"},
		{`true`, `1`, "VARCHAR"},
		{`"2025-01-31"`, `"2025-01-31T10:00:00Z"`, "TIMESTAMPTZ"},
		{`"2025-01-31"`, `"soon"`, "VARCHAR"},
		{`[1]`, `[1.5]`, "DOUBLE[]"},
		{`[[true]]`, `[[1]]`, "VARCHAR[][]"},
		{`[1]`, `"x"`, "VARCHAR"},
		{`{"b":1}`, `{"b":1.5}`, ""},
		{`[{"b":1}]`, `[{"b":1.5}]`, ""},
	} {
		t.Run(c.has+" "+c.gets, func(t *testing.T) {
			t.Parallel()
			f := &fake{batches: [][]*ingest.Block{{rows(`{"x":` + c.has + `}`)}, {rows(`{"x":` + c.gets + `}`)}}}
			wanted(t, run(t, f, ingest.Options{}), c.want)
		})
	}
}

func TestWhatADecimalWants(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ gets, want string }{
		{"1.505", "DECIMAL(11,3)"},
		{"-123456789.5", "DECIMAL(11,2)"},
		{"123456789.12500", "DECIMAL(12,3)"},
		{"1234567890123456789012345678901234567.89", "VARCHAR"},
		{"1e-3", "DOUBLE"},
		{"x", "VARCHAR"},
	} {
		for name, block := range map[string]*ingest.Block{"CSV": text("x", c.gets+"\n"), "JSON": rows(`{"x":` + c.gets + `}`)} {
			if name == "JSON" && c.gets == "x" {
				continue
			}
			t.Run(name+" "+c.gets, func(t *testing.T) {
				t.Parallel()
				f := &fake{batches: [][]*ingest.Block{{rows(`{"x":1}`), block}}}
				wanted(t, run(t, f, ingest.Options{Declared: []columns.Field{{Key: "x", Name: "x", Type: sqltype.DecimalOf(10, 2)}}}), c.want)
			})
		}
	}
}

func wanted(t *testing.T, r *result, want string) {
	t.Helper()
	got := ""
	if w := r.report.Wants["x"]; w != nil {
		got = w.Type.String()
	}
	if r.err != nil || len(r.report.Rejects) != 1 || got != want {
		t.Errorf("wants %q instead of %q, rejected %+v, %v", got, want, r.report.Rejects, r.err)
	}
}

func TestTheColumnIsToldWhereARowEndsTheRun(t *testing.T) {
	t.Parallel()
	none, err := ingest.ParseBound("0")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []ingest.Options{{FailOnReject: true}, {MaxRejects: none}} {
		f := &fake{batches: [][]*ingest.Block{{rows(`{"x":1}`)}, {rows(`{"x":"a"}`)}}}
		if err := run(t, f, o).err; err == nil || !strings.Contains(err.Error(), `fake:1: column x: "a" is no BIGINT`) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
