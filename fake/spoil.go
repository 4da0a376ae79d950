package fake

import "time"

// Lateness of late rows, beside the margin that sets them apart from rows that
// are only close together.
const (
	minLateness = int64(6 * time.Hour / time.Microsecond)
	maxLateness = int64(72 * time.Hour / time.Microsecond)
)

// apply puts the faults of rows [lo, hi), which begin at base, into a batch.
func (p *faultPlan) apply(b *batch, base int, lo, hi int64) {
	var doubled []int
	p.each(lo, hi, func(h hit) {
		i := base + int(h.row-lo)
		switch h.kind {
		case late:
			b.cols[p.time].ints[i] -= p.margin + minLateness + int64(h.r%uint64(maxLateness-minLateness))
		case null:
			b.cols[h.column].setNull(i, b.rows)
		case invalid:
			p.spoil(&b.cols[h.column], h, i)
		case duplicate:
			doubled = append(doubled, i)
		}
	})
	if len(doubled) == 0 {
		return
	}
	for i := range b.cols {
		b.cols[i].double(doubled, b.rows)
	}
	b.rows += len(doubled)
}

func (p *faultPlan) spoil(v *vector, h hit, i int) {
	for n, s := range p.spoiled {
		if s.column != h.column {
			continue
		}
		switch {
		case v.dict != nil:
			v.index[i] = int32(p.words[n] + int(h.r%uint64(len(s.words)))) //nolint:gosec // few words
		case v.plain():
			s.text(v.text[v.ends[i]:v.ends[i+1]])
		case v.typ.Kind == Number:
			v.floats[i] = floatOf(s.number(0, h.r))
		default:
			v.ints[i] = s.number(v.ints[i], h.r)
		}
		return
	}
}

// double puts a copy of each of these rows behind it. v has n rows.
func (v *vector) double(rows []int, n int) {
	v.ints = insertCopies(v.ints, rows)
	v.floats = insertCopies(v.floats, rows)
	v.index = insertCopies(v.index, rows)
	if v.plain() {
		v.doubleText(rows, n)
	}
	if v.null != nil {
		v.padNull(n)
		v.null = insertCopies(v.null, rows)
	}
}

// insertCopies puts a copy of each element at the ascending places behind it.
// It works from the back, so that everything moves once.
func insertCopies[T any](s []T, at []int) []T {
	end := len(s)
	if end == 0 {
		return s
	}
	s, _ = extend(s, len(at))
	for k := len(at) - 1; k >= 0; k-- {
		p := at[k]
		copy(s[p+k+2:], s[p+1:end])
		s[p+k+1] = s[p]
		end = p + 1
	}
	return s
}

// doubleText is insertCopies for text of n rows.
func (v *vector) doubleText(at []int, n int) {
	extra := int32(0)
	for _, p := range at {
		extra += v.ends[p+1] - v.ends[p]
	}
	v.text, _ = extend(v.text, int(extra))
	v.ends, _ = extend(v.ends, len(at))
	text, ends := v.text, v.ends
	endByte, endRow := ends[n], n
	for k := len(at) - 1; k >= 0; k-- {
		p := at[k]
		from, to := ends[p], ends[p+1]
		copy(text[to+extra:], text[to:endByte])
		copy(text[to+extra-(to-from):], text[from:to])
		for e := endRow; e > p+1; e-- {
			ends[e+k+1] = ends[e] + extra
		}
		ends[p+k+2] = to + extra
		endByte, endRow = to, p+1
		extra -= to - from
	}
}
