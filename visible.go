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
	if err != nil || v != depends {
		return err == nil && v == allowed, err
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
	return b, v, n, a.failure(ctx, b.fault)
}

// Can reports whether the actor of ctx may run the action, as far as that
// can be told without the inputs: on the record, which is nil for creates,
// reads and generic actions. What he may not read he can neither update nor destroy.
func (a *App) Can(ctx context.Context, action *resource.Action, record any) (bool, error) {
	b, v, n, err := a.may(ctx, action)
	if err != nil || v != depends || record == nil {
		return err == nil && v != refused, err
	}
	return b.holds(ctx, action.Resource, record, n)
}

// CanEach is Can for each of the records, with at most one statement for all.
func (a *App) CanEach(ctx context.Context, action *resource.Action, records []any) ([]bool, error) {
	out := make([]bool, len(records))
	b, v, n, err := a.may(ctx, action)
	if err != nil || v != depends {
		for i := range out {
			out[i] = err == nil && v == allowed
		}
		return out, err
	}
	r := action.Resource
	places := map[any][]int{} // of those that the database must be asked about
	var keys []any
	for i, rec := range records {
		ok, err := expr.Holds(n, recordEnv{r, rec, true})
		switch {
		case errors.Is(err, expr.ErrNotLoaded):
			key := r.Primary.Get(rec)
			if places[key] == nil {
				keys = append(keys, key)
			}
			places[key] = append(places[key], i)
		case err != nil:
			return nil, a.failure(ctx, err)
		default:
			out[i] = ok
		}
	}
	if len(keys) == 0 {
		return out, nil
	}
	q := &datalayer.Query{Resource: r, Select: []*resource.Attribute{r.Primary}, Where: expr.And(keyIn(r, keys), n), Relations: b.relations}
	res, err := a.sessionFor(ctx, action).Read(datalayer.ReadPrimary(ctx), q)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	for row := range res.Len() {
		key, err := res.Value(row, 0)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		for _, i := range places[key] {
			out[i] = true
		}
	}
	return out, nil
}

// may is what the policies say of the action to the actor of ctx: for updates
// and destroys, those of the primary read action too.
func (a *App) may(ctx context.Context, action *resource.Action) (*binder, verdict, expr.Node, error) {
	b := a.binder(ctx, nil)
	if err := b.needTenant(action); err != nil {
		return b, refused, nil, a.failure(ctx, err)
	}
	n := b.decideOwn(action)
	read := action.Resource.PrimaryAction(resource.Read)
	if read != nil && (action.Kind == resource.Update || action.Kind == resource.Destroy) {
		n = distinct(expr.Simplify(and(n, b.policies(read))))
	}
	v, n := judge(n)
	return b, v, n, a.failure(ctx, b.fault)
}

// distinct leaves out conditions of an And that are there already.
func distinct(n expr.Node) expr.Node {
	c, ok := n.(expr.Call)
	if !ok || c.Op != expr.OpAnd {
		return n
	}
	var args []expr.Node
	known := map[string]bool{}
	for _, a := range c.Args {
		if text := expr.String(a); !known[text] {
			known[text] = true
			args = append(args, a)
		}
	}
	return expr.And(args...)
}

// holds evaluates a bound condition for a record, by a query where the record
// alone does not tell.
func (b *binder) holds(ctx context.Context, r *resource.Resource, record any, n expr.Node) (bool, error) {
	ok, err := expr.Holds(n, recordEnv{r, record, true})
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
