package jinja

import "strings"

func (n *constExpr) eval(*run) (Value, error) { return n.val, nil }

func (n *nameExpr) eval(r *run) (Value, error) {
	sc := r.sc
	for up := n.ref.up; up > 0; up-- {
		sc = sc.parent
	}
	v := sc.vars[n.ref.idx]
	if isAbsent(v) {
		return r.act.env.Undefined(n.name), nil
	}
	return v, nil
}

func (n *nsRef) eval(*run) (Value, error) { return nil, nil }

func (n *sliceExpr) eval(*run) (Value, error) {
	return nil, Errorf(TypeError, "a slice is no value")
}

func (r *run) evalAll(xs []expr) ([]Value, error) {
	out := make([]Value, len(xs))
	for i, x := range xs {
		v, err := x.eval(r)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (n *listExpr) eval(r *run) (Value, error) {
	items, err := r.evalAll(n.items)
	if err != nil {
		return nil, err
	}
	return NewList(items...), nil
}

func (n *tupleExpr) eval(r *run) (Value, error) {
	items, err := r.evalAll(n.items)
	if err != nil {
		return nil, err
	}
	return NewTuple(items...), nil
}

func (n *dictExpr) eval(r *run) (Value, error) {
	d := NewDict()
	for i := range n.keys {
		k, err := n.keys[i].eval(r)
		if err != nil {
			return nil, err
		}
		v, err := n.vals[i].eval(r)
		if err != nil {
			return nil, err
		}
		if err := d.Set(k, v); err != nil {
			return nil, r.place(err, n.keys[i].at().line)
		}
	}
	return d, nil
}

func (n *condExpr) eval(r *run) (Value, error) {
	v, err := n.test.eval(r)
	if err != nil {
		return nil, err
	}
	yes, err := truth(v)
	if err != nil {
		return nil, err
	}
	switch {
	case yes:
		return n.yes.eval(r)
	case n.no != nil:
		return n.no.eval(r)
	}
	u := r.act.env.Undefined("")
	u.hint = "the inline if-expression on line " + Str(int64(n.line)) +
		" evaluated to false and no else section was defined."
	return u, nil
}

func (n *logicExpr) eval(r *run) (Value, error) {
	v, err := n.left.eval(r)
	if err != nil {
		return nil, err
	}
	yes, err := truth(v)
	if err != nil || yes == n.or {
		return v, err
	}
	return n.right.eval(r)
}

func (n *notExpr) eval(r *run) (Value, error) {
	v, err := n.x.eval(r)
	if err != nil {
		return nil, err
	}
	yes, err := truth(v)
	return !yes, err
}

func (n *unaryExpr) eval(r *run) (Value, error) {
	v, err := n.x.eval(r)
	if err != nil {
		return nil, err
	}
	if n.neg {
		v, err = negate(v)
	} else {
		v, err = positive(v)
	}
	if err != nil {
		return nil, r.place(err, n.line)
	}
	return v, nil
}

func (n *binExpr) eval(r *run) (Value, error) {
	a, err := n.left.eval(r)
	if err != nil {
		return nil, err
	}
	b, err := n.right.eval(r)
	if err != nil {
		return nil, err
	}
	v, err := arith(n.op, a, b)
	if err != nil {
		return nil, r.place(err, n.line)
	}
	return v, nil
}

func (n *concatExpr) eval(r *run) (Value, error) {
	var b strings.Builder
	for _, x := range n.parts {
		v, err := x.eval(r)
		if err != nil {
			return nil, err
		}
		var s string
		if r.s.autoescape {
			m, err2 := escape(v)
			s, err = string(m), err2
		} else {
			s, err = r.str(v)
		}
		if err == nil && b.Len()+len(s) > maxTextSize {
			err = tooLarge()
		}
		if err != nil {
			return nil, r.place(err, n.line)
		}
		b.WriteString(s)
	}
	return r.markup(b.String()), nil
}

func (n *compareExpr) eval(r *run) (Value, error) {
	a, err := n.first.eval(r)
	if err != nil {
		return nil, err
	}
	for i, op := range n.ops {
		b, err := n.rest[i].eval(r)
		if err != nil {
			return nil, err
		}
		ok, err := compare(op, a, b)
		if err != nil {
			return nil, r.place(err, n.line)
		}
		if !ok {
			return false, nil
		}
		a = b
	}
	return true, nil
}

func (n *filterExpr) eval(r *run) (Value, error) {
	v, err := n.obj.eval(r)
	if err != nil {
		return nil, err
	}
	return n.call(r, v)
}

// apply runs the filters of a filter or set block on its text.
func (n *filterExpr) apply(r *run, v Value) (Value, error) {
	if inner, ok := n.obj.(*filterExpr); ok {
		w, err := inner.apply(r, v)
		if err != nil {
			return nil, err
		}
		v = w
	}
	return n.call(r, v)
}

func (n *filterExpr) call(r *run, v Value) (Value, error) {
	if n.fn == nil {
		return nil, r.place(Errorf(RuntimeError, "No filter named '%s' found.", n.name), n.line)
	}
	c := &Call{state: r.s, act: r.act, Args: append(make([]Value, 0, len(n.args.pos)+1), v)}
	if err := n.args.fill(r, c); err != nil {
		return nil, err
	}
	v, err := n.fn(c)
	if err != nil {
		return nil, r.place(err, n.line)
	}
	return v, nil
}

func (n *testExpr) eval(r *run) (Value, error) {
	v, err := n.obj.eval(r)
	if err != nil {
		return nil, err
	}
	if n.fn == nil {
		return nil, r.place(Errorf(RuntimeError, "No test named '%s' found.", n.name), n.line)
	}
	c := &Call{state: r.s, act: r.act, Args: append(make([]Value, 0, len(n.args.pos)+1), v)}
	if err := n.args.fill(r, c); err != nil {
		return nil, err
	}
	ok, err := n.fn(c)
	if err != nil {
		return nil, r.place(err, n.line)
	}
	return ok, nil
}

// fill evaluates arguments and appends them to those of c.
func (a *args) fill(r *run, c *Call) error {
	for _, x := range a.pos {
		v, err := x.eval(r)
		if err != nil {
			return err
		}
		c.Args = append(c.Args, v)
	}
	for _, k := range a.named {
		v, err := k.val.eval(r)
		if err != nil {
			return err
		}
		c.Kwargs = append(c.Kwargs, Kwarg{k.name, v})
	}
	if a.star != nil {
		v, err := a.star.eval(r)
		if err != nil {
			return err
		}
		items, err := toSlice(v)
		if err != nil {
			return r.place(err, a.star.at().line)
		}
		c.Args = append(c.Args, items...)
	}
	if a.dstar != nil {
		v, err := a.dstar.eval(r)
		if err == nil {
			err = c.spread(v)
		}
		if err != nil {
			return r.place(err, a.dstar.at().line)
		}
	}
	return nil
}

// spread adds the items of a mapping as named arguments.
func (c *Call) spread(v Value) error {
	m, ok := v.(Mapping)
	if !ok {
		return Errorf(TypeError, "argument after ** must be a mapping, not %s", typeName(v))
	}
	given := map[string]bool{}
	for _, k := range c.Kwargs {
		given[k.Name] = true
	}
	for _, k := range m.Keys() {
		name, ok := text(k)
		if !ok {
			return Errorf(TypeError, "keywords must be strings")
		}
		if given[name] {
			return Errorf(TypeError, "got multiple values for keyword argument '%s'", name)
		}
		x, _, err := m.Item(k)
		if err != nil {
			return err
		}
		c.Kwargs = append(c.Kwargs, Kwarg{name, x})
	}
	return nil
}

func (n *callExpr) eval(r *run) (Value, error) { return n.invoke(r, nil) }

// invoke calls, with arguments beside those written.
func (n *callExpr) invoke(r *run, more []Kwarg) (Value, error) {
	var fn Value
	var bound methodFunc
	var err error
	if a, ok := n.fn.(*attrExpr); ok { // a method of a built-in type needs no object made of it
		if fn, err = a.obj.eval(r); err != nil {
			return nil, err
		}
		if bound = builtinMethod(fn, a.name); bound == nil {
			fn, err = r.attr(fn, a.name)
			if err != nil {
				return nil, r.place(err, a.line)
			}
		}
	} else if fn, err = n.fn.eval(r); err != nil {
		return nil, err
	}
	c := &Call{state: r.s, act: r.act}
	if k := len(n.args.pos); k > 0 {
		c.Args = make([]Value, 0, k)
	}
	if err := n.args.fill(r, c); err != nil {
		return nil, err
	}
	c.Kwargs = append(c.Kwargs, more...)
	var v Value
	if bound != nil {
		v, err = bound(fn, c)
	} else {
		v, err = callValue(fn, c)
	}
	if err != nil {
		return nil, r.place(err, n.line)
	}
	return v, nil
}

// callValue calls any value.
func callValue(fn Value, c *Call) (Value, error) {
	switch f := fn.(type) {
	case Callable:
		return f.Call(c)
	case *Undefined:
		if f.mode == UndefinedCallable {
			return f, nil
		}
		return nil, f.fail()
	}
	return nil, Errorf(TypeError, "'%s' object is not callable", typeName(fn))
}
