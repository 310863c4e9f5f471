package conga

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// storeManually is store for an action whose function does it.
func (r *run) storeManually(ctx context.Context) error {
	after, err := r.admitted(ctx)
	if err != nil {
		return err
	}
	for _, attr := range r.res.Columns() {
		if r.c.Expr(attr) != nil {
			if err := r.settle(ctx, attr); err != nil {
				return err
			}
		}
	}
	rec, err := r.action.Manual(ctx, r.c)
	if err != nil {
		return r.hook(err)
	}
	if err := r.accept(rec); err != nil {
		return internal(fmt.Errorf("%s.%s, manual at %s: %w", r.res.Name, r.action.Name, r.action.ManualAt, err))
	}
	r.written, r.doubtful = true, after
	if r.result, err = r.whole(ctx, rec); err != nil {
		return err
	}
	return r.stored()
}

// whole is the record that a manual action returned as a result. One that was
// read on behalf of the actor may lack what he must not see, which events and
// hooks are to have: that comes from the database.
func (r *run) whole(ctx context.Context, rec any) (*datalayer.Result, error) {
	columns := r.res.Columns()
	lacking := slices.ContainsFunc(columns, func(attr *resource.Attribute) bool { return r.res.Hides(rec, attr) })
	switch {
	case (lacking || r.res.Partial(rec)) && r.action.Kind == resource.Destroy:
		rec = r.before
	case lacking || r.watched && r.res.Partial(rec):
		res, err := r.session(ctx).Read(ctx, &datalayer.Query{Resource: r.res, Select: columns, Where: keyIs(r.res, r.res.Primary.Get(rec))})
		if err != nil || res.Len() > 0 {
			return res, err
		}
		if lacking {
			return nil, fmt.Errorf("%s.%s, manual at %s: the record that the function returned lacks hidden fields", r.res.Name, r.action.Name, r.action.ManualAt)
		}
	}
	values := make([]any, len(columns))
	for i, attr := range columns {
		values[i] = attr.Get(rec)
	}
	return &datalayer.Result{Rows: manualRows{columns, [][]any{values}}, Columns: columns, Count: -1}, nil
}

// admitted asks the policies what a statement that writes would ask them, as
// the hooks before have left the record; after is what the database is to be
// asked about a new one.
func (r *run) admitted(ctx context.Context) (after expr.Node, err error) {
	if r.action.Kind == resource.Create {
		return r.allowed()
	}
	if r.allow == nil || r.parent == nil && len(r.action.Before) == 0 {
		return nil, nil // the record was read and locked under them
	}
	q := &datalayer.Query{Resource: r.res, Select: []*resource.Attribute{r.res.Primary}, Where: r.found(), Relations: r.b.relations}
	res, err := r.session(ctx).Read(ctx, q)
	if err != nil {
		return nil, err
	}
	if res.Len() == 0 {
		return nil, r.refuse(ctx)
	}
	return nil, nil
}

// settle computes, for a manual action, the value of an attribute that an
// expression sets: from the record as it was, or by the database where that
// does not tell. Of other actions the statement that writes does it.
func (r *run) settle(ctx context.Context, attr *resource.Attribute) error {
	if r.action.Manual == nil || r.before == nil {
		return nil
	}
	n := r.c.Expr(attr)
	v, err := expr.Eval(n, recordEnv{r.res, r.before, false})
	if errors.Is(err, expr.ErrNotLoaded) {
		bound := *attr
		bound.Expr = n
		var res *datalayer.Result
		res, err = r.session(ctx).Read(ctx, &datalayer.Query{
			Resource: r.res, Select: []*resource.Attribute{&bound}, Where: keyIs(r.res, r.w.Key), Relations: r.b.relations})
		if err == nil && res.Len() == 0 {
			return notFound()
		}
		if err == nil {
			v, err = res.Value(0, 0)
		}
	}
	if err != nil {
		return err
	}
	r.c.Set(attr, v)
	return nil
}

// accept refuses what a manual action must not return.
func (r *run) accept(rec any) error {
	if rec == nil {
		return errors.New("the function returned neither a record nor an error")
	}
	key := r.res.Primary.Get(rec)
	switch {
	case isZero(key):
		return errors.New("the record that the function returned has no key")
	case r.w.Key != nil && !same(key, r.w.Key):
		return errors.New("the function returned another record than that of the call")
	}
	if column := r.res.Tenant.Column(); column != nil && r.b.tenant != nil && !r.b.any && !same(column.Get(rec), r.b.tenant) {
		return errors.New("the function returned a record of another tenant")
	}
	return nil
}

// suffices reports whether the record that a manual action returned has all
// that the caller wants.
func (r *run) suffices(s Selection) bool {
	return r.action.Manual != nil && len(s.Load) == 0 && project(r.result, s.Select) != nil
}

// missing is the error of a record that was written and cannot be read again.
func (r *run) missing() error {
	if r.action.Manual == nil {
		return notFound()
	}
	return &Error{Kind: Invalid, Message: "the record is not in the database: only fields of its own can be returned"}
}
