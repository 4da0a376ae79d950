package pydatetime

import (
	"fmt"
	"strings"
	"time"

	"github.com/kalpafall/df360/warehouse/model/jinja"
)

// DateTime is a datetime. zone is nil where it has none.
type DateTime struct {
	t    time.Time
	zone *Zone
}

// NewDateTime is a datetime with a zone: t's, under a name.
func NewDateTime(t time.Time, zone string) *DateTime {
	return &DateTime{t.Truncate(time.Microsecond), &Zone{t.Location(), zone}}
}

// NewNaive is a datetime without a zone, that shows what t shows.
func NewNaive(t time.Time) *DateTime { return naive(t) }

func naive(t time.Time) *DateTime {
	return &DateTime{wall(t, time.UTC), nil}
}

// wall is the same clock in another zone.
func wall(t time.Time, loc *time.Location) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond()/1000*1000, loc)
}

// in gives the clock a zone.
func (d *DateTime) in(z *Zone) *DateTime { return &DateTime{wall(d.t, z.loc), z} }

// Time is the instant; without a zone it is that of UTC.
func (d *DateTime) Time() time.Time { return d.t }

// TypeName is as messages have it.
func (d *DateTime) TypeName() string { return "datetime.datetime" }

// Str is 2020-01-02 03:04:05.000006+00:00.
func (d *DateTime) Str() string { return d.iso(" ", "auto") }

func (d *DateTime) iso(sep, spec string) string {
	s := d.t.Format("2006-01-02") + sep
	switch {
	case spec == "hours":
		s += d.t.Format("15")
	case spec == "minutes":
		s += d.t.Format("15:04")
	case spec == "milliseconds":
		s += d.t.Format("15:04:05.000")
	case spec == "microseconds", spec == "auto" && d.t.Nanosecond() >= 1000:
		s += d.t.Format("15:04:05.000000")
	default:
		s += d.t.Format("15:04:05")
	}
	if d.zone != nil {
		s += d.t.Format("-07:00")
	}
	return s
}

// Repr is datetime.datetime(2020, 1, 2, 3, 4).
func (d *DateTime) Repr() string {
	s := fmt.Sprintf("datetime.datetime(%d, %d, %d, %d, %d", d.t.Year(), d.t.Month(), d.t.Day(), d.t.Hour(), d.t.Minute())
	us := d.t.Nanosecond() / 1000
	if d.t.Second() != 0 || us != 0 {
		s += fmt.Sprintf(", %d", d.t.Second())
	}
	if us != 0 {
		s += fmt.Sprintf(", %d", us)
	}
	if d.zone != nil {
		s += ", tzinfo=" + d.zone.Repr()
	}
	return s + ")"
}

// Format is strftime.
func (d *DateTime) Format(spec string) (string, error) {
	if spec == "" {
		return d.Str(), nil
	}
	return strftime(d.t, d.zone, spec), nil
}

// Equal compares instants; one with and one without a zone differ.
func (d *DateTime) Equal(other jinja.Value) bool {
	o, ok := other.(*DateTime)
	return ok && (d.zone == nil) == (o.zone == nil) && d.t.Equal(o.t)
}

// Compare orders two, if both or none have a zone.
func (d *DateTime) Compare(other jinja.Value) (int, bool) {
	o, ok := other.(*DateTime)
	if !ok || (d.zone == nil) != (o.zone == nil) {
		return 0, false
	}
	return d.t.Compare(o.t), true
}

// HashKey makes equal ones equal keys.
func (d *DateTime) HashKey() string {
	return fmt.Sprintf("datetime %v %d", d.zone == nil, d.t.UnixMicro())
}

// Operate adds and subtracts a timedelta; the difference of two is one.
func (d *DateTime) Operate(op string, other jinja.Value, reflected bool) (jinja.Value, bool, error) {
	switch o := other.(type) {
	case *Delta:
		us := o.us
		if op == "-" && !reflected {
			us = -us
		} else if op != "+" {
			return nil, false, nil
		}
		t := wall(d.t, time.UTC) // the clock moves, whatever the zone does meanwhile
		t = t.AddDate(0, 0, int(us/dayMicros)).Add(time.Duration(us%dayMicros) * time.Microsecond)
		if t.Year() < 1 || t.Year() > 9999 {
			return nil, true, jinja.Errorf(jinja.OverflowError, "date value out of range")
		}
		return &DateTime{wall(t, d.t.Location()), d.zone}, true, nil
	case *DateTime:
		if op != "-" || reflected {
			return nil, false, nil
		}
		if (d.zone == nil) != (o.zone == nil) {
			return nil, true, jinja.Errorf(jinja.TypeError, "can't subtract offset-naive and offset-aware datetimes")
		}
		v, err := newDelta(d.t.UnixMicro() - o.t.UnixMicro())
		return v, true, err
	}
	return nil, false, nil
}

