package tmpl

import (
	"text/template/parse"

	"github.com/congago/conga/internal/structs"
)

// expr is a compiled expression: how to get its value, and what is known of
// its type before the template runs.
type expr struct {
	eval evaluator
	// typ is the exact type of every value of the expression, or unknown.
	typ structs.ValueType
	// hint is the type that names are checked against; it equals typ, but is
	// also known where a value may be absent.
	hint structs.ValueType
	// text, when set, appends the value as plain text without making a value.
	text func(x *run, dot structs.Value, dst []byte) ([]byte, error)
}

// final is the value that a pipeline hands to its next command.
type final struct {
	set bool
	e   expr
}

// value returns the value handed on. It is taken before anything else of the
// next command is.
func (f *final) value(x *run, dot structs.Value) (structs.Value, error) {
	if !f.set {
		return structs.Value{}, nil
	}
	return f.e.eval(x, dot)
}

// pipeline compiles the commands of a pipeline, without its declarations.
func (c *compiler) pipeline(cmds []*parse.CommandNode) (expr, error) {
	var e expr
	for i, cmd := range cmds {
		next, err := c.command(cmd, final{i > 0, e})
		if err != nil {
			return expr{}, err
		}
		e = concrete(next)
	}
	return e, nil
}

// concrete makes e give what is in an interface, where its type allows one.
func concrete(e expr) expr {
	if e.typ.Known() {
		return e
	}
	inner := e.eval
	e.eval = func(x *run, dot structs.Value) (structs.Value, error) {
		v, err := inner(x, dot)
		return v.Concrete(), err
	}
	return e
}

func (c *compiler) command(cmd *parse.CommandNode, fin final) (expr, error) {
	args := cmd.Args[1:]
	switch n := cmd.Args[0].(type) {
	case *parse.FieldNode:
		return c.members(c.dotExpr(), n, n.Ident, args, fin)
	case *parse.ChainNode:
		return c.chained(n, args, fin)
	case *parse.IdentifierNode:
		return c.function(n, cmd, args, fin)
	case *parse.VariableNode:
		return c.variable(n, args, fin)
	}
	if len(args) > 0 || fin.set {
		return expr{}, c.fault(cmd.Args[0], "can't give argument to non-function %s", cmd.Args[0])
	}
	return c.operand(cmd.Args[0])
}

// operand compiles a node that takes no arguments.
func (c *compiler) operand(n parse.Node) (expr, error) {
	switch n := n.(type) {
	case *parse.DotNode:
		return c.dotExpr(), nil
	case *parse.PipeNode:
		if len(n.Decl) > 0 {
			return expr{}, errUncovered
		}
		return c.pipeline(n.Cmds)
	case *parse.FieldNode:
		return c.members(c.dotExpr(), n, n.Ident, nil, final{})
	case *parse.VariableNode:
		return c.variable(n, nil, final{})
	case *parse.ChainNode:
		return c.chained(n, nil, final{})
	case *parse.IdentifierNode:
		return c.function(n, n, nil, final{})
	case *parse.NilNode:
		return expr{}, c.fault(n, "nil is not a command")
	}
	k, ok := constant(n)
	if !ok {
		return expr{}, c.fault(n, "can't evaluate command %q", n)
	}
	v, err := k.Ideal()
	if err != nil {
		return expr{}, c.fault(n, "%v", err)
	}
	return fixed(v), nil
}

// fixed is the expression that always has the value v.
func fixed(v structs.Value) expr {
	return expr{
		typ: v.Type(), hint: v.Type(),
		eval: func(*run, structs.Value) (structs.Value, error) { return v, nil },
	}
}

// constant returns n as a constant when it is a literal.
func constant(n parse.Node) (*structs.Const, bool) {
	k := &structs.Const{Source: n.String()}
	switch n := n.(type) {
	case *parse.BoolNode:
		k.Kind, k.Bool = structs.ConstBool, n.True
	case *parse.StringNode:
		k.Kind, k.Text = structs.ConstString, n.Text
	case *parse.NumberNode:
		k.Kind = structs.ConstNumber
		k.IsInt, k.IsUint, k.IsFloat, k.IsComplex = n.IsInt, n.IsUint, n.IsFloat, n.IsComplex
		k.Int, k.Uint, k.Float, k.Complex = n.Int64, n.Uint64, n.Float64, n.Complex128
		k.Source = n.Text
	default:
		return nil, false
	}
	return k, true
}

func (c *compiler) dotExpr() expr {
	return expr{
		typ: c.dot.typ, hint: c.dot.hint,
		eval: func(_ *run, dot structs.Value) (structs.Value, error) { return dot, nil },
	}
}

