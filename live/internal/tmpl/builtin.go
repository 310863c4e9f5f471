package tmpl

import (
	"fmt"
	texttemplate "text/template"
	"text/template/parse"
	"time"

	"github.com/congago/conga/internal/structs"
)

// goBuiltin returns the functions of text/template that are Go functions of
// plain types.
func goBuiltin(name string) any {
	switch name {
	case "print":
		return fmt.Sprint
	case "printf":
		return fmt.Sprintf
	case "println":
		return fmt.Sprintln
	case "html":
		return texttemplate.HTMLEscaper
	case "js":
		return texttemplate.JSEscaper
	case "urlquery":
		return texttemplate.URLQueryEscaper
	case "_eval_args_": // html/template puts it in when it rewrites a pipeline
		return evalArgs
	}
	return nil
}

func evalArgs(args ...any) string {
	for i, arg := range args {
		args[i] = structs.IndirectPrinter(arg)
	}
	return fmt.Sprint(args...)
}

// builtinFunc computes a function of text/template from the arguments on the
// stack, of which the first has the index from.
type builtinFunc struct {
	min, max int // arguments; max is -1 for any number
	result   structs.ValueType
	call     func(x *run, from int) (structs.Value, error)
}

// dynamicBuiltin returns the functions that take values of any type.
func dynamicBuiltin(name, callee string) (builtinFunc, bool) {
	boolean := structs.ValueTypeFor[bool]()
	compare := func(f func(a, b structs.Value) (bool, error)) builtinFunc {
		return builtinFunc{2, 2, boolean, func(x *run, from int) (structs.Value, error) {
			is, err := f(x.args.At(from), x.args.At(from+1))
			return structs.ValueOf(is), err
		}}
	}
	orEqual := func(a, b structs.Value) (bool, error) {
		if less, err := structs.Less(a, b); less || err != nil {
			return less, err
		}
		return structs.Equal(a, b)
	}
	switch name {
	case "not":
		return builtinFunc{1, 1, boolean, func(x *run, from int) (structs.Value, error) {
			truth, _ := x.args.At(from).Truth()
			return structs.ValueOf(!truth), nil
		}}, true
	case "len":
		return builtinFunc{1, 1, structs.ValueTypeFor[int](), func(x *run, from int) (structs.Value, error) {
			n, err := x.args.At(from).Length()
			return structs.ValueOf(n), err
		}}, true
	case "index":
		return builtinFunc{1, -1, structs.ValueType{}, func(x *run, from int) (structs.Value, error) {
			return x.args.At(from).Index(&x.args, from+1)
		}}, true
	case "slice":
		return builtinFunc{1, -1, structs.ValueType{}, func(x *run, from int) (structs.Value, error) {
			return x.args.At(from).Slice(&x.args, from+1)
		}}, true
	case "call":
		return builtinFunc{1, -1, structs.ValueType{}, func(x *run, from int) (structs.Value, error) {
			return structs.CallValue(callee, &x.args, from)
		}}, true
	case "eq":
		return builtinFunc{1, -1, boolean, func(x *run, from int) (structs.Value, error) {
			is, err := x.args.At(from).EqualAny(&x.args, from+1)
			return structs.ValueOf(is), err
		}}, true
	case "ne":
		return compare(func(a, b structs.Value) (bool, error) {
			is, err := structs.Equal(a, b)
			return !is, err
		}), true
	case "lt":
		return compare(structs.Less), true
	case "le":
		return compare(orEqual), true
	case "gt":
		return compare(func(a, b structs.Value) (bool, error) {
			is, err := orEqual(a, b)
			return !is, err
		}), true
	case "ge":
		return compare(func(a, b structs.Value) (bool, error) {
			is, err := structs.Less(a, b)
			return !is, err
		}), true
	}
	return builtinFunc{}, false
}

