package ingest

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/internal/parquetfile"
)

// Source is where rows come from. It is used by one goroutine.
type Source interface {
	// Name is the _source of its rows and its member of a dataset's progress:
	// file, api, kafka.
	Name() string
	// Columns are those that the source adds to the columns of its values. It
	// is called once, before Next; their names begin with _, but for the value
	// of a source that does not look into it.
	Columns() []Column
	// Next is what the next commit shall take, nil where nothing is left for
	// this run. progress is the source's member of the dataset's progress, as
	// of the version that the commit will land on; nil where there is none. A
	// source that finds another progress than it left reads on from that one.
	Next(ctx context.Context, progress json.RawMessage) (Batch, error)
	// Close lets go of what the source holds.
	Close() error
}

// Batch is the rows of one commit.
type Batch interface {
	// Read calls yield with all rows, some at a time and in order. again says
	// that Read will be called once more and must then yield the very same
	// rows. nil says that the rows yielded and Progress belong together and can
	// be committed, also where ctx has ended meanwhile: a source that can end a
	// batch early does so then. ErrAgain says that what was yielded is void.
	// The error of yield is returned as it is.
	Read(ctx context.Context, again bool, yield func(*Block) error) error
	// Progress is how far the source is, once Read has returned nil: a merge
	// patch (RFC 7396) of the source's member of the progress, an object with a
	// member for each stream (a file, a topic, an API). Runs are in each other's way
	// where they change the same stream. nil where
	// nothing is to be recorded; then there are no rows either.
	Progress() (any, error)
}

// ErrAgain is returned by Batch.Read where part of the batch turned out to be
// unreadable, and the batch is another one now, without it: Read must be called
// from the start.
var ErrAgain = errors.New("the batch has changed, read it again")

// Column is a column that a source adds.
type Column struct {
	Name string
	Type string // a type of lake files
}

// Block is some rows as their source has them. It and all it refers to stay
// unchanged until the batch is committed.
type Block struct {
	// Rows is how many there are.
	Rows int
	// Values are JSON texts, one for each row. A nil one is a row whose value
	// columns are NULL (a tombstone). nil where the rows have nothing but Meta.
	Values [][]byte
	// File is a file that is taken over as a whole; the block has nothing else.
	File *File
	// CSV is a chunk of delimited text, instead of Values; Rows is 0 then.
	CSV *Text
	// Meta holds the source's columns, in the order of Source.Columns, each
	// with a value for each row.
	Meta []parquetfile.Values
	// Origin says where a row is from: file:line, page:index,
	// topic/partition/offset. It is called by one goroutine at a time, in the order
	// of rows.
	Origin func(row int) string
	// Unfit are rows that the source itself rejects; their values are not read.
	Unfit map[int]*columns.Misfit
	// RejectedAt says when a row that does not fit was rejected for the first time,
	// in microseconds since 1970. nil is now.
	RejectedAt func(row int) int64
	// Release, where it is set, is called when the block is not needed any more:
	// what it refers to may be used again.
	Release func()
}

// Text is a chunk of a file of delimited text: whole records, without the
// header.
type Text struct {
	Dialect csv.Dialect
	Header  *Header
	Data    []byte
	// Origin says where the record that begins at Data[at] is from. It is called by
	// one goroutine at a time, in the order of records.
	Origin func(at int) string
}

// Header is the header of one file.
type Header struct{ Names []string }

// text is the text of a row, nil where it has none.
func (b *Block) text(row int) []byte {
	if row >= len(b.Values) {
		return nil
	}
	return b.Values[row]
}

// size is about how many bytes a block has; a block of few rows has more of its
// own than of theirs.
func (b *Block) size() int {
	const own = 512
	if b.CSV != nil {
		return own + len(b.CSV.Data)
	}
	n := own + 64*b.Rows
	for _, v := range b.Values {
		n += len(v)
	}
	for i := range b.Meta {
		n += len(b.Meta[i].Text)
	}
	return n
}

func (b *Block) release() {
	if b.Release != nil {
		b.Release()
	}
}
