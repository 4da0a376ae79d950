package postgres

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/warehouse"
)

// sendSize is how many bytes of rows are encoded at least before they are sent.
const sendSize = 256 << 10

// sendAhead is how many such pieces wait at most: the server takes them slower
// than they are made.
const sendAhead = 4

// stream is the rows of parts in binary COPY format, as a reader. The engine
// makes them in a goroutine of its own while the connection sends.
type stream struct {
	pieces chan []byte
	free   chan []byte // pieces that were sent
	stop   chan struct{}
	once   sync.Once
	ended  sync.WaitGroup
	piece  []byte // what Read gives out of
	rest   []byte
	err    error // set before pieces is closed
	rows   int64
	nuls   int64
}

// source says what is sent, and as what.
type source struct {
	parts   []warehouse.Part
	columns []warehouse.Column // of the dataset
	fields  func(warehouse.Part) [][]byte
	nul     warehouse.NUL
	engine  duck.Options
	told    func(int64)
}

// startStream begins to read. The caller closes the stream.
func startStream(ctx context.Context, src source) *stream {
	s := &stream{pieces: make(chan []byte, sendAhead), free: make(chan []byte, sendAhead+2), stop: make(chan struct{})}
	ctx, cancel := context.WithCancel(ctx)
	s.ended.Go(func() {
		defer cancel()
		defer close(s.pieces)
		s.err = s.produce(ctx, src)
		select {
		case <-s.stop: // whatever broke of that
			s.err = io.ErrClosedPipe
		default:
		}
	})
	go func() {
		select {
		case <-s.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return s
}

// produce encodes all parts.
func (s *stream) produce(ctx context.Context, src source) (err error) {
	reader, err := duck.OpenReader(src.engine)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := reader.Close(); err == nil {
			err = cerr
		}
	}()
	types := make([]*sqltype.Type, len(src.columns))
	for i, c := range src.columns {
		types[i] = c.Type
	}
	piece := append(s.take(), copyHeader()...)
	for _, part := range src.parts {
		e := newEncoder(src.columns, src.nul, src.fields(part)...)
		var read int64
		err := reader.Each(ctx, part.SQL, types, func(c *duck.Chunk) error {
			var err error
			if piece, err = e.chunk(piece, c); err != nil {
				return err
			}
			read += int64(c.Rows)
			if src.told != nil {
				src.told(s.rows + read)
			}
			if len(piece) >= sendSize {
				if err := s.put(ctx, piece); err != nil {
					return err
				}
				piece = s.take()
			}
			return nil
		})
		if err != nil {
			return err
		}
		if read != part.Rows {
			return errCount("the files of version %d hold %d rows, their record says %d", part.Commit.Version, read, part.Rows)
		}
		s.rows += read
		s.nuls += e.nuls
	}
	return s.put(ctx, append(piece, copyTrailer()...))
}

func (s *stream) take() []byte {
	select {
	case piece := <-s.free:
		return piece[:0]
	default:
		return make([]byte, 0, sendSize+sendSize/2)
	}
}

func (s *stream) put(ctx context.Context, piece []byte) error {
	select {
	case s.pieces <- piece:
		return nil
	case <-s.stop:
		return io.ErrClosedPipe
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Read gives out what was encoded.
func (s *stream) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		if s.piece != nil {
			select {
			case s.free <- s.piece:
			default:
			}
			s.piece = nil
		}
		var ok bool
		select {
		case s.piece, ok = <-s.pieces:
		case <-s.stop:
			return 0, io.ErrClosedPipe
		}
		if !ok {
			if s.err != nil {
				return 0, s.err
			}
			return 0, io.EOF
		}
		s.rest = s.piece
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// close ends the reading, waits for that, and returns what went wrong in it.
func (s *stream) close() error {
	s.once.Do(func() { close(s.stop) })
	s.ended.Wait()
	return s.err
}

// copyInto sends the rows of parts to a table and returns how many there were.
// fields gives each row more fields, behind the dataset's columns.
func (s *session) copyInto(ctx context.Context, table string, columns []string, parts []warehouse.Part, fields func(warehouse.Part) [][]byte) (int64, error) {
	stream := startStream(ctx, source{
		parts: parts, columns: s.in.Columns, fields: fields, nul: s.o.NUL, engine: s.o.Engine, told: s.o.Told,
	})
	how := "FORMAT binary"
	if s.res.Created && table != staged { // in this transaction, so that nobody can see it before: its rows need no look by a later vacuum
		how += ", FREEZE"
	}
	tag, err := s.conn.PgConn().CopyFrom(ctx, stream, "COPY "+table+" ("+idents(columns)+") FROM STDIN ("+how+")")
	if rerr := stream.close(); rerr != nil && rerr != io.ErrClosedPipe { //nolint:errorlint // the very one
		return 0, fmt.Errorf("read %s: %w", s.in.Dataset, rerr) // the server only knows that it was broken off
	}
	if err != nil {
		return 0, fmt.Errorf("copy into %s: %w", s.target, err)
	}
	if tag.RowsAffected() != stream.rows {
		return 0, errCount("%d rows were sent to %s, the server counts %d", stream.rows, s.target, tag.RowsAffected())
	}
	s.res.NULs += stream.nuls
	return stream.rows, nil
}
