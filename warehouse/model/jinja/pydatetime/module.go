package pydatetime

import (
	"time"

	"github.com/kalpafall/df360/warehouse/model/jinja"
)

// object has a fixed set of attributes.
type object struct {
	name  string
	attrs map[string]jinja.Value
	call  func(c *jinja.Call) (jinja.Value, error)
}

// Attr is an attribute.
func (o *object) Attr(name string) (jinja.Value, bool, error) {
	v, ok := o.attrs[name]
	return v, ok, nil
}

// TypeName is module or type.
func (o *object) TypeName() string {
	if o.call != nil {
		return "type"
	}
	return "module"
}

// Repr names it.
func (o *object) Repr() string {
	if o.call != nil {
		return "<class '" + o.name + "'>"
	}
	return "<module '" + o.name + "'>"
}

// class is an object that can be called.
type class struct{ object }

// Call makes an instance.
func (o *class) Call(c *jinja.Call) (jinja.Value, error) { return o.call(c) }

func fn(name string, f func(c *jinja.Call) (jinja.Value, error)) jinja.Value {
	return jinja.NewFunc(name, f)
}

// Module is the module datetime; now is the clock.
func Module(now func() time.Time) jinja.Value {
	return &object{name: "datetime", attrs: map[string]jinja.Value{
		"datetime":  datetimeClass(now),
		"date":      dateClass(now),
		"timedelta": timedeltaClass(),
		"timezone":  &object{name: "datetime.timezone", attrs: map[string]jinja.Value{"utc": &Zone{time.UTC, "UTC"}}},
	}}
}

// Pytz is the module pytz.
func Pytz() jinja.Value {
	return &object{name: "pytz", attrs: map[string]jinja.Value{
		"utc": &Zone{time.UTC, "UTC"},
		"UTC": &Zone{time.UTC, "UTC"},
		"timezone": fn("timezone", func(c *jinja.Call) (jinja.Value, error) {
			a, err := c.Bind("timezone", "zone")
			if err != nil {
				return nil, err
			}
			name := jinja.Str(a[0])
			loc, err := time.LoadLocation(name)
			if err != nil || name == "" || name == "Local" {
				return nil, jinja.Errorf(jinja.KeyError, "%s", jinja.Repr(name))
			}
			return &Zone{loc, name}, nil
		}),
	}}
}

// Zone is a time zone.
type Zone struct {
	loc  *time.Location
	name string
}

// TypeName is timezone.
func (z *Zone) TypeName() string { return "timezone" }

// Str is the name.
func (z *Zone) Str() string { return z.name }

// Repr is <UTC>, or pytz's for the rest.
func (z *Zone) Repr() string {
	if z.loc == time.UTC {
		return "<UTC>"
	}
	return "<DstTzInfo '" + z.name + "'>"
}

// Attr has zone and localize.
func (z *Zone) Attr(name string) (jinja.Value, bool, error) {
	switch name {
	case "zone":
		return z.name, true, nil
	case "localize":
		return fn(name, func(c *jinja.Call) (jinja.Value, error) {
			a, err := c.Bind(name, "dt", "is_dst=")
			if err != nil {
				return nil, err
			}
			d, ok := a[0].(*DateTime)
			if !ok || d.zone != nil {
				return nil, jinja.Errorf(jinja.ValueError, "Not naive datetime (tzinfo is already set)")
			}
			return d.in(z), nil
		}), true, nil
	}
	return nil, false, nil
}

// ints binds parameters that are whole numbers, with defaults.
func ints(c *jinja.Call, name string, params []string, defaults []int64) ([]int64, error) {
	a, err := c.Bind(name, params...)
	if err != nil {
		return nil, err
	}
	out := make([]int64, len(a))
	for i, v := range a {
		switch n := v.(type) {
		case int64:
			out[i] = n
		default:
			if jinja.Given(v) {
				return nil, jinja.Errorf(jinja.TypeError, "'%s' object cannot be interpreted as an integer", typeName(v))
			}
			out[i] = defaults[i]
		}
	}
	return out, nil
}

func typeName(v jinja.Value) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case string:
		return "str"
	case float64:
		return "float"
	case jinja.Typed:
		return v.TypeName()
	}
	return "object"
}

func dateClass(now func() time.Time) jinja.Value {
	return &class{object{name: "datetime.date", attrs: map[string]jinja.Value{
		"today": fn("today", func(*jinja.Call) (jinja.Value, error) { return NewDate(now()), nil }),
		"fromisoformat": fn("fromisoformat", func(c *jinja.Call) (jinja.Value, error) {
			t, _, err := parseISO(c)
			return NewDate(t), err
		}),
	}, call: func(c *jinja.Call) (jinja.Value, error) {
		n, err := ints(c, "date", []string{"year", "month", "day"}, []int64{0, 0, 0})
		if err != nil {
			return nil, err
		}
		t, err := makeTime(n)
		return NewDate(t), err
	}}}
}