// variable compiles $x or $x.A.B.
func (c *compiler) variable(n *parse.VariableNode, args []parse.Node, fin final) (expr, error) {
	v, ok := c.lookup(n.Ident[0])
	if !ok {
		return expr{}, c.fault(n, "undefined variable: %s", n.Ident[0])
	}
	index := v.index
	e := expr{
		typ: v.typ.typ, hint: v.typ.hint,
		eval: func(x *run, _ structs.Value) (structs.Value, error) { return x.vars[x.frame+index], nil },
	}
	if len(n.Ident) > 1 {
		return c.members(e, n, n.Ident[1:], args, fin)
	}
	if len(args) > 0 || fin.set {
		return expr{}, c.fault(n, "can't give argument to non-function %s", n)
	}
	return e, nil
}

// chained compiles (pipeline).A.B.
func (c *compiler) chained(n *parse.ChainNode, args []parse.Node, fin final) (expr, error) {
	if n.Node.Type() == parse.NodeNil {
		return expr{}, c.fault(n, "indirection through explicit nil in %s", n)
	}
	e, err := c.operand(n.Node)
	if err != nil {
		return expr{}, err
	}
	return c.members(e, n, n.Field, args, fin)
}

// members compiles the names after a value: fields, methods and map keys. The
// arguments go to the last one.
func (c *compiler) members(e expr, n parse.Node, names []string, args []parse.Node, fin final) (expr, error) {
	var err error
	for i, name := range names {
		if i == len(names)-1 {
			return c.member(e, n, name, args, fin)
		}
		if e, err = c.member(e, n, name, nil, final{}); err != nil {
			return expr{}, err
		}
	}
	return e, nil
}

func (c *compiler) member(e expr, n parse.Node, name string, args []parse.Node, fin final) (expr, error) {
	given := len(args) > 0 || fin.set
	m, ok := e.hint.Member(name)
	if !ok && !e.hint.Dynamic() {
		return expr{}, c.unknownMember(n, e.hint, name)
	}
	if ok && given && !m.Method {
		return expr{}, c.fault(n, "%s has arguments but cannot be invoked as function", name)
	}
	if !ok || !e.typ.Known() {
		out, err := c.dynamicMember(e, n, name, args, fin)
		out.hint = m.Hint
		if !m.Hint.Known() {
			out.hint = structs.ValueType{}
		}
		return out, err
	}
	if m.Method {
		return c.method(e, n, m, name, args, fin)
	}
	return c.field(e, n, m), nil
}

// field reads a field, or a map's key, of a known type.
func (c *compiler) field(e expr, n parse.Node, m structs.Member) expr {
	pos, recv := c.at(n), e.eval
	return expr{
		typ: m.Type, hint: m.Hint,
		eval: func(x *run, dot structs.Value) (structs.Value, error) {
			v, err := recv(x, dot)
			if err != nil {
				return v, err
			}
			v, err = m.Get(v)
			if err != nil {
				return v, pos.wrap(err)
			}
			return v, nil
		},
	}
}

// method calls a method of a known type.
func (c *compiler) method(e expr, n parse.Node, m structs.Member, name string, args []parse.Node, fin final) (expr, error) {
	call, err := c.call(n, name, args, fin)
	if err != nil {
		return expr{}, err
	}
	if t, ok := c.timeFormat(e, n, name, args, fin); ok {
		return t, nil
	}
	pos, recv := c.at(n), e.eval
	return expr{
		typ: m.Type, hint: m.Hint,
		eval: func(x *run, dot structs.Value) (structs.Value, error) {
			last, err := fin.value(x, dot)
			if err != nil {
				return last, err
			}
			v, err := recv(x, dot)
			if err != nil {
				return v, err
			}
			fn, err := m.Bind(v)
			if err != nil {
				return v, pos.wrap(err)
			}
			f, err := fn.Func(name)
			if err != nil {
				return v, pos.wrap(err)
			}
			return call(x, dot, &f, last)
		},
	}, nil
}

// dynamicMember finds name when the template runs.
func (c *compiler) dynamicMember(e expr, n parse.Node, name string, args []parse.Node, fin final) (expr, error) {
	call, err := c.call(n, name, args, fin)
	if err != nil {
		return expr{}, err
	}
	pos, recv, given := c.at(n), e.eval, len(args) > 0 || fin.set
	return expr{eval: func(x *run, dot structs.Value) (structs.Value, error) {
		last, err := fin.value(x, dot)
		if err != nil {
			return last, err
		}
		v, err := recv(x, dot)
		if err != nil || !v.IsValid() {
			return structs.Value{}, err
		}
		v, method, err := v.Member(name)
		if err != nil {
			return v, pos.wrap(err)
		}
		if !method {
			if given {
				return v, pos.errorf("%s has arguments but cannot be invoked as function", name)
			}
			return v, nil
		}
		f, err := v.Func(name)
		if err != nil {
			return v, pos.wrap(err)
		}
		return call(x, dot, &f, last)
	}}, nil
}
