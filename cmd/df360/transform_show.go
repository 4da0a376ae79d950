package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/transform"
	"github.com/kalpafall/df360/transform/duckdb"
)

// transformPlan is what a dry run tells.
type transformPlan struct {
	transform.Decision
	Type    string             `json:"type"`
	Input   transform.Mark     `json:"input"`
	Reads   []transform.Read   `json:"reads"`
	Steps   []transform.Step   `json:"steps"`
	Writes  []transform.Output `json:"writes"`
	Checks  []transform.Check  `json:"checks"`
	Prelude []string           `json:"prelude,omitempty"`
}

// show tells what would be done, and does nothing.
func (t *transformRun) show(ctx context.Context) (*outcome, error) {
	if t.f.emitSQL && t.decision.Mode != transform.Partitions {
		t.decision = transform.Decision{Mode: transform.Everything, Why: "the SQL of a full run is printed"}
	}
	p := transformPlan{Decision: t.decision, Type: t.typ.Name, Input: t.mark()}
	if t.decision.Mode != transform.Nothing && t.decision.Mode != transform.OnlyAggregate {
		if err := t.prepare(ctx, &p); err != nil {
			return nil, err
		}
	}
	s, _ := nothingNew(t.processed, t.base.Version)
	out := &outcome{Summary: s, Result: p}
	if t.f.emitSQL {
		p.Prelude = duckdb.Prelude()
		out.Result = p
		out.Text = func(w io.Writer) error { return writeSQL(w, p) }
		return out, nil
	}
	out.Closing = "transform " + t.raw.Name + ": nothing was written (dry run)"
	out.Text = func(w io.Writer) error { return t.writePlan(w, p) }
	return out, nil
}

// prepare makes the plan.
func (t *transformRun) prepare(ctx context.Context, p *transformPlan) (err error) {
	w, err := t.a.openWorkbench(ctx, t.l, t.input, t.before(), t.rejectedBefore(ctx))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	j, err := t.job(ctx, w)
	if err != nil {
		return err
	}
	j.Stamp = t.a.now()
	if err := t.addBefore(ctx, w, &j); err != nil {
		return err
	}
	plan, err := transform.Prepare(ctx, w.engine, j)
	if err != nil {
		return t.named(w, err)
	}
	p.Reads, p.Steps, p.Writes, p.Checks = plan.Reads, plan.Steps, plan.Writes, plan.Checks
	return nil
}

// writePlan prints a plan for people.
func (t *transformRun) writePlan(w io.Writer, p transformPlan) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (type %s, %s)\n", t.raw.Name, p.Mode, p.Type, p.Why)
	for _, r := range p.Reads {
		fmt.Fprintf(&b, "read   %s: %s, %s of %s\n", r.View, plural(r.Rows, "row"), plural(int64(r.Files), "file"), t.version())
	}
	for _, s := range p.Steps {
		kind := "view"
		if s.Keep {
			kind = "table"
		}
		fmt.Fprintf(&b, "step   %s (%s)\n%s\n", s.Name, kind, indent(s.SQL))
	}
	for _, o := range p.Writes {
		fmt.Fprintf(&b, "write  %s → %s%s\n", o.View, t.output(o.View), partitioned(o.PartitionBy))
	}
	for _, c := range p.Checks {
		fmt.Fprintf(&b, "check  %s: %s\n", c.Name, c.Rule)
	}
	_, err := io.WriteString(w, printable(b.String()))
	return err
}

// version is the input as people call it.
func (t *transformRun) version() string {
	if t.input.Foreign {
		return t.raw.String()
	}
	return fmt.Sprintf("%s v%d", t.raw, t.input.Version)
}

// output is the dataset that a view is written to.
func (t *transformRun) output(view string) string {
	switch {
	case strings.HasPrefix(view, "rejected"):
		return t.processed.String() + "_rejected"
	case view == "aggregate":
		return t.processed.String() + "_agg"
	}
	return t.processed.String()
}

func partitioned(by []string) string {
	if len(by) == 0 {
		return ""
	}
	return ", partitioned by " + strings.Join(by, ", ")
}

func indent(sql string) string { return "       " + strings.ReplaceAll(sql, "\n", "\n       ") }

// writeSQL prints a plan as a script: the tables and views that lead from raw
// to what is written.
func writeSQL(w io.Writer, p transformPlan) error {
	var b strings.Builder
	for _, macro := range p.Prelude {
		fmt.Fprintf(&b, "%s;\n", macro)
	}
	for _, s := range p.Steps {
		kind := "VIEW"
		if s.Keep {
			kind = "TABLE"
		}
		fmt.Fprintf(&b, "\nCREATE OR REPLACE TEMP %s %s AS\n%s;\n", kind, s.Name, s.SQL)
	}
	for _, o := range p.Writes {
		fmt.Fprintf(&b, "\nSELECT * FROM %s;\n", o.View)
	}
	_, err := io.WriteString(w, printableSQL(b.String()))
	return err
}

// printableSQL is printable for text that an engine reads: white space, which
// stands in literals as well, stays what it is.
func printableSQL(text string) string {
	var b strings.Builder
	for text != "" {
		at := strings.IndexAny(text, "\n\t\r")
		if at < 0 {
			at = len(text)
		}
		b.WriteString(table.Printable(text[:at]))
		if at < len(text) {
			b.WriteByte(text[at])
			at++
		}
		text = text[at:]
	}
	return b.String()
}
