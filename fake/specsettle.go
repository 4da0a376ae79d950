package fake

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// settle checks that a column's fields fit together and reads the values whose
// form depends on the type.
func (c *columnParser) settle(n *yaml.Node) {
	if len(c.ways) > 1 {
		c.add(c.name, "its values come from one place, not from %s", strings.Join(sorted(c.ways), " and "))
		return
	}
	way := ""
	if len(c.ways) == 1 {
		way = c.ways[0]
	}
	switch way {
	case "":
		c.settleBare(n)
	case "uuid":
		c.must(n, way, Text)
		if !c.column.values.uuid {
			c.add(n, "uuid: true is expected")
		}
	case "sequence":
		c.settleSequence(n)
	case "kind":
		c.must(n, way, Text)
	case "choices":
		c.settleChoices(n)
	case "ref":
		c.must(n, way, Text, Integer)
	case "share":
		c.assume(Boolean)
		c.must(n, way, Boolean)
	case "min and max":
		c.settleRange(n)
	case "from and to":
		c.settleDays(n)
	}
	c.settleExtras(n, way)
}

// assume sets the type where the file does not.
func (c *columnParser) assume(k Kind) {
	if !c.typed {
		c.column.Type = Type{Kind: k}
	}
}

// must reports a type that a way of making values does not make.
func (c *columnParser) must(n *yaml.Node, way string, kinds ...Kind) {
	if slices.Contains(kinds, c.column.Type.Kind) {
		return
	}
	var names []string
	for _, k := range kinds {
		names = append(names, Type{Kind: k}.String())
	}
	c.add(n, "%s makes %s, not %s", way, strings.Join(names, " or "), c.column.Type)
}

// settleBare is a column with nothing but a type.
func (c *columnParser) settleBare(n *yaml.Node) {
	switch c.column.Type.Kind {
	case Date, Timestamp:
		c.column.values.window = true
	case Boolean:
		c.column.values.share, c.column.values.isShare = Whole/2, true
	case Integer, Number, Decimal:
		c.add(n, "min and max are missing (or choices, or for integers sequence or ref)")
	case Text:
		c.add(n, "it does not say where its values come from: uuid, sequence, kind, choices or ref")
	}
}

func (c *columnParser) settleSequence(n *yaml.Node) {
	s := c.column.values.sequence
	if s.prefix == "" {
		c.assume(Integer)
		c.must(n, "sequence", Integer, Text)
	} else {
		c.must(n, "sequence with a prefix", Text)
	}
	if span := MaxRows * max(s.step, -s.step); s.step > 1<<20 || s.step < -1<<20 || s.start > math.MaxInt64-span || s.start < math.MinInt64+span {
		c.add(n, "sequence: it could leave 64 bits")
	}
}

func (c *columnParser) settleChoices(n *yaml.Node) {
	v := &c.column.values
	if !slices.ContainsFunc(c.options, func(o *yaml.Node) bool { return o.Tag != "!!int" }) {
		c.assume(Integer)
	}
	var weights []uint64
	seen := map[weighted]bool{}
	for i, o := range c.options {
		choice := &v.choices[i]
		choice.number = c.value(o)
		key := weighted{text: choice.text, number: choice.number}
		if c.column.Type.Kind != Text {
			key.text = ""
		}
		if seen[key] {
			c.add(o, "choices: %s is there twice", choice.text)
		}
		seen[key] = true
		weights = append(weights, choice.weight)
	}
	table := newChoice(weights...)
	for i, o := range c.options {
		if !slices.Contains(table[:], uint8(i)) {
			c.add(o, "choices: the share of %s is below 1/4096 of all, too small to occur", o.Value)
		}
	}
}

// settleRange reads min and max.
func (c *columnParser) settleRange(n *yaml.Node) {
	if c.min == nil || c.max == nil {
		c.add(n, "both min and max are needed")
		return
	}
	if c.min.Tag == "!!int" && c.max.Tag == "!!int" {
		c.assume(Integer)
	} else {
		c.assume(Number)
	}
	before := len(c.Problems)
	c.must(n, "min and max", Integer, Number, Decimal)
	low, high := c.value(c.min), c.value(c.max)
	if len(c.Problems) > before {
		return
	}
	v := &c.column.values
	if c.column.Type.Kind == Number {
		v.lowF, v.highF = floatOf(low), floatOf(high)
		if v.lowF > v.highF || math.IsInf(v.highF-v.lowF, 0) {
			c.add(c.min, "min %s is above max %s, or they are too far apart", c.min.Value, c.max.Value)
		}
		return
	}
	c.setRange(c.min, low, c.max, high)
}

