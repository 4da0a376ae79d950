package jinja

import "strings"

// Macro is a macro that templates and hosts can call.
type Macro struct {
	def  *macroDef
	act  *activation
	sc   *scope
	tmpl *Template
}

// Name is the name under which it is defined.
func (m *Macro) Name() string { return m.def.name }

// TypeName is Macro.
func (m *Macro) TypeName() string { return "Macro" }

// Repr is <Macro 'name'>.
func (m *Macro) Repr() string { return "<Macro " + Repr(m.def.name) + ">" }

// Attr has what Jinja2's macros tell of themselves.
func (m *Macro) Attr(name string) (Value, bool, error) {
	switch name {
	case "name":
		return m.def.name, true, nil
	case "arguments":
		t := NewTuple()
		for _, q := range m.def.params {
			t.Items = append(t.Items, q.name)
		}
		return t, true, nil
	case "catch_kwargs":
		return m.def.kwargs >= 0, true, nil
	case "catch_varargs":
		return m.def.varargs >= 0, true, nil
	case "caller":
		return m.def.caller >= 0 || m.def.explicitCaller, true, nil
	}
	return nil, false, nil
}

// Call runs the macro and returns what it prints.
func (m *Macro) Call(c *Call) (Value, error) {
	s := c.state
	if s == nil {
		s = &state{autoescape: m.act.env.opt.Autoescape}
	}
	r := &run{s: s, act: m.act, sc: m.sc, out: &strings.Builder{}, in: "macro " + m.def.name, tmpl: m.tmpl}
	if err := s.enter(m.act.env, m.def.height); err != nil {
		return nil, err
	}
	defer s.leave(m.def.height)
	r.push(m.def.frame)
	if err := m.bind(r, c); err != nil {
		return nil, err
	}
	if _, err := r.body(m.def.body); err != nil {
		return nil, err
	}
	return r.markup(r.out.String()), nil
}

// bind sorts arguments into the slots of parameters, as Jinja2's macros do.
func (m *Macro) bind(r *run, c *Call) error {
	d := m.def
	vars := r.sc.vars
	n := min(len(c.Args), len(d.params))
	for i := range n {
		vars[d.params[i].slot] = c.Args[i]
	}
	foundCaller := n == len(d.params) && d.explicitCaller
	taken := make([]bool, len(c.Kwargs))
	for _, q := range d.params[n:] {
		foundCaller = foundCaller || q.name == "caller"
		for i, k := range c.Kwargs {
			if k.Name == q.name && !taken[i] {
				vars[q.slot] = k.Value
				taken[i] = true
			}
		}
	}
	if d.caller >= 0 && !foundCaller {
		vars[d.caller] = &Undefined{hint: "No caller defined", obj: absent{}, name: "caller", mode: m.act.env.opt.Undefined}
		for i, k := range c.Kwargs {
			if k.Name == "caller" && !taken[i] {
				taken[i] = true
				if k.Value != nil {
					vars[d.caller] = k.Value
				}
			}
		}
	}
	if err := m.rest(r, c, taken); err != nil {
		return err
	}
	return m.defaults(r)
}

// rest takes the arguments that no parameter has.
func (m *Macro) rest(r *run, c *Call, taken []bool) error {
	d := m.def
	if d.kwargs >= 0 {
		rest := NewDict()
		for i, k := range c.Kwargs {
			if !taken[i] {
				rest.Put(k.Name, k.Value)
			}
		}
		r.sc.vars[d.kwargs] = rest
	} else {
		first := ""
		for i, k := range c.Kwargs {
			switch {
			case taken[i]:
			case k.Name == "caller":
				return Errorf(TypeError, "macro %s was invoked with two values for the special caller argument. This is most likely a bug.", Repr(d.name))
			case first == "":
				first = k.Name
			}
		}
		if first != "" {
			return Errorf(TypeError, "macro %s takes no keyword argument %s", Repr(d.name), Repr(first))
		}
	}
	if d.varargs >= 0 {
		r.sc.vars[d.varargs] = NewTuple(c.Args[min(len(c.Args), len(d.params)):]...)
	} else if len(c.Args) > len(d.params) {
		return Errorf(TypeError, "macro %s takes not more than %d argument(s)", Repr(d.name), len(d.params))
	}
	return nil
}

// defaults evaluates those that are needed, in order: each sees the ones before.
func (m *Macro) defaults(r *run) error {
	for _, q := range m.def.params {
		if !isAbsent(r.sc.vars[q.slot]) {
			continue
		}
		if q.def == nil {
			r.sc.vars[q.slot] = &Undefined{
				hint: "parameter " + Repr(q.name) + " was not provided", obj: absent{}, name: q.name, mode: m.act.env.opt.Undefined,
			}
			continue
		}
		v, err := q.def.eval(r)
		if err != nil {
			return r.place(err, q.def.at().line)
		}
		r.sc.vars[q.slot] = v
	}
	return nil
}
