package parquet_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pq "github.com/parquet-go/parquet-go"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/ingest/parquet"
	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
)

type row struct {
	ID   int64    `parquet:"id"`
	Name string   `parquet:"name,dict"`
	Tags []string `parquet:"tags,list"`
	V    float64  `parquet:"v"`
}

// withChecksums is a file of a program that writes checksums.
func withChecksums(t *testing.T, options ...pq.WriterOption) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.parquet")
	var rows []row
	for i := range 1000 {
		rows = append(rows, row{int64(i), fmt.Sprintf("name %d", i%10), []string{"a", fmt.Sprint(i)}, float64(i) / 3})
	}
	if err := pq.WriteFile(path, rows, options...); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A flipped bit in a file with checksums is found, or changes no row: it is in a
// header or an index then.
func TestDamagedPages(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"plain":  withChecksums(t, pq.PageBufferSize(500)),
		"snappy": withChecksums(t, pq.Compression(&pq.Snappy), pq.PageBufferSize(500)),
		"v2":     withChecksums(t, pq.DataPageVersion(2), pq.PageBufferSize(500)),
	} {
		e := newEngine(t)
		path := filepath.Join(t.TempDir(), "x.parquet")
		take := func(damaged []byte) error {
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			known := fields(t, "id", "BIGINT", "name", "VARCHAR", "tags", "VARCHAR[]", "v", "DOUBLE")
			_, err := (&parquet.Reader{Engine: e, Compression: "snappy"}).Take(context.Background(), &ingest.File{Path: path, Name: "x.parquet"}, ingest.FileJob{
				Layout: columns.NewLayout(known, true), Fields: known, Path: path + ".taken", Rejected: ingest.RejectedFields(), RejectedPath: path + ".rejected", Source: "file",
			})
			return err
		}
		rows := func() string {
			answer, err := e.Run(context.Background(), "SELECT sum(hash(r))::VARCHAR FROM read_parquet("+duck.Literal(path+".taken")+") r")
			if err != nil {
				t.Fatal(err)
			}
			return *answer[0][0]
		}
		if err := take(data); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := rows()
		sums := 0
		for at := 4; at < len(data)*7/10; at += len(data) / 60 {
			damaged := append([]byte{}, data...)
			damaged[at] ^= 0x10
			err := take(damaged)
			if err == nil {
				if rows() != want {
					t.Errorf("%s: a flipped bit in byte %d was not found", name, at)
				}
				continue
			}
			if strings.Contains(err.Error(), "does not match its checksum") && fault.CodeOf(err) == fault.Corrupt {
				sums++
			}
		}
		if sums < 20 {
			t.Errorf("%s: only %d were found by checksum", name, sums)
		}
	}
}
