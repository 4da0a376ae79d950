package pydatetime

import (
	"fmt"
	"time"

	"github.com/kalpafall/df360/warehouse/model/jinja"
)

// Date is a date: midnight UTC.
type Date struct{ t time.Time }

// NewDate is the date that t shows.
func NewDate(t time.Time) *Date {
	return &Date{time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)}
}

// Time is midnight of the day, in UTC.
func (d *Date) Time() time.Time { return d.t }

// TypeName is as messages have it.
func (d *Date) TypeName() string { return "datetime.date" }

// Str is 2020-01-02.
func (d *Date) Str() string { return d.t.Format("2006-01-02") }

// Repr is datetime.date(2020, 1, 2).
func (d *Date) Repr() string {
	return fmt.Sprintf("datetime.date(%d, %d, %d)", d.t.Year(), d.t.Month(), d.t.Day())
}

// Format is strftime.
func (d *Date) Format(spec string) (string, error) {
	if spec == "" {
		return d.Str(), nil
	}
	return strftime(d.t, nil, spec), nil
}

// Equal compares with another one.
func (d *Date) Equal(other jinja.Value) bool {
	o, ok := other.(*Date)
	return ok && d.t.Equal(o.t)
}

// Compare orders two.
func (d *Date) Compare(other jinja.Value) (int, bool) {
	o, ok := other.(*Date)
	if !ok {
		return 0, false
	}
	return d.t.Compare(o.t), true
}

// HashKey makes equal ones equal keys.
func (d *Date) HashKey() string { return "date " + d.Str() }

// Operate adds and subtracts days; the difference of two is a timedelta.
func (d *Date) Operate(op string, other jinja.Value, reflected bool) (jinja.Value, bool, error) {
	switch o := other.(type) {
	case *Delta:
		days, _, _ := o.parts()
		if op == "-" && !reflected {
			days, _, _ = (&Delta{-o.us}).parts()
			if o.us%dayMicros != 0 { // Python takes the whole days of the timedelta itself
				days, _, _ = o.parts()
				days = -days
			}
		} else if op != "+" {
			return nil, false, nil
		}
		t := d.t.AddDate(0, 0, int(days))
		if t.Year() < 1 || t.Year() > 9999 {
			return nil, true, jinja.Errorf(jinja.OverflowError, "date value out of range")
		}
		return &Date{t}, true, nil
	case *Date:
		if op != "-" || reflected {
			return nil, false, nil
		}
		v, err := newDelta(d.t.UnixMicro() - o.t.UnixMicro())
		return v, true, err
	}
	return nil, false, nil
}

// Attr has the fields and methods.
func (d *Date) Attr(name string) (jinja.Value, bool, error) {
	if v, ok := fields(d.t, nil, name); ok {
		return v, true, nil
	}
	switch name {
	case "isoformat":
		return fn(name, func(*jinja.Call) (jinja.Value, error) { return d.Str(), nil }), true, nil
	case "replace":
		return fn(name, func(c *jinja.Call) (jinja.Value, error) {
			n, err := ints(c, name, []string{"year=", "month=", "day="},
				[]int64{int64(d.t.Year()), int64(d.t.Month()), int64(d.t.Day())})
			if err != nil {
				return nil, err
			}
			t, err := makeTime(n)
			return NewDate(t), err
		}), true, nil
	}
	return nil, false, nil
}
