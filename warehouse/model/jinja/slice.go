package jinja

import "math/big"

// sliceOf cuts a sequence; ok is false where obj has no slices or an index is no
// integer.
func sliceOf(obj Value, idx [3]Value) (Value, bool, error) {
	var bound [3]*int64
	for i, v := range idx {
		if v == nil {
			continue
		}
		n, ok := asInt(v)
		if b, isBig := v.(*big.Int); isBig {
			n, ok = int64(b.Sign())<<62, true
		}
		if !ok {
			return nil, false, nil
		}
		bound[i] = &n
	}
	if bound[2] != nil && *bound[2] == 0 {
		return nil, false, Errorf(ValueError, "slice step cannot be zero")
	}
	switch o := obj.(type) {
	case *List:
		return NewList(cut(o.Items, bound)...), true, nil
	case *Tuple:
		return NewTuple(cut(o.Items, bound)...), true, nil
	case string:
		return cutText(o, bound), true, nil
	case Markup:
		return Markup(cutText(string(o), bound)), true, nil
	case Bytes:
		return Bytes(cut([]byte(o), bound)), true, nil
	case *Range:
		start, stop, step := sliceBounds(bound, int64(o.Len()))
		return &Range{o.start + start*o.step, o.start + stop*o.step, o.step * step}, true, nil
	}
	return nil, false, nil
}

// sliceBounds are the indices that Python's slice.indices gives.
func sliceBounds(b [3]*int64, n int64) (start, stop, step int64) {
	step = 1
	if b[2] != nil {
		step = max(min(*b[2], n+1), -n-1)
	}
	low, high := int64(0), n
	if step < 0 {
		low, high = -1, n-1
	}
	clamp := func(p *int64, def int64) int64 {
		if p == nil {
			return def
		}
		i := *p
		if i < 0 {
			i += n
		}
		return max(low, min(i, high))
	}
	if step < 0 {
		return clamp(b[0], high), clamp(b[1], low), step
	}
	return clamp(b[0], low), clamp(b[1], high), step
}

func cut[T any](items []T, b [3]*int64) []T {
	start, stop, step := sliceBounds(b, int64(len(items)))
	out := []T{}
	if step == 1 {
		if start < stop {
			out = append(out, items[start:stop]...)
		}
		return out
	}
	for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
		out = append(out, items[i])
	}
	return out
}

func cutText(s string, b [3]*int64) string {
	if isASCII(s) {
		start, stop, step := sliceBounds(b, int64(len(s)))
		if step == 1 {
			if start >= stop {
				return ""
			}
			return s[start:stop]
		}
		return string(cut([]byte(s), b))
	}
	return string(cut([]rune(s), b))
}
