package transform

import (
	"fmt"
	"strings"
)

// inputSQL reads rows as the type's expressions see them: declared columns are
// cast, and keep their raw value under another name.
func (b *bound) inputSQL(from string) string {
	return "SELECT " + strings.Join(b.inputItems(), ", ") + " FROM " + from
}

func (b *bound) inputItems() []string {
	var items []string
	for _, c := range b.columns {
		if c.cast.sql == "" {
			items = append(items, quote(c.name))
			continue
		}
		items = append(items, c.cast.sql+" AS "+quote(c.name), quote(c.name)+" AS "+quote(c.raw))
	}
	for _, c := range b.missing {
		items = append(items, "cast(null as "+nullType(c)+") AS "+quote(c.Name))
	}
	return items
}

// nullType is the type of an optional column that the input lacks.
func nullType(c Column) string {
	if c.Elem != nil {
		return c.Elem.String()
	}
	switch c.Kind {
	case Integer:
		return "bigint"
	case Number, Float:
		return "double"
	case Boolean, Date, Timestamp:
		return string(c.Kind)
	case Any, Text, Decimal, Struct, List:
	}
	return "varchar"
}

// plainNames are the input's columns by name.
func (b *bound) plainNames() string {
	items := make([]string, len(b.columns))
	for i, c := range b.columns {
		items[i] = quote(c.name)
	}
	return strings.Join(items, ", ")
}

// castNames are the columns as expressions see them.
func (b *bound) castNames() string {
	out := b.plainNames()
	for _, c := range b.missing {
		out += ", " + quote(c.Name)
	}
	return out
}

// rawNames are the columns as they were before casts, under their own names,
// without those that a transform adds itself.
func (b *bound) rawNames(without ...string) string {
	var items []string
	for _, c := range b.columns {
		switch {
		case contains(without, c.name):
		case c.raw == c.name:
			items = append(items, quote(c.name))
		default:
			items = append(items, quote(c.raw)+" AS "+quote(c.name))
		}
	}
	return strings.Join(items, ", ")
}

// pass is the condition that a row meets all rules. It may be NULL, which is
// no: an engine can then test its parts one by one while it reads.
func (b *bound) pass() string {
	if len(b.rules) == 0 {
		return "true"
	}
	parts := make([]string, len(b.rules))
	for i, r := range b.rules {
		parts[i] = "(" + r.sql + ")"
	}
	return strings.Join(parts, " AND ")
}

// fail is the condition that a row does not meet all rules. It is never NULL.
func (b *bound) fail() string { return "NOT coalesce(" + b.pass() + ", false)" }

// reason is the names of the rules that a row fails, comma-joined.
func (b *bound) reason() string {
	if len(b.rules) == 0 {
		return "''"
	}
	parts := make([]string, len(b.rules))
	for i, r := range b.rules {
		met := "coalesce((" + r.sql + "), false)"
		if r.unless != "" {
			met += " OR " + r.unless
		}
		parts[i] = fmt.Sprintf("CASE WHEN %s THEN '' ELSE %s END", met, text(","+r.name))
	}
	return "substr(" + strings.Join(parts, " || ") + ", 2)"
}

// rejectedSQL are the rows that fail a rule, as they were, with the reason.
func (b *bound) rejectedSQL(from string, o Options) string {
	items := b.rawNames(reasonColumn, stampColumn)
	if items != "" {
		items += ", "
	}
	return fmt.Sprintf("SELECT %s%s AS %s, %s AS %s FROM %s WHERE %s",
		items, b.reason(), reasonColumn, stamp(o.Stamp), stampColumn, from, b.fail())
}
