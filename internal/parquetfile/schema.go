package parquetfile

import (
	"math"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/kalpafall/df360/internal/fault"
)

// schema is the columns as a tree with what the format says of each node.
type schema struct {
	elements []format.SchemaElement // the tree depth first, the root included
	roots    []*node
	leaves   int
}

// node is a column or what is inside of one.
type node struct {
	Column
	path     []string
	name     string // path, as a message names it
	required bool   // the key of a map
	children []*node
	// def and rep are the definition level of a value that is there (where it is
	// NULL, it is one less) and the highest repetition level.
	def, rep byte
	depth    int
}

// newSchema checks the columns.
func newSchema(columns []Column) (*schema, error) {
	s := &schema{}
	s.add(format.SchemaElement{Name: "schema", NumChildren: count(len(columns))})
	seen := map[string]bool{}
	for _, c := range columns {
		if seen[c.Name] {
			return nil, fault.New(fault.Internal, "two columns are called %q", c.Name)
		}
		seen[c.Name] = true
		n, err := s.node(c, node{}, c.Name)
		if err != nil {
			return nil, err
		}
		s.roots = append(s.roots, n)
	}
	return s, nil
}

func (s *schema) add(e format.SchemaElement) { s.elements = append(s.elements, e) }

func count(n int) *int32 {
	c := int32(n) //nolint:gosec // columns
	return &c
}

func repetition(r format.FieldRepetitionType) *format.FieldRepetitionType { return &r }

// node adds a column below parent, and all that is below it.
func (s *schema) node(c Column, parent node, name string) (*node, error) {
	n := &node{
		Column: c, required: parent.required, def: parent.def, rep: parent.rep, depth: parent.depth + 1,
		path: append(parent.path[:len(parent.path):len(parent.path)], name),
	}
	n.name = c.Name
	if parent.name != "" {
		n.name = parent.name + "." + name
	}
	if !n.required {
		n.def++
	}
	// A level is a byte, and a list takes two.
	if n.def > math.MaxUint8-3 {
		return nil, fault.New(fault.Schema, "column %q is nested too deeply", n.path[0])
	}
	return n, s.fill(n, name)
}

// fill adds the elements of n.
func (s *schema) fill(n *node, name string) error {
	e := format.SchemaElement{Name: name, RepetitionType: repetition(format.Optional)}
	if n.required {
		*e.RepetitionType = format.Required
	}
	switch n.Kind {
	case Struct:
		return s.fields(n, e)
	case List:
		return s.list(n, e)
	case Map:
		return s.mapping(n, e)
	default:
		s.leaves++
		annotate(&e, n.Column)
		s.add(e)
		return n.checkLeaf()
	}
}

func (n *node) checkLeaf() error {
	digits := 0
	switch n.Kind {
	case Decimal:
		digits = 18
	case Wide:
		digits = 38
	default:
		if n.Kind > Blob || len(n.Children) > 0 {
			return fault.New(fault.Internal, "column %q is of kind %d with %d children", n.name, n.Kind, len(n.Children))
		}
		return nil
	}
	if n.Precision < 1 || n.Precision > digits || n.Scale < 0 || n.Scale > n.Precision {
		return fault.New(fault.Internal, "column %q: a decimal of %d digits with %d behind the point does not fit its kind", n.name, n.Precision, n.Scale)
	}
	return nil
}

func (s *schema) fields(n *node, e format.SchemaElement) error {
	if len(n.Children) == 0 {
		return fault.New(fault.Schema, "column %q: Parquet has no structure without fields", n.name)
	}
	e.NumChildren = count(len(n.Children))
	s.add(e)
	inner := *n
	inner.required = false
	seen := map[string]bool{}
	for _, c := range n.Children {
		if seen[c.Name] {
			return fault.New(fault.Internal, "column %q has two fields %q", n.name, c.Name)
		}
		seen[c.Name] = true
		if err := s.child(n, c, inner, c.Name); err != nil {
			return err
		}
	}
	return nil
}

func (s *schema) child(n *node, c Column, parent node, name string) error {
	child, err := s.node(c, parent, name)
	n.children = append(n.children, child)
	return err
}

// list adds a list as it is since version 2 of the format: an optional group
// with a repeated group "list" with an optional "element".
func (s *schema) list(n *node, e format.SchemaElement) error {
	if len(n.Children) != 1 {
		return fault.New(fault.Internal, "column %q is a list of %d elements", n.name, len(n.Children))
	}
	converted := deprecated.List
	e.ConvertedType, e.LogicalType = &converted, &format.LogicalType{List: &format.ListType{}}
	return s.child(n, n.Children[0], s.repeated(n, e, "list"), "element")
}

// mapping adds a map: an optional group with a repeated group "key_value" with
// a required "key" and an optional "value".
func (s *schema) mapping(n *node, e format.SchemaElement) error {
	if len(n.Children) != 2 {
		return fault.New(fault.Internal, "column %q is a map with %d children", n.name, len(n.Children))
	}
	converted := deprecated.Map
	e.ConvertedType, e.LogicalType = &converted, &format.LogicalType{Map: &format.MapType{}}
	inner := s.repeated(n, e, "key_value")
	key := inner
	key.required = true
	if err := s.child(n, n.Children[0], key, "key"); err != nil {
		return err
	}
	return s.child(n, n.Children[1], inner, "value")
}

// repeated adds the two groups around elements, and is the inner one.
func (s *schema) repeated(n *node, e format.SchemaElement, group string) node {
	e.NumChildren = count(1)
	s.add(e)
	s.add(format.SchemaElement{Name: group, NumChildren: count(len(n.Children)), RepetitionType: repetition(format.Repeated)})
	inner := *n
	inner.path = append(n.path[:len(n.path):len(n.path)], group)
	inner.def, inner.rep, inner.required, inner.children = n.def+1, n.rep+1, false, nil
	return inner
}

// annotate says what the values of a leaf mean.
func annotate(e *format.SchemaElement, c Column) {
	physical := c.physical()
	e.Type = &physical
	converted := func(t deprecated.ConvertedType) { e.ConvertedType = &t }
	switch c.Kind {
	case Text:
		converted(deprecated.UTF8)
		e.LogicalType = &format.LogicalType{UTF8: &format.StringType{}}
	case Decimal, Wide:
		precision, scale := int32(c.Precision), int32(c.Scale) //nolint:gosec // at most 38
		converted(deprecated.Decimal)
		e.Precision, e.Scale = &precision, &scale
		e.LogicalType = &format.LogicalType{Decimal: &format.DecimalType{Precision: precision, Scale: scale}}
		if c.Kind == Wide {
			e.TypeLength = count(wideBytes)
		}
	case Date:
		converted(deprecated.Date)
		e.LogicalType = &format.LogicalType{Date: &format.DateType{}}
	case Timestamp:
		converted(deprecated.TimestampMicros)
		e.LogicalType = &format.LogicalType{Timestamp: &format.TimestampType{
			IsAdjustedToUTC: true, Unit: format.TimeUnit{Micros: &format.MicroSeconds{}},
		}}
	default:
	}
}

// wideBytes is the size of a Wide value.
const wideBytes = 16

func (c Column) physical() format.Type {
	switch c.Kind {
	case Text, Blob:
		return format.ByteArray
	case Double:
		return format.Double
	case Bool:
		return format.Boolean
	case Date:
		return format.Int32
	case Wide:
		return format.FixedLenByteArray
	default:
		return format.Int64
	}
}
