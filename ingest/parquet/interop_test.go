package parquet_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/ingest"
)

// The files are of programs built on xitongsys/parquet-go v1.6.2: two rows of INT32,
// UINT_8, UTF8, DECIMAL, TIMESTAMP_MILLIS, INT96, DATE, LIST, MAP, BOOLEAN and FLOAT.
func TestFilesOfXitongsys(t *testing.T) {
	t.Parallel()
	for _, codec := range []string{"snappy", "gzip", "plain"} {
		path := filepath.Join("testdata", "xitongsys_"+codec+".parquet")
		taken, rejected, err := newEngine(t).take(t, &ingest.File{Path: path, Name: "old.parquet"}, true,
			"id", "BIGINT", "small", "BIGINT", "name", "VARCHAR", "price", "DECIMAL(12,2)", "millis", "TIMESTAMPTZ", "old", "TIMESTAMPTZ", "day", "DATE", "tags", "VARCHAR[]",
			"counts", "MAP(VARCHAR, BIGINT)", "ok", "BOOLEAN", "ratio", "DOUBLE")
		if err != nil || rejected != nil {
			t.Fatal(err, rejected)
		}
		want := []string{
			`{"id":1,"small":255,"name":"ü","price":123.45,"millis":"2025-01-02 03:04:05+00","old":"2025-01-02 03:04:05.000006+00","day":"2024-10-04","tags":["a",""],"counts":{"k":1},"ok":true,"ratio":0.5}`,
			`{"id":-2,"small":0,"name":null,"price":-0.01,"millis":"1969-12-31 23:59:59.999+00","old":"1965-01-02 03:04:05.000006+00","day":"1969-12-31","tags":[],"counts":{},"ok":false,"ratio":-0.25}`,
		}
		if diff := cmp.Diff(want, taken); diff != "" {
			t.Errorf("%s (-want +got):\n%s", codec, diff)
		}
	}
}
