package jinja

import "fmt"

func (n *forStmt) exec(r *run) (flow, error) {
	v, err := n.iter.eval(r)
	if err != nil {
		return goOn, r.place(err, n.iter.at().line)
	}
	return n.loop(r, v, 0)
}

// loop runs the loop over v; depth is that of a recursive one.
func (n *forStmt) loop(r *run, v Value, depth int) (flow, error) {
	it, err := iterate(v)
	if err != nil {
		return goOn, err
	}
	outer := r.sc
	if n.test != nil {
		it = n.filtered(r, it, outer)
		v = it
	}
	var lc *loopContext
	if n.usesLoop {
		lc = &loopContext{node: n, r: r, outer: outer, iterable: v, it: it, depth: depth}
		it = lc
	}
	done := false // a round ended without break or continue: no else, as in Jinja2
	r.push(n.bodyFrame)
	defer func() { r.sc = outer }()
	for i := 0; ; i++ {
		v, ok, err := it.Next()
		if err != nil {
			return goOn, err
		}
		if !ok {
			break
		}
		if err := r.s.tick(r.act.env); err != nil {
			return goOn, err
		}
		if i > 0 {
			r.begin(n.bodyFrame)
		}
		if lc != nil {
			r.sc.vars[n.loopSlot] = lc
		}
		if err := r.assign(n.target, v, false); err != nil {
			return goOn, r.place(err, n.line)
		}
		how, err := r.body(n.body)
		if err != nil {
			return goOn, err
		}
		if how == breakLoop {
			break
		}
		done = done || how == goOn
	}
	r.sc = outer
	if done || len(n.other) == 0 {
		return goOn, nil
	}
	r.push(n.elseFrame)
	return r.body(n.other)
}

// filtered yields the values for which the loop's test is true.
func (n *forStmt) filtered(r *run, it Iterator, outer *scope) Iterator {
	return iterFunc(func() (Value, bool, error) {
		for {
			v, ok, err := it.Next()
			if !ok || err != nil {
				return nil, false, err
			}
			if err := r.s.tick(r.act.env); err != nil {
				return nil, false, err
			}
			keep, err := n.keep(r, v, outer)
			if keep || err != nil {
				return v, keep, err
			}
		}
	})
}

func (n *forStmt) keep(r *run, v Value, outer *scope) (bool, error) {
	saved := r.sc
	r.sc = outer
	defer func() { r.sc = saved }()
	r.push(n.testFrame)
	if err := r.assign(n.target, v, false); err != nil {
		return false, err
	}
	x, err := n.test.eval(r)
	if err != nil {
		return false, r.place(err, n.test.at().line)
	}
	return truth(x)
}

// loopContext is the variable loop.
type loopContext struct {
	node     *forStmt
	r        *run
	outer    *scope
	iterable Value
	it       Iterator
	depth    int

	index   int // from 1; 0 before the first
	size    int // -1 before it is known, with sized
	sized   bool
	ahead   []Value
	before  Value
	current Value
	changed *Tuple
}

// Next goes to the next round.
func (l *loopContext) Next() (Value, bool, error) {
	v, ok, err := l.peek()
	if !ok || err != nil {
		return nil, false, err
	}
	l.ahead = l.ahead[1:]
	if l.index == 0 {
		l.before = absent{}
	} else {
		l.before = l.current
	}
	l.current = v
	l.index++
	return v, true, nil
}

func (l *loopContext) peek() (Value, bool, error) {
	if len(l.ahead) > 0 {
		return l.ahead[0], true, nil
	}
	v, ok, err := l.it.Next()
	if !ok || err != nil {
		return nil, false, err
	}
	l.ahead = append(l.ahead, v)
	return v, true, nil
}

func (l *loopContext) length() (int, error) {
	if l.sized {
		return l.size, nil
	}
	n, err := length(l.iterable)
	if err != nil { // read to the end and keep it
		for {
			v, ok, err := l.it.Next()
			if err != nil {
				return 0, err
			}
			if !ok {
				break
			}
			l.ahead = append(l.ahead, v)
		}
		n = l.index + len(l.ahead)
	}
	l.size, l.sized = n, true
	return n, nil
}

// Attr has index, first, last and the rest.
func (l *loopContext) Attr(name string) (Value, bool, error) {
	i := int64(l.index)
	switch name {
	case "index":
		return i, true, nil
	case "index0":
		return i - 1, true, nil
	case "first":
		return i == 1, true, nil
	case "depth":
		return int64(l.depth + 1), true, nil
	case "depth0":
		return int64(l.depth), true, nil
	case "last":
		_, ok, err := l.peek()
		return !ok, true, err
	case "length", "revindex", "revindex0":
		n, err := l.length()
		v := int64(n)
		switch name {
		case "revindex":
			v -= i - 1
		case "revindex0":
			v -= i
		}
		return v, true, err
	case "previtem":
		if isAbsent(l.before) {
			return l.undefined("there is no previous item"), true, nil
		}
		return l.before, true, nil
	case "nextitem":
		v, ok, err := l.peek()
		if !ok {
			v = l.undefined("there is no next item")
		}
		return v, true, err
	case "cycle":
		return method(name, l.cycle), true, nil
	case "changed":
		return method(name, l.hasChanged), true, nil
	}
	return nil, false, nil
}

func (l *loopContext) undefined(hint string) Value {
	return &Undefined{hint: hint, obj: absent{}, mode: l.r.act.env.opt.Undefined}
}

func (l *loopContext) cycle(c *Call) (Value, error) {
	if len(c.Args) == 0 {
		return nil, Errorf(TypeError, "no items for cycling given")
	}
	return c.Args[(l.index-1)%len(c.Args)], nil
}

func (l *loopContext) hasChanged(c *Call) (Value, error) {
	if l.changed != nil {
		same, err := equalItems(l.changed.Items, c.Args, 0)
		if same || err != nil {
			return false, err
		}
	}
	l.changed = NewTuple(c.Args...)
	return true, nil
}

// Call runs a recursive loop over other values.
func (l *loopContext) Call(c *Call) (Value, error) {
	if !l.node.recursive {
		return nil, Errorf(TypeError, "The loop must have the 'recursive' marker to be called recursively.")
	}
	a, err := c.Bind("loop", "iterable")
	if err != nil {
		return nil, err
	}
	r := l.r
	if err := r.s.enter(r.act.env, maxHeight/10); err != nil {
		return nil, err
	}
	defer r.s.leave(maxHeight / 10)
	saved := r.sc
	r.sc = l.outer
	defer func() { r.sc = saved }()
	s, err := r.capture(func() error {
		_, err := l.node.loop(r, a[0], l.depth+1)
		return err
	})
	return r.markup(s), err
}

// TypeName is LoopContext.
func (l *loopContext) TypeName() string { return "LoopContext" }

// Len is the number of rounds.
func (l *loopContext) Len() int {
	n, err := l.length()
	if err != nil {
		return 0
	}
	return n
}

// Truth is true, though it has a length.
func (l *loopContext) Truth() bool { return true }

// Repr is <LoopContext 1/3>.
func (l *loopContext) Repr() string { return fmt.Sprintf("<LoopContext %d/%d>", l.index, l.Len()) }
