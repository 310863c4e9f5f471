package resource

import (
	"slices"

	"github.com/congago/conga/resource/expr"
)

// checkReach finds policies and checks that make no difference, and actions
// that nobody may use. What cannot be told is let pass.
func (c *compiler) checkReach(r *Resource) {
	earlier := len(c.faults)
	for _, p := range slices.Concat(r.Policies, r.FieldPolicies) {
		c.checkPolicyReach(r, p)
	}
	c.checkBypassed(r, r.Policies, func(p *Policy) []any {
		return partsOf(r.Actions, p.Covers)
	})
	c.checkBypassed(r, r.FieldPolicies, func(p *Policy) []any {
		return partsOf(r.Attributes, func(a *Attribute) bool { return slices.Contains(r.FieldPoliciesOf(a), p) })
	})
	for _, a := range r.Actions {
		policies := a.Policies()
		if len(policies) == 0 || slices.ContainsFunc(policies, (*Policy).closes) || len(c.faults) > earlier {
			continue
		}
		if never(Fold(policies)) {
			c.faults = append(c.faults, Diagnostic{Code: codePolicy, Where: a.Where, Field: r.label() + "." + a.Name,
				Message: "nobody may ever use the action: its policies contradict each other",
				Hint:    "to close an action on purpose, declare a policy that says AuthorizeIf(resource.Never)"})
		}
	}
}

// partsOf are those of the list that a policy speaks of.
func partsOf[V any](list []V, covers func(V) bool) []any {
	var out []any
	for _, v := range list {
		if covers(v) {
			out = append(out, v)
		}
	}
	return out
}

// closes reports whether the policy says in so many words that it never allows.
func (p *Policy) closes() bool {
	for _, check := range p.Checks {
		l, ok := check.Expr.(expr.Literal)
		if !ok || (l.Value == true) == (check.Kind == AuthorizeIf || check.Kind == ForbidUnless) {
			return false
		}
	}
	return len(p.Checks) > 0
}

func (c *compiler) checkPolicyReach(r *Resource, p *Policy) {
	if len(p.Checks) == 0 || onlyForbids(p) || p.closes() {
		return
	}
	if p.Condition != nil && never(p.Condition) {
		c.policyFault(r, p, "the policy never applies: its condition contradicts itself", "")
		return
	}
	// undecided is what must hold for the next check to be asked.
	undecided := []expr.Node{p.When()}
	for i, check := range p.Checks {
		if i > 0 && never(undecided...) {
			c.faults = append(c.faults, Diagnostic{Code: codePolicy, Where: check.Where, Field: r.label() + ".policy",
				Message: "this check is never asked: those before it always decide"})
			return
		}
		if n := passes(check); n != nil {
			undecided = append(undecided, n)
		}
	}
	if never(p.When(), p.Holds()) {
		c.policyFault(r, p, "the policy never allows: its checks contradict each other",
			"to forbid on purpose, say AuthorizeIf(resource.Never)")
	}
}

// passes is a condition that holds wherever the check does not decide; nil
// where none can be told, because what is unknown passes too.
func passes(check Check) expr.Node {
	l, constant := check.Expr.(expr.Literal)
	switch {
	case check.Kind == ForbidIf:
		return not(check.Expr)
	case check.Kind == ForbidUnless:
		return check.Expr
	case constant && (l.Value == true) == (check.Kind == AuthorizeIf):
		return expr.Literal{Value: false}
	}
	return nil
}

// checkBypassed finds policies behind a bypass that always allows all that
// they speak of.
func (c *compiler) checkBypassed(r *Resource, policies []*Policy, covered func(*Policy) []any) {
	for i, p := range policies {
		mine := covered(p)
		if len(mine) == 0 {
			continue
		}
		left := slices.DeleteFunc(mine, func(part any) bool {
			return slices.ContainsFunc(policies[:i], func(q *Policy) bool {
				return q.Bypass && alwaysAllows(q) && slices.Contains(covered(q), part)
			})
		})
		if len(left) == 0 {
			c.policyFault(r, p, "the policy is never asked: a bypass before it always allows", "")
		}
	}
}

func alwaysAllows(p *Policy) bool {
	l, ok := expr.Simplify(and(p.When(), p.Holds())).(expr.Literal)
	return ok && l.Value == true
}
