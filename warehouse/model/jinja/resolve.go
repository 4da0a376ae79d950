package jinja

// resolver fills in slots, filters and tests, frame after frame.
type resolver struct {
	p       *parser
	sym     *symbols
	top     bool // at the template's top level: what is set is exported
	soft    bool // in a branch: an unknown filter fails only when it is reached
	loops   int
	inMacro bool
}

// inner begins a frame inside of this one.
func (v *resolver) inner() *resolver {
	return &resolver{p: v.p, sym: newSymbols(v.sym), inMacro: v.inMacro}
}

func (v *resolver) fail(kind Kind, line int32, format string, args ...any) {
	v.p.failKind(kind, line, format, args...)
}

func (v *resolver) body(body []stmt) {
	for _, n := range body {
		v.stmt(n)
	}
}

func (v *resolver) stmt(n stmt) {
	switch n := n.(type) {
	case *outputStmt:
		v.exprs(n.val)
	case *doStmt:
		v.exprs(n.x)
	case *ifStmt:
		was := v.soft
		v.soft = true
		for i := range n.tests {
			v.exprs(n.tests[i])
			v.body(n.bodies[i])
		}
		v.body(n.other)
		v.soft = was
	case *forStmt:
		v.loop(n)
	case *setStmt:
		n.export = v.top
		v.exprs(n.val)
		v.target(n.target)
	case *setBlock:
		n.export = v.top
		w := v.inner()
		w.sym.collect(n.body)
		if n.filter != nil {
			w.sym.exprs(n.filter)
		}
		n.frame = w.sym.finish()
		w.loops = v.loops
		w.body(n.body)
		if n.filter != nil {
			w.exprs(n.filter)
		}
		v.target(n.target)
	case *macroStmt:
		n.export = v.top
		n.slot, _ = v.sym.find(n.macro.name)
		v.macro(n.macro)
	case *callBlock:
		v.exprs(n.call)
		v.macro(n.macro)
	case *filterBlock:
		w := v.inner()
		w.sym.exprs(n.filter)
		n.frame = w.block(n.body, v.loops)
		w.exprs(n.filter)
	case *loopCtl:
		if v.loops == 0 {
			word := "break"
			if n.how == continueLoop {
				word = "continue"
			}
			v.fail(SyntaxError, n.line, "'%s' outside loop", word)
		}
	default:
		v.more(n)
	}
}

// block analyzes and resolves a frame that is a plain body.
func (v *resolver) block(body []stmt, loops int) *frame {
	v.loops = loops
	v.sym.collect(body)
	f := v.sym.finish()
	v.body(body)
	return f
}

func (v *resolver) more(n stmt) {
	switch n := n.(type) {
	case *withStmt:
		v.exprs(n.vals...)
		w := v.inner()
		for _, t := range n.targets {
			w.sym.target(t, true)
		}
		n.frame = w.block(n.body, v.loops)
		for _, t := range n.targets {
			w.target(t)
		}
	case *autoescapeStmt:
		v.exprs(n.on)
		n.frame = v.inner().block(n.body, v.loops)
	case *blockStmt:
		n.locals = v.sym.locals()
	case *extendsStmt:
		v.exprs(n.parent)
		n.nested = !v.top || v.soft
	case *includeStmt:
		v.exprs(n.names)
		n.locals = v.sym.locals()
	case *importStmt:
		v.exprs(n.from)
		n.export = v.top
		n.locals = v.sym.locals()
		if n.target != "" {
			n.slot, _ = v.sym.find(n.target)
		}
		for i := range n.names {
			n.names[i].slot, _ = v.sym.find(n.names[i].as)
		}
	case *tagStmt:
		v.args(n.args)
		n.frame = v.inner().block(n.body, v.loops)
	}
}

func (v *resolver) loop(n *forStmt) {
	v.exprs(n.iter)
	w := v.inner()
	n.usesLoop = n.recursive || usesName(n.body, "loop")
	n.loopSlot = -1
	if n.usesLoop {
		n.loopSlot = w.sym.param("loop")
	}
	w.sym.target(n.target, true)
	n.bodyFrame = w.block(n.body, v.loops+1)
	if n.test != nil {
		t := v.inner()
		if n.usesLoop { // the target's slots must be those of the body, which follow loop's
			t.sym.param("\x00")
		}
		t.sym.target(n.target, true)
		t.sym.exprs(n.test)
		n.testFrame = t.sym.finish()
		t.exprs(n.test)
	}
	n.elseFrame = v.inner().block(n.other, v.loops)
	w.target(n.target)
}

