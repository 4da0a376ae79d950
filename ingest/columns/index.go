package columns

// index finds a column or a field by the key that a source calls it by. Records
// mostly have their keys in the same order, so it first looks at the one behind
// the last.
type index struct {
	byKey map[string]int
	keys  []string // the keys in the order in which they were seen
	order []int    // what they stand for
	next  int
	// resolve finds what a key stands for that was not added; negative is
	// nothing. nil finds nothing.
	resolve func(key string) int
}

func newIndex(n int) *index { return &index{byKey: make(map[string]int, n)} }

func (x *index) add(key string, i int) {
	if _, ok := x.byKey[key]; ok {
		return
	}
	x.byKey[key] = i
	x.keys = append(x.keys, key)
	x.order = append(x.order, i)
}

// find returns what key stands for.
func (x *index) find(key []byte) (int, bool) {
	if x.next < len(x.keys) && x.keys[x.next] == string(key) {
		x.next++
		return x.order[x.next-1], true
	}
	i, ok := x.byKey[string(key)]
	if !ok {
		return x.settle(string(key))
	}
	for k := x.next + 1; k < min(x.next+8, len(x.keys)); k++ { // some keys are left out
		if x.keys[k] == string(key) {
			x.next = k + 1
			return i, true
		}
	}
	return i, true
}

// begin is called before the keys of a record are looked up.
func (x *index) begin() { x.next = 0 }

// settle asks for a new key, once.
func (x *index) settle(key string) (int, bool) {
	if x.resolve == nil {
		return 0, false
	}
	i := x.resolve(key)
	if i < 0 {
		return 0, false
	}
	x.add(key, i)
	return i, true
}
