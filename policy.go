package conga

import (
	"slices"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// decision is the condition under which the policies of r allow the action.
//
// The policies are folded from the last to the first with a pair of
// conditions: someApplies, which starts as false, and allOK, which starts as
// true. An ordinary policy with condition c and checks k makes
//
//	someApplies = someApplies or c
//	allOK       = (not c or k) and allOK
//
// and a bypass, which stands for nothing unless it holds,
//
//	someApplies = someApplies or (c and k)
//	allOK       = allOK or (c and k)
//
// The decision is someApplies and allOK. All of it is SQL's logic of three
// values, and what is unknown does not allow.
func decision(r *resource.Resource, action *resource.Action) expr.Node {
	var someApplies, allOK expr.Node = expr.Literal{Value: false}, expr.Literal{Value: true}
	for _, p := range slices.Backward(r.Policies) {
		if !p.Covers(action) {
			continue
		}
		c := p.Condition
		if c == nil {
			c = expr.Literal{Value: true}
		}
		k := checks(p)
		if p.Bypass {
			holds := and(c, k)
			someApplies, allOK = or(someApplies, holds), or(allOK, holds)
			continue
		}
		someApplies, allOK = or(someApplies, c), and(or(not(c), k), allOK)
	}
	return expr.Simplify(and(someApplies, allOK))
}

// checks folds the checks of a policy from the last to the first, starting
// from false: the first check that decides ends the policy.
func checks(p *resource.Policy) expr.Node {
	var rest expr.Node = expr.Literal{Value: false}
	for _, c := range slices.Backward(p.Checks) {
		switch c.Kind {
		case resource.AuthorizeIf:
			rest = or(c.Expr, rest)
		case resource.AuthorizeUnless:
			rest = or(not(c.Expr), rest)
		case resource.ForbidIf:
			rest = and(not(c.Expr), rest)
		case resource.ForbidUnless:
			rest = and(c.Expr, rest)
		}
	}
	return rest
}

func and(a, b expr.Node) expr.Node { return expr.Call{Op: expr.OpAnd, Args: []expr.Node{a, b}} }
func or(a, b expr.Node) expr.Node  { return expr.Call{Op: expr.OpOr, Args: []expr.Node{a, b}} }
func not(a expr.Node) expr.Node    { return expr.Call{Op: expr.OpNot, Args: []expr.Node{a}} }

// verdict is what a bound decision says before any record is looked at.
type verdict int

const (
	depends verdict = iota // on the record
	allowed
	refused
)

// judge reads the verdict from a bound condition. Since only true allows,
// a constant that is false or NULL refuses.
func judge(n expr.Node) (verdict, expr.Node) {
	n = positive(n)
	if l, ok := n.(expr.Literal); ok {
		if l.Value == true {
			return allowed, n
		}
		return refused, n
	}
	return depends, n
}

// positive folds NULL to false where that makes no difference to whether the
// condition is true: under the And and Or at its top.
func positive(n expr.Node) expr.Node {
	switch x := n.(type) {
	case expr.Literal:
		if x.Value == nil {
			return expr.Literal{Value: false}
		}
	case expr.Call:
		if x.Op != expr.OpAnd && x.Op != expr.OpOr {
			return n
		}
		args := make([]expr.Node, len(x.Args))
		for i, a := range x.Args {
			args[i] = positive(a)
		}
		return expr.Simplify(expr.Call{Op: x.Op, Args: args})
	}
	return n
}
