package jinja

func (p *parser) ifTag(t *token) stmt {
	n := &ifStmt{pos: pos{line: t.line}}
	for {
		n.tests = append(n.tests, p.tuple(tupleOpts{}))
		body, word := p.body("elif", "else", "endif")
		n.bodies = append(n.bodies, body)
		if word == "elif" {
			continue
		}
		if word == "else" {
			n.other = p.block("endif")
		}
		return n
	}
}

func (p *parser) forTag(t *token) stmt {
	n := &forStmt{pos: pos{line: t.line}}
	n.target = p.target(targetOpts{end: "in"})
	if p.findName(n.target, "loop") {
		p.failKind(AssertionError, t.line, "Can't assign to special loop variable in for-loop")
	}
	p.expectWord("in")
	n.iter = p.tuple(tupleOpts{end: "recursive"})
	if p.skipName("if") {
		n.test = p.expression(true)
	}
	n.recursive = p.skipName("recursive")
	body, word := p.body("endfor", "else")
	n.body = body
	if word == "else" {
		n.other = p.block("endfor")
	}
	return n
}

func (p *parser) findName(x expr, name string) bool {
	switch x := x.(type) {
	case *nameExpr:
		return x.name == name
	case *tupleExpr:
		for _, y := range x.items {
			if p.findName(y, name) {
				return true
			}
		}
	}
	return false
}

func (p *parser) setTag(t *token) stmt {
	target := p.target(targetOpts{ns: true})
	if p.skipOp("=") {
		return &setStmt{pos: pos{line: t.line}, target: target, val: p.tuple(tupleOpts{cond: true})}
	}
	n := &setBlock{pos: pos{line: t.line}, target: target}
	if f := p.filter(nil, false); f != nil {
		n.filter = p.filterNode(f)
	}
	n.body = p.block("endset")
	return n
}

func (p *parser) withTag(t *token) stmt {
	n := &withStmt{pos: pos{line: t.line}}
	for p.cur().kind != tokBlockEnd {
		if len(n.targets) > 0 {
			p.expectOp(",")
		}
		n.targets = append(n.targets, p.target(targetOpts{}))
		p.expectOp("=")
		n.vals = append(n.vals, p.expression(true))
	}
	n.body = p.block("endwith")
	return n
}

func (p *parser) printTag(t *token) stmt {
	n := &outputStmt{pos: pos{line: t.line}}
	var parts []expr
	for p.cur().kind != tokBlockEnd {
		if len(parts) > 0 {
			p.expectOp(",")
		}
		parts = append(parts, p.expression(true))
	}
	n.val = &concatExpr{p.place(t.line, parts...), parts}
	return n
}

// signature reads the parameters of a macro, with types where dbt allows them.
func (p *parser) signature() []param {
	var out []param
	defaults := false
	p.expectOp("(")
	for !p.cur().is(")") {
		if len(out) > 0 {
			p.expectOp(",")
		}
		t := p.expectName()
		if isConstant(t.val) {
			p.fail(t.line, "can't assign to '%s'", t.val)
		}
		q := param{name: t.val}
		if p.env.opt.TypedMacros && p.skipOp(":") {
			q.typ = p.typeName()
		}
		if p.skipOp("=") {
			q.def = p.expression(true)
			defaults = true
		} else if defaults {
			p.fail(t.line, "non-default argument follows default argument")
		}
		out = append(out, q)
	}
	p.expectOp(")")
	return out
}

// typeName reads a type: str, list[str], dict[str, list[int]].
func (p *parser) typeName() string {
	defer p.enter()()
	name := p.expectName().val
	if !p.skipOp("[") {
		return name
	}
	name += "["
	for first := true; !p.cur().is("]"); first = false {
		if !first {
			p.expectOp(",")
			name += ", "
		}
		name += p.typeName()
	}
	p.expectOp("]")
	return name + "]"
}

func (p *parser) macroBlock(begin, t *token, name, end string, params []param) stmt {
	if isConstant(name) {
		p.fail(t.line, "can't assign to '%s'", name)
	}
	if p.env.opt.MacroName != nil && t.val == "macro" {
		name = p.env.opt.MacroName(name)
	}
	m := p.macroBody(t, name, params, func() []stmt { return p.block(end) })
	p.macros = append(p.macros, m)
	_ = begin
	return &macroStmt{pos: pos{line: t.line}, macro: m}
}

