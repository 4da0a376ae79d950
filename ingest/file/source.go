package file

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"strings"

	"golang.org/x/text/encoding"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/internal/fault"
)

// Name is the _source of rows from files.
const Name = "file"

// Options of a source.
type Options struct {
	// Paths are files, folders, patterns, or Stdin.
	Paths []string
	// Stdin is what Stdin means.
	Stdin io.Reader
	// Format of all files; Auto is each file's own.
	Format Format
	// Encoding of text; nil is UTF-8.
	Encoding encoding.Encoding
	// Delimiter and Quote of CSV; 0 is each file's own.
	Delimiter, Quote byte
	// Header says whether CSV has one.
	Header HeaderMode
	// BatchBytes is how many bytes of files a commit holds, at least one file;
	// 0 is 1 GiB.
	BatchBytes int64
	// Atomic makes one commit of all files, or none.
	Atomic bool
	// Again takes files that were taken before.
	Again bool
	// TempDir is where standard input is kept, "" is the system's.
	TempDir string
	// Known are the columns that the dataset has, by their names and what sources
	// call them: they tell a header.
	Known []string
	// MaxRecord is how many bytes one record may have; 0 is 256 MiB.
	MaxRecord int
	// Read is told how many bytes were read.
	Read func(bytes int64)
	// Log takes what is worth knowing; nil discards it.
	Log *slog.Logger
}

// HeaderMode says whether CSV files have a header.
type HeaderMode string

// The modes.
const (
	HeaderAuto HeaderMode = "auto"
	HeaderYes  HeaderMode = "yes"
	HeaderNo   HeaderMode = "no"
)

// HeaderModes lists them.
func HeaderModes() []string { return []string{string(HeaderAuto), string(HeaderYes), string(HeaderNo)} }

// Source is files. It implements ingest.Source.
type Source struct {
	o        Options
	inputs   []*input
	problems []error // paths that mean nothing
	pool     *buffers
	last     *batch
}

