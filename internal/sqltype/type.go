package sqltype

import (
	"fmt"
	"strings"
)

// Kind is a type without its parameters, in the engine's spelling.
type Kind string

// Kinds that have parameters or a meaning of their own here. All others
// ("BIGINT", "VARCHAR", …) are scalars that are compared by name.
const (
	Decimal Kind = "DECIMAL"
	Struct  Kind = "STRUCT"
	List    Kind = "LIST"
	Map     Kind = "MAP"
	// Null is the type of a column that was written without one.
	Null Kind = "NULL"
)

// Scalars of lake files.
const (
	Boolean   Kind = "BOOLEAN"
	Bigint    Kind = "BIGINT"
	Double    Kind = "DOUBLE"
	Varchar   Kind = "VARCHAR"
	Date      Kind = "DATE"
	Timestamp Kind = "TIMESTAMPTZ"
	Blob      Kind = "BLOB"
)

// Type is a column's type as a tree.
type Type struct {
	Kind             Kind
	Precision, Scale int     // Decimal
	Fields           []Field // Struct
	Key, Elem        *Type   // Map: both; List: Elem
}

// Field is one field of a Struct.
type Field struct {
	Name string
	Type *Type
}

// Of is a scalar type.
func Of(k Kind) *Type { return &Type{Kind: k} }

// DecimalOf is DECIMAL(precision, scale).
func DecimalOf(precision, scale int) *Type {
	return &Type{Kind: Decimal, Precision: precision, Scale: scale}
}

// String is the type in the engine's spelling.
func (t *Type) String() string {
	switch t.Kind {
	case Decimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	case Struct:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = `"` + strings.ReplaceAll(f.Name, `"`, `""`) + `" ` + f.Type.String()
		}
		return "STRUCT(" + strings.Join(parts, ", ") + ")"
	case List:
		return t.Elem.String() + "[]"
	case Map:
		return "MAP(" + t.Key.String() + ", " + t.Elem.String() + ")"
	default:
		return string(t.Kind)
	}
}

// Equal reports whether two types are the same; nil is equal to nil only.
func (t *Type) Equal(o *Type) bool {
	if t == nil || o == nil {
		return t == o
	}
	return t.String() == o.String()
}

// Nested reports whether the type is made of others.
func (t *Type) Nested() bool { return t.Kind == Struct || t.Kind == List || t.Kind == Map }

// IsLake reports whether lake files may have the type.
func (t *Type) IsLake() bool {
	switch t.Kind {
	case Boolean, Bigint, Double, Varchar, Date, Timestamp, Blob:
		return true
	case Decimal:
		return t.Precision > 0 && t.Precision <= 38
	case Struct:
		for _, f := range t.Fields {
			if !f.Type.IsLake() {
				return false
			}
		}
		return len(t.Fields) > 0
	case List:
		return t.Elem.IsLake()
	case Map:
		return t.Key.IsLake() && t.Elem.IsLake()
	default:
		return false
	}
}

// Lake is the type that a value of t has in a lake file. A column without a
// type becomes text, which every engine can read. ok is false for types that
// no lake file can hold.
func (t *Type) Lake() (lake *Type, ok bool) {
	if t.IsLake() {
		return t, true
	}
	switch t.Kind {
	case Null:
		return Of(Varchar), true
	case Struct:
		return t.lakeStruct()
	case List:
		elem, ok := t.Elem.Lake()
		return &Type{Kind: List, Elem: elem}, ok
	case Map:
		key, okKey := t.Key.Lake()
		elem, okElem := t.Elem.Lake()
		return &Type{Kind: Map, Key: key, Elem: elem}, okKey && okElem
	default:
		return t.lakeScalar()
	}
}

func (t *Type) lakeStruct() (*Type, bool) {
	out, all := &Type{Kind: Struct}, len(t.Fields) > 0
	for _, f := range t.Fields {
		ft, ok := f.Type.Lake()
		all = all && ok
		out.Fields = append(out.Fields, Field{f.Name, ft})
	}
	return out, all
}

func (t *Type) lakeScalar() (*Type, bool) {
	switch t.Kind {
	case "TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER":
		return Of(Bigint), true
	case "UBIGINT", "HUGEINT", "UHUGEINT", "BIGNUM":
		return DecimalOf(38, 0), true
	case "FLOAT", Decimal: // a precision over 38 is read as DOUBLE
		return Of(Double), true
	case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMPTZ_NS":
		return Of(Timestamp), true
	case "UUID", "TIME", "TIME_NS", "TIMETZ", "INTERVAL", "ENUM", "JSON", "BIT":
		return Of(Varchar), true
	default:
		return t, false
	}
}
