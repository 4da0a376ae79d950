package jinja

import "slices"

// Names are resolved to slots when a template is parsed, by the rules by which
// Jinja2 turns them into Python variables: a frame for the template, each macro,
// loop body, with, filter and set block; if shares the frame around it. What a
// frame stores it owns; what it only reads is its parents' variable where one of
// them has the name, else it is looked up once, when the frame begins.

// load is what a slot holds when its frame begins.
type load byte

const (
	loadNothing load = iota // missing until something is stored
	loadParam               // given by whoever begins the frame
	loadLookup              // looked up by name
	loadOuter               // copied from a parent's slot
)

type slot struct {
	name string
	load load
	from ref // of loadOuter: up is from this frame's parent
}

// frame is the layout of a scope.
type frame struct{ slots []slot }

// symbols are the names of a frame while it is analyzed.
type symbols struct {
	parent *symbols
	frame  *frame
	index  map[string]int // slots that this branch knows
	all    map[string]int // slots of all branches
	loads  map[int]slot
	stores map[string]bool
}

func newSymbols(parent *symbols) *symbols {
	return &symbols{
		parent: parent, frame: &frame{}, index: map[string]int{}, all: map[string]int{},
		loads: map[int]slot{}, stores: map[string]bool{},
	}
}

// find returns where a name is, in this frame or a parent.
func (s *symbols) find(name string) (ref, bool) {
	for up := 0; s != nil; up, s = up+1, s.parent {
		if i, ok := s.index[name]; ok {
			return ref{up, i}, true
		}
	}
	return ref{}, false
}

func (s *symbols) define(name string, how load, from ref) int {
	i, ok := s.all[name]
	if !ok {
		i = len(s.all)
		s.all[name] = i
	}
	s.index[name] = i
	s.loads[i] = slot{name, how, from}
	return i
}

func (s *symbols) param(name string) int {
	s.stores[name] = true
	return s.define(name, loadParam, ref{})
}

func (s *symbols) read(name string) {
	if _, ok := s.find(name); !ok {
		s.define(name, loadLookup, ref{})
	}
}

func (s *symbols) store(name string) {
	s.stores[name] = true
	if _, ok := s.index[name]; ok {
		return
	}
	if s.parent != nil {
		if r, ok := s.parent.find(name); ok {
			s.define(name, loadOuter, r)
			return
		}
	}
	s.define(name, loadNothing, ref{})
}

// branch is a copy that shares the slots.
func (s *symbols) branch() *symbols {
	c := *s
	c.index, c.loads, c.stores = map[string]int{}, map[int]slot{}, map[string]bool{}
	for k, v := range s.index {
		c.index[k] = v
	}
	for k, v := range s.loads {
		c.loads[k] = v
	}
	for k := range s.stores {
		c.stores[k] = true
	}
	return &c
}

// merge takes over what the branches of an if stored: what the frame had not
// stored before may still have its outer value afterwards.
func (s *symbols) merge(branches ...*symbols) {
	stored := map[string]bool{}
	for _, b := range branches {
		for name := range b.stores {
			if !s.stores[name] {
				stored[name] = true
			}
		}
	}
	for _, b := range branches {
		for k, v := range b.index {
			s.index[k] = v
		}
		for k, v := range b.loads {
			s.loads[k] = v
		}
		for k := range b.stores {
			s.stores[k] = true
		}
	}
	for name := range stored {
		i := s.index[name]
		if s.parent != nil {
			if r, ok := s.parent.find(name); ok {
				s.loads[i] = slot{name, loadOuter, r}
				continue
			}
		}
		s.loads[i] = slot{name, loadLookup, ref{}}
	}
}

// finish writes the layout down.
func (s *symbols) finish() *frame {
	s.frame.slots = make([]slot, len(s.all))
	for i, l := range s.loads {
		s.frame.slots[i] = l
	}
	return s.frame
}

