package jinja

import (
	"context"
	"sync"
)

// Filter is a filter: Args[0] is the value before the pipe.
type Filter = func(c *Call) (Value, error)

// Test is a test: Args[0] is the value before `is`.
type Test = func(c *Call) (bool, error)

type (
	filterFunc = Filter
	testFunc   = Test
)

// Limits bound the work of one rendering. Zero means the default.
type Limits struct {
	Calls  int   // macros, includes and blocks in each other; 1000
	Steps  int64 // rounds of loops and calls of macros; 1e9
	Output int   // bytes of text in total; 1 GiB
}

// Options of an Environment.
type Options struct {
	TrimBlocks          bool // drop the newline after a block's tag
	LstripBlocks        bool // drop the blanks before a block's tag on its line
	KeepTrailingNewline bool // keep the newline at the end of a source
	Autoescape          bool // escape what is printed for HTML
	Undefined           UndefinedMode

	Globals map[string]Value  // names beside Jinja2's own, under those of a rendering
	Filters map[string]Filter // filters beside Jinja2's own, or in their place
	Tests   map[string]Test
	Tags    []Tag
	Loader  Loader // of include, import, extends; nil has nothing

	// TypedMacros allows types after parameters: macro m(a: str).
	TypedMacros bool
	// MacroName gives macros the name under which they are defined, so that calls
	// by their written name are left to the host. nil keeps names.
	MacroName func(string) string
	// Random returns a number in [0, n) for random and lipsum. nil takes the first.
	Random func(n int) int

	Limits Limits
}

// Loader finds the source of a template; ok is false where there is none.
type Loader interface {
	Load(name string) (source string, ok bool, err error)
}

// Vars are the names that a rendering gives to a template.
type Vars interface {
	Lookup(name string) (Value, bool)
}

// Names is the Vars that can list all of its names, which blocks with a context
// dump do not need.
type Names map[string]Value

// Lookup finds a name.
func (n Names) Lookup(name string) (Value, bool) {
	v, ok := n[name]
	return v, ok
}

// Environment parses templates under one set of options. It may be used by
// several goroutines.
type Environment struct {
	opt    Options
	loaded sync.Map // name to *Template
}

// NewEnvironment makes an environment.
func NewEnvironment(opt Options) *Environment {
	if opt.Limits.Calls <= 0 {
		opt.Limits.Calls = 1000
	}
	if opt.Limits.Steps <= 0 {
		opt.Limits.Steps = 1e9
	}
	if opt.Limits.Output <= 0 {
		opt.Limits.Output = 1 << 30
	}
	return &Environment{opt: opt}
}

func (e *Environment) filter(name string) filterFunc {
	if f := e.opt.Filters[name]; f != nil {
		return f
	}
	return builtinFilter(name)
}

func (e *Environment) test(name string) testFunc {
	if f := e.opt.Tests[name]; f != nil {
		return f
	}
	return builtinTest(name)
}

func (e *Environment) tag(name string) *Tag {
	for i := range e.opt.Tags {
		if e.opt.Tags[i].Name == name {
			return &e.opt.Tags[i]
		}
	}
	return nil
}

// load finds and parses a template, once.
func (e *Environment) load(name string) (*Template, error) {
	if t, ok := e.loaded.Load(name); ok {
		return t.(*Template), nil //nolint:forcetypeassert // nothing else is stored
	}
	if e.opt.Loader == nil {
		return nil, Errorf(NotFoundError, "%s", name)
	}
	src, ok, err := e.opt.Loader.Load(name)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, Errorf(NotFoundError, "%s", name)
	}
	t, err := e.Parse(name, src)
	if err != nil {
		return nil, err
	}
	e.loaded.Store(name, t)
	return t, nil
}

// Template is a parsed template. It does not change.
type Template struct {
	Name   string
	env    *Environment
	src    string
	body   []stmt
	frame  *frame
	self   int // slot of self, -1 without
	blocks map[string]*blockStmt
	macros []*macroDef
}

// Parse parses a source. name stands in messages.
func (e *Environment) Parse(name, source string) (*Template, error) {
	src := normalize(source, e.opt.KeepTrailingNewline)
	l := &lexer{src: src, trim: e.opt.TrimBlocks, lstrip: e.opt.LstripBlocks}
	p := &parser{env: e, name: name, src: src, toks: l.lex(), blocks: map[string]*blockStmt{}}
	body, err := p.parse()
	if err != nil {
		return nil, err
	}
	t := &Template{Name: name, env: e, src: src, body: body, blocks: p.blocks, macros: p.macros, self: -1}
	return t, t.resolve(p)
}

