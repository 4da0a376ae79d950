package jinja

// visible are the variables of the calling frames, for a template that is
// included or imported with context.
func (r *run) visible(locals []local) Vars {
	vars := map[string]Value{}
	for _, l := range locals {
		if v := r.sc.up(l.ref.up).vars[l.ref.idx]; !isAbsent(v) {
			vars[l.name] = v
		}
	}
	return layered{vars, r.act}
}

// find loads the first template of a name or a list of names.
func (r *run) find(v Value) (*Template, error) {
	switch v := v.(type) {
	case *Undefined:
		return nil, v.fail()
	case string, Markup:
		s, _ := text(v)
		return r.act.env.load(s)
	case *List, *Tuple:
		names, err := toSlice(v)
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			return nil, Errorf(NoneFoundError, "Tried to select from an empty list of templates.")
		}
		for _, n := range names {
			t, err := r.act.env.load(Str(n))
			if err == nil || KindOf(err) != NotFoundError {
				return t, err
			}
		}
		return nil, Errorf(NoneFoundError, "none of the templates given were found: %s", joinNames(names))
	}
	return nil, Errorf(TypeError, "a template's name is a string, not %s", typeName(v))
}

func joinNames(names []Value) string {
	out := ""
	for i, n := range names {
		if i > 0 {
			out += ", "
		}
		out += Str(n)
	}
	return out
}

func (n *includeStmt) exec(r *run) (flow, error) {
	v, err := n.names.eval(r)
	if err != nil {
		return goOn, err
	}
	t, err := r.find(v)
	if err != nil {
		if k := KindOf(err); n.ignore && (k == NotFoundError || k == NoneFoundError) {
			return goOn, nil
		}
		return goOn, err
	}
	if r.mute {
		return goOn, nil
	}
	var vars Vars
	if n.ctx {
		vars = r.visible(n.locals)
	}
	sub := t.start(r.s, vars)
	sub.out, sub.native = r.out, r.native
	return goOn, sub.root(t)
}

func (n *importStmt) exec(r *run) (flow, error) {
	v, err := n.from.eval(r)
	if err != nil {
		return goOn, err
	}
	t, err := r.find(v)
	if err != nil {
		return goOn, err
	}
	var vars Vars
	if n.ctx {
		vars = r.visible(n.locals)
	}
	m, err := t.module(r.s, vars)
	if err != nil {
		return goOn, err
	}
	store := func(name string, at ref, v Value) {
		r.sc.up(at.up).vars[at.idx] = v
		if n.export {
			r.act.set(name, v, false)
			delete(r.act.exported, name)
		}
	}
	if n.target != "" {
		store(n.target, n.slot, m)
		return goOn, nil
	}
	for _, name := range n.names {
		v, ok := m.Get(name.name)
		if !ok {
			u := r.act.env.Undefined(name.name)
			u.hint = "the template " + Repr(t.Name) + " (imported on line " + Str(int64(n.line)) + " in " + Repr(r.tmpl.Name) +
				") does not export the requested name " + Repr(name.name)
			v = u
		}
		store(name.as, name.slot, v)
	}
	return goOn, nil
}

func (n *extendsStmt) exec(r *run) (flow, error) {
	v, err := n.parent.eval(r)
	if err != nil {
		return goOn, err
	}
	if r.act.extends != nil {
		return goOn, Errorf(RuntimeError, "extended multiple times")
	}
	t, err := r.find(v)
	if err != nil {
		return goOn, err
	}
	r.act.extends = t
	r.act.addBlocks(t)
	r.mute = true
	return goOn, nil
}

func (n *blockStmt) exec(r *run) (flow, error) {
	if r.mute {
		return goOn, nil
	}
	chain := r.act.blocks[n.name]
	if n.required && len(chain) > 0 && chain[0].node == n {
		return goOn, Errorf(RuntimeError, "Required block %s not found", Repr(n.name))
	}
	act := r.act
	if n.scoped {
		act = &activation{env: act.env, tmpl: act.tmpl, parent: r.visible(n.locals), blocks: act.blocks}
	}
	return goOn, r.block(act, n.name, 0)
}

// block runs an implementation of a block: 0 is the one of the template that
// extends most.
func (r *run) block(act *activation, name string, i int) error {
	b := act.blocks[name][i]
	if err := r.s.enter(act.env, 100); err != nil {
		return err
	}
	defer r.s.leave(100)
	sub := &run{s: r.s, act: act, out: r.out, native: r.native, in: "block " + name, tmpl: b.tmpl}
	sub.push(b.node.frame)
	sub.sc.vars[0] = &selfRef{r: sub}
	if i+1 < len(act.blocks[name]) {
		sub.sc.vars[1] = &blockRef{sub, name, i + 1}
	} else {
		u := act.env.Undefined("super")
		u.hint = "there is no parent block called " + Repr(name) + "."
		sub.sc.vars[1] = u
	}
	_, err := sub.body(b.node.body)
	return err
}

// blockRef is super(), or a block of self.
type blockRef struct {
	r    *run
	name string
	i    int
}

// Call renders the block.
func (b *blockRef) Call(*Call) (Value, error) {
	s, err := b.r.capture(func() error { return b.r.block(b.r.act, b.name, b.i) })
	return b.r.markup(s), err
}

// Attr has super, the next implementation.
func (b *blockRef) Attr(name string) (Value, bool, error) {
	if name == "super" && b.i+1 < len(b.r.act.blocks[b.name]) {
		return &blockRef{b.r, b.name, b.i + 1}, true, nil
	}
	return nil, false, nil
}

// TypeName is BlockReference.
func (b *blockRef) TypeName() string { return "BlockReference" }

// selfRef is the variable self.
type selfRef struct{ r *run }

// Attr is a block of the template.
func (s *selfRef) Attr(name string) (Value, bool, error) {
	if len(s.r.act.blocks[name]) == 0 {
		return nil, false, nil
	}
	return &blockRef{s.r, name, 0}, true, nil
}

// TypeName is TemplateReference.
func (s *selfRef) TypeName() string { return "TemplateReference" }

// Repr names the template.
func (s *selfRef) Repr() string { return "<TemplateReference " + Repr(s.r.act.tmpl.Name) + ">" }
