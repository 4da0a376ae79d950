package sqltype

import "strings"

// maxPrecision is the longest DECIMAL.
const maxPrecision = 38

// Widen is the smallest lake type that holds the values of both; ok is false
// where there is none: text and a number, or decimals of more than 38 digits.
func Widen(a, b *Type) (wide *Type, ok bool) {
	if a.Kind == Null {
		return b.Lake()
	}
	if b.Kind == Null {
		return a.Lake()
	}
	if a.Nested() || b.Nested() {
		return widenNested(a, b)
	}
	la, okA := a.Lake()
	lb, okB := b.Lake()
	switch {
	case !okA || !okB:
		return nil, false
	case la.Equal(lb):
		return la, true
	case numeric(la) && numeric(lb):
		return widenNumbers(la, lb)
	case moment(la) && moment(lb):
		return Of(Timestamp), true
	}
	return nil, false
}

// WidenLoosely is Widen, but text where Widen finds none: for looking at data
// that does not fit together.
func WidenLoosely(a, b *Type) *Type {
	if wide, ok := Widen(a, b); ok {
		return wide
	}
	return Of(Varchar)
}

func numeric(t *Type) bool { return t.Kind == Bigint || t.Kind == Double || t.Kind == Decimal }

func moment(t *Type) bool { return t.Kind == Date || t.Kind == Timestamp }

// widenNumbers: an integer has up to 19 digits.
func widenNumbers(a, b *Type) (*Type, bool) {
	if a.Kind == Double || b.Kind == Double {
		return Of(Double), true
	}
	digits := max(wholeDigits(a), wholeDigits(b))
	scale := max(a.Scale, b.Scale)
	if digits+scale > maxPrecision {
		return nil, false
	}
	return DecimalOf(digits+scale, scale), true
}

// wholeDigits is how many digits a number has before the point.
func wholeDigits(t *Type) int {
	if t.Kind == Bigint {
		return 19
	}
	return t.Precision - t.Scale
}

func widenNested(a, b *Type) (*Type, bool) {
	if a.Kind != b.Kind {
		return nil, false
	}
	switch a.Kind {
	case List:
		elem, ok := Widen(a.Elem, b.Elem)
		return &Type{Kind: List, Elem: elem}, ok
	case Map:
		key, okKey := Widen(a.Key, b.Key)
		elem, okElem := Widen(a.Elem, b.Elem)
		return &Type{Kind: Map, Key: key, Elem: elem}, okKey && okElem
	default:
		return widenStructs(a, b)
	}
}

// widenStructs unites fields by name, in the order of their first appearance.
// The engine compares the names of fields without regard to case.
func widenStructs(a, b *Type) (*Type, bool) {
	out := &Type{Kind: Struct}
	at := map[string]int{}
	for _, f := range append(append([]Field{}, a.Fields...), b.Fields...) {
		key := strings.ToLower(f.Name)
		i, seen := at[key]
		if !seen {
			at[key] = len(out.Fields)
			out.Fields = append(out.Fields, f)
			continue
		}
		wide, ok := Widen(out.Fields[i].Type, f.Type)
		if !ok || out.Fields[i].Name != f.Name {
			return nil, false
		}
		out.Fields[i].Type = wide
	}
	return out.Lake()
}
