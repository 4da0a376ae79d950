package jinja

func (p *parser) postfix(x expr) expr {
	for {
		switch t := p.cur(); {
		case t.is("."):
			x = p.attribute(x)
		case t.is("["):
			x = p.subscript(x)
		case t.is("("):
			x = p.call(x)
		default:
			return x
		}
	}
}

func (p *parser) filters(x expr) expr {
	for {
		switch t := p.cur(); {
		case t.is("|"):
			x = p.filter(x, false)
		case t.isName("is"):
			x = p.test(x)
		case t.is("("):
			x = p.call(x)
		default:
			return x
		}
	}
}

func (p *parser) attribute(x expr) expr {
	line := p.next().line
	switch t := p.next(); t.kind {
	case tokName:
		return &attrExpr{p.place(line, x), x, t.val}
	case tokInt:
		return &itemExpr{p.place(line, x), x, &constExpr{pos{t.line, 1}, t.num}}
	default:
		p.fail(t.line, "expected name or number")
		return nil
	}
}

func (p *parser) subscript(x expr) expr {
	line := p.next().line
	var keys []expr
	for !p.cur().is("]") {
		if len(keys) > 0 {
			p.expectOp(",")
		}
		keys = append(keys, p.subscribed())
	}
	p.expectOp("]")
	if len(keys) == 1 {
		return &itemExpr{p.place(line, x, keys[0]), x, keys[0]}
	}
	key := &tupleExpr{p.place(line, keys...), keys}
	return &itemExpr{p.place(line, x, key), x, key}
}

// subscribed reads one index, or a slice.
func (p *parser) subscribed() expr {
	line := p.cur().line
	s := &sliceExpr{}
	if p.skipOp(":") {
		s.start = nil
	} else {
		x := p.expression(true)
		if !p.skipOp(":") {
			return x
		}
		s.start = x
	}
	ended := func() bool { return p.cur().is("]") || p.cur().is(",") }
	if !p.cur().is(":") && !ended() {
		s.stop = p.expression(true)
	}
	if p.skipOp(":") && !ended() {
		s.step = p.expression(true)
	}
	var under []expr
	for _, x := range []expr{s.start, s.stop, s.step} {
		if x != nil {
			under = append(under, x)
		}
	}
	s.pos = p.place(line, under...)
	return s
}

func (p *parser) call(fn expr) expr {
	line := p.expectOp("(").line
	a := p.argList(func() bool { return p.cur().is(")") })
	p.expectOp(")")
	return &callExpr{p.tallest(line, max(fn.at().height, a.height)+1), fn, a}
}

// argList reads arguments up to where done is true.
func (p *parser) argList(done func() bool) args {
	var a args
	line := p.cur().line
	valid := func(ok bool) {
		if !ok {
			p.fail(line, "invalid syntax for function call expression")
		}
	}
	read := func() expr {
		x := p.expression(true)
		a.height = max(a.height, x.at().height)
		return x
	}
	for first := true; !done(); first = false {
		if !first {
			p.expectOp(",")
			if done() {
				break
			}
		}
		switch t := p.cur(); {
		case t.is("*"):
			valid(a.star == nil && a.dstar == nil)
			p.i++
			a.star = read()
		case t.is("**"):
			valid(a.dstar == nil)
			p.i++
			a.dstar = read()
		case t.kind == tokName && p.look().is("="):
			valid(a.dstar == nil)
			p.i += 2
			for _, k := range a.named {
				if k.name == t.val {
					p.fail(t.line, "keyword argument repeated: %s", t.val)
				}
			}
			a.named = append(a.named, namedArg{t.val, read()})
		default:
			valid(a.star == nil && a.dstar == nil && len(a.named) == 0)
			a.pos = append(a.pos, read())
		}
	}
	return a
}

// dotted reads a name of a filter or test, which may have dots.
func (p *parser) dotted() *token {
	t := *p.expectName()
	for p.skipOp(".") {
		t.val += "." + p.expectName().val
	}
	return &t
}

// filter reads one filter or more. inline means that no pipe is before the first.
func (p *parser) filter(x expr, inline bool) expr {
	for p.cur().is("|") || inline {
		if !inline {
			p.i++
		}
		t := p.dotted()
		f := &filterExpr{obj: x, name: t.val}
		if p.cur().is("(") {
			p.i++
			f.args = p.argList(func() bool { return p.cur().is(")") })
			p.expectOp(")")
		}
		h := f.args.height
		if x != nil {
			h = max(h, x.at().height)
		}
		f.pos = p.tallest(t.line, h+1)
		x, inline = f, false
	}
	return x
}

func (p *parser) test(x expr) expr {
	line := p.next().line
	negated := p.skipName("not")
	name := p.dotted()
	n := &testExpr{obj: x, name: name.val}
	switch t := p.cur(); {
	case t.is("("):
		p.i++
		n.args = p.argList(func() bool { return p.cur().is(")") })
		p.expectOp(")")
	case t.kind == tokString, t.kind == tokInt, t.kind == tokFloat, t.is("["), t.is("{"),
		t.kind == tokName && t.val != "else" && t.val != "or" && t.val != "and":
		if t.isName("is") {
			p.fail(t.line, "You cannot chain multiple tests with is")
		}
		arg := p.postfix(p.primary(false))
		n.args = args{pos: []expr{arg}, height: arg.at().height}
	}
	n.pos = p.tallest(line, max(x.at().height, n.args.height)+1)
	if negated {
		return &notExpr{p.place(line, n), n}
	}
	return n
}
