package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/ingest/file"
	"github.com/kalpafall/df360/ingest/parquet"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
)

// ingestFileFlags are the flags of ingest file, as they were given.
type ingestFileFlags struct {
	ingestFlags
	format     string
	encoding   string
	delimiter  string
	quote      string
	header     string
	batchBytes sizeValue
	atomic     bool
	again      bool
}

func newIngestFileCmd(a *app) *cobra.Command {
	f := &ingestFileFlags{}
	cmd := &cobra.Command{
		Use:   "file PATH... --dataset NAME",
		Short: "takes files into a raw dataset: CSV, JSON, Parquet, also compressed",
		Long: `Reads files, folders and patterns (- is standard input) and commits their rows to
raw.NAME. A file is taken once, whatever it is called the next time: running the command
again over a growing folder takes only what is new.

Types are found from all rows of the first commit and stay; a row that does not fit goes
to NAME_rejected with its text, the reason and its line.`,
		Example: `  df360 ingest file orders.csv --dataset orders
  df360 ingest file 'exports/**/*.csv.gz' events/ --dataset events
  zcat dump.jsonl.gz | df360 ingest file - --dataset dump --format jsonl`,
		Args: arguments(1, -1, "files, folders or patterns"),
	}
	cmd.RunE = a.command("ingest file", func(ctx context.Context, args []string) (*outcome, error) {
		if err := require(cmd, "dataset"); err != nil {
			return nil, err
		}
		if err := f.settle(a); err != nil {
			return nil, err
		}
		return a.runIngestFile(ctx, args, f)
	})
	f.add(a, cmd)
	a.lakeFlags(cmd)
	a.writeFlags(cmd)
	a.engineFlags(cmd)
	a.progressFlag(cmd)
	return cmd
}

func (f *ingestFileFlags) add(a *app, cmd *cobra.Command) {
	a.addIngestFlags(cmd, &f.ingestFlags)
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", string(file.Auto), "`FORMAT` of the files: auto, csv, json, jsonl or parquet")
	flags.StringVar(&f.encoding, "encoding", "", "`NAME` of the encoding of texts (default utf-8)")
	flags.StringVar(&f.delimiter, "delimiter", "", "`CHARACTER` between fields of CSV: , ; | tab ... (default: found out)")
	flags.StringVar(&f.quote, "quote", "", "`CHARACTER` around fields of CSV (default \")")
	flags.StringVar(&f.header, "header", string(file.HeaderAuto), "`WHETHER` the first line of CSV is a header: auto, yes or no")
	topic(cmd, "Format", "format", "encoding", "delimiter", "quote", "header")
	f.batchBytes = sizeValue{text: "1GiB", bytes: 1 << 30}
	flags.Var(&f.batchBytes, "batch-bytes", "size of the files of one commit, at least one file")
	flags.BoolVar(&f.atomic, "atomic", false, "one commit of all files, or none")
	flags.BoolVar(&f.again, "reingest", false, "take files that were taken before")
	topic(cmd, "Commit", "batch-bytes", "atomic", "reingest")
	a.complete(cmd, "format", file.Formats()...)
	a.complete(cmd, "header", file.HeaderModes()...)
}

// source finds the files.
func (f *ingestFileFlags) source(a *app, paths, known []string) (*file.Source, error) {
	o := file.Options{
		Paths: paths, Stdin: a.stdin, Format: file.Format(f.format), Header: file.HeaderMode(f.header), BatchBytes: f.batchBytes.bytes,
		Atomic: f.atomic, Again: f.again, TempDir: a.spillDir(), Known: known, Log: a.log,
	}
	_, memory := a.workers()
	o.MaxRecord = int(min(256<<20, max(32<<20, memory/8)))
	for _, choice := range []struct {
		flag, value string
		have        []string
	}{{"format", f.format, file.Formats()}, {"header", f.header, file.HeaderModes()}} {
		if contains(choice.have, choice.value) {
			continue
		}
		err := fault.New(fault.Usage, "--%s %q is none of %s", choice.flag, choice.value, strings.Join(choice.have, ", "))
		if near := nearest.Of(choice.value, choice.have); near != "" {
			err = err.WithHint("did you mean --%s %s?", choice.flag, near)
		}
		return nil, err
	}
	var err error
	if o.Delimiter, err = oneByte("delimiter", f.delimiter); err != nil {
		return nil, err
	}
	if o.Quote, err = oneByte("quote", f.quote); err != nil {
		return nil, err
	}
	if o.Encoding, err = file.Encoding(f.encoding); err != nil {
		return nil, err
	}
	return file.New(o)
}

// oneByte reads a flag whose value is one character; \t and tab are a tabulator.
func oneByte(flag, value string) (byte, error) {
	switch {
	case value == "":
		return 0, nil
	case value == `\t` || value == "tab":
		return '\t', nil
	case len(value) != 1 || value[0] >= 0x80 || value[0] == '\n' || value[0] == '\r':
		return 0, fault.New(fault.Usage, "--%s %q is not one ASCII character", flag, value).WithHint("a tabulator is written as tab")
	}
	return value[0], nil
}

func (a *app) runIngestFile(ctx context.Context, paths []string, f *ingestFileFlags) (out *outcome, err error) {
	ref, err := f.ref()
	if err != nil {
		return nil, err
	}
	l, err := a.openLake("ingest file")
	if err != nil {
		return nil, err
	}
	known, err := (&ingestStore{l: l, ref: ref}).known(ctx)
	if err != nil {
		return nil, err
	}
	source, err := f.source(a, paths, known)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	if a.dryRun {
		return a.planIngestFile(ctx, l, ref, source)
	}
	o := f.options(a)
	o.Done = func(context.Context) { source.Done() }
	engine := &childEngine{a: a}
	defer func() { err = errors.Join(err, engine.Close()) }()
	o.Files = &parquet.Reader{Engine: engine, Compression: a.settings.Compression}
	run, err := a.ingest(ctx, "ingest file", ref, l, source, o)
	return a.ingestFileOutcome(run, source, err)
}

// ingestFileOutcome sums up a run.
func (a *app) ingestFileOutcome(run *ingestRun, source *file.Source, err error) (*outcome, error) {
	s, results := run.summary()
	s.FilesSkipped = source.Skipped()
	out := &outcome{Summary: s, Result: results, Closing: run.closing(a, s)}
	if err != nil {
		if len(run.store.records) == 0 {
			out = nil
		}
		return out, run.behindCommits(err)
	}
	problems := source.Unreadable()
	switch {
	case len(problems) == 0:
		return out, nil
	case !source.Taken():
		return nil, problems[0]
	}
	return out, fault.New(fault.Partial, "%s could not be read: %w", plural(int64(len(problems)), "file"), errors.Join(problems...)).
		WithHint("the other files are in the dataset; run the command again when these are mended")
}
