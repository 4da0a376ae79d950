package file

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding"

	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/internal/fault"
)

// input is a file to be read.
type input struct {
	path    string
	spool   *os.File // standard input and pipes, kept so that they can be read again
	size    int64
	info    fs.FileInfo  // of a regular file
	sha256  string       // "" until it was read
	dialect *csv.Dialect // of CSV; nil until it was read
	err     error        // why it cannot be read
	taken   bool         // it was in the dataset before this run
	done    bool         // this run is through with it
}

// fingerprint is what makes two files the same.
type fingerprint struct {
	size   int64
	sha256 string
}

// look finds a file's size, and spools what can be read only once.
func look(path string, stdin io.Reader, tempDir string) (*input, error) {
	in := &input{path: path}
	if path == Stdin {
		return in, in.keep(stdin, tempDir)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return in, unreadable(err, path)
	case info.IsDir():
		return in, fault.New(fault.IO, "%s is a folder", path)
	case !info.Mode().IsRegular():
		f, err := os.Open(path) //nolint:gosec // the user names the file
		if err != nil {
			return in, unreadable(err, path)
		}
		return in, errors.Join(in.keep(f, tempDir), f.Close())
	}
	in.size, in.info = info.Size(), info
	return in, nil
}

// keep copies what can be read only once to a file that has no name, so that
// nothing is left of it whatever ends the process.
func (in *input) keep(r io.Reader, tempDir string) error {
	f, err := os.CreateTemp(tempDir, ".df360-stdin-*")
	if err != nil {
		return fault.OS(err, "keep %s", in.path)
	}
	err = os.Remove(f.Name())
	if err == nil {
		in.size, err = io.Copy(f, r)
	}
	in.spool = f
	return fault.OS(err, "keep %s", in.path)
}

func (in *input) close() error {
	if in.spool == nil {
		return nil
	}
	return in.spool.Close()
}

// stream is an input being read: its bytes as they are, hashed, and what they
// say.
type stream struct {
	in     *input
	f      *os.File
	hash   hash.Hash
	n      int64
	text   io.Reader
	packed bool // it is compressed
	closer func()
}

// expected is about how much text is left, as far as that matters for the size of
// buffers.
func (s *stream) expected() int {
	left := max(s.in.size-s.n, 0)
	if s.packed {
		left *= usualPacking
	}
	return int(min(left+smallBuffer, chunkBytes))
}

const (
	smallBuffer  = 64 << 10
	usualPacking = 8 // how much smaller compressed text is
)

// open begins to read. The text is without compression, byte order mark, and in
// UTF-8.
func (in *input) open(enc encoding.Encoding) (*stream, error) {
	s, err := in.raw()
	if err != nil {
		return nil, err
	}
	if err := s.decode(enc); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// raw begins to read the bytes of the file itself.
func (in *input) raw() (*stream, error) {
	s := &stream{in: in, hash: sha256.New(), closer: func() {}}
	if in.spool != nil {
		s.f = in.spool
		if _, err := in.spool.Seek(0, io.SeekStart); err != nil {
			return nil, fault.OS(err, "read %s again", in.path)
		}
	} else {
		f, err := os.Open(in.path)
		if err != nil {
			return nil, unreadable(err, in.path)
		}
		s.f = f
	}
	return s, nil
}

// changed is the error of a file that is not the one that was looked at.
func (s *stream) changed() error {
	return fault.New(fault.IO, "%s changed while it was being read", s.in.path).
		WithHint("let writers finish first, or rename files into place when they are whole")
}

// Read reads and hashes the bytes of the file itself. One that grows is not read
// to an end that may never come.
func (s *stream) Read(p []byte) (int, error) {
	n, err := s.f.Read(p)
	if s.in.sha256 == "" { // what is known is not hashed again: size and time tell whether it changed
		s.hash.Write(p[:n])
	}
	if s.n += int64(n); s.n > s.in.size {
		return n, s.changed()
	}
	return n, err
}

const bufferBytes = 256 << 10

func (s *stream) decode(enc encoding.Encoding) error {
	raw := bufio.NewReaderSize(s, int(min(s.in.size+16, bufferBytes)))
	head, err := raw.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return unreadable(err, s.in.path)
	}
	text := raw
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(raw)
		if err != nil {
			return s.broken(err)
		}
		s.packed, s.closer = true, func() { _ = z.Close() } // only read
		text = bufio.NewReaderSize(z, bufferBytes)
	case isZstd(head):
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return s.broken(err)
		}
		s.packed, s.closer = true, z.Close
		text = bufio.NewReaderSize(z, bufferBytes)
	}
	if head, err = text.Peek(4); err != nil && !errors.Is(err, io.EOF) {
		return s.broken(err)
	}
	if enc != nil {
		s.text = decoded(text, enc)
		return nil
	}
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) {
		return fault.New(fault.Schema, "%s is UTF-16", s.in.path).WithHint("say so: --encoding utf-16")
	}
	if bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}) {
		_, _ = text.Discard(3) // they were peeked at
	}
	s.text = text
	return nil
}

// isZstd looks for the magic number of a frame, or of one to be skipped, which
// parallel compressors begin with.
func isZstd(head []byte) bool {
	return bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}) ||
		len(head) >= 4 && head[0]&0xf0 == 0x50 && bytes.HasPrefix(head[1:], []byte{0x2a, 0x4d, 0x18})
}

// broken is the error of a file whose bytes are not what they should be.
func (s *stream) broken(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fault.New(fault.Corrupt, "%s is cut short", s.in.path).
			WithHint("it was copied or written halfway: fetch it again")
	}
	var system *os.PathError
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	if errors.As(err, &system) {
		return unreadable(err, s.in.path)
	}
	return fault.New(fault.Corrupt, "%s is damaged: %w", s.in.path, err)
}

// finish reads what is left of the file and checks that it is the one that was
// looked at.
func (s *stream) finish() error {
	if _, err := io.Copy(io.Discard, s); err != nil {
		return s.broken(err)
	}
	changed := s.n != s.in.size
	if s.in.spool == nil && !changed {
		info, err := os.Stat(s.in.path)
		changed = err != nil || info.Size() != s.in.size || !info.ModTime().Equal(s.in.info.ModTime()) || !os.SameFile(info, s.in.info)
	}
	if changed {
		return s.changed()
	}
	if s.in.sha256 == "" {
		s.in.sha256 = hex.EncodeToString(s.hash.Sum(nil))
	}
	return nil
}

func (s *stream) close() error {
	s.closer()
	if s.in.spool != nil {
		return nil
	}
	return s.f.Close()
}

// fingerprint reads a file only to know it.
func (in *input) fingerprint() (fingerprint, error) {
	if in.sha256 == "" {
		s, err := in.raw()
		if err != nil {
			return fingerprint{}, err
		}
		if err := errors.Join(s.finish(), s.close()); err != nil {
			return fingerprint{}, err
		}
	}
	return fingerprint{in.size, in.sha256}, nil
}

// extension is a file's extension without that of a compression, in lower case:
// csv.
func extension(path string) string {
	name := strings.ToLower(filepath.Base(path))
	for _, suffix := range []string{".gz", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return strings.TrimPrefix(filepath.Ext(name), ".")
}

// spoolPath is a path by which another process can open what was kept.
func (in *input) spoolPath() (string, error) {
	path := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), in.spool.Fd())
	if _, err := os.Stat(path); err != nil {
		return "", fault.New(fault.IO, "Parquet cannot be read from standard input here: %w", err).
			WithHint("write it to a file")
	}
	return path, nil
}
