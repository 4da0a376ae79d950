package lake

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"time"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
)

// The projection follows the Delta transaction log protocol,
// https://github.com/delta-io/delta/blob/master/PROTOCOL.md, reader version 1,
// writer version 2. It is derived from the records: whoever writes a version
// of it writes the same bytes.

// project writes the Delta log entry of one dataset of a record.
func (h history) project(main Ref, before, after *state, r *Record, name string) error {
	if r.Totals[name].NoDelta {
		return nil
	}
	data, err := deltaEntry(main, before, after, r, name)
	if err != nil {
		return err
	}
	folder := path.Join(main.Layer, name, deltaDir)
	if err := mkdirAll(h.s, folder); err != nil {
		return fault.OS(err, "make folder %s", folder)
	}
	if r.Datasets[name].DeltaVersion == 0 { // whoever made the folder may not have come to that
		if err := h.s.syncDir(path.Dir(folder)); err != nil {
			return fault.OS(err, "sync folder %s", path.Dir(folder))
		}
	}
	file := path.Join(folder, versionName(r.Datasets[name].DeltaVersion))
	return fault.OS(h.putIfAbsent(file, data), "project %s", file)
}

// deltaEntry is the content of the Delta log entry of one dataset of a record:
// one action a line. before and after are the states around the record.
func deltaEntry(main Ref, before, after *state, r *Record, name string) ([]byte, error) {
	w := deltaWriter{main: main, name: name, r: r, d: r.Datasets[name], was: before.Datasets[name], is: after.Datasets[name]}
	return w.entry()
}

type deltaWriter struct {
	main Ref
	name string
	r    *Record
	d    *DatasetRecord
	was  *datasetState // nil in the dataset's first version
	is   *datasetState
	out  bytes.Buffer
}

func (w *deltaWriter) entry() ([]byte, error) {
	w.action("commitInfo", map[string]any{
		"timestamp": w.r.CommittedAt.UnixMilli(), "operation": deltaOperation(w.r.Operation),
		"operationParameters": map[string]string{}, "engineInfo": w.r.Writer, "txnId": w.r.CommitID,
		"isBlindAppend": len(w.d.Remove) == 0,
	})
	if w.was == nil {
		w.action("protocol", map[string]int{"minReaderVersion": 1, "minWriterVersion": 2})
	}
	changed := w.was == nil || !slices.Equal(w.was.Schema, w.d.Schema) || !slices.Equal(w.was.PartitionBy, w.d.PartitionBy)
	if changed {
		if err := w.metaData(); err != nil {
			return nil, err
		}
	}
	if len(w.d.Add)+len(w.d.Remove) > 0 || w.was == nil {
		w.action("txn", map[string]any{
			"appId": "df360." + w.main.String(), "version": w.r.Version, "lastUpdated": w.r.CommittedAt.UnixMilli(),
		})
	}
	w.removes()
	for i := range w.d.Add {
		if err := w.add(&w.d.Add[i]); err != nil {
			return nil, err
		}
	}
	return w.out.Bytes(), nil
}

