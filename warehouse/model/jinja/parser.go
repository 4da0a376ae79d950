package jinja

import (
	"slices"
	"strings"
)

const (
	maxHeight = 3000 // of an expression's tree
	maxBlocks = 200  // of blocks and brackets in each other
)

// parser makes the tree of the tokens.
type parser struct {
	env    *Environment
	name   string
	src    string
	toks   []token
	i      int
	depth  int
	open   []string // tags that are open, for messages
	blocks map[string]*blockStmt
	order  []*blockStmt
	macros []*macroDef
	tall   int32 // height of the tallest expression, for macroDef
}

// syntaxErr carries an error out of the parser: recovered in parse only.
type syntaxErr struct{ err *Error }

func (p *parser) parse() (body []stmt, err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case syntaxErr:
			body, err = nil, e.err
		default:
			panic(e)
		}
	}()
	body = p.statements()
	if p.cur().kind != tokEOF {
		p.fail(p.cur().line, "unexpected '%s'", p.cur().describe())
	}
	return body, nil
}

func (p *parser) failKind(kind Kind, line int32, format string, args ...any) {
	e := Errorf(kind, format, args...)
	e.Frames = []Frame{{Template: p.name, Line: int(line), Excerpt: sourceLine(p.src, int(line))}}
	panic(syntaxErr{e})
}

func (p *parser) fail(line int32, format string, args ...any) {
	p.failKind(SyntaxError, line, format, args...)
}

// sourceLine is a line of the source, cut at 200 bytes.
func sourceLine(src string, line int) string {
	for ; line > 1; line-- {
		i := strings.IndexByte(src, '\n')
		if i < 0 {
			return ""
		}
		src = src[i+1:]
	}
	src, _, _ = strings.Cut(src, "\n")
	if len(src) > 200 {
		src = strings.ToValidUTF8(src[:200], "") + "…"
	}
	return src
}

func (p *parser) cur() *token {
	t := &p.toks[p.i]
	if t.kind == tokError {
		e, ok := t.num.(*Error)
		if ok {
			p.failKind(e.Kind, t.line, "%s", e.Msg)
		}
	}
	return t
}

func (p *parser) look() *token {
	if p.i+1 < len(p.toks) {
		return &p.toks[p.i+1]
	}
	return &p.toks[p.i]
}

func (p *parser) next() *token {
	t := p.cur()
	if t.kind != tokEOF {
		p.i++
	}
	return t
}

func (p *parser) skipOp(op string) bool {
	if p.cur().is(op) {
		p.i++
		return true
	}
	return false
}

func (p *parser) skipName(name string) bool {
	if p.cur().isName(name) {
		p.i++
		return true
	}
	return false
}

func (p *parser) expect(ok bool, what string) *token {
	t := p.cur()
	if !ok {
		if t.kind == tokEOF {
			p.fail(t.line, "unexpected end of template, expected '%s'.", what)
		}
		p.fail(t.line, "expected token '%s', got '%s'", what, t.describe())
	}
	return p.next()
}

func (p *parser) expectOp(op string) *token { return p.expect(p.cur().is(op), op) }

func (p *parser) expectName() *token { return p.expect(p.cur().kind == tokName, "name") }

func (p *parser) expectWord(w string) *token { return p.expect(p.cur().isName(w), w) }

func (p *parser) blockEnd() *token {
	return p.expect(p.cur().kind == tokBlockEnd, "end of statement block")
}

// enter counts nesting; the result ends it.
func (p *parser) enter() func() {
	p.depth++
	if p.depth > maxBlocks {
		p.failKind(RecursionError, p.cur().line, "the template is nested too deeply")
	}
	return func() { p.depth-- }
}

// place makes the position of a node above others.
func (p *parser) place(line int32, under ...expr) pos {
	h := int32(0)
	for _, x := range under {
		if x != nil {
			h = max(h, x.at().height)
		}
	}
	return p.tallest(line, h+1)
}

func (p *parser) tallest(line, h int32) pos {
	if h > maxHeight {
		p.failKind(RecursionError, line, "the expression is nested too deeply")
	}
	p.tall = max(p.tall, h)
	return pos{line, h}
}

