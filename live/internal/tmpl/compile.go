package tmpl

import (
	"errors"
	"html/template"
	"slices"
	"text/template/parse"

	"github.com/congago/conga/internal/structs"
)

// compiler turns escaped templates into blocks.
type compiler struct {
	src    *source
	esc    *escapers
	funcs  template.FuncMap
	units  map[unitKey]*unit
	all    []*block
	wired  []*block // by their numbers on the wire
	faults []error

	// Of the template being compiled:
	tree     *parse.Tree
	action   parse.Node // the innermost action: where faults are
	unit     *unit
	dot      typing
	scope    []variable
	assigned map[string]bool // variables that change after their declaration
}

// typing is what is known of a value's type; see expr.
type typing struct{ typ, hint structs.ValueType }

// unit is one template compiled for one type of dot.
type unit struct {
	block *block
	nvars int
	done  bool // false while it is being compiled, as a call of itself sees it
}

type unitKey struct {
	name string
	list *parse.ListNode // for a call that was inlined
	dot  typing
}

// variable is a declared variable and its place in the frame.
type variable struct {
	name  string
	index int
	typ   typing
}

// compile compiles the entry template of src for a dot of the given type.
func compile(src *source, funcs template.FuncMap, dot structs.ValueType) (*compiler, error) {
	esc, err := newEscapers(escaperNames(src))
	if err != nil {
		return nil, err
	}
	c := &compiler{src: src, esc: esc, funcs: funcs, units: map[unitKey]*unit{}}
	_, err = c.template(src.entry, src.trees[src.entry], nil, typing{dot, dot})
	if len(c.faults) > 0 {
		return nil, errors.Join(c.faults...)
	}
	if err != nil {
		return nil, err
	}
	c.finish()
	return c, nil
}

// collect keeps a fault, so that all are told together. It returns any other
// error.
func (c *compiler) collect(err error) error {
	if _, ok := errors.AsType[*Error](err); !ok {
		return err
	}
	if !slices.ContainsFunc(c.faults, func(f error) bool { return f.Error() == err.Error() }) {
		c.faults = append(c.faults, err)
	}
	return nil
}

// template compiles the template called name, or the copy of it in list, for
// a type of dot, unless that is done or under way.
func (c *compiler) template(name string, tree *parse.Tree, list *parse.ListNode, dot typing) (*unit, error) {
	key := unitKey{name, list, dot}
	if u := c.units[key]; u != nil {
		return u, nil
	}
	outer := *c
	u := &unit{nvars: 1}
	c.units[key] = u
	if list == nil {
		list = tree.Root
	}
	c.tree, c.unit, c.dot = tree, u, dot
	c.scope = []variable{{"$", 0, dot}}
	c.assigned = map[string]bool{}
	findAssigned(list, c.assigned)
	if c.assigned["$"] {
		c.scope[0].typ = typing{}
	}
	u.block = c.newBlock(list)
	err := c.nodes(u.block, list.Nodes)
	u.done = true
	c.tree, c.unit, c.dot, c.scope, c.assigned, c.action = outer.tree, outer.unit, outer.dot, outer.scope, outer.assigned, outer.action
	return u, err
}

// newBlock returns an empty block for the place in the template.
func (c *compiler) newBlock(place any) *block {
	b := &block{id: len(c.all), place: place, statics: []string{""}}
	c.all = append(c.all, b)
	return b
}

// body compiles list as a block of its own, with its own scope.
func (c *compiler) body(list *parse.ListNode, dot typing) (*block, error) {
	if list == nil {
		return nil, nil
	}
	outer, mark := c.dot, len(c.scope)
	c.dot = dot
	b := c.newBlock(list)
	err := c.nodes(b, list.Nodes)
	c.dot, c.scope = outer, c.scope[:mark]
	return b, err
}

// nodes compiles nodes as the further content of b.
func (c *compiler) nodes(b *block, nodes []parse.Node) error {
	for i, n := range nodes {
		if n.Type() != parse.NodeList {
			c.action = n
		}
		var o *op
		var err error
		switch n := n.(type) {
		case *parse.TextNode:
			b.statics[len(b.statics)-1] += string(n.Text)
		case *parse.CommentNode:
		case *parse.ActionNode:
			o, err = c.show(n)
		case *parse.IfNode:
			o, err = c.branch(&n.BranchNode, false)
		case *parse.WithNode:
			o, err = c.branch(&n.BranchNode, true)
		case *parse.RangeNode:
			o, err = c.loop(n)
		case *parse.TemplateNode:
			o, err = c.invoke(n, c.src.trees[n.Name], nil)
		case *parse.ListNode:
			call := c.src.inlined[n]
			c.action = call
			o, err = c.invoke(call, c.src.trees[call.Name], n)
		case *parse.BreakNode:
			b.ends = flowBreak
			return nil
		case *parse.ContinueNode:
			b.ends = flowContinue
			return nil
		default:
			return errUncovered
		}
		if err != nil {
			if err := c.collect(err); err != nil {
				return err
			}
			continue
		}
		if o == nil {
			continue
		}
		c.add(b, o)
		if rest := nodes[i+1:]; o.leaves() && len(rest) > 0 {
			guard := &op{kind: opGuard, then: c.newBlock(guarded{rest[0]})}
			c.add(b, guard)
			return c.nodes(guard.then, rest)
		}
	}
	return nil
}

