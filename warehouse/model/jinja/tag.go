package jinja

// Tag is a tag of the host. Either Macro or Block is set.
type Tag struct {
	Name string // {% Name … %}
	End  string // the word that closes its body; "" where Block has none

	// Macro reads the head of a block that defines a macro and returns the name
	// that it gets. Options.MacroName is not applied to it.
	Macro func(h *TagHead) (name string, err error)

	// Block runs when the tag is reached, with the arguments of its head, and
	// returns what it prints. body renders what is between the tags; it may be
	// called any number of times.
	Block func(c *Call, body func() (string, error)) (string, error)
}

// TagHead reads the head of a tag of the host. Its methods do not return where the
// head is wrong: parsing stops with the error of the place.
type TagHead struct {
	Line   int
	p      *parser
	params []param
}

// Name reads a word.
func (h *TagHead) Name() string { return h.p.assignName() }

// Skip reads an operator if it comes next: "," or "=".
func (h *TagHead) Skip(op string) bool { return h.p.skipOp(op) }

// Expect reads an operator that has to come next.
func (h *TagHead) Expect(op string) { h.p.expectOp(op) }

// Ended says whether the head ends here.
func (h *TagHead) Ended() bool { return h.p.cur().kind == tokBlockEnd }

// Signature reads parameters in parentheses, which become the macro's.
func (h *TagHead) Signature() { h.params = append(h.params, h.p.signature()...) }

// Constant reads an expression of literals; ok is false for any other.
func (h *TagHead) Constant() (v Value, ok bool) { return literal(h.p.expression(true)) }

// Param adds a parameter with a default that comes next in the head.
func (h *TagHead) Param(name string) {
	h.params = append(h.params, param{name: name, def: h.p.expression(true)})
}

// ParamValue adds a parameter with a default that is a list of strings.
func (h *TagHead) ParamValue(name string, items ...string) {
	x := &listExpr{pos: pos{int32(h.Line), 2}} //nolint:gosec // a line of a source
	for _, s := range items {
		x.items = append(x.items, &constExpr{pos{int32(h.Line), 1}, s}) //nolint:gosec // a line of a source
	}
	h.params = append(h.params, param{name: name, def: x})
}

// HasParam says whether a parameter was added.
func (h *TagHead) HasParam(name string) bool {
	for _, q := range h.params {
		if q.name == name {
			return true
		}
	}
	return false
}

// literal is the value of an expression that has no names in it.
func literal(x expr) (Value, bool) {
	switch x := x.(type) {
	case *constExpr:
		return x.val, true
	case *unaryExpr:
		v, ok := literal(x.x)
		if !ok || !isNumber(v) {
			return nil, false
		}
		if x.neg {
			v, err := negate(v)
			return v, err == nil
		}
		return v, true
	case *listExpr:
		items, ok := literals(x.items)
		return NewList(items...), ok
	case *tupleExpr:
		items, ok := literals(x.items)
		return NewTuple(items...), ok
	case *dictExpr:
		keys, ok := literals(x.keys)
		vals, ok2 := literals(x.vals)
		if !ok || !ok2 {
			return nil, false
		}
		d := NewDict()
		for i := range keys {
			if d.Set(keys[i], vals[i]) != nil {
				return nil, false
			}
		}
		return d, true
	}
	return nil, false
}

func literals(xs []expr) ([]Value, bool) {
	out := make([]Value, len(xs))
	for i, x := range xs {
		v, ok := literal(x)
		if !ok {
			return nil, false
		}
		out[i] = v
	}
	return out, true
}

// LiteralEval reads a Python literal, as ast.literal_eval does: numbers, strings,
// None, True, False, lists, tuples, dicts. ok is false for anything else.
func LiteralEval(source string) (v Value, ok bool) {
	src := "{{ " + source + " }}" // a blank: {{- is another tag
	l := &lexer{src: src}
	p := &parser{env: NewEnvironment(Options{}), src: src, toks: l.lex(), blocks: map[string]*blockStmt{}}
	body, err := p.parse()
	if err != nil || len(body) != 1 {
		return nil, false
	}
	out, isOutput := body[0].(*outputStmt)
	if !isOutput {
		return nil, false
	}
	if n := len(p.toks); p.toks[n-2].pos != len(src)-2 || !pythonConstants(p.toks) {
		return nil, false
	}
	return literal(out.val)
}

// pythonConstants says that no word is one that only templates know.
func pythonConstants(toks []token) bool {
	for _, t := range toks {
		if t.kind == tokName && t.val != "None" && t.val != "True" && t.val != "False" {
			return false
		}
	}
	return true
}
