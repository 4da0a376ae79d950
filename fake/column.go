package fake

import "strconv"

// Kind is the kind of a column's values.
type Kind uint8

// The kinds.
const (
	Text      Kind = iota
	Integer        // 64 bits
	Number         // 64-bit floating point
	Decimal        // exact, Precision digits of which Scale behind the point
	Boolean        //
	Date           //
	Timestamp      // an instant, microseconds
)

// Type is a column's type.
type Type struct {
	Kind             Kind
	Precision, Scale int // of Decimal
}

// String is the type as a dataset file names it.
func (t Type) String() string {
	switch t.Kind {
	case Integer:
		return "integer"
	case Number:
		return "number"
	case Decimal:
		return "decimal(" + strconv.Itoa(t.Precision) + "," + strconv.Itoa(t.Scale) + ")"
	case Boolean:
		return "boolean"
	case Date:
		return "date"
	case Timestamp:
		return "timestamp"
	case Text:
	}
	return "text"
}

// Column is one column of a dataset.
type Column struct {
	Name string
	Type Type
}

// Columns that every dataset has at its end.
const (
	IngestedColumn = "_ingestion_timestamp"
	SourceColumn   = "_source"
	// SourceName is the value of SourceColumn.
	SourceName = "faker"
)

// vector is a column's values in a batch. Text is held either as indexes into
// a dictionary, or as bytes.
type vector struct {
	typ    Type
	ints   []int64   // Integer, Decimal (unscaled), Boolean (0, 1), Date (days), Timestamp (microseconds)
	floats []float64 // Number
	dict   *dictionary
	index  []int32 // into dict
	text   []byte
	ends   []int32 // of the values in text, behind a leading 0
	null   []bool  // nil where the batch has no NULL in this column
}

func (v *vector) reset() {
	v.ints, v.floats, v.index, v.text, v.null = v.ints[:0], v.floats[:0], v.index[:0], v.text[:0], nil
	v.ends = append(v.ends[:0], 0)
}

// extend returns s with n more elements, and these.
func extend[T any](s []T, n int) (all, added []T) {
	at := len(s)
	if cap(s) < at+n {
		grown := make([]T, at, max(at+n, 2*cap(s)))
		copy(grown, s)
		s = grown
	}
	s = s[:at+n]
	return s, s[at:]
}

// addInts adds n values to be set.
func (v *vector) addInts(n int) []int64 {
	var added []int64
	v.ints, added = extend(v.ints, n)
	return added
}

// addIndex adds n indexes to be set.
func (v *vector) addIndex(n int) []int32 {
	var added []int32
	v.index, added = extend(v.index, n)
	return added
}

// endText ends a value that was appended to text.
func (v *vector) endText() { v.ends = append(v.ends, int32(len(v.text))) } //nolint:gosec // a batch is far below 2 GiB

// plain reports whether the column holds bytes of its own.
func (v *vector) plain() bool { return v.typ.Kind == Text && v.dict == nil }

// setNull makes row i of n NULL.
func (v *vector) setNull(i, n int) {
	if v.null == nil {
		v.null = make([]bool, 0, n)
	}
	v.padNull(n)
	v.null[i] = true
}

// padNull makes null as long as the column, where there is any.
func (v *vector) padNull(n int) {
	if v.null != nil {
		v.null = append(v.null, make([]bool, n-len(v.null))...)
	}
}

// batch is a number of rows, column by column, without the two columns that
// are the same in every row.
type batch struct {
	rows int
	cols []vector
}

func (b *batch) reset() {
	b.rows = 0
	for i := range b.cols {
		b.cols[i].reset()
	}
}
