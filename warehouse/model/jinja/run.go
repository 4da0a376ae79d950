package jinja

import (
	"context"
	"strings"
)

// state is one rendering, by one goroutine.
type state struct {
	ctx        context.Context
	autoescape bool
	depth      int // calls in each other
	weight     int // heights of what they evaluate, in sum
	steps      int64
	written    int
}

const maxWeight = 200_000 // keeps the Go stack under some 200 MB

// tick counts a step and looks at the context now and then.
func (s *state) tick(env *Environment) error {
	s.steps++
	if s.steps&63 != 0 {
		return nil
	}
	if s.steps > env.opt.Limits.Steps {
		return Errorf(RuntimeError, "the template took more than %d steps", env.opt.Limits.Steps)
	}
	if s.ctx != nil && s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	return nil
}

// enter counts a call; height is that of what it evaluates.
func (s *state) enter(env *Environment, height int32) error {
	if s.depth >= env.opt.Limits.Calls || s.weight+int(height) > maxWeight {
		return tooDeep()
	}
	s.depth++
	s.weight += int(height) + 20
	return s.tick(env)
}

func (s *state) leave(height int32) {
	s.depth--
	s.weight -= int(height) + 20
}

// activation is one run of a template: what Jinja2 calls its context.
type activation struct {
	env      *Environment
	tmpl     *Template
	parent   Vars
	vars     map[string]Value
	exported map[string]bool
	blocks   map[string][]*blockImpl
	extends  *Template
}

// blockImpl is a block with the template that it stands in.
type blockImpl struct {
	tmpl *Template
	node *blockStmt
}

// lookup finds a name: what the template set at its top, what it was given,
// globals.
func (a *activation) lookup(name string) (Value, bool) {
	if v, ok := a.vars[name]; ok {
		return v, true
	}
	if a.parent != nil {
		if v, ok := a.parent.Lookup(name); ok {
			return v, true
		}
	}
	if v, ok := a.env.opt.Globals[name]; ok {
		return v, true
	}
	return builtinGlobal(name)
}

func (a *activation) set(name string, v Value, export bool) {
	if a.vars == nil {
		a.vars = map[string]Value{}
		a.exported = map[string]bool{}
	}
	a.vars[name] = v
	if export && name[0] != '_' {
		a.exported[name] = true
	}
}

// Lookup makes an activation the Vars of what it includes.
func (a *activation) Lookup(name string) (Value, bool) { return a.lookup(name) }

// layered are variables over others.
type layered struct {
	vars map[string]Value
	next Vars
}

// Lookup finds a name.
func (l layered) Lookup(name string) (Value, bool) {
	if v, ok := l.vars[name]; ok {
		return v, true
	}
	if l.next == nil {
		return nil, false
	}
	return l.next.Lookup(name)
}

// scope is a frame while it runs.
type scope struct {
	vars   []Value // absent{} for what is missing
	parent *scope
}

func (sc *scope) up(n int) *scope {
	for ; n > 0; n-- {
		sc = sc.parent
	}
	return sc
}

// run evaluates one function of a template: its top, a macro, a block.
type run struct {
	s      *state
	act    *activation
	sc     *scope
	out    *strings.Builder
	native *[]Value // collects printed values in place of out
	in     string   // macro or block, for messages
	tmpl   *Template
	mute   bool // the template extends another: its own text is not printed
}

func (t *Template) start(s *state, vars Vars) *run {
	act := &activation{env: t.env, tmpl: t, parent: vars}
	if len(t.blocks) > 0 {
		act.blocks = map[string][]*blockImpl{}
		act.addBlocks(t)
	}
	return &run{s: s, act: act, out: &strings.Builder{}, tmpl: t}
}

func (a *activation) addBlocks(t *Template) {
	if a.blocks == nil {
		a.blocks = map[string][]*blockImpl{}
	}
	for name, b := range t.blocks {
		a.blocks[name] = append(a.blocks[name], &blockImpl{t, b})
	}
}

