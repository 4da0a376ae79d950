package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"strings"

	"github.com/kalpafall/df360/fake"
	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/lake"
)

// maxKeys is how many distinct values a reference may draw from: they are held
// in memory.
const maxKeys = 5_000_000

// specJobs is the dataset that a file describes.
func (a *app) specJobs(ctx context.Context, path string, f *fakeFlags) ([]fakeJob, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the user names it
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Config, "dataset file %s is not there", path)
	}
	if err != nil {
		return nil, fault.OS(err, "read dataset file %s", path)
	}
	spec, err := fake.ParseSpec(path, data)
	if err != nil {
		return nil, err
	}
	keys, hash, err := a.specKeys(ctx, path, spec)
	if err != nil {
		return nil, err
	}
	t, err := spec.Table(f.Options, keys)
	if err != nil {
		return nil, err
	}
	job := fakeJob{table: t, dataset: f.dataset, progress: progressOf(spec.Name, t.Options())}
	if job.dataset == "" {
		job.dataset = spec.Name
	}
	job.progress.Spec, job.progress.Keys = spec.Hash, hash
	return []fakeJob{job}, nil
}

// specKeys reads what the file's columns refer to. All problems are told at
// once. The hash is of all keys: with others, the same seed is other rows.
func (a *app) specKeys(ctx context.Context, path string, spec *fake.Spec) (keys []fake.Keys, sum string, err error) {
	refs := spec.References()
	if len(refs) == 0 {
		return nil, "", nil
	}
	l, err := a.openLake("fake")
	if err != nil {
		return nil, "", err
	}
	h := sha256.New()
	var problems []string
	var first error
	for _, ref := range refs {
		k, err := a.keysOf(ctx, l, ref, h)
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s:%d: %v", path, ref.Line, err))
			first = cmpError(first, err)
			continue
		}
		keys = append(keys, k)
	}
	if first != nil {
		return nil, "", &fault.Error{
			Code: fault.CodeOf(first), Msg: strings.Join(problems, "\n"), Hint: fault.Hint(first),
		}
	}
	return keys, hex.EncodeToString(h.Sum(nil)), nil
}

// cmpError is the first of two errors.
func cmpError(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// keysOf are the distinct values of the column that ref names, sorted.
func (a *app) keysOf(ctx context.Context, l *lake.Lake, ref fake.Reference, h hash.Hash) (k fake.Keys, err error) {
	dataset, err := lake.ParseRef(ref.Dataset, lake.Raw)
	if err != nil {
		return k, err
	}
	snap, err := l.Snapshot(ctx, dataset, lake.Latest)
	if err != nil {
		return k, err
	}
	column, err := findColumn(snap, ref.Column)
	if err != nil {
		return k, err
	}
	value := duck.Ident(column.Name)
	if column.Type != "BIGINT" {
		value += "::VARCHAR"
	}
	query := fmt.Sprintf("SELECT DISTINCT %s AS k FROM %s.%s WHERE k IS NOT NULL ORDER BY k LIMIT %d",
		value, dataset.Layer, duck.Ident(dataset.Name), maxKeys+1)
	v, err := a.openViews(ctx, l, query)
	if err != nil {
		return k, err
	}
	defer func() { err = errors.Join(err, v.close()) }()
	rows, err := v.session.Query(ctx, query)
	if err != nil {
		return k, fmt.Errorf("read column %s of %s: %w", column.Name, dataset, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var number int64
		var text string
		if column.Type == "BIGINT" {
			if err = rows.Scan(&number); err == nil {
				k.Integers = append(k.Integers, number)
			}
		} else if err = rows.Scan(&text); err == nil {
			k.Texts = append(k.Texts, text)
		}
		if err != nil {
			return k, fmt.Errorf("read column %s of %s: %w", column.Name, dataset, err)
		}
	}
	_, _ = fmt.Fprintf(h, "%q%d", k.Texts, k.Integers) // a hash takes everything
	if n := len(k.Integers) + len(k.Texts); n > maxKeys {
		return k, fault.New(fault.Limit, "column %s of %s has more than %d distinct values", column.Name, dataset, maxKeys)
	}
	return k, rows.Err()
}

func findColumn(snap *lake.Snapshot, name string) (lake.Column, error) {
	var names []string
	for _, c := range snap.Schema {
		if strings.EqualFold(c.Name, name) {
			return c, nil
		}
		names = append(names, c.Name)
	}
	err := fault.New(fault.NotFound, "dataset %s has no column %s", snap.Ref, name)
	if near := nearest.Of(name, names); near != "" {
		return lake.Column{}, err.WithHint("did you mean %s?", near)
	}
	return lake.Column{}, err.WithHint("its columns are %s", strings.Join(names, ", "))
}
