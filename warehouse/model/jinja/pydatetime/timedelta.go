package pydatetime

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/kalpafall/df360/warehouse/model/jinja"
)

// Delta is a timedelta, in whole microseconds.
type Delta struct{ us int64 }

const (
	dayMicros = int64(24 * time.Hour / time.Microsecond)
	maxMicros = 100_000_000 * dayMicros // keeps sums within int64; Python's bound is ten times that
)

// micros is v units, in microseconds, rounded half to even.
func micros(v jinja.Value, unit time.Duration) (int64, error) {
	var f float64
	switch n := v.(type) {
	case int64:
		if n > maxMicros || n < -maxMicros || math.Abs(float64(n))*float64(unit/time.Microsecond) > float64(maxMicros) {
			return 0, tooLarge()
		}
		return n * int64(unit/time.Microsecond), nil
	case float64:
		f = n * float64(unit/time.Microsecond)
	case bool:
		if n {
			f = float64(unit / time.Microsecond)
		}
	default:
		return 0, jinja.Errorf(jinja.TypeError, "unsupported type for timedelta component: %s", typeName(v))
	}
	if math.IsNaN(f) || math.Abs(f) > float64(maxMicros) {
		return 0, tooLarge()
	}
	return int64(math.RoundToEven(f)), nil
}

func tooLarge() error { return jinja.Errorf(jinja.OverflowError, "days out of range") }

func timedeltaClass() jinja.Value {
	return &class{object{name: "datetime.timedelta", call: func(c *jinja.Call) (jinja.Value, error) {
		a, err := c.Bind("timedelta", "days=", "seconds=", "microseconds=", "milliseconds=", "minutes=", "hours=", "weeks=")
		if err != nil {
			return nil, err
		}
		units := []time.Duration{
			24 * time.Hour, time.Second, time.Microsecond, time.Millisecond, time.Minute, time.Hour, 7 * 24 * time.Hour,
		}
		total := int64(0)
		for i, v := range a {
			if !jinja.Given(v) {
				continue
			}
			us, err := micros(v, units[i])
			if err != nil {
				return nil, err
			}
			total += us
		}
		return newDelta(total)
	}}}
}

func newDelta(us int64) (jinja.Value, error) {
	if us > maxMicros || us < -maxMicros {
		return nil, tooLarge()
	}
	return &Delta{us}, nil
}

// TypeName is as messages have it.
func (d *Delta) TypeName() string { return "datetime.timedelta" }

// parts are days, seconds and microseconds; only days can be negative.
func (d *Delta) parts() (days, seconds, us int64) {
	days = d.us / dayMicros
	rest := d.us % dayMicros
	if rest < 0 {
		days--
		rest += dayMicros
	}
	return days, rest / 1e6, rest % 1e6
}

// Str is 1 day, 2:03:04.
func (d *Delta) Str() string {
	days, s, us := d.parts()
	out := ""
	switch days {
	case 0:
	case 1, -1:
		out = fmt.Sprintf("%d day, ", days)
	default:
		out = fmt.Sprintf("%d days, ", days)
	}
	out += fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	if us != 0 {
		out += fmt.Sprintf(".%06d", us)
	}
	return out
}

// Repr is datetime.timedelta(days=1).
func (d *Delta) Repr() string {
	days, s, us := d.parts()
	var args []string
	for _, p := range []struct {
		name string
		n    int64
	}{{"days", days}, {"seconds", s}, {"microseconds", us}} {
		if p.n != 0 {
			args = append(args, fmt.Sprintf("%s=%d", p.name, p.n))
		}
	}
	if len(args) == 0 {
		args = []string{"0"}
	}
	return "datetime.timedelta(" + strings.Join(args, ", ") + ")"
}

// Attr has days, seconds, microseconds and total_seconds.
func (d *Delta) Attr(name string) (jinja.Value, bool, error) {
	days, s, us := d.parts()
	switch name {
	case "days":
		return days, true, nil
	case "seconds":
		return s, true, nil
	case "microseconds":
		return us, true, nil
	case "total_seconds":
		return fn(name, func(*jinja.Call) (jinja.Value, error) { return float64(d.us) / 1e6, nil }), true, nil
	}
	return nil, false, nil
}

// Truth is false for none at all.
func (d *Delta) Truth() bool { return d.us != 0 }

// Equal compares with another one.
func (d *Delta) Equal(other jinja.Value) bool {
	o, ok := other.(*Delta)
	return ok && o.us == d.us
}

// Compare orders two.
func (d *Delta) Compare(other jinja.Value) (int, bool) {
	o, ok := other.(*Delta)
	if !ok {
		return 0, false
	}
	switch {
	case d.us < o.us:
		return -1, true
	case d.us > o.us:
		return 1, true
	}
	return 0, true
}

// HashKey makes equal ones equal keys.
func (d *Delta) HashKey() string { return "timedelta " + d.Repr() }

// Operate is arithmetic with other ones and with numbers.
func (d *Delta) Operate(op string, other jinja.Value, reflected bool) (jinja.Value, bool, error) {
	result := func(us float64) (jinja.Value, bool, error) {
		if math.IsNaN(us) || math.Abs(us) > float64(maxMicros) {
			return nil, true, tooLarge()
		}
		return &Delta{int64(math.RoundToEven(us))}, true, nil
	}
	switch o := other.(type) {
	case *Delta:
		a, b := d.us, o.us
		if reflected {
			a, b = b, a
		}
		return deltas(op, a, b)
	case int64:
		switch {
		case op == "*":
			if o != 0 && (absolute(o) > maxMicros || absolute(d.us) > maxMicros/absolute(o)) {
				return nil, true, tooLarge()
			}
			return &Delta{d.us * o}, true, nil
		case reflected:
			return nil, false, nil
		case (op == "/" || op == "//") && o == 0:
			return nil, true, jinja.Errorf(jinja.ZeroDivisionError, "integer division or modulo by zero")
		case op == "/":
			return result(float64(d.us) / float64(o))
		case op == "//":
			return &Delta{floorDiv(d.us, o)}, true, nil
		}
	case float64:
		switch {
		case op == "*":
			return result(float64(d.us) * o)
		case op == "/" && !reflected && o != 0:
			return result(float64(d.us) / o)
		}
	}
	return nil, false, nil
}

func absolute(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func deltas(op string, a, b int64) (jinja.Value, bool, error) {
	if (op == "/" || op == "//" || op == "%") && b == 0 {
		return nil, true, jinja.Errorf(jinja.ZeroDivisionError, "integer division or modulo by zero")
	}
	var v jinja.Value
	var err error
	switch op {
	case "+":
		v, err = newDelta(a + b)
	case "-":
		v, err = newDelta(a - b)
	case "/":
		v = float64(a) / float64(b)
	case "//":
		v = floorDiv(a, b)
	case "%":
		v = &Delta{a - floorDiv(a, b)*b}
	default:
		return nil, false, nil
	}
	return v, true, err
}
