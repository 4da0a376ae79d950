package lake

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/kalpafall/df360/internal/fault"
)

// FuzzRecord feeds the record decoder bytes that anybody may have written.
func FuzzRecord(f *testing.F) {
	r := &Record{
		Format: Format, CommitID: "c0", CommittedAt: time.Unix(1, 0).UTC(), Operation: OpAppend,
		Datasets: map[string]*DatasetRecord{"events": {Schema: []Column{{Name: "id", Type: "BIGINT"}}, Add: []AddFile{{Path: "a.parquet"}}}},
		Totals:   map[string]Totals{"events": {Rows: 1}},
	}
	data, err := r.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"format":2}`))
	f.Add([]byte(`{"format":1,"checksum":""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeRecord(data)
		if err != nil {
			if fault.CodeOf(err) != fault.Corrupt {
				t.Errorf("kind %s: %v", fault.CodeOf(err), err)
			}
			return
		}
		_ = newState().apply(r) // an error or a state, no panic
	})
}

// FuzzFooter feeds the footer reader damaged files.
func FuzzFooter(f *testing.F) {
	var b bytes.Buffer
	if err := parquet.Write(&b, []testRow{{1, "a"}, {2, "b"}}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()-3])
	f.Add([]byte("PAR1PAR1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		ft, err := readFooter(bytes.NewReader(data), int64(len(data)))
		if err == nil && ft.rows < 0 {
			t.Errorf("%d rows", ft.rows)
		}
	})
}

// TestEveryBitOfARecordCounts flips each byte of a record.
func TestEveryBitOfARecordCounts(t *testing.T) {
	t.Parallel()
	r := &Record{Format: Format, CommitID: "c0", Operation: OpAppend, Progress: []byte(`{"n":1}`)}
	data, err := r.encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decodeRecord(data); err != nil {
		t.Fatal(err)
	}
	for i := range data[:len(data)-1] { // the last is the line end
		broken := bytes.Clone(data)
		broken[i] ^= 0x02
		if _, err := decodeRecord(broken); err == nil {
			t.Errorf("byte %d changed unseen: %s", i, broken)
		}
	}
	if _, err := decodeRecord([]byte(strings.Replace(string(data), `"format":1`, `"format":7`, 1))); err == nil ||
		!strings.Contains(err.Error(), "format 7") {
		t.Errorf("a record of the future: %v", err)
	}
}
