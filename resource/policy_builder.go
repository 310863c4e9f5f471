package resource

import (
	"github.com/congago/conga/resource/expr"
)

// Always holds for every call.
var Always = expr.True()

// Public is Always, for actions that anybody may use on purpose.
var Public = expr.True()

// ActorPresent holds when the call has an actor.
var ActorPresent = expr.Of[bool](expr.Actor{})

// PolicyBuilder declares a policy.
type PolicyBuilder struct {
	d *declaration
	p *Policy
}

// Policy declares who may use the actions; without names it speaks of all.
// Every policy that speaks of an action must allow it. Its checks are asked
// in order, and the first that decides ends the policy; when none decides,
// it forbids. An action without a policy is a fault.
func (b *BuilderOf[P]) Policy(actions ...string) *PolicyBuilder { return b.d.policy(false, actions) }

// Bypass declares a policy that allows by itself when it holds, whatever the
// policies after it say; when it does not hold it counts as not there.
//
//go:noinline
func (b *BuilderOf[P]) Bypass(actions ...string) *PolicyBuilder { return b.d.policy(true, actions) }

func (d *declaration) policy(bypass bool, names []string) *PolicyBuilder {
	p := &Policy{Bypass: bypass, Condition: d.group, Where: where()}
	for _, name := range names {
		a := d.res.Action(name)
		if a == nil {
			d.fault(codePolicy, name, "the policy names an action that is not declared before it", suggest(name, d.actionNames()))
			p.Actions = append(p.Actions, &Action{Name: name})
			continue
		}
		p.Actions = append(p.Actions, a)
	}
	d.res.Policies = append(d.res.Policies, p)
	return &PolicyBuilder{d, p}
}

func (d *declaration) actionNames() []string {
	var out []string
	for _, a := range d.res.Actions {
		out = append(out, a.Name)
	}
	return out
}

// PolicyGroup gives all policies that declare declares one more condition,
// under which they apply. Groups may stand in groups.
//
//go:noinline
func (b *BuilderOf[P]) PolicyGroup(condition expr.Bool, declare func()) {
	outer := b.d.group
	b.d.group = expr.And(outer, b.d.expression("policy", condition.Node()))
	declare()
	b.d.group = outer
}

// Strict has the policy decided before a record is looked at. A call for
// which that cannot be done is Forbidden, where another policy would find what
// the actor may see.
func (b *PolicyBuilder) Strict() *PolicyBuilder { b.p.Strict = true; return b }

// Message is what clients are told when the policy is why they are refused:
// "only authors may edit". It must not tell about records that they may not see.
func (b *PolicyBuilder) Message(text string) *PolicyBuilder { b.p.Message = text; return b }

// When limits the policy to calls for which the condition holds.
func (b *PolicyBuilder) When(condition expr.Bool) *PolicyBuilder {
	b.p.Condition = expr.And(b.p.Condition, b.d.expression("policy", condition.Node()))
	return b
}

// AuthorizeIf allows when the condition holds.
func (b *PolicyBuilder) AuthorizeIf(c expr.Bool) *PolicyBuilder { return b.check(AuthorizeIf, c) }

// AuthorizeUnless allows when the condition is false.
func (b *PolicyBuilder) AuthorizeUnless(c expr.Bool) *PolicyBuilder {
	return b.check(AuthorizeUnless, c)
}

// ForbidIf forbids unless the condition is false.
func (b *PolicyBuilder) ForbidIf(c expr.Bool) *PolicyBuilder { return b.check(ForbidIf, c) }

// ForbidUnless forbids unless the condition holds.
func (b *PolicyBuilder) ForbidUnless(c expr.Bool) *PolicyBuilder { return b.check(ForbidUnless, c) }

func (b *PolicyBuilder) check(kind CheckKind, c expr.Bool) *PolicyBuilder {
	b.p.Checks = append(b.p.Checks, Check{Kind: kind, Expr: b.d.expression("policy", c.Node()), Where: where()})
	return b
}
