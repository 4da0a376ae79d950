package fake

import (
	"io"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/brianvoe/gofakeit/v6"
)

// benchRows is how many transactions a benchmark makes.
const benchRows = 2_000_000

// report adds rows per second of the clock and of the processors.
func report(b *testing.B, rows int64, start time.Duration) {
	b.Helper()
	n := float64(rows) * float64(b.N)
	b.ReportMetric(n/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(n/(cpuTime(b)-start).Seconds(), "rows/cpu-s")
	b.ReportMetric(0, "ns/op")
}

// cpuTime is what this process has used of the processors.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchTable(b *testing.B) *Table {
	b.Helper()
	t, err := Builtin(TransactionName, Options{Rows: benchRows, Seed: 7})
	if err != nil {
		b.Fatal(err)
	}
	return t
}

// BenchmarkMemory makes 2 M transactions in memory, on one core.
func BenchmarkMemory(b *testing.B) {
	t := benchTable(b)
	m := t.newMaker()
	start := cpuTime(b)
	for b.Loop() {
		for c := range t.chunks() {
			m.make(c, c+1)
		}
	}
	report(b, benchRows, start)
}

// BenchmarkFiles makes 2 M transactions as the Parquet files of a commit, on
// all cores.
func BenchmarkFiles(b *testing.B) {
	t := benchTable(b)
	start := cpuTime(b)
	for b.Loop() {
		if err := t.WriteFiles(b.Context(), b.TempDir(), Run{Ingested: ingested}); err != nil {
			b.Fatal(err)
		}
	}
	report(b, benchRows, start)
}

// BenchmarkText makes 2 M transactions as CSV and JSON lines, on all cores.
func BenchmarkText(b *testing.B) {
	for _, format := range []Format{CSV, JSONLines} {
		b.Run(string(format), func(b *testing.B) {
			t := benchTable(b)
			start := cpuTime(b)
			for b.Loop() {
				if err := t.Write(b.Context(), io.Discard, format, Run{Ingested: ingested}); err != nil {
					b.Fatal(err)
				}
			}
			report(b, benchRows, start)
		})
	}
}

// peerRow is a transaction as a program that calls gofakeit has it.
type peerRow struct {
	ID, User, Currency, Category, Merchant, Method, Status string
	Amount                                                 float64
	Date                                                   time.Time
}

// BenchmarkPeer calls gofakeit for every value of every row: the same columns,
// rows in memory, on one core.
func BenchmarkPeer(b *testing.B) {
	const rows = benchRows / 10
	f := gofakeit.New(7)
	from := Defaults(TransactionName).Start
	to := from.AddDate(0, 0, 90)
	start := cpuTime(b)
	for b.Loop() {
		out := make([]peerRow, 0, rows)
		for range rows {
			out = append(out, peerRow{
				ID: f.UUID(), User: f.UUID(), Amount: f.Price(1, 2000), Currency: f.CurrencyShort(),
				Category: f.ProductCategory(), Merchant: f.Company(), Method: f.CreditCardType(),
				Status: f.RandomString([]string{"completed", "pending", "failed"}), Date: f.DateRange(from, to),
			})
		}
		runtime.KeepAlive(out)
	}
	report(b, rows, start)
}
