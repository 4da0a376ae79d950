package jinja

import "strings"

func isConstant(name string) bool {
	switch name {
	case "true", "false", "none", "True", "False", "None":
		return true
	}
	return false
}

type tupleOpts struct {
	simple bool   // names and literals only: a target
	ns     bool   // namespace attributes are targets too
	cond   bool   // conditional expressions are allowed
	parens bool   // in parentheses: may be empty
	end    string // a word that ends it
}

func (p *parser) tupleEnd(o tupleOpts) bool {
	t := p.cur()
	return t.kind == tokVarEnd || t.kind == tokBlockEnd || t.is(")") || o.end != "" && t.isName(o.end)
}

// tuple reads an expression, or several with commas.
func (p *parser) tuple(o tupleOpts) expr {
	line := p.cur().line
	var items []expr
	isTuple := false
	for {
		if len(items) > 0 {
			p.expectOp(",")
		}
		if p.tupleEnd(o) {
			break
		}
		if o.simple {
			items = append(items, p.primary(o.ns))
		} else {
			items = append(items, p.expression(o.cond))
		}
		if !p.cur().is(",") {
			break
		}
		isTuple = true
		line = p.cur().line
	}
	if !isTuple {
		if len(items) > 0 {
			return items[0]
		}
		if !o.parens {
			p.fail(p.cur().line, "Expected an expression, got '%s'", p.cur().describe())
		}
	}
	return &tupleExpr{p.place(line, items...), items}
}

type targetOpts struct {
	ns  bool
	end string
}

// target reads what is assigned to: names and tuples of them.
func (p *parser) target(o targetOpts) expr {
	x := p.tuple(tupleOpts{simple: true, ns: o.ns, end: o.end})
	p.assignable(x)
	return x
}

func (p *parser) assignable(x expr) {
	kind := ""
	switch x := x.(type) {
	case *nameExpr, *nsRef:
		return
	case *tupleExpr:
		for _, y := range x.items {
			p.assignable(y)
		}
		return
	case *listExpr:
		kind = "list"
	case *dictExpr:
		kind = "dict"
	default:
		kind = "const"
	}
	p.fail(x.at().line, "can't assign to '%s'", kind)
}

func (p *parser) expression(cond bool) expr {
	defer p.enter()()
	if !cond {
		return p.or()
	}
	line := p.cur().line
	x := p.or()
	for p.skipName("if") {
		test := p.or()
		var no expr
		if p.skipName("else") {
			no = p.expression(true)
		}
		at := p.place(line, x, test)
		if no != nil {
			at = p.place(line, x, test, no)
		}
		x = &condExpr{at, test, x, no}
		line = p.cur().line
	}
	return x
}

func (p *parser) or() expr {
	x := p.and()
	for p.cur().isName("or") {
		line := p.next().line
		y := p.and()
		x = &logicExpr{p.place(line, x, y), true, x, y}
	}
	return x
}

func (p *parser) and() expr {
	x := p.not()
	for p.cur().isName("and") {
		line := p.next().line
		y := p.not()
		x = &logicExpr{p.place(line, x, y), false, x, y}
	}
	return x
}

func (p *parser) not() expr {
	if p.cur().isName("not") {
		defer p.enter()()
		line := p.next().line
		x := p.not()
		return &notExpr{p.place(line, x), x}
	}
	return p.comparison()
}

func (p *parser) comparison() expr {
	line := p.cur().line
	x := p.additive()
	var ops []string
	var rest []expr
	for {
		t := p.cur()
		op := ""
		switch {
		case t.kind == tokOp && strings.Contains(" == != < <= > >= ", " "+t.val+" "):
			op = t.val
			p.i++
		case t.isName("in"):
			op = "in"
			p.i++
		case t.isName("not") && p.look().isName("in"):
			op = "not in"
			p.i += 2
		}
		if op == "" {
			break
		}
		ops = append(ops, op)
		rest = append(rest, p.additive())
	}
	if len(ops) == 0 {
		return x
	}
	return &compareExpr{p.place(line, append([]expr{x}, rest...)...), x, ops, rest}
}

// binary reads a chain of operators of one rank, from the left.
func (p *parser) binary(ops string, operand func() expr) expr {
	x := operand()
	for {
		t := p.cur()
		if t.kind != tokOp || !strings.Contains(ops, " "+t.val+" ") {
			return x
		}
		p.i++
		y := operand()
		x = &binExpr{p.place(t.line, x, y), t.val, x, y}
	}
}

func (p *parser) additive() expr { return p.binary(" + - ", p.concat) }

func (p *parser) concat() expr {
	line := p.cur().line
	parts := []expr{p.term()}
	for p.skipOp("~") {
		parts = append(parts, p.term())
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return &concatExpr{p.place(line, parts...), parts}
}

func (p *parser) term() expr { return p.binary(" * / // % ", p.power) }

func (p *parser) power() expr {
	return p.binary(" ** ", func() expr { return p.unary(true) })
}

func (p *parser) unary(filters bool) expr {
	var x expr
	if t := p.cur(); t.is("-") || t.is("+") {
		leave := p.enter()
		p.i++
		y := p.unary(false)
		x = &unaryExpr{p.place(t.line, y), t.val == "-", y}
		leave()
	} else {
		x = p.primary(false)
	}
	x = p.postfix(x)
	if filters {
		x = p.filters(x)
	}
	return x
}

func (p *parser) primary(ns bool) expr {
	t := p.cur()
	at := pos{t.line, 1}
	switch t.kind {
	case tokName:
		p.i++
		switch t.val {
		case "true", "True":
			return &constExpr{at, true}
		case "false", "False":
			return &constExpr{at, false}
		case "none", "None":
			return &constExpr{at, nil}
		}
		if ns && p.skipOp(".") {
			return &nsRef{pos: at, name: t.val, attr: p.expectName().val}
		}
		return &nameExpr{pos: at, name: t.val}
	case tokString:
		p.i++
		s := t.val
		if p.cur().kind == tokString {
			parts := []string{s}
			for p.cur().kind == tokString {
				parts = append(parts, p.next().val)
			}
			s = strings.Join(parts, "")
		}
		return &constExpr{at, s}
	case tokInt, tokFloat:
		p.i++
		return &constExpr{at, t.num}
	default:
	}
	defer p.enter()()
	switch {
	case t.is("("):
		p.i++
		x := p.tuple(tupleOpts{cond: true, parens: true})
		p.expectOp(")")
		return x
	case t.is("["):
		return p.list()
	case t.is("{"):
		return p.dict()
	}
	p.fail(t.line, "unexpected '%s'", t.describe())
	return nil
}

func (p *parser) list() expr {
	line := p.expectOp("[").line
	var items []expr
	for !p.cur().is("]") {
		if len(items) > 0 {
			p.expectOp(",")
		}
		if p.cur().is("]") {
			break
		}
		items = append(items, p.expression(true))
	}
	p.expectOp("]")
	return &listExpr{p.place(line, items...), items}
}

func (p *parser) dict() expr {
	line := p.expectOp("{").line
	var keys, vals []expr
	for !p.cur().is("}") {
		if len(keys) > 0 {
			p.expectOp(",")
		}
		if p.cur().is("}") {
			break
		}
		keys = append(keys, p.expression(true))
		p.expectOp(":")
		vals = append(vals, p.expression(true))
	}
	p.expectOp("}")
	all := append(append([]expr(nil), keys...), vals...)
	return &dictExpr{p.place(line, all...), keys, vals}
}
