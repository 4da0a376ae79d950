package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/kalpafall/df360/ingest"
)

// benchServer answers with pages of 100 rows.
func benchServer(b *testing.B, pages int) *httptest.Server {
	var all []string
	for i := range 100 {
		all = append(all, fmt.Sprintf(`{"id":%d,"customer":"customer %d","amount":%d.25,"at":"2026-01-01T00:00:%02dZ","tags":["a","b"]}`, 1_000_000+i, i, i, i%60))
	}
	parts := strings.SplitN(list(all), "1000000", 2)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		w.Header().Set("Content-Type", "application/json")
		if page > pages {
			_, _ = io.WriteString(w, "[]")
			return
		}
		body := parts[0] + strconv.Itoa(page) + parts[1]
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = io.WriteString(w, body)
	}))
	b.Cleanup(s.Close)
	return s
}

// BenchmarkPages reads pages; BenchmarkBare only downloads and validates them.
func BenchmarkPages(b *testing.B) {
	s := benchServer(b, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	c := NewConfig()
	c.URL, c.Paginate = s.URL, byPage
	source, err := New(Options{Config: c, TempDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	batch, err := source.Next(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	if err := batch.Read(b.Context(), false, func(block *ingest.Block) error { n += block.Rows; return nil }); err != nil || n != 100*b.N {
		b.Fatal(err, n)
	}
	if err := source.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkBare(b *testing.B) {
	s := benchServer(b, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	for page := 1; page <= b.N+1; page++ {
		resp, err := http.Get(s.URL + "?page=" + strconv.Itoa(page)) //nolint:noctx // of a benchmark
		if err != nil {
			b.Fatal(err)
		}
		data, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || !json.Valid(data) {
			b.Fatal(err)
		}
	}
}
