package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/internal/fault"
)

// batch is the files of one commit. It implements ingest.Batch.
type batch struct {
	src     *Source
	inputs  []*input
	before  progress
	headers map[*input]*headerEntry // of CSV files that were read
}

// Read yields the rows of all files. Where one cannot be read the batch goes on
// without it, from the start.
func (b *batch) Read(ctx context.Context, _ bool, yield func(*ingest.Block) error) error {
	for i, in := range b.inputs {
		err := b.readFile(ctx, in, yield)
		var others *yieldError
		var own *ingest.FileError
		switch {
		case err == nil:
			continue
		case errors.As(err, &own) && ctx.Err() == nil:
			err = own.Err
		case errors.As(err, &others):
			return others.err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		in.err = err
		if b.src.o.Atomic {
			return err
		}
		b.src.o.Log.Info("a file is left out", "error", err)
		b.inputs = slices.Delete(b.inputs, i, i+1)
		return ingest.ErrAgain
	}
	return nil
}

// yieldError is an error that is not the file's.
type yieldError struct{ err error }

// Error is the error.
func (e *yieldError) Error() string { return e.err.Error() }

// Unwrap is the error.
func (e *yieldError) Unwrap() error { return e.err }

// headBytes is what is looked at to tell a format.
const headBytes = 64 << 10

func (b *batch) readFile(ctx context.Context, in *input, yield func(*ingest.Block) error) error {
	s, err := in.open(b.src.o.Encoding)
	if err != nil {
		return err
	}
	head := make([]byte, headBytes)
	n, err := io.ReadFull(s.text, head)
	// An unexpected end is a short text, or a file that was cut: reading on tells.
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.Join(s.broken(err), s.close())
	}
	s.text = io.MultiReader(newHead(head[:n]), s.text)
	format := b.src.o.Format
	if format == Auto || format == "" {
		format = detect(in.path, head[:n])
	}
	if what := foreign(head[:n]); what != "" && b.src.o.Format != format {
		return errors.Join(fault.New(fault.Schema, "%s is %s, which is not read", in.path, what).
			WithHint("CSV, JSON and Parquet are, also packed with gzip or zstd; --format says that it is one of them"), s.close())
	}
	if format == JSON && b.src.o.Format == JSON {
		format = jsonFormat(head[:n])
	}
	before := s.n
	err = b.readAs(format, s, head[:n], func(block *ingest.Block) error {
		if ctx.Err() != nil {
			return &yieldError{context.Cause(ctx)}
		}
		if err := yield(block); err != nil {
			return &yieldError{err}
		}
		b.src.o.Read(s.n - before)
		before = s.n
		return nil
	})
	if err == nil {
		err = s.finish()
	}
	return errors.Join(err, s.close())
}

// newHead gives back what was looked at.
func newHead(data []byte) io.Reader { return &head{data} }

type head struct{ data []byte }

func (h *head) Read(p []byte) (int, error) {
	if len(h.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, h.data)
	h.data = h.data[n:]
	return n, nil
}

func (b *batch) readAs(format Format, s *stream, head []byte, yield func(*ingest.Block) error) error {
	switch format {
	case CSV:
		return b.readCSV(s, yield)
	case JSONL:
		return b.readLines(s, yield)
	case JSON:
		return b.readValues(s, startsArray(head), yield)
	case Parquet:
		if s.packed {
			return fault.New(fault.Schema, "%s is Parquet that was compressed as a whole", s.in.path).
				WithHint("unpack it; the columns of a Parquet file are compressed anyway")
		}
		if s.in.spool != nil {
			path, err := s.in.spoolPath()
			if err != nil {
				return err
			}
			return yield(&ingest.Block{File: &ingest.File{Path: path, Name: s.in.path}})
		}
		return yield(&ingest.Block{File: &ingest.File{Path: s.in.path, Name: s.in.path}})
	case Auto:
	}
	return fault.New(fault.Usage, "%s: files of format %s cannot be read", s.in.path, format)
}

// Progress names the files, and the headers that are new.
func (b *batch) Progress() (any, error) {
	if len(b.inputs) == 0 {
		return nil, nil //nolint:nilnil // documented
	}
	p := progress{Files: map[string]fileEntry{}, Headers: map[string]*headerEntry{}}
	for _, in := range b.inputs {
		entry := fileEntry{Path: in.path, Size: in.size}
		if h := b.headers[in]; h != nil {
			data, err := json.Marshal(h)
			if err != nil {
				return nil, err
			}
			sum := sha256.Sum256(data)
			entry.Header = hex.EncodeToString(sum[:8])
			if b.before.Headers[entry.Header] == nil {
				p.Headers[entry.Header] = h
			}
		}
		p.Files[in.sha256] = entry
	}
	return p, nil
}
