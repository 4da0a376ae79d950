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
	// mostTrusted is how much memory is taken because a header says so.
	mostTrusted = 1 << 20
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
			size = min(resp.ContentLength+1, mostTrusted) // one more, to see the end
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

// readAll reads to the end into one buffer.
func readAll(r io.Reader, size, limit int64) ([]byte, error) {
	buf := make([]byte, 0, max(size, 512))
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) > limit {
			return nil, fault.New(fault.Limit, "the answer has more than %d bytes", limit).
				WithHint("--max-bytes bounds all answers of a run, and one has at most 256 MiB; smaller pages may help")
		}
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
