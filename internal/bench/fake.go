package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/brianvoe/gofakeit/v6"
)

// fakeRows measures made-up transactions, down to committed Parquet files,
// beside the library called row by row, in memory only.
func fakeRows(ctx context.Context, b *bench) error {
	const rows = 2_000_000
	lake := filepath.Join(b.dir, "fake")
	u, err := b.df360(ctx, "fake", "transactions", "--rows", strconv.Itoa(rows), "--seed", "1", "--lake", lake)
	if err != nil {
		return err
	}
	perCPU, err := rowByRow()
	if err != nil {
		return err
	}
	ours := rows / u.cpu.Seconds()
	b.row("gofakeit called row by row, in memory", fmt.Sprintf("%.0f k rows/CPU-s", perCPU/1000), "the peer")
	b.row("`fake transactions`, 2 M rows, committed", fmt.Sprintf("%s: %.0f k rows/CPU-s, %.1f× the peer", u, ours/1000, ours/perCPU), "≥ 3.5×")
	if !b.peers {
		return nil
	}
	return b.faker(ctx, rows/u.wall.Seconds())
}

// transaction is a row as one would make it by hand.
type transaction struct {
	ID, User, Currency, Category, Merchant, Method, Status string
	Amount                                                 float64
	Date                                                   time.Time
}

// rowByRow is how many such rows a CPU second makes.
func rowByRow() (float64, error) {
	const rows = 200_000
	var before, after syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
		return 0, err
	}
	f := gofakeit.New(1)
	from, to := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 3, 31, 0, 0, 0, 0, time.UTC)
	made := make([]transaction, 0, rows)
	for range rows {
		made = append(made, transaction{
			ID: f.UUID(), User: f.UUID(), Amount: f.Price(1, 2000), Currency: f.CurrencyShort(),
			Category: f.ProductCategory(), Merchant: f.Company(), Method: f.RandomString([]string{"card", "cash", "transfer"}),
			Status: f.RandomString([]string{"completed", "pending", "failed"}), Date: f.DateRange(from, to),
		})
	}
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
		return 0, err
	}
	if len(made) != rows {
		return 0, fmt.Errorf("made %d rows", len(made))
	}
	spent := cpuTime(after) - cpuTime(before)
	return rows / spent.Seconds(), nil
}

func cpuTime(r syscall.Rusage) time.Duration {
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// fakerScript makes rows with Python's Faker and prints rows per second.
const fakerScript = `
from faker import Faker
f = Faker()
n = 2000
rows = [(f.uuid4(), f.uuid4(), f.pyfloat(min_value=1, max_value=2000), f.currency_code(), f.word(), f.company(),
         f.random_element(("card", "cash")), f.random_element(("completed", "pending")), f.date_time_this_year()) for _ in range(n)]
`

// faker measures Python's Faker, where it is installed.
func (b *bench) faker(ctx context.Context, ours float64) error {
	empty, err := b.exec(ctx, "python3", "-c", "from faker import Faker; Faker()")
	if err != nil {
		b.row("Python Faker", "not installed", "")
		return nil //nolint:nilerr // said in the table
	}
	const rows = 2000
	u, err := b.exec(ctx, "python3", "-c", fakerScript)
	if err != nil {
		return err
	}
	theirs := rows / (u.wall - empty.wall).Seconds()
	b.row("Python Faker, in memory", fmt.Sprintf("%.1f k rows/s: df360 makes %.0f× as many down to Parquet", theirs/1000, ours/theirs), "≥ 200×")
	return nil
}
