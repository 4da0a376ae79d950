package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/kalpafall/df360/internal/fault"
)

const (
	maxPageBytes = 256 << 20
	firstBuffer  = 32 << 10
	// mostTrusted is how much memory is taken because a header says so, before
	// as much has come.
	mostTrusted = 1 << 20
	largestPart = 8 << 20
)

// errBroken says that an answer's compression is damaged.
var errBroken = errors.New("the answer's compression is damaged")

// readBody reads an answer, decompressed, up to limit bytes; more are an error of
// kind limit.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	switch encoding := strings.ToLower(strings.TrimSpace(strings.Join(resp.Header.Values("Content-Encoding"), ","))); encoding {
	case "", "identity":
		size := int64(firstBuffer)
		if resp.ContentLength >= 0 {
			size = resp.ContentLength + 1 // to see the end
		}
		return readAll(resp.Body, size, limit)
	case "gzip", "x-gzip":
		return unzip(resp.Body, limit)
	default:
		return nil, fault.New(fault.HTTP, "the answer is compressed with %q, and gzip was asked for", encoding)
	}
}

// unzip reads what is compressed. The limit is of what comes out: a small answer
// may become a large one.
func unzip(body io.Reader, limit int64) ([]byte, error) {
	seen := &eofReader{r: body}
	z, err := gzip.NewReader(seen)
	switch {
	case errors.Is(err, io.EOF):
		return nil, nil // nothing, which is nothing compressed, too
	case err == nil:
		var data []byte
		if data, err = readAll(z, firstBuffer, limit); err == nil {
			return data, nil
		}
	}
	var limited *fault.Error
	if errors.As(err, &limited) || errors.Is(err, io.ErrUnexpectedEOF) || seen.err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: %w", errBroken, err)
}

// eofReader keeps the error of a connection apart from one of the compression.
type eofReader struct {
	r   io.Reader
	err error // but the end
}

// Read reads on.
func (r *eofReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// readAll reads to the end. size is how long the text is said to be, from 0 on.
// Parts are put together at the end only, so that little memory is taken twice.
func readAll(r io.Reader, size, limit int64) ([]byte, error) {
	var parts [][]byte
	part, read := make([]byte, 0, min(size, mostTrusted)), int64(0)
	for {
		if len(part) == cap(part) {
			if size > read { // so much has come that the rest of it is believed
				part = append(make([]byte, 0, min(size, limit+1)), part...)
				size = 0
			} else {
				parts = append(parts, part)
				part = make([]byte, 0, max(min(2*int64(cap(part)), largestPart), firstBuffer))
			}
		}
		n, err := r.Read(part[len(part):cap(part)])
		part = part[:len(part)+n]
		if read += int64(n); read > limit {
			return nil, fault.New(fault.Limit, "the answer has more than %d bytes", limit).
				WithHint("--max-bytes bounds all answers of a run, and one has at most 256 MiB; smaller pages may help")
		}
		if errors.Is(err, io.EOF) {
			return join(append(parts, part)), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func join(parts [][]byte) []byte {
	if len(parts) == 1 {
		return parts[0]
	}
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	out := make([]byte, 0, size)
	for i, part := range parts {
		out, parts[i] = append(out, part...), nil
	}
	return out
}
