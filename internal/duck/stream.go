package duck

import (
	"context"
	"errors"
	"unsafe"

	duckdbc "github.com/duckdb/duckdb-go-bindings"

	"github.com/kalpafall/df360/internal/fault"
)

// Hashes runs a SELECT of one UBIGINT column that has no NULL, and calls f with
// its values as they come, in no order, some thousand at a time. The slice is
// f's only until it returns. The query runs in an engine of its own, without
// the tables of any session: a value costs a few nanoseconds here, and some
// hundred through database/sql.
func Hashes(ctx context.Context, o Options, query string, f func(values []uint64)) error {
	var db duckdbc.Database
	if duckdbc.Open(":memory:", &db) == duckdbc.StateError {
		return fault.New(fault.IO, "open engine")
	}
	defer duckdbc.Close(&db)
	var conn duckdbc.Connection
	if duckdbc.Connect(db, &conn) == duckdbc.StateError {
		return fault.New(fault.IO, "connect to engine")
	}
	defer duckdbc.Disconnect(&conn)
	for _, stmt := range settings(o, o.TempDir) {
		if err := run(conn, stmt); err != nil {
			return err
		}
	}
	stop := context.AfterFunc(ctx, func() { duckdbc.Interrupt(conn) })
	defer stop()
	if err := stream(conn, query, f); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	return nil
}

func run(conn duckdbc.Connection, stmt string) error {
	var res duckdbc.Result
	defer duckdbc.DestroyResult(&res)
	if duckdbc.Query(conn, stmt, &res) == duckdbc.StateError {
		return errors.New(duckdbc.ResultError(&res))
	}
	return nil
}

// stream fetches the chunks of a result while the engine still makes it.
func stream(conn duckdbc.Connection, query string, f func(values []uint64)) error {
	var stmt duckdbc.PreparedStatement
	defer duckdbc.DestroyPrepare(&stmt)
	if duckdbc.Prepare(conn, query, &stmt) == duckdbc.StateError {
		return errors.New(duckdbc.PrepareError(stmt))
	}
	var pending duckdbc.PendingResult
	defer duckdbc.DestroyPending(&pending)
	if duckdbc.PendingPreparedStreaming(stmt, &pending) == duckdbc.StateError {
		return errors.New(duckdbc.PendingError(pending))
	}
	var res duckdbc.Result
	defer duckdbc.DestroyResult(&res)
	if duckdbc.ExecutePending(pending, &res) == duckdbc.StateError {
		return errors.New(duckdbc.ResultError(&res))
	}
	for {
		chunk := duckdbc.FetchChunk(res)
		if chunk.Ptr == nil {
			if said := duckdbc.ResultError(&res); said != "" {
				return errors.New(said)
			}
			return nil
		}
		size := int(duckdbc.DataChunkGetSize(chunk)) //nolint:gosec // some thousand
		if size == 0 {
			duckdbc.DestroyDataChunk(&chunk)
			return nil
		}
		data := duckdbc.VectorGetData(duckdbc.DataChunkGetVector(chunk, 0))
		f(unsafe.Slice((*uint64)(data), size)) //nolint:gosec // the engine holds size values there until the chunk is destroyed
		duckdbc.DestroyDataChunk(&chunk)
	}
}
