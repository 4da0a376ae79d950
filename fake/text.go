package fake

import (
	"context"
	"io"

	"github.com/kalpafall/df360/internal/fault"
)

// texter writes batches as lines of text.
type texter struct {
	format Format
	heads  [][]byte   // of each column: what comes before its value
	tail   []byte     // what ends a line, the constant columns included
	words  [][][]byte // of each column: its dictionary's values as written
	blank  []byte     // NULL
}

// liner is one goroutine's texter.
type liner struct {
	*texter
	maker *maker
	out   []byte
	day   []dayText // of each column
}

func (t *Table) newTexter(format Format, r Run) *texter {
	x := &texter{format: format, words: make([][][]byte, len(t.columns))}
	for i, d := range t.dicts {
		if d == nil {
			continue
		}
		for _, word := range d.values {
			x.words[i] = append(x.words[i], x.quote(nil, []byte(word)))
		}
	}
	var day dayText
	ingested := day.append(nil, r.Ingested.UnixMicro())
	if format == CSV {
		x.heads = make([][]byte, len(t.columns))
		for i := range x.heads[1:] {
			x.heads[i+1] = []byte(",")
		}
		x.tail = append(append([]byte(","), ingested...), ","+SourceName+"\n"...)
		return x
	}
	x.blank = []byte("null")
	for i, c := range t.columns {
		open := "{"
		if i > 0 {
			open = ","
		}
		x.heads = append(x.heads, append(x.quote([]byte(open), []byte(c.Name)), ':'))
	}
	x.tail = append([]byte(`,"`+IngestedColumn+`":"`), ingested...)
	x.tail = append(x.tail, `","`+SourceColumn+`":"`+SourceName+"\"}\n"...)
	return x
}

// quote adds a text as the format writes it.
func (x *texter) quote(dst, text []byte) []byte {
	if x.format == CSV {
		return quoteCSV(dst, text)
	}
	return quoteJSON(dst, text)
}

func (t *Table) writeText(ctx context.Context, w io.Writer, format Format, r Run) error {
	x := t.newTexter(format, r)
	if format == CSV {
		if _, err := w.Write(header(t.Columns())); err != nil {
			return fault.OS(err, "write rows")
		}
	}
	liners := make([]*liner, r.Threads+1)
	for i := range liners {
		liners[i] = &liner{texter: x, maker: t.newMaker(), day: make([]dayText, len(t.columns))}
	}
	return inOrder(ctx, t.chunks(), liners, func(l *liner, c int64) error {
		l.write(l.maker.make(c, c+1))
		return nil
	}, func(l *liner) error {
		if _, err := w.Write(l.out); err != nil {
			return fault.OS(err, "write rows")
		}
		r.Progress(int64(l.maker.batch.rows))
		return nil
	})
}

func header(columns []Column) []byte {
	var line []byte
	for i, c := range columns {
		if i > 0 {
			line = append(line, ',')
		}
		line = quoteCSV(line, []byte(c.Name))
	}
	return append(line, '\n')
}

// write makes a batch's lines.
func (l *liner) write(b *batch) {
	out := l.out[:0]
	for row := range b.rows {
		for i := range b.cols {
			v := &b.cols[i]
			out = append(out, l.heads[i]...)
			switch {
			case v.null != nil && v.null[row]:
				out = append(out, l.blank...)
			case v.dict != nil:
				out = append(out, l.words[i][v.index[row]]...)
			default:
				out = l.value(out, i, v, row)
			}
		}
		out = append(out, l.tail...)
	}
	l.out = out
}

func (l *liner) value(out []byte, column int, v *vector, row int) []byte {
	switch v.typ.Kind {
	case Integer:
		return appendInt(out, v.ints[row])
	case Number:
		return appendFloat(out, v.floats[row])
	case Decimal:
		return appendDecimal(out, v.ints[row], v.typ.Scale)
	case Boolean:
		return appendBool(out, v.ints[row])
	case Date:
		return l.quoted(out, func(out []byte) []byte { return appendDate(out, v.ints[row]) })
	case Timestamp:
		return l.quoted(out, func(out []byte) []byte { return l.day[column].append(out, v.ints[row]) })
	case Text:
	}
	return l.quote(out, v.text[v.ends[row]:v.ends[row+1]])
}

// quoted puts quotes around what needs none but JSON's.
func (l *liner) quoted(out []byte, add func([]byte) []byte) []byte {
	if l.format == CSV {
		return add(out)
	}
	return append(add(append(out, '"')), '"')
}