// New finds the files.
func New(o Options) (*Source, error) {
	if o.BatchBytes <= 0 {
		o.BatchBytes = 1 << 30
	}
	if o.MaxRecord <= 0 {
		o.MaxRecord = 256 << 20
	}
	if o.Read == nil {
		o.Read = func(int64) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Header == "" {
		o.Header = HeaderAuto
	}
	s := &Source{o: o, pool: &buffers{}}
	var paths []string
	paths, s.problems = List(o.Paths)
	for _, path := range paths {
		in, err := look(path, o.Stdin, o.TempDir)
		in.err = err
		s.inputs = append(s.inputs, in)
	}
	if err := s.failAtOnce(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// failAtOnce is the error of a source of which nothing can come.
func (s *Source) failAtOnce() error {
	readable := 0
	for _, in := range s.inputs {
		if in.err == nil {
			readable++
		}
	}
	if problems := s.Unreadable(); len(problems) > 0 && (readable == 0 || s.o.Atomic) {
		return joined(problems)
	}
	return nil
}

// joined is one error of several, of the kind of the first.
func joined(problems []error) error {
	if len(problems) == 1 {
		return problems[0]
	}
	return fault.New(fault.CodeOf(problems[0]), "%w", errors.Join(problems...))
}

// Name is file.
func (s *Source) Name() string { return Name }

// Columns are none: files bring their own.
func (s *Source) Columns() []ingest.Column { return nil }

// Close lets the files go.
func (s *Source) Close() error {
	var err error
	for _, in := range s.inputs {
		err = errors.Join(err, in.close())
	}
	return err
}

// Bytes is the size of all files.
func (s *Source) Bytes() int64 {
	var n int64
	for _, in := range s.inputs {
		n += in.size
	}
	return n
}

// Skipped is how many files were taken by an earlier run, or are the same as
// another of this one.
func (s *Source) Skipped() int {
	n := 0
	for _, in := range s.inputs {
		if in.taken {
			n++
		}
	}
	return n
}

// Unreadable says what could not be read, and why.
func (s *Source) Unreadable() []error {
	out := append([]error{}, s.problems...)
	for _, in := range s.inputs {
		if in.err != nil {
			out = append(out, in.err)
		}
	}
	return out
}

// Taken reports whether any file was read, now or before.
func (s *Source) Taken() bool {
	for _, in := range s.inputs {
		if in.err == nil && (in.taken || in.done) {
			return true
		}
	}
	return false
}

// progress is the source's member of a dataset's progress: files that were taken,
// by sha256, and headers of CSV files by their hash, which say what the fields of a
// rejected record are.
type progress struct {
	Files   map[string]fileEntry
	Headers map[string]*headerEntry
}

// headerPrefix begins the keys of headers, which stand among those of files: so
// two runs are in each other's way only where they take the same file.
const headerPrefix = "header-"

// MarshalJSON puts files and headers into one object.
func (p progress) MarshalJSON() ([]byte, error) {
	all := map[string]any{}
	for key, f := range p.Files {
		all[key] = f
	}
	for key, h := range p.Headers {
		all[headerPrefix+key] = h
	}
	return json.Marshal(all)
}

// UnmarshalJSON takes them apart.
func (p *progress) UnmarshalJSON(data []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	p.Files, p.Headers = map[string]fileEntry{}, map[string]*headerEntry{}
	for key, text := range all {
		if hash, ok := strings.CutPrefix(key, headerPrefix); ok {
			var h headerEntry
			if err := json.Unmarshal(text, &h); err != nil {
				return err
			}
			p.Headers[hash] = &h
			continue
		}
		var f fileEntry
		if err := json.Unmarshal(text, &f); err != nil {
			return err
		}
		p.Files[key] = f
	}
	return nil
}

type fileEntry struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	Header string `json:"header,omitempty"` // hash
}

type headerEntry struct {
	Names     []string `json:"names"`
	Delimiter string   `json:"delimiter"`
	Quote     string   `json:"quote"`
	EOL       string   `json:"eol"`
}

// Next is the files of the next commit.
func (s *Source) Next(ctx context.Context, member json.RawMessage) (ingest.Batch, error) {
	var p progress
	if len(member) > 0 {
		if err := json.Unmarshal(member, &p); err != nil {
			return nil, fault.New(fault.Corrupt, "the progress of the files: %w", err)
		}
	}
	b := &batch{src: s, before: p, headers: map[*input]*headerEntry{}}
	sizes := map[int64]bool{}
	for _, f := range p.Files {
		sizes[f.Size] = true
	}
	var bytes int64
	for _, in := range s.inputs {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		if in.done || in.taken || in.err != nil {
			if in.done {
				sizes[in.size] = true
			}
			continue
		}
		if len(b.inputs) > 0 && !s.o.Atomic && bytes+in.size > s.o.BatchBytes {
			break
		}
		if !s.o.Again && sizes[in.size] && s.isTaken(in, p) {
			continue
		}
		sizes[in.size] = true
		bytes += in.size
		b.inputs = append(b.inputs, in)
	}
	s.last = b
	if len(b.inputs) == 0 {
		return nil, s.atomicError()
	}
	return b, nil
}

func (s *Source) atomicError() error {
	if problems := s.Unreadable(); s.o.Atomic && len(problems) > 0 {
		return joined(problems)
	}
	return nil
}

// isTaken reports whether a file's content is in the dataset, or that of a file
// before it.
func (s *Source) isTaken(in *input, p progress) bool {
	print, err := in.fingerprint()
	if err != nil {
		in.err = err
		return true
	}
	_, taken := p.Files[print.sha256]
	for _, other := range s.inputs {
		if other == in {
			break
		}
		if other.size != in.size || other.err != nil {
			continue
		}
		if same, err := other.fingerprint(); err == nil && same == print {
			taken = true
		}
	}
	in.taken = taken
	return taken
}

// Done is called when the files of the last Next are in the dataset, or have no
// rows.
func (s *Source) Done() {
	for _, in := range s.last.inputs {
		in.done = true
	}
}

// Plan is what would become of a file.
type Plan struct {
	Path  string
	Bytes int64
	Taken bool  // it was taken before, or is another of the run
	Err   error // why it cannot be read
}

// Plan says what a run would take. all is a dataset's progress.
func (s *Source) Plan(ctx context.Context, all json.RawMessage) ([]Plan, error) {
	var members map[string]json.RawMessage
	if len(all) > 0 {
		if err := json.Unmarshal(all, &members); err != nil {
			return nil, fault.New(fault.Corrupt, "the progress of the dataset: %w", err)
		}
	}
	s.o.BatchBytes = math.MaxInt64
	if _, err := s.Next(ctx, members[Name]); err != nil {
		return nil, err
	}
	var out []Plan
	for _, in := range s.inputs {
		out = append(out, Plan{Path: in.path, Bytes: in.size, Taken: in.taken && in.err == nil, Err: in.err})
	}
	return out, nil
}

// Known is a file that was taken.
type Known struct {
	Path string
	CSV  *KnownCSV // nil: it is no CSV
}

// KnownCSV is how a CSV file was read.
type KnownCSV struct {
	Header  *ingest.Header
	Dialect csv.Dialect
}

// Taken lists the files of a commit: change is the source's member of what the
// commit says of the progress, all that of the progress after it.
func Taken(change, all json.RawMessage) ([]Known, error) {
	var c, p progress
	for _, part := range []struct {
		text json.RawMessage
		into *progress
	}{{change, &c}, {all, &p}} {
		if len(part.text) == 0 {
			continue
		}
		if err := json.Unmarshal(part.text, part.into); err != nil {
			return nil, fault.New(fault.Corrupt, "the progress of the files: %w", err)
		}
	}
	var out []Known
	for _, f := range c.Files {
		k := Known{Path: f.Path}
		if h := p.Headers[f.Header]; h != nil {
			k.CSV = &KnownCSV{&ingest.Header{Names: h.Names}, csv.Dialect{Delimiter: first(h.Delimiter), Quote: first(h.Quote), EOL: first(h.EOL)}}
		}
		out = append(out, k)
	}
	return out, nil
}

// first is the one byte of a text, 0 for none.
func first(text string) byte {
	if text == "" {
		return 0
	}
	return text[0]
}