func datetimeClass(now func() time.Time) jinja.Value {
	return &class{object{name: "datetime.datetime", attrs: map[string]jinja.Value{
		"now": fn("now", func(c *jinja.Call) (jinja.Value, error) {
			a, err := c.Bind("now", "tz=")
			if err != nil {
				return nil, err
			}
			if z, ok := a[0].(*Zone); ok {
				return NewDateTime(now().In(z.loc), z.name), nil
			}
			return naive(now()), nil
		}),
		"today":  fn("today", func(*jinja.Call) (jinja.Value, error) { return naive(now()), nil }),
		"utcnow": fn("utcnow", func(*jinja.Call) (jinja.Value, error) { return naive(now().UTC()), nil }),
		"strptime": fn("strptime", func(c *jinja.Call) (jinja.Value, error) {
			a, err := c.Bind("strptime", "date_string", "format")
			if err != nil {
				return nil, err
			}
			s, ok := a[0].(string)
			format, ok2 := a[1].(string)
			if !ok || !ok2 {
				return nil, jinja.Errorf(jinja.TypeError, "strptime() argument 1 must be str, not %s", typeName(a[0]))
			}
			return strptime(s, format)
		}),
		"fromisoformat": fn("fromisoformat", func(c *jinja.Call) (jinja.Value, error) {
			t, aware, err := parseISO(c)
			if aware {
				return NewDateTime(t, t.Format("-07:00")), err
			}
			return naive(t), err
		}),
		"fromtimestamp": fn("fromtimestamp", func(c *jinja.Call) (jinja.Value, error) {
			a, err := c.Bind("fromtimestamp", "timestamp", "tz=")
			if err != nil {
				return nil, err
			}
			us, err := micros(a[0], time.Second)
			if err != nil {
				return nil, err
			}
			t := time.UnixMicro(us)
			if z, ok := a[1].(*Zone); ok {
				return NewDateTime(t.In(z.loc), z.name), nil
			}
			return naive(t.In(now().Location())), nil
		}),
		"combine": fn("combine", func(c *jinja.Call) (jinja.Value, error) {
			a, err := c.Bind("combine", "date", "time")
			if err != nil {
				return nil, err
			}
			d, ok := a[0].(*Date)
			clock, ok2 := a[1].(*Clock)
			if !ok || !ok2 {
				return nil, jinja.Errorf(jinja.TypeError, "combine() wants a date and a time")
			}
			return naive(d.t.Add(clock.d)), nil
		}),
		"min": clockMin(),
	}, call: func(c *jinja.Call) (jinja.Value, error) {
		zone, hasZone := c.Kwarg("tzinfo")
		var rest []jinja.Kwarg
		for _, k := range c.Kwargs {
			if k.Name != "tzinfo" {
				rest = append(rest, k)
			}
		}
		n, err := ints(c.With(c.Args, rest...), "datetime",
			[]string{"year", "month", "day", "hour=", "minute=", "second=", "microsecond="}, make([]int64, 7))
		if err != nil {
			return nil, err
		}
		t, err := makeTime(n)
		if err != nil {
			return nil, err
		}
		d := naive(t)
		if z, ok := zone.(*Zone); ok && hasZone {
			d = d.in(z)
		}
		return d, nil
	}}}
}

// clockMin is datetime.min, whose time is midnight.
func clockMin() jinja.Value {
	return &object{name: "datetime.min", attrs: map[string]jinja.Value{
		"time": fn("time", func(*jinja.Call) (jinja.Value, error) { return &Clock{}, nil }),
	}}
}

// makeTime checks year, month, day, hour, minute, second, microsecond.
func makeTime(n []int64) (time.Time, error) {
	n = append(n, make([]int64, 7-len(n))...)
	t := time.Date(int(n[0]), time.Month(n[1]), int(n[2]), 0, 0, 0, 0, time.UTC)
	switch {
	case n[0] < 1 || n[0] > 9999:
		return t, jinja.Errorf(jinja.ValueError, "year %d is out of range", n[0])
	case n[1] < 1 || n[1] > 12:
		return t, jinja.Errorf(jinja.ValueError, "month must be in 1..12")
	case n[2] < 1 || int64(t.Day()) != n[2]:
		return t, jinja.Errorf(jinja.ValueError, "day is out of range for month")
	case n[3] < 0 || n[3] > 23:
		return t, jinja.Errorf(jinja.ValueError, "hour must be in 0..23")
	case n[4] < 0 || n[4] > 59:
		return t, jinja.Errorf(jinja.ValueError, "minute must be in 0..59")
	case n[5] < 0 || n[5] > 59:
		return t, jinja.Errorf(jinja.ValueError, "second must be in 0..59")
	case n[6] < 0 || n[6] > 999_999:
		return t, jinja.Errorf(jinja.ValueError, "microsecond must be in 0..999999")
	}
	return t.Add(time.Duration(n[3])*time.Hour + time.Duration(n[4])*time.Minute +
		time.Duration(n[5])*time.Second + time.Duration(n[6])*time.Microsecond), nil
}

// parseISO reads the only argument of fromisoformat.
func parseISO(c *jinja.Call) (t time.Time, aware bool, err error) {
	a, err := c.Bind("fromisoformat", "date_string")
	if err != nil {
		return t, false, err
	}
	s, ok := a[0].(string)
	if !ok {
		return t, false, jinja.Errorf(jinja.TypeError, "fromisoformat: argument must be str")
	}
	for i, layout := range []string{
		"2006-01-02T15:04:05.999999Z07:00", "2006-01-02 15:04:05.999999Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00",
		"2006-01-02T15:04:05.999999", "2006-01-02 15:04:05.999999", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02", "20060102",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, i < 4, nil
		}
	}
	return t, false, jinja.Errorf(jinja.ValueError, "Invalid isoformat string: %s", jinja.Repr(s))
}
