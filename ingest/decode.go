package ingest

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/internal/parquetfile"
)

// decoded is what became of a task: rows as encoded row groups, and those that
// do not fit.
type decoded struct {
	groups  []*parquetfile.Group
	read    int64
	written int64
	rejects []Reject
}

// decoder makes row groups of tasks. It is not safe for concurrent use: each
// worker has one.
type decoder struct {
	r       *run
	p       *plan
	micros  int64
	table   *columns.Table
	meta    []*columns.Meta
	encoder *parquetfile.Encoder
	places  map[*Header][]int
	out     decoded
}

// Bounds of a row group: as many rows as DuckDB takes, and what is comfortable to
// hold in memory.
const (
	groupRows  = 122_880
	groupBytes = 64 << 20
)

func (r *run) newDecoder(p *plan, micros int64) (*decoder, error) {
	encoder, err := parquetfile.NewEncoder(parquet(p.fields()), r.o.Zstd)
	if err != nil {
		return nil, err
	}
	d := &decoder{
		r: r, p: p, micros: micros, table: columns.NewTable(p.layout), places: map[*Header][]int{}, encoder: encoder,
	}
	for _, m := range p.meta {
		d.meta = append(d.meta, columns.NewMeta(m.Type))
	}
	return d, nil
}

// task makes row groups of a task.
func (d *decoder) task(t *task) (decoded, error) {
	d.out = decoded{}
	for _, b := range t.blocks {
		if c, ok := d.r.newMeta(d.p, b); ok {
			return decoded{}, &columns.NewColumn{Key: c.Name, Own: true}
		}
		var err error
		if b.CSV != nil {
			err = d.text(b)
		} else {
			err = d.values(b)
		}
		if err != nil {
			return decoded{}, err
		}
		if d.table.Rows() >= groupRows || d.table.Bytes() > groupBytes {
			if err := d.flush(); err != nil {
				return decoded{}, err
			}
		}
	}
	if err := d.flush(); err != nil {
		return decoded{}, err
	}
	return d.out, nil
}

// flush encodes the rows gathered so far.
func (d *decoder) flush() error {
	rows := d.table.Rows()
	if rows == 0 {
		return nil
	}
	values := d.table.Values()
	for _, m := range d.meta {
		values = append(values, m.Values())
	}
	values = append(values, d.time(), parquetfile.Values{Dict: d.r.sourceDict, Same: true})
	group, err := d.encoder.Encode(rows, values)
	if err != nil {
		return err
	}
	d.out.groups = append(d.out.groups, group)
	d.out.written += int64(rows)
	d.table.Reset()
	for _, m := range d.meta {
		m.Reset()
	}
	return nil
}

// time is the column of the commit's timestamp.
func (d *decoder) time() parquetfile.Values {
	if d.p.layout != nil && d.p.time.Kind != "VARCHAR" {
		return parquetfile.Values{Ints: []int64{d.micros}, Same: true}
	}
	return parquetfile.Values{Dict: parquetfile.NewDict([]string{isoMicros(d.micros)}), Same: true}
}

// values adds the rows of a block of JSON texts, or of one with nothing but
// Meta.
func (d *decoder) values(b *Block) error {
	from := 0 // rows before it are in Meta
	for row := range b.Rows {
		err := d.value(b, row)
		if err == nil {
			if d.table.Rows() >= groupRows {
				d.take(b, from, row+1)
				from = row + 1
				if err := d.flush(); err != nil {
					return err
				}
			}
			continue
		}
		if err := d.reject(err, b, row, func() ([]byte, string) { return b.text(row), b.Origin(row) }); err != nil {
			return err
		}
		d.take(b, from, row)
		from = row + 1
	}
	d.take(b, from, b.Rows)
	d.out.read += int64(b.Rows)
	return nil
}

func (d *decoder) value(b *Block, row int) error {
	if m := b.Unfit[row]; m != nil {
		return m
	}
	switch {
	case b.Values == nil || b.Values[row] == nil:
		d.table.Null()
		return nil
	case d.r.o.MaxField > 0 && int64(len(b.Values[row])) > d.r.o.MaxField:
		if err := d.r.longText(b.Values[row]); err != nil {
			return err
		}
	}
	return d.table.JSON(b.Values[row])
}

