package transform

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/kalpafall/df360/internal/sqltype"
)

// Type says what a transform does to the rows of a dataset: it is what a type
// file holds. Names are compared without regard to case.
type Type struct {
	Name    string      `json:"name"`
	Columns []Column    `json:"columns"`
	Dedupe  Dedupe      `json:"dedupe"`
	Rules   []Expr      `json:"rules"`
	Replace []Expr      `json:"replace"`
	Derive  []Expr      `json:"derive"`
	Drop    []string    `json:"drop"` // patterns of input columns: * is any text
	Parts   []string    `json:"partition_by"`
	Agg     *Aggregated `json:"-"` // nil: the type has no aggregate

	// File is what errors call the file; Path is where a user's file lies, ""
	// for a built-in type.
	File string `json:"-"`
	Path string `json:"-"`
}

// Column is what a type says of an input column.
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"type"`
	// Elem is the declared type of a decimal, struct or list; nil for others.
	Elem     *sqltype.Type `json:"elem"`
	Required Required      `json:"required"`
	Line     int           `json:"-"`
}

// Kind is a type of input columns, as type files name it.
type Kind string

// The kinds. What a column of another type is read as: cast.go.
const (
	Any       Kind = "any"       // as it is
	Text      Kind = "text"      // VARCHAR
	Integer   Kind = "integer"   // BIGINT
	Number    Kind = "number"    // any numeric type as it is; text is cast to DOUBLE
	Float     Kind = "float"     // DOUBLE, rounded to 32 bits
	Decimal   Kind = "decimal"   // DECIMAL(p,s)
	Boolean   Kind = "boolean"   // BOOLEAN
	Date      Kind = "date"      // DATE
	Timestamp Kind = "timestamp" // TIMESTAMPTZ
	Struct    Kind = "struct"    // STRUCT
	List      Kind = "list"      // LIST
)

// Required says when an input column must be there.
type Required string

// When a column is required.
const (
	Optional     Required = ""
	Always       Required = "true"
	ForAggregate Required = "aggregate"
)

// Expr is a named SQL expression of a type file.
type Expr struct {
	Name string `json:"name"`
	SQL  string `json:"sql"`
	Line int    `json:"-"`
}

// Dedupe says which rows are duplicates of each other.
type Dedupe struct {
	Mode DedupeMode `json:"mode"`
	// Keys and Order belong to DedupeKeys: of the rows with equal keys the
	// first in this order stays.
	Keys  []string `json:"keys"`
	Order []Order  `json:"order"`
}

// DedupeMode is a way to find duplicates.
type DedupeMode string

// The ways.
const (
	DedupeAll     DedupeMode = "all"     // equal in all columns
	DedupeContent DedupeMode = "content" // equal in all columns but those that begin with _
	DedupeNone    DedupeMode = "none"    // every row stays
	DedupeKeys    DedupeMode = "keys"    // equal in Keys
)

// Order is one column of a sort order.
type Order struct {
	Column string `json:"column"`
	Desc   bool   `json:"desc"`
}

// String is the order in SQL, NULLs first as the smallest value.
func (o Order) String() string { return o.by(quote(o.Column)) }

// by is the order by another expression.
func (o Order) by(sql string) string {
	if o.Desc {
		return sql + " DESC NULLS LAST"
	}
	return sql + " ASC NULLS FIRST"
}

// Aggregated is a type's aggregate.
type Aggregated struct {
	GroupBy  []string `json:"group_by"`
	Measures []Expr   `json:"measures"`
	OrderBy  []Order  `json:"order_by"`
}

// semantics is raised when the same type file begins to mean other rows, so
// that what older versions wrote is rebuilt.
const semantics = 1

// Hash identifies what the type does to rows, whatever its file looks like:
// two types of one hash make the same rows. The aggregate has a hash of its own.
func (t *Type) Hash() string { return digest(t) }

// AggregateHash is Hash for the aggregate, "" where there is none.
func (t *Type) AggregateHash() string {
	if t.Agg == nil {
		return ""
	}
	return digest(t.Agg)
}

func digest(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode a type: %v", err)) // text, numbers and lists always encode
	}
	sum := sha256.Sum256(append([]byte(fmt.Sprintf("%d ", semantics)), data...))
	return hex.EncodeToString(sum[:16])
}

// column finds what the type says of an input column.
func (t *Type) column(name string) *Column {
	for i := range t.Columns {
		if strings.EqualFold(t.Columns[i].Name, name) {
			return &t.Columns[i]
		}
	}
	return nil
}

// drops reports whether an input column is left out of the output.
func (t *Type) drops(name string) bool {
	for _, pattern := range t.Drop {
		if matches(strings.ToLower(pattern), strings.ToLower(name)) {
			return true
		}
	}
	return false
}

// matches compares a name with a pattern in which * is any text.
func matches(pattern, name string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, head)
	if !ok {
		return false
	}
	for i := range len(name) + 1 {
		if matches(rest, name[i:]) {
			return true
		}
	}
	return false
}

// named finds an expression by its name.
func named(all []Expr, name string) *Expr {
	for i := range all {
		if strings.EqualFold(all[i].Name, name) {
			return &all[i]
		}
	}
	return nil
}