// root runs the template's top level, and then that of the template it extends.
func (r *run) root(t *Template) error {
	err := r.s.enter(r.act.env, 0)
	if err == nil {
		for hops := 0; t != nil && err == nil; hops++ {
			if hops > r.act.env.opt.Limits.Calls { // templates that extend each other
				err = tooDeep()
				break
			}
			r.tmpl, r.mute = t, false
			r.sc = nil
			r.act.extends = nil
			r.push(t.frame)
			if t.self >= 0 {
				r.sc.vars[t.self] = &selfRef{r: r}
			}
			_, err = r.body(t.body)
			t = r.act.extends
		}
		r.s.leave(0)
	}
	if err != nil {
		return r.place(err, 0)
	}
	return nil
}

// push begins a frame.
func (r *run) push(f *frame) {
	parent := r.sc
	sc := &scope{parent: parent}
	if n := len(f.slots); n > 0 {
		sc.vars = make([]Value, n)
	}
	r.sc = sc
	r.begin(f)
}

// begin gives the slots of a frame their first values.
func (r *run) begin(f *frame) {
	vars := r.sc.vars
	for i := range f.slots {
		switch sl := &f.slots[i]; sl.load {
		case loadLookup:
			v, ok := r.act.lookup(sl.name)
			if !ok {
				v = absent{}
			}
			vars[i] = v
		case loadOuter:
			vars[i] = r.sc.parent.up(sl.from.up).vars[sl.from.idx]
		default:
			vars[i] = absent{}
		}
	}
}

func (r *run) pop() { r.sc = r.sc.parent }

// body executes statements and says where an error came from.
func (r *run) body(body []stmt) (flow, error) {
	for _, n := range body {
		how, err := n.exec(r)
		if err != nil {
			return goOn, r.place(err, n.at().line)
		}
		if how != goOn {
			return how, nil
		}
	}
	return goOn, nil
}

// place adds the place of an error, once for each call that it leaves.
func (r *run) place(err error, line int32) error {
	if _, ok := err.(Unwinder); ok { //nolint:errorlint // wrapped it would be an error
		return err
	}
	e := asError(err)
	if line == 0 || len(e.Frames) > 0 && e.depth > 0 && e.depth <= r.s.depth {
		return e
	}
	if e.depth == 0 { // it may be the host's, and returned again by another goroutine
		c := *e
		c.Frames = append([]Frame(nil), e.Frames...)
		e = &c
	}
	e.depth = r.s.depth
	if len(e.Frames) < 100 {
		e.Frames = append(e.Frames, Frame{
			Template: r.tmpl.Name, Line: int(line), In: r.in, Excerpt: sourceLine(r.tmpl.src, int(line)),
		})
	}
	return e
}

// write prints a value.
func (r *run) write(v Value) error {
	var s string
	switch v := v.(type) {
	case string:
		s = v
	case Markup:
		s = string(v)
	case nil:
		s = "None"
	default:
		var err error
		if s, err = r.str(v); err != nil {
			return err
		}
	}
	if r.s.autoescape {
		if _, safe := v.(Markup); !safe {
			s = escapeHTML(s)
		}
	}
	return r.emit(s)
}

// str is str(v), with the errors of a host's object.
func (r *run) str(v Value) (string, error) {
	return str(v)
}

func (r *run) emit(s string) error {
	r.s.written += len(s)
	if r.s.written > r.act.env.opt.Limits.Output {
		return Errorf(MemoryError, "the output is larger than %d bytes", r.act.env.opt.Limits.Output)
	}
	r.out.WriteString(s)
	return nil
}

// capture runs f and returns what it printed.
func (r *run) capture(f func() error) (string, error) {
	out, native, mute := r.out, r.native, r.mute
	r.out, r.native, r.mute = &strings.Builder{}, nil, false
	err := f()
	s := r.out.String()
	r.out, r.native, r.mute = out, native, mute
	return s, err
}

// markup makes captured text safe where output is escaped.
func (r *run) markup(s string) Value {
	if r.s.autoescape {
		return Markup(s)
	}
	return s
}