// guarded is the place of the block that holds what follows an op that may
// leave the loop's turn.
type guarded struct{ first parse.Node }

func (c *compiler) add(b *block, o *op) {
	b.ops = append(b.ops, *o)
	if o.kind == opCall && o.mergeable() {
		b.ops = b.ops[:len(b.ops)-1]
		b.statics[len(b.statics)-1] += o.unit.block.statics[0]
		return
	}
	if o.kind != opEffect {
		b.statics = append(b.statics, "")
	}
}

// mergeable reports whether a called template is nothing but text.
func (o *op) mergeable() bool {
	return o.pure && o.unit.done && len(o.unit.block.ops) == 0
}

// leaves reports whether the op may end its turn of the loop around it.
func (o *op) leaves() bool {
	return (o.kind == opBranch || o.kind == opGuard) && (o.then.leaves() || o.more.leaves())
}

func (b *block) leaves() bool {
	if b == nil {
		return false
	}
	for i := range b.ops {
		if b.ops[i].leaves() {
			return true
		}
	}
	return b.ends != flowOn
}

// show compiles {{pipeline}}: something to show, or a declaration.
func (c *compiler) show(n *parse.ActionNode) (*op, error) {
	if len(n.Pipe.Decl) == 0 {
		write, err := c.writer(n)
		return &op{kind: opText, write: write}, err
	}
	e, err := c.piped(n.Pipe)
	return &op{kind: opEffect, effect: func(x *run, dot structs.Value) error {
		_, err := e.eval(x, dot)
		return err
	}}, err
}

// piped compiles a pipeline with its declarations, which come into scope.
func (c *compiler) piped(p *parse.PipeNode) (expr, error) {
	if p == nil {
		return expr{}, nil
	}
	e, err := c.pipeline(p.Cmds)
	if err != nil { // go on, for further faults
		e = expr{}
		if err := c.collect(err); err != nil {
			return e, err
		}
	}
	if len(p.Decl) == 0 {
		return e, nil
	}
	var at [2]int
	for i, d := range p.Decl {
		name := d.Ident[0]
		if p.IsAssign {
			v, ok := c.lookup(name)
			if !ok {
				return e, c.fault(p, "undefined variable: %s", name)
			}
			at[i] = v.index
			continue
		}
		at[i] = c.declare(name, typing{e.typ, e.hint})
	}
	inner, count := e.eval, len(p.Decl)
	e.text = nil
	e.eval = func(x *run, dot structs.Value) (structs.Value, error) {
		v, err := inner(x, dot)
		for _, index := range at[:count] {
			x.vars[x.frame+index] = v
		}
		return v, err
	}
	return e, nil
}

// declare brings a variable into scope and returns its place in the frame.
func (c *compiler) declare(name string, typ typing) int {
	if c.assigned[name] {
		typ = typing{}
	}
	index := len(c.scope)
	c.scope = append(c.scope, variable{name, index, typ})
	c.unit.nvars = max(c.unit.nvars, len(c.scope))
	return index
}

func (c *compiler) lookup(name string) (variable, bool) {
	for _, v := range slices.Backward(c.scope) {
		if v.name == name {
			return v, true
		}
	}
	return variable{}, false
}

// branch compiles if and with.
func (c *compiler) branch(n *parse.BranchNode, with bool) (*op, error) {
	mark := len(c.scope)
	defer func() { c.scope = c.scope[:mark] }()
	e, err := c.piped(n.Pipe)
	if err != nil {
		return nil, err
	}
	o := &op{kind: opBranch, pipe: e.eval, with: with, pos: c.at(n.Pipe)}
	dot := c.dot
	if with {
		dot = typing{e.typ, e.hint}
	}
	if o.then, err = c.body(n.List, dot); err != nil {
		return nil, err
	}
	o.more, err = c.body(n.ElseList, c.dot)
	return o, err
}

// invoke compiles {{template}}; list is set when the call was inlined.
func (c *compiler) invoke(n *parse.TemplateNode, tree *parse.Tree, list *parse.ListNode) (*op, error) {
	if tree == nil {
		return nil, errUncovered
	}
	e, err := c.piped(n.Pipe)
	if err != nil {
		return nil, err
	}
	o := &op{kind: opCall, pipe: e.eval, pos: c.at(n), pure: n.Pipe == nil || n.Pipe.String() == "."}
	o.unit, err = c.template(n.Name, tree, list, typing{e.typ, e.hint})
	return o, err
}

// findAssigned collects the variables that are assigned to in list.
func findAssigned(list *parse.ListNode, names map[string]bool) {
	if list == nil {
		return
	}
	note := func(p *parse.PipeNode) {
		if p != nil && p.IsAssign {
			for _, d := range p.Decl {
				names[d.Ident[0]] = true
			}
		}
	}
	branch := func(b *parse.BranchNode) {
		note(b.Pipe)
		findAssigned(b.List, names)
		findAssigned(b.ElseList, names)
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			note(n.Pipe)
		case *parse.TemplateNode:
			note(n.Pipe)
		case *parse.IfNode:
			branch(&n.BranchNode)
		case *parse.WithNode:
			branch(&n.BranchNode)
		case *parse.RangeNode:
			branch(&n.BranchNode)
		}
	}
}

// escaperNames collects the escapers that html/template has put into src.
func escaperNames(src *source) []string {
	found := map[string]bool{}
	for _, t := range src.trees {
		collectEscapers(t.Root, found)
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	return names
}