func (v *resolver) macro(m *macroDef) {
	w := v.inner()
	w.inMacro = true
	for i := range m.params {
		m.params[i].slot = w.sym.param(m.params[i].name)
	}
	for _, q := range m.params {
		if q.def != nil {
			w.sym.exprs(q.def)
		}
	}
	w.sym.collect(m.body)
	seen := map[string]bool{}
	for _, q := range m.params {
		if seen[q.name] {
			v.fail(SyntaxError, m.line, "duplicate argument '%s' in function definition", q.name)
		}
		seen[q.name] = true
	}
	for name, slot := range map[string]*int{"caller": &m.caller, "kwargs": &m.kwargs, "varargs": &m.varargs} {
		if !seen[name] && usesName(m.body, name) {
			*slot = w.sym.param(name)
		}
	}
	for _, q := range m.params {
		if q.name == "caller" {
			if q.def == nil {
				v.fail(AssertionError, m.line, "When defining macros or call blocks the special \"caller\" argument must be omitted or be given a default.")
			}
			m.explicitCaller = true
		}
	}
	m.frame = w.sym.finish()
	for _, q := range m.params {
		if q.def != nil {
			w.exprs(q.def)
		}
	}
	w.body(m.body)
}

func (v *resolver) target(x expr) {
	switch x := x.(type) {
	case *nameExpr:
		x.ref, _ = v.sym.find(x.name)
	case *nsRef:
		x.ref, _ = v.sym.find(x.name)
	case *tupleExpr:
		for _, y := range x.items {
			v.target(y)
		}
	}
}

func (v *resolver) args(a args) { eachArg(a, func(x expr) { v.exprs(x) }) }

func (v *resolver) exprs(xs ...expr) {
	for _, x := range xs {
		switch x := x.(type) {
		case *nameExpr:
			x.ref, _ = v.sym.find(x.name)
			continue
		case *condExpr:
			was := v.soft
			v.soft = true
			children(x, func(y expr) { v.exprs(y) })
			v.soft = was
			continue
		case *filterExpr:
			if x.fn = v.p.env.filter(x.name); x.fn == nil && !v.soft {
				v.fail(AssertionError, x.line, "No filter named '%s'.", x.name)
			}
		case *testExpr:
			if x.fn = v.p.env.test(x.name); x.fn == nil && !v.soft {
				v.fail(AssertionError, x.line, "No test named '%s'.", x.name)
			}
		}
		children(x, func(y expr) { v.exprs(y) })
	}
}

// usesName says whether a body reads a name that it has not stored before, at
// any depth but in blocks.
func usesName(body []stmt, name string) bool {
	u := &nameUse{name: name}
	u.body(body)
	return u.found
}

type nameUse struct {
	name          string
	found, stored bool
}

func (u *nameUse) exprs(xs ...expr) {
	for _, x := range xs {
		if n, ok := x.(*nameExpr); ok && n.name == u.name && !u.stored {
			u.found = true
		}
		if x != nil && !u.found {
			children(x, func(y expr) { u.exprs(y) })
		}
	}
}

func (u *nameUse) target(x expr) {
	switch x := x.(type) {
	case *nameExpr:
		u.stored = u.stored || x.name == u.name
	case *tupleExpr:
		for _, y := range x.items {
			u.target(y)
		}
	}
}

func (u *nameUse) args(a args) { eachArg(a, func(x expr) { u.exprs(x) }) }

func (u *nameUse) body(body []stmt) {
	for _, n := range body {
		if u.found {
			return
		}
		u.stmt(n)
	}
}

func (u *nameUse) macro(m *macroDef) {
	for _, q := range m.params {
		u.stored = u.stored || q.name == u.name
		u.exprs(q.def)
	}
	u.body(m.body)
}

func (u *nameUse) stmt(n stmt) {
	switch n := n.(type) {
	case *outputStmt:
		u.exprs(n.val)
	case *doStmt:
		u.exprs(n.x)
	case *ifStmt:
		for i := range n.tests {
			u.exprs(n.tests[i])
			u.body(n.bodies[i])
		}
		u.body(n.other)
	case *forStmt:
		u.target(n.target)
		u.exprs(n.iter)
		u.body(n.body)
		u.body(n.other)
		u.exprs(n.test)
	case *setStmt:
		u.target(n.target)
		u.exprs(n.val)
	case *setBlock:
		u.target(n.target)
		if n.filter != nil {
			u.exprs(n.filter)
		}
		u.body(n.body)
	case *macroStmt:
		u.macro(n.macro)
	case *callBlock:
		u.exprs(n.call)
		u.macro(n.macro)
	case *filterBlock:
		u.body(n.body)
		u.exprs(n.filter)
	case *withStmt:
		for _, t := range n.targets {
			u.target(t)
		}
		u.exprs(n.vals...)
		u.body(n.body)
	case *autoescapeStmt:
		u.exprs(n.on)
		u.body(n.body)
	case *includeStmt:
		u.exprs(n.names)
	case *importStmt:
		u.exprs(n.from)
	case *extendsStmt:
		u.exprs(n.parent)
	case *tagStmt:
		u.args(n.args)
		u.body(n.body)
	}
}