// locals are the variables that an included template sees: those stored in this
// frame and its parents.
func (s *symbols) locals() []local {
	var out []local
	seen := map[string]bool{}
	for n := s; n != nil; n = n.parent {
		for name := range n.stores {
			if r, ok := s.find(name); ok && !seen[name] {
				seen[name] = true
				out = append(out, local{name, r})
			}
		}
	}
	slices.SortFunc(out, func(a, b local) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return out
}

// collect notes the names of statements of this frame.
func (s *symbols) collect(body []stmt) {
	for _, n := range body {
		s.collectStmt(n)
	}
}

func (s *symbols) collectStmt(n stmt) {
	switch n := n.(type) {
	case *outputStmt:
		s.exprs(n.val)
	case *doStmt:
		s.exprs(n.x)
	case *ifStmt:
		s.collectIf(n)
	case *forStmt:
		s.exprs(n.iter)
	case *setStmt:
		s.exprs(n.val)
		s.target(n.target, false)
	case *setBlock:
		s.target(n.target, false)
	case *macroStmt:
		s.store(n.macro.name)
	case *callBlock:
		s.exprs(n.call)
	case *filterBlock:
		s.args(n.filter.args)
	case *withStmt:
		s.exprs(n.vals...)
	case *autoescapeStmt:
		s.exprs(n.on)
	case *extendsStmt:
		s.exprs(n.parent)
	case *includeStmt:
		s.exprs(n.names)
	case *importStmt:
		s.exprs(n.from)
		if n.target != "" {
			s.store(n.target)
		}
		for _, i := range n.names {
			s.store(i.as)
		}
	case *tagStmt:
		s.args(n.args)
	}
}

// collectIf gives each branch a copy. An elif is in a copy of its own, as in
// Jinja2, where it is an if of its own.
func (s *symbols) collectIf(n *ifStmt) {
	s.exprs(n.tests[0])
	branches := make([]*symbols, 0, len(n.bodies)+1)
	b := s.branch()
	b.collect(n.bodies[0])
	branches = append(branches, b)
	elifs := s.branch()
	for i := 1; i < len(n.tests); i++ {
		elifs.exprs(n.tests[i])
		one, none, no := elifs.branch(), elifs.branch(), elifs.branch()
		one.collect(n.bodies[i])
		elifs.merge(one, none, no)
	}
	other := s.branch()
	other.collect(n.other)
	s.merge(append(branches, elifs, other)...)
}

// target notes names that are assigned to.
func (s *symbols) target(x expr, param bool) {
	switch x := x.(type) {
	case *nameExpr:
		if param {
			s.param(x.name)
		} else {
			s.store(x.name)
		}
	case *nsRef:
		s.read(x.name)
	case *tupleExpr:
		for _, y := range x.items {
			s.target(y, param)
		}
	}
}

func (s *symbols) args(a args) {
	eachArg(a, func(x expr) { s.exprs(x) })
}

// exprs notes all names that are read.
func (s *symbols) exprs(xs ...expr) {
	for _, x := range xs {
		if n, ok := x.(*nameExpr); ok {
			s.read(n.name)
			continue
		}
		children(x, func(y expr) { s.exprs(y) })
	}
}

// children calls f for each expression directly under x.
func children(x expr, f func(expr)) {
	some := func(xs ...expr) {
		for _, y := range xs {
			if y != nil {
				f(y)
			}
		}
	}
	switch x := x.(type) {
	case *listExpr:
		some(x.items...)
	case *tupleExpr:
		some(x.items...)
	case *dictExpr:
		for i := range x.keys {
			f(x.keys[i])
			f(x.vals[i])
		}
	case *attrExpr:
		f(x.obj)
	case *itemExpr:
		some(x.obj, x.key)
	case *sliceExpr:
		some(x.start, x.stop, x.step)
	case *callExpr:
		f(x.fn)
		eachArg(x.args, f)
	case *filterExpr:
		some(x.obj)
		eachArg(x.args, f)
	case *testExpr:
		f(x.obj)
		eachArg(x.args, f)
	case *condExpr:
		some(x.test, x.yes, x.no)
	case *logicExpr:
		some(x.left, x.right)
	case *notExpr:
		f(x.x)
	case *unaryExpr:
		f(x.x)
	case *binExpr:
		some(x.left, x.right)
	case *concatExpr:
		some(x.parts...)
	case *compareExpr:
		f(x.first)
		some(x.rest...)
	}
}

func eachArg(a args, f func(expr)) {
	for _, x := range a.pos {
		f(x)
	}
	for _, x := range a.named {
		f(x.val)
	}
	if a.star != nil {
		f(a.star)
	}
	if a.dstar != nil {
		f(a.dstar)
	}
}
