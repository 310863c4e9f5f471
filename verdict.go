package conga

import (
	"context"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Verdict is what the policies say of an action and an actor before any
// record is looked at.
type Verdict string

// The verdicts.
const (
	// Allowed for every record.
	Allowed Verdict = "allowed"
	// Filtered: it depends on the record.
	Filtered Verdict = "filtered"
	// Refused for every record: the call fails with Forbidden.
	Refused Verdict = "refused"
)

// Verdict is what the policies say of the action and the actor of ctx, and
// the condition on the record when it is Filtered, with the actor's values in it.
func (a *App) Verdict(ctx context.Context, action *resource.Action) (Verdict, expr.Node) {
	b := a.binder(ctx, nil)
	if b.needTenant(action) != nil {
		return Refused, nil
	}
	v, n := judge(b.decideOwn(action))
	switch v {
	case allowed:
		return Allowed, nil
	case refused:
		return Refused, nil
	}
	return Filtered, n
}
