package conga

import (
	"context"
	"errors"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Visible reports whether the actor of ctx may see the record, a pointer to a
// record of r with all its stored attributes, and the condition, which may be
// nil, holds for it. It asks the database only when the record alone does not
// tell. A record that is gone from the database is then not visible.
func (a *App) Visible(ctx context.Context, r *resource.Resource, record any, where expr.Node) (bool, error) {
	b, v, n, err := a.sight(ctx, r, where)
	if err != nil {
		return false, err
	}
	if v != depends {
		return v == allowed, nil
	}
	return b.holds(ctx, r, record, n)
}

// sight says whether the actor of ctx may see records of r for which the
// condition, which may be nil, holds.
func (a *App) sight(ctx context.Context, r *resource.Resource, where expr.Node) (*binder, verdict, expr.Node, error) {
	b := a.binder(ctx, nil)
	read := r.PrimaryAction(resource.Read)
	if read == nil {
		return b, refused, nil, nil
	}
	if err := b.needTenant(read); err != nil {
		return b, refused, nil, a.failure(ctx, err)
	}
	seen := b.readable(r)
	if own := b.own(r); own != nil {
		seen = and(own, seen)
	}
	if where != nil {
		seen = and(seen, b.untrusted(r, where))
	}
	v, n := judge(expr.Simplify(seen))
	return b, v, n, nil
}

// Can reports whether the actor of ctx may run the action, as far as that
// can be told without the inputs: on the record, which is nil for creates,
// reads and generic actions.
func (a *App) Can(ctx context.Context, action *resource.Action, record any) (bool, error) {
	r := action.Resource
	b := a.binder(ctx, nil)
	if err := b.needTenant(action); err != nil {
		return false, a.failure(ctx, err)
	}
	v, n := judge(b.decideOwn(action))
	if v != depends || record == nil {
		return v != refused, nil
	}
	return b.holds(ctx, r, record, n)
}

// holds evaluates a bound condition for a record, by a query where the record
// alone does not tell.
func (b *binder) holds(ctx context.Context, r *resource.Resource, record any, n expr.Node) (bool, error) {
	ok, err := expr.Holds(n, recordEnv{r, record})
	if !errors.Is(err, expr.ErrNotLoaded) {
		return ok, b.app.failure(ctx, err)
	}
	q := &datalayer.Query{Resource: r, Select: []*resource.Attribute{r.Primary}, Where: expr.And(keyIs(r, r.Primary.Get(record)), n), Relations: b.relations}
	// A replica may not have heard of the write that made somebody ask.
	res, err := b.app.session(ctx).Read(datalayer.ReadPrimary(ctx), q)
	if err != nil {
		return false, b.app.failure(ctx, err)
	}
	return res.Len() > 0, nil
}
