package fake

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xitongsys/parquet-go/reader"
	parquetfile "github.com/xitongsys/parquet-go/source"
)

// memoryFile is a file in memory, as xitongsys/parquet-go wants it.
type memoryFile struct {
	*bytes.Reader
	data []byte
}

func (f memoryFile) Open(string) (parquetfile.ParquetFile, error) {
	return memoryFile{bytes.NewReader(f.data), f.data}, nil
}
func (f memoryFile) Create(string) (parquetfile.ParquetFile, error) { return f, nil }
func (f memoryFile) Write(p []byte) (int, error)                    { return len(p), nil }
func (f memoryFile) Close() error                                   { return nil }

// oldTransaction is a row as a program built on xitongsys/parquet-go has it.
type oldTransaction struct {
	ID       *string `parquet:"name=transaction_id, type=BYTE_ARRAY, convertedtype=UTF8, repetitiontype=OPTIONAL"`
	User     *string `parquet:"name=user_id, type=BYTE_ARRAY, convertedtype=UTF8, repetitiontype=OPTIONAL"`
	Amount   *int64  `parquet:"name=amount, type=INT64, convertedtype=DECIMAL, scale=2, precision=12, repetitiontype=OPTIONAL"`
	Currency *string `parquet:"name=currency, type=BYTE_ARRAY, convertedtype=UTF8, repetitiontype=OPTIONAL"`
	Category *string `parquet:"name=category, type=BYTE_ARRAY, convertedtype=UTF8, repetitiontype=OPTIONAL"`
	Merchant *string `parquet:"name=merchant, type=BYTE_ARRAY, convertedtype=UTF8, repetitiontype=OPTIONAL"`
	Method   *string `parquet:"name=payment_method, type=BYTE_ARRAY, convertedtype=UTF8, repetitiontype=OPTIONAL"`
	Status   *string `parquet:"name=status, type=BYTE_ARRAY, convertedtype=UTF8, repetitiontype=OPTIONAL"`
	Date     *int64  `parquet:"name=transaction_date, type=INT64, convertedtype=TIMESTAMP_MICROS, repetitiontype=OPTIONAL"`
	Ingested *int64  `parquet:"name=_ingestion_timestamp, type=INT64, convertedtype=TIMESTAMP_MICROS, repetitiontype=OPTIONAL"`
	Source   *string `parquet:"name=_source, type=BYTE_ARRAY, convertedtype=UTF8, repetitiontype=OPTIONAL"`
}

// TestOldLibraryReadsOurFiles: programs built on xitongsys/parquet-go can read
// what is written here.
func TestOldLibraryReadsOurFiles(t *testing.T) {
	t.Parallel()
	table := mustTable(t, TransactionName, Options{Seed: 2, Rows: groupChunks*chunkRows + 100, Faults: someFaults()})
	data := written(t, table, Parquet, 2)
	r, err := reader.NewParquetReader(memoryFile{bytes.NewReader(data), data}, new(oldTransaction), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.ReadStop()
	if r.GetNumRows() != table.Rows() {
		t.Fatalf("%d rows, want %d", r.GetNumRows(), table.Rows())
	}
	want := rows(t, table)
	got := make([]oldTransaction, len(want))
	if err := r.Read(&got); err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if diff := cmp.Diff(want[i], got[i].texts()); diff != "" {
			t.Fatalf("row %d: %s", i, diff)
		}
	}
}

// texts is the row as CSV has it.
func (o oldTransaction) texts() map[string]string {
	var day dayText
	out := map[string]string{}
	for name, v := range map[string]*string{
		"transaction_id": o.ID, "user_id": o.User, "currency": o.Currency, "category": o.Category, "merchant": o.Merchant,
		"payment_method": o.Method, "status": o.Status, "_source": o.Source,
	} {
		if out[name] = ""; v != nil {
			out[name] = *v
		}
	}
	for name, v := range map[string]*int64{"transaction_date": o.Date, "_ingestion_timestamp": o.Ingested} {
		if out[name] = ""; v != nil {
			out[name] = string(day.append(nil, *v))
		}
	}
	if out["amount"] = ""; o.Amount != nil {
		out["amount"] = string(appendDecimal(nil, *o.Amount, 2))
	}
	return out
}
