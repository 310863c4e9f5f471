package conga

import (
	"context"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// FailUnseen makes a read fail with Forbidden when a record that the caller
// asks for, apart from limits, is hidden from the actor by policies, instead of
// leaving it out. It takes one statement more. It is for callers who must not
// take a part for the whole, such as reports; a client that may use it learns
// that there are such records.
func FailUnseen() Option {
	return Option{func(o *options) error {
		o.selection.FailUnseen = true
		return nil
	}}
}

// refuseUnseen fails when records that are there, and for which where holds,
// are not allowed by the policies.
func (a *App) refuseUnseen(ctx context.Context, b *binder, f *Find, where expr.Node) error {
	v, allow := judge(b.policies(f.Action))
	if v == allowed {
		return nil
	}
	if filter := f.Action.Resource.Filter; filter != nil && !f.Action.Unfiltered {
		where = expr.And(where, b.bind(f.Action.Resource, filter, everything))
	}
	hidden := expr.Call{Op: expr.OpIf, Args: []expr.Node{allow, expr.Literal{Value: false}, expr.Literal{Value: true}}}
	q := &datalayer.Query{Resource: f.Action.Resource, Select: []*resource.Attribute{f.Action.Resource.Primary},
		Where: expr.And(where, hidden), Limit: 1, Relations: b.relations}
	res, err := a.sessionFor(ctx, f.Action).Read(ctx, q)
	if err != nil {
		return a.failure(ctx, err)
	}
	if res.Len() == 0 {
		return nil
	}
	key, err := res.Value(0, 0)
	if err != nil {
		return a.failure(ctx, err)
	}
	return b.refusal(f.Action, b.inDatabase(ctx, f.Action.Resource, key))
}
