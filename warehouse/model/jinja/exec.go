package jinja

import "strings"

func (n *dataStmt) exec(r *run) (flow, error) {
	switch {
	case r.mute:
		return goOn, nil
	case r.native != nil:
		*r.native = append(*r.native, n.text)
		return goOn, nil
	}
	return goOn, r.emit(n.text)
}

func (n *outputStmt) exec(r *run) (flow, error) {
	if r.mute {
		return goOn, nil
	}
	v, err := n.val.eval(r)
	if err != nil {
		return goOn, err
	}
	if r.native != nil {
		*r.native = append(*r.native, v)
		return goOn, nil
	}
	return goOn, r.write(v)
}

func (n *doStmt) exec(r *run) (flow, error) {
	_, err := n.x.eval(r)
	return goOn, err
}

func (n *loopCtl) exec(*run) (flow, error) { return n.how, nil }

func (n *ifStmt) exec(r *run) (flow, error) {
	for i, test := range n.tests {
		v, err := test.eval(r)
		if err != nil {
			return goOn, r.place(err, test.at().line)
		}
		yes, err := truth(v)
		if err != nil {
			return goOn, r.place(err, test.at().line)
		}
		if yes {
			return r.body(n.bodies[i])
		}
	}
	return r.body(n.other)
}

// truth is Truth with the error of strict undefined values.
func truth(v Value) (bool, error) {
	if u, ok := v.(*Undefined); ok {
		return false, strictly(u)
	}
	return Truth(v), nil
}

func (n *setStmt) exec(r *run) (flow, error) {
	v, err := n.val.eval(r)
	if err != nil {
		return goOn, err
	}
	return goOn, r.assign(n.target, v, n.export)
}

func (n *setBlock) exec(r *run) (flow, error) {
	var how flow
	var v Value
	r.push(n.frame)
	s, err := r.capture(func() (err error) {
		how, err = r.body(n.body)
		return err
	})
	if err == nil && how == goOn {
		v = r.markup(s)
		if n.filter != nil {
			v, err = n.filter.apply(r, v)
		}
	}
	r.pop()
	if err != nil || how != goOn {
		return how, err
	}
	return goOn, r.assign(n.target, v, n.export)
}

// assign gives a target its value.
func (r *run) assign(target expr, v Value, export bool) error {
	switch t := target.(type) {
	case *nameExpr:
		r.sc.up(t.ref.up).vars[t.ref.idx] = v
		if export {
			r.act.set(t.name, v, true)
		}
	case *nsRef:
		ns, ok := r.sc.up(t.ref.up).vars[t.ref.idx].(*Namespace)
		if !ok {
			return Errorf(RuntimeError, "cannot assign attribute on non-namespace object")
		}
		ns.vars.Put(t.attr, v)
	case *tupleExpr:
		items, err := unpack(v, len(t.items))
		if err != nil {
			return err
		}
		for i, x := range t.items {
			if err := r.assign(x, items[i], export); err != nil {
				return err
			}
		}
	}
	return nil
}

// unpack takes n values of an iterable.
func unpack(v Value, n int) ([]Value, error) {
	if err := refuse(v); err != nil && strictly(v) != nil {
		return nil, err
	}
	items, err := toSlice(v)
	if err != nil {
		if KindOf(err) == TypeError {
			err = Errorf(TypeError, "cannot unpack non-iterable %s object", typeName(v))
		}
		return nil, err
	}
	switch {
	case len(items) < n:
		return nil, Errorf(ValueError, "not enough values to unpack (expected %d, got %d)", n, len(items))
	case len(items) > n:
		return nil, Errorf(ValueError, "too many values to unpack (expected %d)", n)
	}
	return items, nil
}

func (n *filterBlock) exec(r *run) (flow, error) {
	if r.mute {
		return goOn, nil
	}
	var how flow
	var v Value
	r.push(n.frame)
	s, err := r.capture(func() (err error) {
		how, err = r.body(n.body)
		return err
	})
	if err == nil && how == goOn {
		v, err = n.filter.apply(r, r.markup(s))
	}
	r.pop()
	if err != nil || how != goOn {
		return how, err
	}
	return goOn, r.write(v)
}

func (n *withStmt) exec(r *run) (flow, error) {
	vals := make([]Value, len(n.vals))
	for i, x := range n.vals {
		v, err := x.eval(r)
		if err != nil {
			return goOn, err
		}
		vals[i] = v
	}
	r.push(n.frame)
	defer r.pop()
	for i, t := range n.targets {
		if err := r.assign(t, vals[i], false); err != nil {
			return goOn, err
		}
	}
	return r.body(n.body)
}

func (n *autoescapeStmt) exec(r *run) (flow, error) {
	v, err := n.on.eval(r)
	if err != nil {
		return goOn, err
	}
	was := r.s.autoescape
	r.s.autoescape = Truth(v)
	r.push(n.frame)
	how, err := r.body(n.body)
	r.pop()
	r.s.autoescape = was
	return how, err
}

func (n *macroStmt) exec(r *run) (flow, error) {
	m := &Macro{def: n.macro, act: r.act, sc: r.sc, tmpl: r.tmpl}
	r.sc.up(n.slot.up).vars[n.slot.idx] = m
	if n.export {
		r.act.set(n.macro.name, m, true)
	}
	return goOn, nil
}

func (n *callBlock) exec(r *run) (flow, error) {
	caller := &Macro{def: n.macro, act: r.act, sc: r.sc, tmpl: r.tmpl}
	v, err := n.call.invoke(r, []Kwarg{{"caller", caller}})
	if err != nil {
		return goOn, err
	}
	if r.mute {
		return goOn, nil
	}
	if r.native != nil {
		*r.native = append(*r.native, v)
		return goOn, nil
	}
	return goOn, r.write(v)
}

func (n *tagStmt) exec(r *run) (flow, error) {
	c := &Call{state: r.s, act: r.act}
	if err := n.args.fill(r, c); err != nil {
		return goOn, err
	}
	var how flow
	out, err := n.tag.Block(c, func() (string, error) {
		r.push(n.frame)
		defer r.pop()
		return r.capture(func() (err error) {
			how, err = r.body(n.body)
			return err
		})
	})
	if err != nil || how != goOn {
		return how, err
	}
	return goOn, r.emit(out)
}

func trimSpace(s string) string { return strings.TrimFunc(s, isSpace) }