func (t *Template) resolve(p *parser) (err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case syntaxErr:
			err = e.err
		default:
			panic(e)
		}
	}()
	v := &resolver{p: p, sym: newSymbols(nil), top: true}
	if usesName(t.body, "self") {
		t.self = v.sym.param("self")
	}
	t.frame = v.block(t.body, 0)
	for _, b := range p.order {
		w := &resolver{p: p, sym: newSymbols(nil)}
		w.sym.param("self")
		w.sym.param("super")
		b.frame = w.block(b.body, 0)
	}
	return nil
}

// Source is the source as it was parsed: with one kind of newline.
func (t *Template) Source() string { return t.src }

// MacroInfo is a macro of a template.
type MacroInfo struct {
	Name   string // as it is defined, after Options.MacroName or the Tag
	Tag    string // macro, or the Tag's name
	Params []ParamInfo
	Line   int
	Start  int // bytes of Source that the block covers
	End    int
}

// ParamInfo is a parameter of a macro.
type ParamInfo struct {
	Name     string
	Type     string // as written, "" without
	Optional bool
}

// Macros lists the macros and macro-like blocks, nested ones too.
func (t *Template) Macros() []MacroInfo {
	out := make([]MacroInfo, 0, len(t.macros))
	for _, m := range t.macros {
		info := MacroInfo{Name: m.name, Tag: m.tag, Line: int(m.line), Start: m.source.start, End: m.source.end}
		for _, q := range m.params {
			info.Params = append(info.Params, ParamInfo{q.name, q.typ, q.def != nil})
		}
		out = append(out, info)
	}
	return out
}

// Render renders the template. It can be called by several goroutines at once.
func (t *Template) Render(ctx context.Context, vars Vars) (string, error) {
	r := t.start(&state{ctx: ctx, autoescape: t.env.opt.Autoescape}, vars)
	if err := r.root(t); err != nil {
		return "", err
	}
	return r.out.String(), nil
}

// RenderNative renders to a value: that of the only expression, else text.
// Nothing at all is "".
func (t *Template) RenderNative(ctx context.Context, vars Vars) (Value, error) {
	r := t.start(&state{ctx: ctx, autoescape: t.env.opt.Autoescape}, vars)
	var parts []Value
	r.native = &parts
	if err := r.root(t); err != nil {
		return nil, err
	}
	switch len(parts) {
	case 0:
		return "", nil
	case 1:
		if n, ok := parts[0].(native); ok {
			return n.value()
		}
		return parts[0], nil
	}
	for _, v := range parts {
		if err := r.write(v); err != nil {
			return nil, err
		}
	}
	return r.out.String(), nil
}

// Module is a template that has run once: its macros and variables.
type Module struct {
	act  *activation
	text string
	auto bool
}

// Module runs the template and returns what it defines. The macros keep vars:
// names that they do not know are looked up there when they are called.
func (t *Template) Module(ctx context.Context, vars Vars) (*Module, error) {
	return t.module(&state{ctx: ctx, autoescape: t.env.opt.Autoescape}, vars)
}

func (t *Template) module(s *state, vars Vars) (*Module, error) {
	r := t.start(s, vars)
	if err := r.root(t); err != nil {
		return nil, err
	}
	return &Module{act: r.act, text: r.out.String(), auto: s.autoescape}, nil
}

// Get returns a macro or variable that the template exports.
func (m *Module) Get(name string) (Value, bool) {
	if !m.act.exported[name] {
		return nil, false
	}
	v, ok := m.act.vars[name]
	return v, ok
}

// Attr is Get, for templates.
func (m *Module) Attr(name string) (Value, bool, error) {
	v, ok := m.Get(name)
	return v, ok, nil
}

// TypeName is TemplateModule.
func (m *Module) TypeName() string { return "TemplateModule" }

// Str is what the template printed.
func (m *Module) Str() string { return m.text }

// Repr names the template.
func (m *Module) Repr() string { return "<TemplateModule " + Repr(m.act.tmpl.Name) + ">" }
