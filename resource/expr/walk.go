package expr

// Map rebuilds the tree from the leaves: f gets each node, its children
// already mapped, and returns what takes its place. The first error ends it.
// Children of a Related are not visited: they do not exist before it resolves.
func Map(n Node, f func(Node) (Node, error)) (Node, error) {
	var err error
	switch x := n.(type) {
	case nil:
		return nil, nil
	case Call:
		args := make([]Node, len(x.Args))
		for i, a := range x.Args {
			if args[i], err = Map(a, f); err != nil {
				return nil, err
			}
		}
		n = Call{x.Op, args}
	case *Aggregate:
		c := *x
		if c.Of, err = Map(x.Of, f); err != nil {
			return nil, err
		}
		if c.Where, err = Map(x.Where, f); err != nil {
			return nil, err
		}
		c.Sort = make([]Order, len(x.Sort))
		for i, o := range x.Sort {
			if o.Node, err = Map(o.Node, f); err != nil {
				return nil, err
			}
			c.Sort[i] = o
		}
		n = &c
	}
	return f(n)
}

// Walk calls f for each node of the tree, a parent before its children, until f returns false.
// The children of a node for which f returns false are left out.
func Walk(n Node, f func(Node) bool) {
	if n == nil || !f(n) {
		return
	}
	switch x := n.(type) {
	case Call:
		for _, a := range x.Args {
			Walk(a, f)
		}
	case *Aggregate:
		Walk(x.Of, f)
		Walk(x.Where, f)
		for _, o := range x.Sort {
			Walk(o.Node, f)
		}
	}
}

// And joins conditions; nil ones are left out, and nil comes back when none is left.
func And(conditions ...Node) Node {
	var only Node
	n := 0
	for _, c := range conditions {
		if c != nil {
			only = c
			n++
		}
	}
	if n < 2 { // which is common, and takes no memory
		return only
	}
	args := make([]Node, 0, n)
	for _, c := range conditions {
		if c != nil {
			args = append(args, c)
		}
	}
	return Call{OpAnd, args}
}

// Simplify folds the constants of a condition: true and x is x, false and x is
// false, not true is false, and so on. The result is true, false or unknown
// exactly where n is.
func Simplify(n Node) Node {
	out, _ := Map(n, func(n Node) (Node, error) {
		c, ok := n.(Call)
		if !ok {
			return n, nil
		}
		switch c.Op {
		case OpAnd:
			return fold(c, true), nil
		case OpOr:
			return fold(c, false), nil
		case OpNot:
			if b, ok := constant(c.Args[0]); ok {
				return Literal{!b}, nil
			}
		case OpIsNull, OpNotNull:
			if l, ok := c.Args[0].(Literal); ok {
				return Literal{(l.Value == nil) == (c.Op == OpIsNull)}, nil
			}
		}
		return n, nil
	})
	return out
}

// fold drops the neutral element of an And (true) or an Or (false), flattens
// the same operator inside, and gives the other constant when it occurs.
func fold(c Call, neutral bool) Node {
	var args []Node
	for _, a := range c.Args {
		if b, ok := constant(a); ok {
			if b == neutral {
				continue
			}
			return Literal{!neutral}
		}
		if inner, ok := a.(Call); ok && inner.Op == c.Op {
			args = append(args, inner.Args...)
			continue
		}
		args = append(args, a)
	}
	switch len(args) {
	case 0:
		return Literal{neutral}
	case 1:
		return args[0]
	}
	return Call{c.Op, args}
}

func constant(n Node) (value, ok bool) {
	if l, isLiteral := n.(Literal); isLiteral {
		value, ok = l.Value.(bool)
	}
	return value, ok
}
