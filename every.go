package conga

import (
	"context"
	"errors"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// WriteEvery runs an update or destroy action on all records for which the
// resolved condition holds and which the policies let the actor change, and
// returns their number. Where nothing in the action looks at single records it
// is one statement; otherwise the records are read, and written one by one, in one
// transaction. The inputs of w are the same for all; its Key is not used.
func (a *App) WriteEvery(ctx context.Context, w *Write, where expr.Node) (int, error) {
	if w.Action.Kind != resource.Update && w.Action.Kind != resource.Destroy {
		return 0, internal(errors.New("only updates and destroys run on every record"))
	}
	r := &run{app: a, w: w, action: w.Action, res: w.Action.Resource}
	r.watched = a.listened(r.res)
	ctx = a.within(ctx)
	r.cast(ctx)
	if err := r.decide(); err != nil {
		return 0, err
	}
	where = expr.And(r.b.bind(r.res, where, visible), r.allow)
	if r.needsOriginal() || len(r.action.AfterTransaction) > 0 {
		return a.writeEach(ctx, w, where)
	}
	if err := r.change(ctx, false); err != nil {
		return 0, a.failure(ctx, err)
	}
	res, err := r.storeEvery(ctx, where)
	if err != nil {
		return 0, a.failure(ctx, err)
	}
	for i := range res.Len() {
		one := &run{app: a, action: r.action, res: r.res, c: r.c, written: r.watched, watched: r.watched}
		one.result = &datalayer.Result{Rows: oneRow{res.Rows, i}, Columns: res.Columns, Count: -1}
		if err := one.stored(); err != nil {
			return 0, internal(err)
		}
		_ = one.end(ctx, nil) // only publishes: there is neither transaction nor hook of its own
	}
	return res.Len(), nil
}

// storeEvery writes all records in one statement.
func (r *run) storeEvery(ctx context.Context, where expr.Node) (*datalayer.Result, error) {
	back := []*resource.Attribute{r.res.Primary}
	if r.watched {
		back = r.res.Columns()
	}
	if r.action.Kind == resource.Destroy && !r.action.Soft {
		return r.app.session(ctx).Delete(ctx, &datalayer.Delete{Resource: r.res, Where: where, Return: back})
	}
	return r.app.session(ctx).Update(ctx, &datalayer.Update{Resource: r.res, Where: where, Set: r.assignments(), Return: back})
}

// assignments are what an update sets, with the time of the update.
func (r *run) assignments() []datalayer.Assignment {
	var out []datalayer.Assignment
	for _, attr := range r.res.Columns() {
		if v, ok := r.c.Changed(attr); ok {
			out = append(out, datalayer.Assignment{Attribute: attr, Value: expr.Literal{Value: v}})
		} else if n := r.c.Expr(attr); n != nil {
			out = append(out, datalayer.Assignment{Attribute: attr, Value: n})
		}
	}
	if len(out) == 0 {
		return nil
	}
	for _, attr := range r.res.Columns() {
		if _, set := r.c.Changed(attr); attr.Stamp == resource.Updated && !set {
			out = append(out, datalayer.Assignment{Attribute: attr, Value: expr.Literal{Value: structs.Now()}})
		}
	}
	return out
}

// writeEach reads the keys of the records and writes one after the other.
func (a *App) writeEach(ctx context.Context, w *Write, where expr.Node) (n int, err error) {
	r := w.Action.Resource
	err = a.Transact(ctx, func(ctx context.Context) error {
		found, err := a.session(ctx).Read(ctx, &datalayer.Query{
			Resource: r, Select: []*resource.Attribute{r.Primary}, Where: where, Lock: true})
		if err != nil {
			return err
		}
		for i := range found.Len() {
			one := *w
			if one.Key, err = found.Value(i, 0); err != nil {
				return err
			}
			if _, err := a.write(ctx, &one); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// UpdateEvery runs an update action on all records for which the condition
// holds and which the actor may change, see App.WriteEvery.
func (h Handle[T]) UpdateEvery(ctx context.Context, action string, where expr.Bool, options ...Option) (int, error) {
	return h.every(ctx, action, resource.Update, where, options)
}

// DestroyEvery runs a destroy action on all records for which the condition
// holds and which the actor may destroy, see App.WriteEvery.
func (h Handle[T]) DestroyEvery(ctx context.Context, action string, where expr.Bool, options ...Option) (int, error) {
	return h.every(ctx, action, resource.Destroy, where, options)
}

func (h Handle[T]) every(ctx context.Context, name string, kind resource.ActionKind, where expr.Bool, options []Option) (int, error) {
	a, err := h.action(name, kind)
	if err != nil {
		return 0, err
	}
	o, err := h.options(a, options)
	if err != nil {
		return 0, err
	}
	n, err := h.res.Resolve(where.Node())
	if err != nil {
		return 0, internal(err)
	}
	return h.app.WriteEvery(ctx, &Write{Action: a, Inputs: o.inputs, Issues: o.issues}, n)
}