// settleDays reads from and to.
func (c *columnParser) settleDays(n *yaml.Node) {
	if c.from == nil || c.to == nil {
		c.add(n, "both from and to are needed")
		return
	}
	c.assume(Date)
	before := len(c.Problems)
	c.must(n, "from and to", Date, Timestamp)
	low, high := c.date(c.from), c.date(c.to)
	if len(c.Problems) > before {
		return
	}
	if c.column.Type.Kind == Timestamp {
		low, high = low*dayMicros, (high+1)*dayMicros-1
	}
	c.setRange(c.from, low, c.to, high)
}

func (c *columnParser) setRange(a *yaml.Node, low int64, b *yaml.Node, high int64) {
	v := &c.column.values
	v.low, v.high, v.ranged = low, high, true
	switch {
	case low > high:
		c.add(a, "%s is above %s", a.Value, b.Value)
	case low < 0 && high > math.MaxInt64+low-1:
		c.add(a, "%s and %s are too far apart", a.Value, b.Value)
	}
}

// settleExtras checks skew, distinct and invalid against the way.
func (c *columnParser) settleExtras(n *yaml.Node, way string) {
	v := &c.column.values
	if v.distinct > 0 && way != "kind" {
		c.add(n, "distinct belongs to kind")
	}
	if v.distinct == 0 {
		v.distinct = 1000
	}
	v.flat = way == "kind"
	if c.skew != nil {
		switch text := c.scalar(c.skew); {
		case way != "kind" && way != "ref":
			c.add(c.skew, "skew belongs to kind and ref")
		case text == "flat", text == "zipf":
			v.flat = text == "flat"
		default:
			c.add(c.skew, "skew %q is not flat or zipf", text)
		}
	}
	if c.wrong == nil {
		return
	}
	if way == "uuid" || way == "sequence" || way == "ref" || c.column.Type.Kind == Boolean {
		c.add(c.wrong, "invalid: a column of this sort has no invalid values")
		return
	}
	if c.wrong.Kind != yaml.SequenceNode || len(c.wrong.Content) == 0 {
		c.add(c.wrong, "invalid: a list of values is expected")
		return
	}
	for _, item := range c.wrong.Content {
		number := c.value(item)
		if slices.Contains(c.column.invalid, item.Value) {
			c.add(item, "invalid: %s is there twice", item.Value)
		}
		if slices.ContainsFunc(v.choices, func(w weighted) bool {
			return c.column.Type.Kind == Text && w.text == item.Value || c.column.Type.Kind != Text && w.number == number
		}) || v.ranged && number >= v.low && number <= v.high {
			c.add(item, "invalid: %s is a valid value", item.Value)
		}
		c.column.invalid = append(c.column.invalid, item.Value)
		c.column.invalidAs = append(c.column.invalidAs, number)
	}
}

// value reads one value of the column's type: unscaled for decimals, days for
// dates, microseconds for times, the bits of numbers, 0 for text.
func (c *columnParser) value(n *yaml.Node) int64 {
	text := c.scalar(n)
	t := c.column.Type
	bad := func() int64 {
		c.add(n, "%q is not a value of type %s", text, t)
		return 0
	}
	switch t.Kind {
	case Integer:
		v, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return bad()
		}
		return v
	case Number:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return bad()
		}
		return int64(math.Float64bits(f)) //nolint:gosec // bits
	case Decimal:
		v, ok := parseDecimal(text, t)
		if !ok {
			return bad()
		}
		return v
	case Boolean:
		v, err := strconv.ParseBool(text)
		if err != nil {
			return bad()
		}
		if v {
			return 1
		}
		return 0
	case Date:
		return c.date(n)
	case Timestamp:
		for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
			if at, err := time.Parse(layout, text); err == nil {
				return at.UnixMicro()
			}
		}
		return bad()
	case Text:
	}
	return 0
}

func floatOf(bits int64) float64 { return math.Float64frombits(uint64(bits)) } //nolint:gosec // bits

// parseDecimal reads a number with at most t's digits.
func parseDecimal(text string, t Type) (int64, bool) {
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > t.Scale {
		return 0, false
	}
	v, err := strconv.ParseInt(whole+part+strings.Repeat("0", t.Scale-len(part)), 10, 64)
	limit := int64(math.Pow10(t.Precision))
	return v, err == nil && v < limit && v > -limit
}
