package warehouse

import (
	"context"
	"slices"

	"github.com/kalpafall/df360/internal/fault"
)

// Entry is one line of the ledger: a load that is in a table.
type Entry struct {
	Dataset  string
	Version  int64
	CommitID string
	Mode     Mode
	RunID    string
	// Fresh: the table held nothing of before: it was made, or emptied.
	Fresh bool
}

// Plan is what a load has to do.
type Plan struct {
	// There: nothing.
	There bool
	// Commits are those whose rows are to be loaded; nil is all rows of the version.
	Commits []Commit
}

// MakePlan decides what is left to do for a version, from the ledger of its
// target, newest entry first. exists says whether the target is there; entries
// of a table that is gone count for nothing.
func MakePlan(ctx context.Context, in *Input, mode Mode, exists bool, ledger []Entry) (Plan, error) {
	ledger = effective(ledger)
	if !exists {
		ledger = nil
	}
	switch mode {
	case Replace:
		return Plan{There: len(ledger) > 0 && ledger[0].Mode == Replace && ledger[0].CommitID == in.CommitID}, nil
	case Append:
		return planAppend(ctx, in, ledger)
	default:
		return planMerge(ctx, in, ledger)
	}
}

// effective are the entries since the table last was empty, that one included.
func effective(ledger []Entry) []Entry {
	if i := slices.IndexFunc(ledger, func(e Entry) bool { return e.Fresh }); i >= 0 {
		return ledger[:i+1]
	}
	return ledger
}

// loaded is the newest version of the dataset that a table is known to hold
// whole, or -1. Every load leaves one whole: a replace and a merge by themselves,
// an append because it never leaves out an earlier commit. It is known by its
// commit: another lake's version of the same number is another one.
func loaded(ctx context.Context, in *Input, ledger []Entry) (int64, error) {
	newest := int64(-1)
	for _, e := range ledger {
		if e.Dataset != in.Dataset || e.Version <= newest {
			continue
		}
		same, err := isCommit(ctx, in, e)
		if err != nil {
			return 0, err
		}
		if !same {
			return 0, fault.New(fault.Conflict, "the table holds version %d of another %s than this lake's", e.Version, in.Dataset).
				WithHint("--mode replace loads this lake's, and drops those rows")
		}
		newest = e.Version
	}
	return newest, nil
}

// isCommit reports whether an entry is of this lake's dataset. Of versions that
// are newer than the input nothing is known.
func isCommit(ctx context.Context, in *Input, e Entry) (bool, error) {
	switch {
	case e.Version > in.Version:
		return true, nil
	case e.Version == in.Version:
		return e.CommitID == in.CommitID, nil
	}
	commits, err := in.Commits(ctx, e.Version)
	if err != nil {
		return false, err
	}
	return len(commits) > 0 && commits[0].ID == e.CommitID, nil
}

// since lists the commits that a table lacks, and finds whether one of them
// replaced rows.
func since(ctx context.Context, in *Input, have int64) (commits []Commit, replaced *Commit, err error) {
	all, err := in.Commits(ctx, have+1)
	if err != nil {
		return nil, nil, err
	}
	for i, c := range all {
		switch c.Change {
		case Nothing:
		case Adds:
			commits = append(commits, c)
		case Replaces:
			return nil, &all[i], nil
		}
	}
	return commits, nil, nil
}

// rest is what a load has to do on top of version have.
func rest(ctx context.Context, in *Input, have int64) (p Plan, replaced *Commit, err error) {
	switch {
	case have >= 0 && have >= in.Version:
		return Plan{There: true}, nil, nil
	case have < 0:
		return Plan{}, nil, nil // all of it
	}
	p.Commits, replaced, err = since(ctx, in, have)
	p.There = len(p.Commits) == 0 && replaced == nil
	return p, replaced, err
}

// planAppend finds the commits that are not in the table. They follow what is.
func planAppend(ctx context.Context, in *Input, ledger []Entry) (Plan, error) {
	if in.Version < 0 {
		return Plan{}, fault.New(fault.Usage, "%s has no commits to append: another tool made its folder", in.Dataset).
			WithHint("--mode replace loads it")
	}
	have, err := loaded(ctx, in, ledger)
	if err != nil {
		return Plan{}, err
	}
	p, replaced, err := rest(ctx, in, have)
	if replaced != nil {
		return Plan{}, fault.New(fault.Schema, "version %d of %s replaced rows that are in the table: it cannot be appended",
			replaced.Version, in.Dataset).WithHint("--mode replace loads the version whole; the next --mode append goes on from there")
	}
	return p, err
}

// planMerge finds the commits that were not merged yet, or takes all rows.
func planMerge(ctx context.Context, in *Input, ledger []Entry) (Plan, error) {
	if in.Version < 0 {
		return Plan{}, nil
	}
	have, err := loaded(ctx, in, ledger)
	if err != nil {
		return Plan{}, err
	}
	p, _, err := rest(ctx, in, have) // where rows were replaced, all are merged
	return p, err
}
