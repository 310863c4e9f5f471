package tmpl

import (
	"text/template/parse"

	"github.com/congago/conga/internal/structs"
)

// loop compiles range.
func (c *compiler) loop(n *parse.RangeNode) (*op, error) {
	mark := len(c.scope)
	defer func() { c.scope = c.scope[:mark] }()
	e, err := c.piped(n.Pipe)
	if err != nil {
		return nil, err
	}
	key, elem, ok := e.hint.Elem()
	if !ok {
		return nil, c.fault(n.Pipe, "range can't iterate over %s", e.hint)
	}
	o := &op{kind: opRange, pipe: e.eval, decl: len(n.Pipe.Decl), pos: c.at(n.Pipe)}
	item := elemTyping(e, elem)
	if e.hint.Pair() && o.decl < 2 {
		item = elemTyping(e, key)
	}
	if o.stream, err = c.stream(n, elem); err != nil {
		return nil, err
	}
	if o.stream != nil {
		o.kind = opStream
		o.stream.pair = e.hint.Pair()
	}
	for i, d := range n.Pipe.Decl {
		if n.Pipe.IsAssign {
			v, _ := c.lookup(d.Ident[0])
			o.vars[i] = v.index
			continue
		}
		o.vars[i] = mark + i
		if v := &c.scope[mark+i]; !c.assigned[v.name] {
			v.typ = item
			if i == 0 && o.decl == 2 {
				v.typ = elemTyping(e, key)
			}
		}
	}
	if o.then, err = c.body(n.List, item); err != nil {
		return nil, err
	}
	for i := range n.Pipe.Decl { // without items the variables hold the list
		if !n.Pipe.IsAssign {
			c.scope[o.vars[i]].typ = typing{}
		}
	}
	if o.more, err = c.body(n.ElseList, c.dot); err != nil {
		return nil, err
	}
	return o, c.checkStream(o, n)
}

// elemTyping returns what is known of the items of e, given their type.
func elemTyping(e expr, elem structs.ValueType) typing {
	switch {
	case !elem.Known():
		return typing{}
	case !e.typ.Known():
		return typing{hint: elem}
	}
	return typing{elem, elem}
}