// Attr has the fields and methods that date and datetime share, and its own.
func (d *DateTime) Attr(name string) (jinja.Value, bool, error) {
	if v, ok := fields(d.t, d.zone, name); ok {
		return v, true, nil
	}
	switch name {
	case "hour":
		return int64(d.t.Hour()), true, nil
	case "minute":
		return int64(d.t.Minute()), true, nil
	case "second":
		return int64(d.t.Second()), true, nil
	case "microsecond":
		return int64(d.t.Nanosecond() / 1000), true, nil
	case "tzinfo":
		if d.zone == nil {
			return nil, true, nil
		}
		return d.zone, true, nil
	case "date":
		return fn(name, func(*jinja.Call) (jinja.Value, error) { return NewDate(d.t), nil }), true, nil
	case "time":
		return fn(name, func(*jinja.Call) (jinja.Value, error) {
			t := wall(d.t, time.UTC)
			return &Clock{t.Sub(t.Truncate(24 * time.Hour))}, nil
		}), true, nil
	case "timestamp":
		return fn(name, func(*jinja.Call) (jinja.Value, error) { return float64(d.t.UnixMicro()) / 1e6, nil }), true, nil
	case "isoformat":
		return fn(name, func(c *jinja.Call) (jinja.Value, error) {
			a, err := c.Bind(name, "sep=", "timespec=")
			if err != nil {
				return nil, err
			}
			sep, spec := "T", "auto"
			for i, p := range []*string{&sep, &spec} {
				if s, ok := a[i].(string); ok {
					*p = s
				}
			}
			return d.iso(sep, spec), nil
		}), true, nil
	case "astimezone":
		return fn(name, func(c *jinja.Call) (jinja.Value, error) {
			a, err := c.Bind(name, "tz=")
			if err != nil {
				return nil, err
			}
			z, ok := a[0].(*Zone)
			if !ok {
				z = &Zone{time.UTC, "UTC"}
			}
			return &DateTime{d.t.In(z.loc), z}, nil
		}), true, nil
	case "utcoffset":
		return fn(name, func(*jinja.Call) (jinja.Value, error) {
			if d.zone == nil {
				return nil, nil
			}
			_, s := d.t.Zone()
			return &Delta{int64(s) * 1e6}, nil
		}), true, nil
	case "replace":
		return fn(name, d.replace), true, nil
	}
	return nil, false, nil
}

func (d *DateTime) replace(c *jinja.Call) (jinja.Value, error) {
	zone := d.zone
	var rest []jinja.Kwarg
	for _, k := range c.Kwargs {
		if k.Name != "tzinfo" {
			rest = append(rest, k)
			continue
		}
		zone = nil
		if z, ok := k.Value.(*Zone); ok {
			zone = z
		}
	}
	n, err := ints(c.With(c.Args, rest...), "replace",
		[]string{"year=", "month=", "day=", "hour=", "minute=", "second=", "microsecond="},
		[]int64{
			int64(d.t.Year()), int64(d.t.Month()), int64(d.t.Day()), int64(d.t.Hour()), int64(d.t.Minute()),
			int64(d.t.Second()), int64(d.t.Nanosecond() / 1000),
		})
	if err != nil {
		return nil, err
	}
	t, err := makeTime(n)
	if err != nil {
		return nil, err
	}
	if zone == nil {
		return naive(t), nil
	}
	return naive(t).in(zone), nil
}

// fields are what date and datetime share.
func fields(t time.Time, zone *Zone, name string) (jinja.Value, bool) {
	number := func(n int) jinja.Value {
		return fn(name, func(*jinja.Call) (jinja.Value, error) { return int64(n), nil })
	}
	monday := (int(t.Weekday()) + 6) % 7
	switch name {
	case "year":
		return int64(t.Year()), true
	case "month":
		return int64(t.Month()), true
	case "day":
		return int64(t.Day()), true
	case "weekday":
		return number(monday), true
	case "isoweekday":
		return number(monday + 1), true
	case "toordinal":
		return number(int(t.Truncate(24*time.Hour).Unix()/86400) + 719163), true
	case "isocalendar":
		return fn(name, func(*jinja.Call) (jinja.Value, error) {
			y, w := t.ISOWeek()
			return jinja.NewTuple(int64(y), int64(w), int64(monday+1)), nil
		}), true
	case "strftime":
		return fn(name, func(c *jinja.Call) (jinja.Value, error) {
			a, err := c.Bind(name, "format")
			if err != nil {
				return nil, err
			}
			s, ok := a[0].(string)
			if !ok {
				return nil, jinja.Errorf(jinja.TypeError, "strftime() argument 1 must be str, not %s", typeName(a[0]))
			}
			return strftime(t, zone, s), nil
		}), true
	case "ctime":
		return fn(name, func(*jinja.Call) (jinja.Value, error) {
			return t.Format("Mon Jan _2 15:04:05 2006"), nil
		}), true
	}
	return nil, false
}

// Clock is a time of day.
type Clock struct{ d time.Duration }

// TypeName is as messages have it.
func (k *Clock) TypeName() string { return "datetime.time" }

// Str is 03:04:05.
func (k *Clock) Str() string {
	t := time.Time{}.Add(k.d)
	if t.Nanosecond() != 0 {
		return t.Format("15:04:05.000000")
	}
	return t.Format("15:04:05")
}

// Repr is datetime.time(3, 4, 5).
func (k *Clock) Repr() string {
	t := time.Time{}.Add(k.d)
	args := []string{fmt.Sprint(t.Hour()), fmt.Sprint(t.Minute())}
	if us := t.Nanosecond() / 1000; t.Second() != 0 || us != 0 {
		args = append(args, fmt.Sprint(t.Second()))
		if us != 0 {
			args = append(args, fmt.Sprint(us))
		}
	}
	return "datetime.time(" + strings.Join(args, ", ") + ")"
}

// Equal compares with another one.
func (k *Clock) Equal(other jinja.Value) bool {
	o, ok := other.(*Clock)
	return ok && o.d == k.d
}
