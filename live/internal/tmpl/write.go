package tmpl

import (
	"fmt"
	"html/template"
	"strings"
	"text/template/parse"

	"github.com/congago/conga/internal/structs"
)

// writer compiles an action that shows a value: its pipeline, then the
// escapers that html/template has put behind it.
func (c *compiler) writer(n *parse.ActionNode) (func(*run, structs.Value) error, error) {
	cmds := n.Pipe.Cmds
	var names []string
	for len(cmds) > 1 {
		name := escaperName(cmds[len(cmds)-1])
		if name == "" {
			break
		}
		names = append([]string{name}, names...)
		cmds = cmds[:len(cmds)-1]
	}
	e, err := c.pipeline(cmds)
	if err != nil {
		return nil, err
	}
	pos := c.at(n)
	if len(names) == 0 {
		// html/template keeps these two where they do what its escaper would.
		id, ok := cmds[len(cmds)-1].Args[0].(*parse.IdentifierNode)
		if !ok || id.Ident != "html" && id.Ident != "urlquery" {
			return nil, errUncovered
		}
		return printer(e, n, pos), nil
	}
	ch := c.esc.chain(names)
	if write := typedWriter(e, &ch, pos); write != nil {
		return write, nil
	}
	plain := ch.stages[0].own != nil
	return func(x *run, dot structs.Value) error {
		v, err := e.eval(x, dot)
		if err != nil {
			return err
		}
		if s, ok := v.Text(); ok && plain {
			x.out, err = ch.appendText(x.out, s, contentPlain)
		} else {
			x.out, err = ch.appendAny(x.out, v.Interface())
		}
		if err != nil {
			return pos.wrap(err)
		}
		return nil
	}, nil
}

// escaperName returns the name of the escaper that cmd is, or "".
func escaperName(cmd *parse.CommandNode) string {
	id, ok := cmd.Args[0].(*parse.IdentifierNode)
	if !ok || len(cmd.Args) != 1 || !strings.HasPrefix(id.Ident, escaperPrefix) {
		return ""
	}
	return id.Ident
}

// printer shows a value that needs no escaping, as in text/template.
func printer(e expr, n parse.Node, pos position) func(*run, structs.Value) error {
	return func(x *run, dot structs.Value) error {
		v, err := e.eval(x, dot)
		if err != nil {
			return err
		}
		p, ok := v.Printable()
		if !ok {
			return pos.errorf("can't print %s of type %s", n, v.Type())
		}
		x.out = fmt.Append(x.out, p)
		return nil
	}
}

// typedWriter returns a writer for a type that needs no boxing, else nil.
func typedWriter(e expr, ch *chain, pos position) func(*run, structs.Value) error {
	var add func(x *run, v structs.Value) error
	first := ch.stages[0].own
	switch kind := e.typ.Plain(); {
	case e.text != nil && first != nil:
		return textWriter(e, ch, pos)
	case first == nil:
		return nil
	case kind == structs.PlainString:
		typ, ok := contentOf(e.typ)
		if !ok || typ == contentHTML && !first.html {
			return nil
		}
		add = func(x *run, v structs.Value) (err error) {
			x.out, err = ch.appendText(x.out, v.Str(), typ)
			return err
		}
	case kind == structs.PlainInt && ch.digits:
		add = func(x *run, v structs.Value) error { x.out = appendInt(x.out, v.Int()); return nil }
	case kind == structs.PlainUint && ch.digits:
		add = func(x *run, v structs.Value) error { x.out = appendUint(x.out, v.Uint()); return nil }
	case kind == structs.PlainBool && ch.digits:
		add = func(x *run, v structs.Value) error { x.out = appendBool(x.out, v.Bool()); return nil }
	case e.typ == structs.UUIDType() && ch.digits:
		add = func(x *run, v structs.Value) error { x.out = structs.AppendUUID(x.out, v); return nil }
	default:
		return nil
	}
	return func(x *run, dot structs.Value) error {
		v, err := e.eval(x, dot)
		if err != nil {
			return err
		}
		if err := add(x, v); err != nil {
			return pos.wrap(err)
		}
		return nil
	}
}

// textWriter escapes text that its expression appends itself.
func textWriter(e expr, ch *chain, pos position) func(*run, structs.Value) error {
	return func(x *run, dot structs.Value) error {
		at := len(x.out)
		var err error
		if x.out, err = e.text(x, dot, x.out); err != nil {
			return err
		}
		if x.out, err = ch.again(x.out, at); err != nil {
			return pos.wrap(err)
		}
		return nil
	}
}

// contentOf returns what html/template takes strings of type t for. It
// reports false for content that only its own escapers know.
func contentOf(t structs.ValueType) (content, bool) {
	switch t {
	case structs.ValueTypeFor[template.HTML]():
		return contentHTML, true
	case structs.ValueTypeFor[template.URL]():
		return contentURL, true
	case structs.ValueTypeFor[template.CSS](), structs.ValueTypeFor[template.JS](), structs.ValueTypeFor[template.JSStr](),
		structs.ValueTypeFor[template.HTMLAttr](), structs.ValueTypeFor[template.Srcset]():
		return contentOther, false
	}
	return contentPlain, true
}

// collectEscapers adds the names of the escapers used in list to found.
func collectEscapers(list *parse.ListNode, found map[string]bool) {
	if list == nil {
		return
	}
	branch := func(b *parse.BranchNode) {
		collectEscapers(b.List, found)
		collectEscapers(b.ElseList, found)
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			for _, cmd := range n.Pipe.Cmds {
				if name := escaperName(cmd); name != "" {
					found[name] = true
				}
			}
		case *parse.ListNode:
			collectEscapers(n, found)
		case *parse.IfNode:
			branch(&n.BranchNode)
		case *parse.WithNode:
			branch(&n.BranchNode)
		case *parse.RangeNode:
			branch(&n.BranchNode)
		}
	}
}
