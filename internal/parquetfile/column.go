package parquetfile

// Kind is the kind of a column's values.
type Kind uint8

// The kinds.
const (
	Text      Kind = iota // UTF-8
	Int64                 //
	Double                //
	Decimal               // unscaled in 64 bits
	Bool                  // 0 or 1
	Date                  // days since 1970
	Timestamp             // UTC, microseconds since 1970
	Wide                  // Decimal of up to 38 digits, unscaled in 128 bits
	Blob                  // bytes
	Struct                // Children are its fields
	List                  // Children is its element
	Map                   // Children are its key and its value
)

// Column describes a column. Every column may hold NULL, and so may all that is
// inside of it, except for the key of a Map.
type Column struct {
	Name             string // unique among its neighbours; that of an element, a key, a value is not used
	Kind             Kind
	Precision, Scale int      // of Decimal, at most 18 digits; of Wide, at most 38
	Children         []Column // of Struct (one at least), List (one), Map (two)
	// Plain says that compression finds nothing in it: its pages are not
	// compressed with Snappy.
	Plain bool
}

// Values are a column's values in a row group, NULL included (whatever stands
// there). A slice that is used has just as many values as there are rows.
type Values struct {
	Ints   []int64   // Int64, Decimal, Bool, Date, Timestamp
	Floats []float64 // Double
	Dict   *Dict     // Text, Blob: Index refers to it; else Text and Ends hold the values
	Index  []int32
	Text   []byte
	Ends   []int32 // of the values in Text, behind a leading 0: a row group holds less than 2 GiB of a column
	Fixed  []byte  // Wide: 16 bytes each, big-endian, two's complement
	// Children are those of the column. A Struct's have a value in every row,
	// whatever stands there where the Struct is NULL. Row i of a List or a Map
	// has the elements Offsets[i] to Offsets[i+1] of its children. What stands
	// there where it is NULL is skipped, and so is what no row refers to.
	Children []Values
	Offsets  []int32 // one more than rows, never falling
	Null     []bool  // nil: nothing is NULL
	// Same says that the one value that is given is that of every row.
	Same bool
}
