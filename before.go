package conga

import (
	"context"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
)

// beforeTransaction runs the hooks that come before the transaction. They see
// neither a call that the policies refuse nor inputs that are wrong.
func (r *run) beforeTransaction(ctx context.Context) error {
	if len(r.action.BeforeTransaction) == 0 {
		return nil
	}
	if r.action.Kind != resource.Create {
		q := &datalayer.Query{Resource: r.res, Select: r.res.Columns(), Where: r.found(), Relations: r.b.relations}
		res, err := r.session(ctx).Read(ctx, q)
		if err != nil {
			return err
		}
		if res.Len() == 0 {
			return r.refuse(ctx)
		}
		if r.c.Record, err = (&Found{Result: res, Resource: r.res}).record(0); err != nil {
			return err
		}
	}
	issues, err := r.app.check(ctx, r.w, r.c.Record)
	if err != nil {
		return err
	}
	if len(issues) > 0 {
		return invalid(issues...)
	}
	for _, hook := range r.action.BeforeTransaction {
		if err := r.guard(func() error { return r.hook(hook(ctx, r.c)) }); err != nil {
			return err
		}
	}
	r.c.Record = nil // which is read again, and locked
	return nil
}

// guard is f with a panic of user code as an error.
func (r *run) guard(f func() error) error { return safely(r.action, f) }

// afterRead shows the records to the hooks of the action.
func (a *App) afterRead(ctx context.Context, f *Find, found *Found) error {
	action := f.Action
	if len(action.AfterRead) == 0 || found.Len() == 0 || f.Group != nil {
		return nil
	}
	recs, err := found.Records()
	if err != nil {
		return err
	}
	ctx = a.within(ctx)
	for _, hook := range action.AfterRead {
		if err := safely(action, func() error { return hook(ctx, recs) }); err != nil {
			return err
		}
	}
	return nil
}
