package ingest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/parquetfile"
	"github.com/kalpafall/df360/internal/sqltype"
)

// written is what a pass over a batch has staged.
type written struct {
	Counts
	rejects []Reject // a few, to tell of
}

// fileBytes is how large a file may grow before another one is begun.
const fileBytes = 1 << 30

// write reads a batch and stages its rows.
func (r *run) write(ctx context.Context, txn Txn, batch Batch, p *plan, again bool) (out written, err error) {
	micros := txn.Time().UnixMicro()
	w := &stager{r: r, txn: txn, columns: parquet(p.fields()), plan: p.rejected, micros: micros}
	defer func() {
		if err = errors.Join(err, w.end(err != nil)); err != nil {
			err = errors.Join(err, w.undo())
		}
	}()
	workers := make([]func(*task) (decoded, error), r.o.Threads)
	for i := range workers {
		d, err := r.newDecoder(p, micros)
		if err != nil {
			return out, err
		}
		workers[i] = d.task
	}
	pipe := newPipeline(r.taskBytes(len(w.columns)), workers, w.take)
	err = pipe.end(batch.Read(ctx, again, func(b *Block) error {
		if b.File != nil {
			return w.takeFile(ctx, b.File, p)
		}
		return pipe.add(b)
	}))
	if err != nil {
		return out, err
	}
	if r.o.MaxRejects.exceeded(w.out.Rejected, w.out.Read, true) {
		return out, r.tooMany(&w.out)
	}
	return w.out, nil
}

// taskBytes is how much is looked at at a time: enough for a row group, and a
// share of the memory.
func (r *run) taskBytes(fields int) int {
	const least, most = 1 << 20, 16 << 20
	n := max(most, fields*16<<10)
	// What is under way is, of each task, its text, its columns and its pages,
	// for each worker and for as many waiting.
	share := int(r.o.MemoryLimit) / (12 * (r.o.Threads + 1))
	return max(least, min(n, share))
}

// stager puts row groups and rejects into staged files.
type stager struct {
	r       *run
	txn     Txn
	columns []parquetfile.Column
	plan    rejectPlan
	micros  int64
	main    *stagedFile
	aside   *stagedFile
	rejects *rejectTable
	encoder *parquetfile.Encoder // of rejects

	mu    sync.Mutex // of txn and what follows: files are taken over while tasks end
	files int        // taken over as a whole
	paths []string
	out   written
}

// stagedFile is a file that is being written.
type stagedFile struct {
	f *os.File
	b *bufio.Writer
	w *parquetfile.Writer
}

// take stages what became of a task.
func (w *stager) take(d decoded) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out.Read += d.read
	w.out.Written += d.written
	w.out.Rejected += int64(len(d.rejects))
	w.r.o.Progress(d.read)
	for _, g := range d.groups {
		if err := w.group(g); err != nil {
			return err
		}
	}
	for i := range d.rejects {
		if err := w.reject(&d.rejects[i]); err != nil {
			return err
		}
	}
	if w.r.o.MaxRejects.exceeded(w.out.Rejected, w.out.Read, false) {
		return w.r.tooMany(&w.out)
	}
	return nil
}

func (w *stager) group(g *parquetfile.Group) error {
	if w.main != nil && w.main.w.Size() > fileBytes {
		if err := w.main.close(); err != nil {
			return err
		}
		w.main = nil
	}
	if w.main == nil {
		var err error
		if w.main, err = w.create(false, w.columns); err != nil {
			return err
		}
	}
	return w.main.w.Append(g)
}

// maxTold is how many rejected rows are told of.
const maxTold = 1000

func (w *stager) reject(reject *Reject) error {
	if w.r.o.FailOnReject {
		return failed(reject)
	}
	if len(w.out.rejects) < maxTold {
		w.out.rejects = append(w.out.rejects, Reject{Reason: reject.Reason, Column: reject.Column, Origin: reject.Origin, Wants: reject.Wants})
	}
	if w.rejects == nil {
		w.rejects = newRejectTable(w.plan, w.micros, w.r.sourceDict)
	}
	w.rejects.add(reject)
	if w.rejects.rows >= groupRows || w.rejects.bytes > groupBytes/4 {
		return w.flushRejects()
	}
	return nil
}

func failed(reject *Reject) error {
	return fault.New(fault.ChecksFailed, "%s", reject.Why()).
		WithHint("nothing of this commit was written; without --on-bad-row fail such rows are put aside")
}

func (w *stager) flushRejects() error {
	if w.rejects == nil || w.rejects.rows == 0 {
		return nil
	}
	if w.aside == nil {
		fields := parquet(w.plan.fields)
		var err error
		if w.aside, err = w.create(true, fields); err != nil {
			return err
		}
		if w.encoder, err = parquetfile.NewEncoder(fields, w.r.o.Zstd); err != nil {
			return err
		}
	}
	group, err := w.encoder.Encode(w.rejects.rows, w.rejects.values())
	if err != nil {
		return err
	}
	w.rejects.reset()
	return w.aside.w.Append(group)
}

func (w *stager) create(rejected bool, fields []parquetfile.Column) (*stagedFile, error) {
	dir, err := w.txn.Stage(rejected)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, fmt.Sprintf("%04d.part", len(w.paths)+1))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // files of a lake have the user's umask
	if err != nil {
		return nil, fault.OS(err, "stage rows")
	}
	w.paths = append(w.paths, path)
	b := bufio.NewWriterSize(f, 1<<20)
	return &stagedFile{f, b, parquetfile.New(b, fields, w.r.o.Zstd)}, nil
}

// end finishes the files.
func (w *stager) end(void bool) error {
	var err error
	if !void {
		err = w.flushRejects()
	}
	for _, f := range []*stagedFile{w.main, w.aside} {
		if f != nil {
			err = errors.Join(err, f.close())
		}
	}
	w.main, w.aside = nil, nil
	return err
}

// undo removes the files: the batch will be read again.
func (w *stager) undo() error {
	var err error
	for _, path := range w.paths {
		if gone := os.Remove(path); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

func (f *stagedFile) close() error {
	err := f.w.Close()
	if err == nil {
		err = f.b.Flush()
	}
	return fault.OS(errors.Join(err, f.f.Close()), "stage rows")
}

func (r *run) tooMany(w *written) error {
	first := ""
	if len(w.rejects) > 0 {
		first = "; the first: " + w.rejects[0].Why()
	}
	return fault.New(fault.ChecksFailed, "%d of %d rows do not fit, more than --max-rejects %s%s", w.Rejected, w.Read, r.o.MaxRejects, first).
		WithHint("nothing of this commit was written")
}

// wants is the type that a column would need for all that was rejected for it,
// by its name.
func wants(rejects []Reject, into map[string]*Want) {
	for _, reject := range rejects {
		if reject.Wants == nil || reject.Column == "" {
			continue
		}
		w := into[reject.Column]
		if w == nil {
			w = &Want{Type: reject.Wants}
			into[reject.Column] = w
		}
		w.Rows++
		w.Type = likelier(w.Type, reject.Wants)
	}
}

// likelier is the type that a column should rather have: one that holds more
// numbers, or text where there is nothing but texts, since a text among numbers is
// a mistake more often than not.
func likelier(a, b *sqltype.Type) *sqltype.Type {
	switch {
	case a.Kind == sqltype.Varchar:
		return b
	case b.Kind == sqltype.Varchar:
		return a
	}
	return columns.Wider(a, b)
}
