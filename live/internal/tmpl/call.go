package tmpl

import (
	"strings"
	"text/template/parse"

	"github.com/congago/conga/internal/structs"
)

// caller calls f with the arguments it was compiled for; last is the value
// handed on by the pipeline, if there is one.
type caller func(x *run, dot structs.Value, f *structs.Func, last structs.Value) (structs.Value, error)

// argument is one argument of a call.
type argument struct {
	eval  evaluator // nil for a constant and for nil
	konst *structs.Const
	ideal structs.Value // the constant as a value of its own type
	typ   structs.ValueType
	pos   position
}

func (c *compiler) arguments(nodes []parse.Node) ([]argument, error) {
	args := make([]argument, len(nodes))
	for i, n := range nodes {
		args[i].pos = c.at(n)
		if k, ok := constant(n); ok {
			args[i].konst = k
			v, err := k.Ideal()
			if err != nil {
				return nil, c.fault(n, "%v", err)
			}
			args[i].ideal, args[i].typ = v, v.Type()
			continue
		}
		if n.Type() == parse.NodeNil {
			continue
		}
		e, err := c.operand(n)
		if err != nil {
			return nil, err
		}
		args[i].eval, args[i].typ = e.eval, e.typ
	}
	return args, nil
}

// value returns the argument as a value of type t.
func (a *argument) value(x *run, dot structs.Value, t structs.ValueType) (structs.Value, error) {
	var v structs.Value
	var err error
	switch {
	case a.konst != nil:
		v, err = a.konst.As(t)
	case a.eval == nil:
		v, err = t.Nil()
	default:
		if v, err = a.eval(x, dot); err != nil {
			return v, err
		}
		v, err = v.As(t)
	}
	if err != nil {
		return v, a.pos.wrap(err)
	}
	return v, nil
}

// dynamic returns the argument for a function that takes any value.
func (a *argument) dynamic(x *run, dot structs.Value) (structs.Value, error) {
	switch {
	case a.konst != nil:
		return a.ideal, nil
	case a.eval == nil:
		return structs.Value{}, nil
	}
	v, err := a.eval(x, dot)
	return v.AsDynamic(), err
}

// call compiles the arguments of a function or method whose type is known
// only when it is called.
func (c *compiler) call(n parse.Node, name string, nodes []parse.Node, fin final) (caller, error) {
	args, err := c.arguments(nodes)
	if err != nil {
		return nil, err
	}
	pos := c.at(n)
	return func(x *run, dot structs.Value, f *structs.Func, last structs.Value) (structs.Value, error) {
		count := len(args)
		if fin.set {
			count++
		}
		if err := f.CheckCount(count); err != nil {
			return structs.Value{}, pos.wrap(err)
		}
		mark := x.args.Len()
		defer x.args.Truncate(mark)
		for i := range args {
			v, err := args[i].value(x, dot, f.Param(i))
			if err != nil {
				return v, err
			}
			x.args.Push(v)
		}
		if fin.set {
			v, err := last.As(f.Param(count - 1))
			if err != nil {
				return v, pos.wrap(err)
			}
			x.args.Push(v)
		}
		v, err := f.Call(&x.args, mark)
		if err != nil {
			return v, pos.wrap(err)
		}
		return v, nil
	}, nil
}

// function compiles the call of a function: one given to Compile, or one that
// templates always have.
func (c *compiler) function(n *parse.IdentifierNode, at parse.Node, nodes []parse.Node, fin final) (expr, error) {
	if strings.HasPrefix(n.Ident, escaperPrefix) {
		return c.escaper(n.Ident, at, nodes, fin)
	}
	fn, given := c.funcs[n.Ident]
	if !given {
		if e, ok, err := c.builtin(n.Ident, at, nodes, fin); ok || err != nil {
			return e, err
		}
		if fn = goBuiltin(n.Ident); fn == nil {
			return expr{}, c.fault(at, "%q is not a defined function", n.Ident)
		}
	}
	f, err := structs.ValueOf(fn).Func(n.Ident)
	if err != nil {
		return expr{}, c.fault(at, "%v", err)
	}
	count := len(nodes)
	if fin.set {
		count++
	}
	if err := f.CheckCount(count); err != nil {
		return expr{}, c.fault(at, "%v", err)
	}
	call, err := c.call(at, n.Ident, nodes, fin)
	if err != nil {
		return expr{}, err
	}
	typ := f.Result()
	if !typ.Known() {
		typ = structs.ValueType{}
	}
	return expr{
		typ: typ, hint: typ,
		eval: func(x *run, dot structs.Value) (structs.Value, error) {
			last, err := fin.value(x, dot)
			if err != nil {
				return last, err
			}
			return call(x, dot, &f, last)
		},
	}, nil
}

// escaper compiles an escaper of html/template that is not at the end of its
// pipeline: there it has left the last place to an equivalent of the author's.
func (c *compiler) escaper(name string, at parse.Node, nodes []parse.Node, fin final) (expr, error) {
	if len(nodes) > 0 || !fin.set {
		return expr{}, errUncovered
	}
	pos, stock := c.at(at), c.esc.stock
	str := structs.ValueTypeFor[string]()
	return expr{typ: str, hint: str, eval: func(x *run, dot structs.Value) (structs.Value, error) {
		v, err := fin.e.eval(x, dot)
		if err != nil {
			return v, err
		}
		text, err := stock.call(name, v.Interface())
		if err != nil {
			return v, pos.wrap(err)
		}
		return structs.ValueOf(text), nil
	}}, nil
}
