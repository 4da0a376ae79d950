package jinja

import (
	"context"
	"strings"
)

// Kwarg is an argument given by name.
type Kwarg struct {
	Name  string
	Value Value
}

// Call is one call of a Callable: arguments in order, and by name in the order
// in which they were written.
type Call struct {
	Args   []Value
	Kwargs []Kwarg
	state  *state // of the template that calls; nil from outside
	act    *activation
}

// NewCall makes a call from outside of any template.
func NewCall(ctx context.Context, args []Value, kwargs ...Kwarg) *Call {
	return &Call{Args: args, Kwargs: kwargs, state: &state{ctx: ctx}}
}

// With is the same call with other arguments: what it calls counts as called
// from the same place, so limits on depth and work hold across host functions.
func (c *Call) With(args []Value, kwargs ...Kwarg) *Call {
	return &Call{Args: args, Kwargs: kwargs, state: c.state, act: c.act}
}

// Context is the context of the rendering.
func (c *Call) Context() context.Context {
	if c.state == nil || c.state.ctx == nil {
		return context.Background()
	}
	return c.state.ctx
}

// Template is the name of the template that calls, "" from outside.
func (c *Call) Template() string {
	if c.act == nil {
		return ""
	}
	return c.act.tmpl.Name
}

// Lookup finds a name as the calling template would at its top level.
func (c *Call) Lookup(name string) (Value, bool) {
	if c.act == nil {
		return nil, false
	}
	return c.act.lookup(name)
}

// Kwarg returns an argument by name.
func (c *Call) Kwarg(name string) (Value, bool) {
	for _, k := range c.Kwargs {
		if k.Name == name {
			return k.Value, true
		}
	}
	return nil, false
}

// Bind sorts the arguments of the function fn into its parameters, with
// Python's errors. A parameter may be "name", or "name=" where it can be left
// out: its value is then a nil error and Given is false. A last "*" takes the
// rest of the positional ones as a tuple, "**" the rest of the named ones as a
// dict.
func (c *Call) Bind(fn string, params ...string) ([]Value, error) {
	n := len(params)
	var star, dstar bool
	if n > 0 && params[n-1] == "**" {
		dstar, n = true, n-1
	}
	if n > 0 && params[n-1] == "*" {
		star, n = true, n-1
	}
	out := make([]Value, len(params))
	for i := range out {
		out[i] = absent{}
	}
	if len(c.Args) > n && !star {
		return nil, Errorf(TypeError, "%s() takes %s but %d %s given", fn, arguments(n), len(c.Args), wasWere(len(c.Args)))
	}
	copy(out[:n], c.Args)
	if star {
		out[n] = NewTuple(c.Args[min(n, len(c.Args)):]...)
	}
	rest := NewDict()
	for _, k := range c.Kwargs {
		i := 0
		for i < n && strings.TrimSuffix(params[i], "=") != k.Name {
			i++
		}
		switch {
		case i < n && !isAbsent(out[i]):
			return nil, Errorf(TypeError, "%s() got multiple values for argument '%s'", fn, k.Name)
		case i < n:
			out[i] = k.Value
		case dstar:
			rest.Put(k.Name, k.Value)
		default:
			return nil, Errorf(TypeError, "%s() got an unexpected keyword argument '%s'", fn, k.Name)
		}
	}
	if dstar {
		out[len(out)-1] = rest
	}
	for i, name := range params[:n] {
		if isAbsent(out[i]) && !strings.HasSuffix(name, "=") {
			return nil, Errorf(TypeError, "%s() missing 1 required positional argument: '%s'", fn, name)
		}
	}
	return out, nil
}

// Given says whether Bind found an argument for a parameter.
func Given(v Value) bool { return !isAbsent(v) }

func arguments(n int) string {
	if n == 1 {
		return "1 positional argument"
	}
	return Str(int64(n)) + " positional arguments"
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// Func is a function of the host.
type Func struct {
	Name string
	Fn   func(c *Call) (Value, error)
}

// NewFunc makes a function that templates can call.
func NewFunc(name string, fn func(c *Call) (Value, error)) *Func { return &Func{name, fn} }

// Call calls it.
func (f *Func) Call(c *Call) (Value, error) { return f.Fn(c) }

// TypeName is function.
func (f *Func) TypeName() string { return "function" }

// Repr is <function name>.
func (f *Func) Repr() string { return "<function " + f.Name + ">" }

// method makes the bound method of an object.
func method(name string, fn func(c *Call) (Value, error)) Value { return &Func{name, fn} }

// Namespace is namespace(): an object whose attributes templates can set.
type Namespace struct{ vars *Dict }

// TypeName is Namespace.
func (n *Namespace) TypeName() string { return "Namespace" }

// Attr is an attribute that was set.
func (n *Namespace) Attr(name string) (Value, bool, error) {
	v, ok := n.vars.Get(name)
	return v, ok, nil
}

// Item is the same by index, as in Jinja2.
func (n *Namespace) Item(key Value) (Value, bool, error) { return n.vars.Item(key) }
