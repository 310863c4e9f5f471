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
// the condition on the record when it is Filtered, with the actor's values in
// it. A check that fails refuses.
func (a *App) Verdict(ctx context.Context, action *resource.Action) (Verdict, expr.Node) {
	_, v, n, err := a.may(ctx, action)
	if err != nil {
		return Refused, nil
	}
	switch v {
	case allowed:
		return Allowed, nil
	case refused:
		return Refused, nil
	}
	return Filtered, n
}

// FieldVerdict is what the field policies say of an attribute of r and the
// actor of ctx, for records that he sees: Filtered comes with the condition on
// the record, and where he is Refused the field is always hidden.
func (a *App) FieldVerdict(ctx context.Context, r *resource.Resource, attr *resource.Attribute) (Verdict, expr.Node) {
	b := a.binder(ctx, nil)
	s := b.sees(r, attr)
	switch {
	case s.verdict == refused || b.fault != nil:
		return Refused, nil
	case s.verdict == allowed:
		return Allowed, nil
	}
	return Filtered, s.condition
}