// macroBody reads a body and measures how high its expressions are.
func (p *parser) macroBody(t *token, name string, params []param, read func() []stmt) *macroDef {
	before := p.tall
	p.tall = 0
	m := &macroDef{pos: pos{line: t.line}, name: name, params: params, caller: -1, kwargs: -1, varargs: -1, tag: t.val}
	m.body = read()
	for _, q := range params {
		if q.def != nil {
			p.tall = max(p.tall, q.def.at().height)
		}
	}
	m.height = p.tall
	p.tall = max(before, p.tall)
	return m
}

func (p *parser) callTag(t *token) stmt {
	var params []param
	if p.cur().is("(") {
		params = p.signature()
	}
	x := p.expression(true)
	call, ok := x.(*callExpr)
	if !ok {
		p.fail(t.line, "expected call")
	}
	m := p.macroBody(t, "caller", params, func() []stmt { return p.block("endcall") })
	return &callBlock{pos: pos{line: t.line}, call: call, macro: m}
}

func (p *parser) blockTag(t *token) stmt {
	n := &blockStmt{pos: pos{line: t.line}, name: p.expectName().val}
	n.scoped = p.skipName("scoped")
	n.required = p.skipName("required")
	if p.cur().is("-") {
		p.fail(t.line, "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.")
	}
	n.body, _ = p.body("endblock")
	p.skipName(n.name)
	if n.required {
		for _, s := range n.body {
			if d, ok := s.(*dataStmt); !ok || trimSpace(d.text) != "" {
				p.fail(t.line, "Required blocks can only contain comments or whitespace")
			}
		}
	}
	if p.blocks[n.name] != nil {
		p.failKind(AssertionError, t.line, "block '%s' defined twice", n.name)
	}
	p.blocks[n.name] = n
	p.order = append(p.order, n)
	return n
}

func (p *parser) includeTag(t *token) stmt {
	n := &includeStmt{pos: pos{line: t.line}, names: p.expression(true), ctx: true}
	if p.cur().isName("ignore") && p.look().isName("missing") {
		p.i += 2
		n.ignore = true
	}
	n.ctx = p.contextWords(true)
	return n
}

// contextWords reads "with context" or "without context".
func (p *parser) contextWords(ctx bool) bool {
	t := p.cur()
	if (t.isName("with") || t.isName("without")) && p.look().isName("context") {
		ctx = t.val == "with"
		p.i += 2
	}
	return ctx
}

func (p *parser) importTag(t *token) stmt {
	n := &importStmt{pos: pos{line: t.line}, from: p.expression(true)}
	p.expectWord("as")
	n.target = p.assignName()
	n.ctx = p.contextWords(false)
	return n
}

func (p *parser) assignName() string {
	t := p.expectName()
	if isConstant(t.val) {
		p.fail(t.line, "can't assign to '%s'", t.val)
	}
	return t.val
}

func (p *parser) fromTag(t *token) stmt {
	n := &importStmt{pos: pos{line: t.line}, from: p.expression(true)}
	p.expectWord("import")
	done := func() bool {
		c := p.cur()
		if (c.isName("with") || c.isName("without")) && p.look().isName("context") {
			n.ctx = p.contextWords(false)
			return true
		}
		return false
	}
	for {
		if len(n.names) > 0 {
			p.expectOp(",")
		}
		if p.cur().kind != tokName {
			p.expectName()
		}
		if done() {
			break
		}
		name := p.assignName()
		if name[0] == '_' {
			p.failKind(AssertionError, t.line, "names starting with an underline can not be imported")
		}
		as := name
		if p.skipName("as") {
			as = p.assignName()
		}
		n.names = append(n.names, importName{name: name, as: as})
		if done() || !p.cur().is(",") {
			break
		}
	}
	return n
}

// hostTag reads a tag of the host.
func (p *parser) hostTag(begin, t *token, tag *Tag) stmt {
	h := &TagHead{p: p, Line: int(t.line)}
	if tag.Macro != nil {
		name, err := tag.Macro(h)
		if err != nil {
			p.hostError(t, err)
		}
		return p.macroBlock(begin, t, name, tag.End, h.params)
	}
	n := &tagStmt{pos: pos{line: t.line}, tag: tag}
	if p.cur().kind != tokBlockEnd {
		n.args = p.argList(func() bool { return p.cur().kind == tokBlockEnd })
	}
	if tag.End != "" {
		n.body = p.block(tag.End)
	}
	return n
}

func (p *parser) hostError(t *token, err error) {
	e := *asError(err)
	if len(e.Frames) == 0 {
		e.Frames = []Frame{{Template: p.name, Line: int(t.line), Excerpt: sourceLine(p.src, int(t.line))}}
	}
	panic(syntaxErr{&e})
}