// take adds the source's own columns of rows that were taken.
func (d *decoder) take(b *Block, from, to int) {
	if from == to {
		return
	}
	for i, m := range d.p.meta {
		if m.at < len(b.Meta) {
			d.meta[i].Take(&b.Meta[m.at], from, to)
		} else {
			d.meta[i].Null(to - from)
		}
	}
}

// reject puts a row aside; where is its text and its origin. An error that is no
// misfit is returned.
func (d *decoder) reject(err error, b *Block, row int, where func() (raw []byte, origin string)) error {
	var m *columns.Misfit
	if !errors.As(err, &m) {
		return err
	}
	raw, origin := where()
	reason := m.Reason
	if d.r.o.MaxField > 0 && int64(len(raw)) > d.r.o.MaxField && !strings.HasSuffix(reason, onlyBeginning) {
		reason += onlyBeginning
		raw = beginning(raw, int(d.r.o.MaxField))
	}
	reject := Reject{Raw: bytes.Clone(raw), Reason: reason, Column: m.Column, Origin: origin, Wants: m.Wants}
	if len(b.Meta) > 0 {
		reject.block, reject.row = b, row
	}
	if b.RejectedAt != nil {
		reject.At = b.RejectedAt(row)
	}
	d.out.rejects = append(d.out.rejects, reject)
	return nil
}

// onlyBeginning ends the reason of a row whose text is kept in part.
const onlyBeginning = " (only the beginning of its text is kept)"

// beginning is at most n bytes of a text, without a part of a character at the
// end.
func beginning(text []byte, n int) []byte {
	for end := n; end > 0 && end > n-utf8.UTFMax; end-- {
		if utf8.RuneStart(text[end]) {
			return text[:end]
		}
	}
	return text[:n]
}

// Replayable reports whether a rejected row can be read again from its text: not
// if that is not the text which was there.
func Replayable(reason string) bool {
	return !strings.HasSuffix(reason, onlyBeginning) && reason != columns.NotUTF8 && reason != columns.NULInside
}

// text adds the rows of a chunk of delimited text.
func (d *decoder) text(b *Block) error {
	places, ok := d.places[b.CSV.Header]
	if !ok {
		places = d.p.layout.Header(b.CSV.Header.Names)
		d.places[b.CSV.Header] = places
	}
	strange := columns.ValidText(b.CSV.Data) != nil
	records := csv.NewReader(b.CSV.Data, b.CSV.Dialect)
	for record := records.Next(); record != nil; record = records.Next() {
		d.out.read++
		err := d.r.checkRecord(record, len(places), strange)
		if err == nil {
			err = d.table.End(d.fields(record, places, b.CSV.Header.Names))
		}
		if err != nil {
			err = d.reject(err, b, 0, func() ([]byte, string) { return record.Raw, b.CSV.Origin(record.At) })
		} else if d.take(b, 0, 1); d.table.Rows() >= groupRows {
			err = d.flush()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func counted(fields int) string {
	if fields == 1 {
		return "1 field"
	}
	return strconv.Itoa(fields) + " fields"
}

// fields adds the fields of a record that are there.
func (d *decoder) fields(record *csv.Record, places []int, names []string) error {
	for k, field := range record.Fields {
		if len(field) == 0 && !record.Quoted(k) {
			continue
		}
		if err := d.table.Field(places[k], names[k], field); err != nil {
			return err
		}
	}
	return nil
}

// checkRecord looks at what is wrong with a record whatever its columns are.
func (r *run) checkRecord(record *csv.Record, fields int, strange bool) error {
	switch {
	case record.Err != "":
		return &columns.Misfit{Reason: record.Err}
	case strange:
		if err := columns.ValidText(record.Raw); err != nil {
			return err
		}
	}
	if len(record.Fields) != fields {
		return &columns.Misfit{Reason: counted(len(record.Fields)) + " where the header has " + strconv.Itoa(fields)}
	}
	if r.o.MaxField > 0 && int64(len(record.Raw)) > r.o.MaxField &&
		slices.ContainsFunc(record.Fields, func(f []byte) bool { return int64(len(f)) > r.o.MaxField }) {
		return r.tooLong()
	}
	return nil
}
