package table

import (
	"io"
	"strings"
)

// Rows takes rows one by one and writes them somewhere. Close ends the output;
// it does not close what lies below.
type Rows interface {
	// Write takes a row: a value for each column, of the kinds that Text takes.
	// It does not keep it.
	Write(row []any) error
	Close() error
}

// sample is how many rows of a table decide the widths of its columns.
const sample = 1000

// NewText writes rows as an aligned table. The first thousand rows decide the
// widths; a wider cell after them stands out of line. NULL shows as NULL. right
// tells which columns are numbers.
func NewText(w io.Writer, head []string, right []bool) Rows {
	return &textRows{w: w, rows: [][]string{head}, right: right}
}

type textRows struct {
	w     io.Writer
	right []bool
	rows  [][]string // waiting for the widths; nil once they are known
	width []int
}

// Write adds a row.
func (t *textRows) Write(row []any) error {
	cells := make([]string, len(row))
	for i, v := range row {
		if v == nil {
			cells[i] = "NULL"
			continue
		}
		cells[i] = Printable(Text(v))
	}
	if t.width != nil {
		return writeRow(t.w, cells, t.width, t.right)
	}
	t.rows = append(t.rows, cells)
	if len(t.rows) > sample {
		return t.flush()
	}
	return nil
}

func (t *textRows) flush() error {
	t.rows[0] = printable(t.rows[:1])[0]
	t.width = widths(t.rows)
	for _, row := range t.rows {
		if err := writeRow(t.w, row, t.width, t.right); err != nil {
			return err
		}
	}
	t.rows = nil
	return nil
}

// Close writes what is held back.
func (t *textRows) Close() error {
	if t.width != nil {
		return nil
	}
	return t.flush()
}

// NewCSV writes rows as RFC 4180 CSV with a head and \n line ends. NULL is an
// empty field, an empty text a quoted one; alone in its line NULL is quoted too.
func NewCSV(w io.Writer, head []string) Rows { return &csvRows{w: w, head: head} }

type csvRows struct {
	w    io.Writer
	head []string // nil once it is written
	line strings.Builder
}

// Write adds a row.
func (c *csvRows) Write(row []any) error {
	if err := c.begin(); err != nil {
		return err
	}
	c.line.Reset()
	for i, v := range row {
		if i > 0 {
			c.line.WriteByte(',')
		}
		if v != nil {
			writeCSV(&c.line, Text(v))
		}
	}
	if len(row) == 1 && row[0] == nil {
		c.line.WriteString(`""`) // an empty line would be no row to most readers
	}
	c.line.WriteByte('\n')
	_, err := io.WriteString(c.w, c.line.String())
	return err
}

func (c *csvRows) begin() error {
	if c.head == nil {
		return nil
	}
	var b strings.Builder
	for i, name := range c.head {
		if i > 0 {
			b.WriteByte(',')
		}
		writeCSV(&b, name)
	}
	c.head = nil
	b.WriteByte('\n')
	_, err := io.WriteString(c.w, b.String())
	return err
}

// Close writes the head if there was no row.
func (c *csvRows) Close() error { return c.begin() }

func writeCSV(b *strings.Builder, field string) {
	quote := field == "" || strings.ContainsAny(field, ",\"\r\n") || field[0] == ' ' || field[len(field)-1] == ' '
	if !quote {
		b.WriteString(field)
		return
	}
	b.WriteByte('"')
	b.WriteString(strings.ReplaceAll(field, `"`, `""`))
	b.WriteByte('"')
}

// NewJSON writes rows as a JSON array of objects, one a line.
func NewJSON(w io.Writer, head []string) Rows {
	return &jsonRows{w: w, head: head, before: "[", between: ",\n", end: "]\n"}
}

// NewJSONLine writes rows as a JSON array in one line, without a line end.
func NewJSONLine(w io.Writer, head []string) Rows {
	return &jsonRows{w: w, head: head, before: "[", between: ",", end: "]"}
}

type jsonRows struct {
	w            io.Writer
	head         []string
	before       string // of the next row
	between, end string
	buf          []byte
}

// Write adds a row.
func (j *jsonRows) Write(row []any) error {
	object := make(Object, len(row))
	for i, v := range row {
		object[i] = Field{j.head[i], v}
	}
	var err error
	if j.buf, err = AppendJSON(append(j.buf[:0], j.before...), object); err != nil {
		return err
	}
	j.before = j.between
	_, err = j.w.Write(j.buf)
	return err
}

// Close ends the array.
func (j *jsonRows) Close() error {
	end := j.end
	if j.before == "[" {
		end = "[" + end
	}
	_, err := io.WriteString(j.w, end)
	return err
}
