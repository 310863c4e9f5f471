package resource

import (
	"slices"

	"github.com/congago/conga/resource/expr"
)

// Decision is the condition under which the policies allow the action.
func (a *Action) Decision() expr.Node { return Fold(a.Policies()) }

// Policies are those that speak of the action, in declared order.
func (a *Action) Policies() []*Policy {
	var out []*Policy
	for _, p := range a.Resource.Policies {
		if p.Covers(a) {
			out = append(out, p)
		}
	}
	return out
}

// Sight is the condition under which the field policies of r let the attribute
// be seen; nil where it always is.
func (r *Resource) Sight(a *Attribute) expr.Node {
	policies := r.FieldPoliciesOf(a)
	if len(policies) == 0 {
		return nil
	}
	n := Fold(policies)
	if l, ok := n.(expr.Literal); ok && l.Value == true {
		return nil
	}
	return n
}

// Fold is the condition under which policies allow, when all are asked.
//
// They are folded from the last to the first with a pair of
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
func Fold(policies []*Policy) expr.Node {
	var someApplies, allOK expr.Node = expr.Literal{Value: false}, expr.Literal{Value: true}
	for _, p := range slices.Backward(policies) {
		c := p.When()
		k := p.Holds()
		if p.Bypass {
			holds := and(c, k)
			someApplies, allOK = or(someApplies, holds), or(allOK, holds)
			continue
		}
		someApplies, allOK = or(someApplies, c), and(or(not(c), k), allOK)
	}
	return expr.Simplify(and(someApplies, allOK))
}

// When is the condition under which the policy applies.
func (p *Policy) When() expr.Node {
	if p.Condition == nil {
		return expr.Literal{Value: true}
	}
	return p.strictly(p.Condition)
}

// Holds is the condition under which the policy, where it applies, allows: its
// checks are folded from the last to the first, starting from false, so that the
// first check that decides ends the policy.
func (p *Policy) Holds() expr.Node {
	var rest expr.Node = expr.Literal{Value: false}
	for _, c := range slices.Backward(p.Checks) {
		n := p.strictly(c.Expr)
		switch c.Kind {
		case AuthorizeIf:
			rest = or(n, rest)
		case AuthorizeUnless:
			rest = or(not(n), rest)
		case ForbidIf:
			rest = and(not(n), rest)
		case ForbidUnless:
			rest = and(n, rest)
		}
	}
	return rest
}

// OpStrict is its argument where that is known before a record is looked at,
// and NULL where not. It is in the decisions of strict policies alone, and the
// engine binds it.
const OpStrict expr.Op = "strict"

func (p *Policy) strictly(n expr.Node) expr.Node {
	if _, constant := n.(expr.Literal); constant || !p.Strict {
		return n
	}
	return expr.Call{Op: OpStrict, Args: []expr.Node{n}}
}

func and(a, b expr.Node) expr.Node { return expr.Call{Op: expr.OpAnd, Args: []expr.Node{a, b}} }
func or(a, b expr.Node) expr.Node  { return expr.Call{Op: expr.OpOr, Args: []expr.Node{a, b}} }
func not(a expr.Node) expr.Node    { return expr.Call{Op: expr.OpNot, Args: []expr.Node{a}} }