// action writes one line. What is passed here always has a JSON form.
func (w *deltaWriter) action(kind string, body any) {
	enc := json.NewEncoder(&w.out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(map[string]any{kind: body})
}

func (w *deltaWriter) metaData() error {
	schema, err := deltaSchema(w.d.Schema)
	if err != nil {
		return err
	}
	partition := w.d.PartitionBy
	if partition == nil {
		partition = []string{}
	}
	w.action("metaData", map[string]any{
		"id": deltaID(w.main, w.name, w.is.CreatedBy), "format": map[string]any{"provider": "parquet", "options": map[string]string{}},
		"schemaString": schema, "partitionColumns": partition, "configuration": map[string]string{},
		"createdTime": w.is.CreatedAt.UnixMilli(),
	})
	return nil
}

// deltaID is the table's id: a version 8 UUID (RFC 9562) of its first commit.
func deltaID(main Ref, name, commitID string) string {
	sum := sha256.Sum256([]byte(main.String() + "\n" + name + "\n" + commitID))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func (w *deltaWriter) removes() {
	if w.was == nil || len(w.d.Remove) == 0 {
		return
	}
	files := make(map[string]*fileState, len(w.was.Files))
	for i := range w.was.Files {
		files[w.was.Files[i].Path] = &w.was.Files[i]
	}
	for _, p := range w.d.Remove {
		body := map[string]any{
			"path": deltaPath(p), "deletionTimestamp": w.r.CommittedAt.UnixMilli(), "dataChange": w.changesData(),
		}
		if f := files[p]; f != nil {
			body["extendedFileMetadata"], body["size"] = true, f.Bytes
			body["partitionValues"] = partitionValues(w.was.PartitionBy, f.Partition)
		}
		w.action("remove", body)
	}
}

func (w *deltaWriter) add(f *AddFile) error {
	stats, err := deltaStats(f, w.d.Schema)
	if err != nil {
		return err
	}
	w.action("add", map[string]any{
		"path": deltaPath(f.Path), "partitionValues": partitionValues(w.d.PartitionBy, f.Partition), "size": f.Bytes,
		"modificationTime": w.r.CommittedAt.UnixMilli(), "dataChange": w.changesData(), "stats": stats,
	})
	return nil
}

// changesData is false for the same rows in other files.
func (w *deltaWriter) changesData() bool { return w.r.Operation != OpCompact }

// deltaPath is a path as Delta writes it: a relative URL.
func deltaPath(file string) string { return (&url.URL{Path: file}).EscapedPath() }

// partitionValues are the values of a file's partition columns; NULL is null.
func partitionValues(columns []string, values map[string]*string) map[string]*string {
	out := make(map[string]*string, len(columns))
	for _, c := range columns {
		out[c] = values[c]
	}
	return out
}

func deltaOperation(o Operation) string {
	switch o {
	case OpAppend, OpReplace:
		return "WRITE"
	case OpAdopt:
		return "CONVERT"
	case OpRollback:
		return "RESTORE"
	case OpCompact:
		return "OPTIMIZE"
	}
	return string(o)
}

// deltaStats is the statistics object of a file, as JSON text. Times are cut to
// milliseconds as Delta writes them, upper bounds rounded up so that they hold.
func deltaStats(f *AddFile, schema []Column) (string, error) {
	low, high, nulls := map[string]any{}, map[string]any{}, map[string]int64{}
	for _, c := range schema {
		s, ok := f.Stats[c.Name]
		if !ok {
			continue
		}
		nulls[c.Name] = s.Nulls
		lo, hi, ok := deltaBounds(c.Type, s)
		if ok {
			low[c.Name], high[c.Name] = lo, hi
		}
	}
	data, err := json.Marshal(map[string]any{"numRecords": f.Rows, "minValues": low, "maxValues": high, "nullCount": nulls})
	if err != nil {
		return "", fmt.Errorf("encode statistics of %s: %w", f.Path, err)
	}
	return string(data), nil
}

func deltaBounds(typ string, s Stat) (low, high any, ok bool) {
	if s.Min == nil || s.Max == nil {
		return nil, nil, false
	}
	switch typ {
	case "DATE":
		lo, hi, ok := s.IntRange()
		return epochDay(lo), epochDay(hi), ok && fourDigitYears(time.Unix(lo*86400, 0), time.Unix(hi*86400, 0))
	case "TIMESTAMPTZ":
		lo, hi, ok := s.IntRange()
		const milli = 1000 // microseconds
		lo -= (lo%milli + milli) % milli
		hi += milli - 1
		hi -= (hi%milli + milli) % milli
		return deltaTime(lo), deltaTime(hi), ok && fourDigitYears(time.UnixMicro(lo), time.UnixMicro(hi))
	}
	return s.Min, s.Max, true
}

// fourDigitYears reports whether both years can be written as readers expect.
func fourDigitYears(low, high time.Time) bool {
	return low.UTC().Year() >= 1 && high.UTC().Year() <= 9999 && high.UTC().Year() >= 1
}

func epochDay(days int64) string {
	return time.Unix(0, 0).UTC().AddDate(0, 0, int(days)).Format(time.DateOnly)
}

func deltaTime(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.000Z")
}

// deltaSchema is Delta's JSON text of a schema.
func deltaSchema(columns []Column) (string, error) {
	fields := make([]any, len(columns))
	for i, c := range columns {
		t, err := sqltype.Parse(c.Type)
		if err != nil {
			return "", fmt.Errorf("column %s: %w", c.Name, err)
		}
		fields[i] = deltaField(c.Name, deltaType(t))
	}
	data, err := json.Marshal(map[string]any{"type": "struct", "fields": fields})
	if err != nil {
		return "", fmt.Errorf("encode schema: %w", err)
	}
	return string(data), nil
}

func deltaField(name string, typ any) map[string]any {
	return map[string]any{"name": name, "type": typ, "nullable": true, "metadata": map[string]any{}}
}

// deltaType is a lake type in Delta's JSON form.
func deltaType(t *sqltype.Type) any {
	switch t.Kind {
	case sqltype.Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case sqltype.Struct:
		fields := make([]any, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = deltaField(f.Name, deltaType(f.Type))
		}
		return map[string]any{"type": "struct", "fields": fields}
	case sqltype.List:
		return map[string]any{"type": "array", "elementType": deltaType(t.Elem), "containsNull": true}
	case sqltype.Map:
		return map[string]any{
			"type": "map", "keyType": deltaType(t.Key), "valueType": deltaType(t.Elem), "valueContainsNull": true,
		}
	default:
		return deltaScalars()[t.Kind]
	}
}

// deltaScalars are Delta's names of the scalar types of lake files.
func deltaScalars() map[sqltype.Kind]string {
	return map[sqltype.Kind]string{
		sqltype.Boolean: "boolean", sqltype.Bigint: "long", sqltype.Double: "double", sqltype.Varchar: "string",
		sqltype.Date: "date", sqltype.Timestamp: "timestamp", sqltype.Blob: "binary",
	}
}