// statements reads until a tag that is one of ends, which is not consumed, or the end.
func (p *parser) statements(ends ...string) []stmt {
	defer p.enter()()
	var out []stmt
	for {
		switch t := p.cur(); t.kind {
		case tokData:
			p.i++
			out = append(out, &dataStmt{pos{line: t.line}, t.val})
		case tokVarBegin:
			p.i++
			x := p.tuple(tupleOpts{cond: true})
			p.expect(p.cur().kind == tokVarEnd, "end of print statement")
			out = append(out, &outputStmt{pos{t.line, x.at().height + 1}, x})
		case tokBlockBegin:
			p.i++
			word := p.cur()
			if word.kind == tokName && slices.Contains(ends, word.val) {
				return out
			}
			if s := p.statement(t); s != nil {
				out = append(out, s)
			}
		default:
			if t.kind == tokEOF && len(ends) > 0 {
				p.eof(ends)
			}
			return out
		}
	}
}

// eof fails because tags are open at the end.
func (p *parser) eof(ends []string) {
	msg := "Unexpected end of template."
	if len(ends) > 0 {
		msg += " Jinja was looking for the following tags: " + orList(ends) + "."
	}
	if n := len(p.open); n > 0 {
		msg += " The innermost block that needs to be closed is '" + p.open[n-1] + "'."
	}
	p.fail(p.cur().line, "%s", msg)
}

func orList(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = "'" + w + "'"
	}
	return strings.Join(quoted, " or ")
}

// body reads the statements of a block: the end of the opening tag, statements
// up to one of ends, which is consumed. It returns the ending word.
func (p *parser) body(ends ...string) ([]stmt, string) {
	p.skipOp(":")
	p.blockEnd()
	out := p.statements(ends...)
	return out, p.next().val
}

// block reads the body of a block with one end, and the end of its tag.
func (p *parser) block(end string) []stmt {
	out, _ := p.body(end)
	return out
}

// statement reads one tag; begin is its opening.
func (p *parser) statement(begin *token) stmt {
	t := p.cur()
	if t.kind != tokName {
		p.fail(t.line, "tag name expected")
	}
	p.open = append(p.open, t.val)
	defer func() { p.open = p.open[:len(p.open)-1] }()
	s := p.tag(begin, t)
	p.blockEnd()
	if m, ok := s.(*macroStmt); ok {
		m.macro.source = span{begin.pos, p.toks[p.i-1].end}
	}
	return s
}

func (p *parser) tag(begin, t *token) stmt {
	p.i++
	switch t.val {
	case "if":
		return p.ifTag(t)
	case "for":
		return p.forTag(t)
	case "set":
		return p.setTag(t)
	case "macro":
		name := p.expectName().val
		return p.macroBlock(begin, t, name, "endmacro", p.signature())
	case "call":
		return p.callTag(t)
	case "filter":
		f := p.filter(nil, true)
		return &filterBlock{pos: pos{line: t.line}, filter: p.filterNode(f), body: p.block("endfilter")}
	case "with":
		return p.withTag(t)
	case "autoescape":
		on := p.expression(true)
		return &autoescapeStmt{pos: pos{line: t.line}, on: on, body: p.block("endautoescape")}
	case "do":
		return &doStmt{pos{line: t.line}, p.tuple(tupleOpts{cond: true})}
	case "break":
		return &loopCtl{pos{line: t.line}, breakLoop}
	case "continue":
		return &loopCtl{pos{line: t.line}, continueLoop}
	case "print":
		return p.printTag(t)
	case "block":
		return p.blockTag(t)
	case "extends":
		return &extendsStmt{pos: pos{line: t.line}, parent: p.expression(true)}
	case "include":
		return p.includeTag(t)
	case "import":
		return p.importTag(t)
	case "from":
		return p.fromTag(t)
	}
	if tag := p.env.tag(t.val); tag != nil {
		return p.hostTag(begin, t, tag)
	}
	p.unknownTag(t)
	return nil
}

func (p *parser) filterNode(x expr) *filterExpr {
	f, ok := x.(*filterExpr)
	if !ok {
		p.fail(p.cur().line, "expected a filter")
	}
	return f
}

// unknownTag fails with what was open and what might have been meant.
func (p *parser) unknownTag(t *token) {
	msg := "Encountered unknown tag '" + t.val + "'."
	if n := len(p.open); n > 1 { // the last is the unknown tag itself
		open := p.open[n-2]
		ends := []string{"end" + open}
		switch open {
		case "if":
			ends = []string{"elif", "else", "endif"}
		case "for":
			ends = []string{"endfor", "else"}
		}
		msg += " Jinja was looking for the following tags: " + orList(ends) +
			". The innermost block that needs to be closed is '" + open + "'."
	}
	p.fail(t.line, "%s", msg)
}
