package transform

import (
	"fmt"

	"github.com/kalpafall/df360/internal/sqltype"
)

// cast is how an input column is read: as the type file wants it.
type cast struct {
	sql string // over the raw column; "" leaves it as it is
	// rule is the suffix of the rule that a row fails where the cast gives NULL
	// for a value ("is_number"); "" where NULL stays.
	rule string
}

// Patterns of texts that are values of a type.
const (
	decimalPattern = `^ *[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)? *$`
	integerPattern = `^ *[+-]?[0-9]+ *$`
	booleanPattern = `^ *([tT][rR][uU][eE]|[fF][aA][lL][sS][eE]) *$`
)

// castOf is how a column of type t is read as kind; ok is false where no value
// of t can be one.
func castOf(column string, t *sqltype.Type, want Column) (c cast, ok bool) {
	name := quote(column)
	switch want.Kind {
	case Any:
		return cast{}, true
	case Struct:
		return cast{}, t.Kind == sqltype.Struct
	case List:
		return cast{}, t.Kind == sqltype.List
	case Text:
		return textCast(name, t)
	case Integer, Number, Float, Decimal:
		return numberCast(name, t, want)
	case Boolean:
		if t.Kind == sqltype.Varchar {
			return cast{textTo(name, booleanPattern, "boolean"), "is_boolean"}, true
		}
		return cast{}, t.Kind == sqltype.Boolean
	case Date, Timestamp:
		sql, ok := timestampOf(name, t)
		switch {
		case !ok:
			return cast{}, false
		case want.Kind == Timestamp && sql != name:
			return cast{sql: sql}, true
		case want.Kind == Date && t.Kind != sqltype.Date:
			return cast{sql: "cast(" + sql + " as date)"}, true
		}
		return cast{}, true
	}
	return cast{}, false
}

func textCast(name string, t *sqltype.Type) (cast, bool) {
	switch t.Kind {
	case sqltype.Varchar:
		return cast{}, true
	case sqltype.Blob, sqltype.Struct, sqltype.List, sqltype.Map:
		return cast{}, false
	default:
		return cast{sql: "cast(" + name + " as varchar)"}, true
	}
}

func numberCast(name string, t *sqltype.Type, want Column) (cast, bool) {
	isText := t.Kind == sqltype.Varchar
	numeric := t.Kind == sqltype.Bigint || t.Kind == sqltype.Double || t.Kind == sqltype.Decimal
	if !isText && !numeric {
		return cast{}, false
	}
	switch want.Kind {
	case Number:
		if numeric {
			return cast{}, true
		}
		return cast{textTo(name, decimalPattern, "double"), "is_number"}, true
	case Integer:
		switch {
		case isText:
			return cast{textTo(name, integerPattern, "bigint"), "is_number"}, true
		case t.Kind == sqltype.Bigint:
			return cast{}, true
		}
		return cast{fmt.Sprintf("case when %s = floor(%s) then try_cast(floor(%s) as bigint) end", name, name, name), "is_number"}, true
	case Float:
		if isText {
			return cast{"cast(" + textTo(name, decimalPattern, "float") + " as double)", "is_number"}, true
		}
		return cast{"cast(try_cast(" + name + " as float) as double)", "is_number"}, true
	default:
	}
	to := want.Elem.String()
	if isText {
		return cast{textTo(name, decimalPattern, to), "is_number"}, true
	}
	if t.Equal(want.Elem) {
		return cast{}, true
	}
	return cast{"try_cast(" + name + " as " + to + ")", "is_number"}, true
}

// textTo reads a text that has the form of a value as type to, any other as
// NULL.
func textTo(name, pattern, to string) string {
	return fmt.Sprintf("case when rlike(%s, %s) then try_cast(trim(%s) as %s) end", name, text(pattern), name, to)
}

// timePattern is a date or a time in text: YYYY-M-D, then perhaps a time of day
// and a zone.
const timePattern = "^[ \t\n\r]*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}" +
	"([ T]([01]?[0-9]|2[0-3]):[0-5]?[0-9](:[0-5]?[0-9]([.][0-9]{1,9})?)?" +
	"( ?(Z|UTC|[+-](0?[0-9]|1[0-8])(:?[0-5][0-9])?))?)?[ \t\n\r]*$"

// timestampOf reads a column as an instant: ISO text, seconds or milliseconds
// since 1970, a date. What is none is NULL. ok is false for types that hold no
// time.
func timestampOf(name string, t *sqltype.Type) (sql string, ok bool) {
	switch t.Kind {
	case sqltype.Timestamp:
		return name, true
	case sqltype.Date:
		return "cast(" + name + " as timestamp)", true
	case sqltype.Varchar:
		return fmt.Sprintf("case when rlike(%s, %s) then text_timestamp(%s) end", name, text(timePattern), name), true
	case sqltype.Bigint:
		return epoch(name, name+" * 1000000", name+" * 1000"), true
	case sqltype.Double, sqltype.Decimal:
		value := "cast(" + name + " as double)"
		// Half a microsecond more: what a double is short of is not a fraction.
		return epoch(name, "cast(floor("+value+" * 1000000 + 0.5e0) as bigint)", "cast(floor("+value+" * 1000 + 0.5e0) as bigint)"), true
	default:
		return "", false
	}
}

// epoch is the instant of a number of seconds since 1970, or of milliseconds
// where it is over 10^11, in the years 1 to 9999; micros and millis are its
// microseconds in either case.
func epoch(name, micros, millis string) string {
	return fmt.Sprintf("case when %[1]s between -62135596800 and 100000000000 then timestamp_micros(%[2]s)"+
		" when %[1]s not between -100000000000 and 100000000000 and %[1]s between -62135596800000 and 253402300799999 then timestamp_micros(%[3]s) end",
		name, micros, millis)
}