// builtin compiles the functions of text/template that take any values.
func (c *compiler) builtin(name string, at parse.Node, nodes []parse.Node, fin final) (expr, bool, error) {
	if name == "and" || name == "or" {
		e, err := c.logic(name, at, nodes, fin)
		return e, true, err
	}
	callee := "call"
	if len(nodes) > 0 {
		callee = nodes[0].String()
	}
	fn, ok := dynamicBuiltin(name, callee)
	if !ok {
		return expr{}, false, nil
	}
	args, err := c.arguments(nodes)
	if err != nil {
		return expr{}, true, err
	}
	count := len(args)
	if fin.set {
		count++
	}
	if count < fn.min || fn.max >= 0 && count > fn.max {
		return expr{}, true, c.fault(at, "wrong number of args for %s: want %d got %d", name, fn.min, count)
	}
	pos := c.at(at)
	return expr{typ: fn.result, hint: fn.result, eval: func(x *run, dot structs.Value) (structs.Value, error) {
		last, err := fin.value(x, dot)
		if err != nil {
			return last, err
		}
		mark := x.args.Len()
		defer x.args.Truncate(mark)
		for i := range args {
			v, err := args[i].dynamic(x, dot)
			if err != nil {
				return v, err
			}
			x.args.Push(v)
		}
		if fin.set {
			x.args.Push(last.AsDynamic())
		}
		v, err := fn.call(x, mark)
		if err != nil {
			return v, pos.errorf("error calling %s: %w", name, err)
		}
		return v.AsDynamic(), nil
	}}, true, nil
}

// logic compiles "and" and "or", which stop at the argument that decides.
func (c *compiler) logic(name string, at parse.Node, nodes []parse.Node, fin final) (expr, error) {
	args, err := c.arguments(nodes)
	if err != nil {
		return expr{}, err
	}
	if len(args) == 0 && !fin.set {
		return expr{}, c.fault(at, "wrong number of args for %s: want at least 1 got 0", name)
	}
	var typ structs.ValueType
	if len(args) > 0 {
		typ = args[0].typ
	} else {
		typ = fin.e.typ
	}
	for _, a := range args {
		if a.typ != typ {
			typ = structs.ValueType{}
		}
	}
	if fin.set && fin.e.typ != typ || !typ.Known() {
		typ = structs.ValueType{}
	}
	decisive := name == "or"
	return expr{typ: typ, hint: typ, eval: func(x *run, dot structs.Value) (structs.Value, error) {
		last, err := fin.value(x, dot)
		if err != nil {
			return last, err
		}
		var v structs.Value
		for i := range args {
			if v, err = args[i].dynamic(x, dot); err != nil {
				return v, err
			}
			if truth, _ := v.Truth(); truth == decisive {
				return v, nil
			}
		}
		if fin.set {
			v = last.AsDynamic()
		}
		return v, nil
	}}, nil
}

// timeFormat compiles the Format method of a time with a literal layout to
// text that is appended without a call by reflection.
func (c *compiler) timeFormat(e expr, n parse.Node, name string, nodes []parse.Node, fin final) (expr, bool) {
	if name != "Format" || e.typ != structs.ValueTypeFor[time.Time]() || len(nodes) != 1 || fin.set {
		return expr{}, false
	}
	k, ok := constant(nodes[0])
	if !ok || k.Kind != structs.ConstString {
		return expr{}, false
	}
	recv, layout := e.eval, k.Text
	text := func(x *run, dot structs.Value, dst []byte) ([]byte, error) {
		v, err := recv(x, dot)
		if err != nil {
			return dst, err
		}
		if t, ok := v.Pointer().(*time.Time); ok {
			return t.AppendFormat(dst, layout), nil
		}
		return v.Interface().(time.Time).AppendFormat(dst, layout), nil
	}
	str := structs.ValueTypeFor[string]()
	return expr{typ: str, hint: str, text: text, eval: func(x *run, dot structs.Value) (structs.Value, error) {
		b, err := text(x, dot, nil)
		return structs.ValueOf(string(b)), err
	}}, true
}
