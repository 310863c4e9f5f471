package conga

import (
	"context"
	"errors"
	"fmt"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Every says which records a WriteEvery is for.
type Every struct {
	// Where is a resolved condition; nil means all records.
	Where expr.Node
	// Untrusted marks Where as written by a client: it finds only records that
	// the actor may read, and what it says of related records is limited to
	// those that the actor may see.
	Untrusted bool
	// Max is the largest number of records to write. When more match, the
	// error has kind Invalid and nothing was written. Zero means no limit.
	Max int
}

// WriteEvery runs an update or destroy action on all records for which the
// condition holds and which the policies let the actor change, and returns
// their number. Where nothing in the action looks at single records it is one
// statement; otherwise the records are read, and written batch by batch, with
// a constant number of statements for each batch, in one transaction. The inputs of w are the same for all; its Key, If and Return
// are not used.
func (a *App) WriteEvery(ctx context.Context, w *Write, e Every) (n int, err error) {
	if w.Action.Kind != resource.Update && w.Action.Kind != resource.Destroy {
		return 0, internal(errors.New("only updates and destroys run on every record"))
	}
	if a.options.Explain != nil {
		return 0, a.explainEvery(ctx, w)
	}
	ctx, done := a.traced(ctx, w.Action)
	defer func() {
		err = a.reported(ctx, w.Action, err)
		done(err)
	}()
	r := &run{app: a, w: w, action: w.Action, res: w.Action.Resource}
	r.watched = a.listened(r.res)
	ctx = a.within(ctx)
	r.cast(ctx)
	if err := r.decide(); err != nil {
		return 0, a.failure(ctx, err)
	}
	where := r.which(e)
	if r.needsOriginal() || len(r.action.BeforeTransaction)+len(r.action.AfterTransaction) > 0 {
		return r.writeEach(ctx, where, e.Max)
	}
	if err := safely(r.action, func() error { return r.change(ctx, false) }); err != nil {
		return 0, a.failure(ctx, err)
	}
	if len(r.demands) > 0 { // a record that fails is to be told, not left out
		return r.writeEach(ctx, where, e.Max)
	}
	if e.Max == 0 && (w.joins || a.open(ctx) == nil) {
		n, err = r.writeAll(ctx, where, 0)
		return n, a.failure(ctx, err)
	}
	err = r.transact(ctx, func(ctx context.Context) error {
		n, err = r.writeAll(ctx, where, e.Max)
		return err
	})
	return n, a.failure(ctx, err)
}

// transact runs f in a transaction, or a part of the one that is open.
func (r *run) transact(ctx context.Context, f func(context.Context) error) error {
	if r.w.joins {
		return r.app.joined(ctx, f)
	}
	return r.app.Transact(ctx, f)
}

// which is the condition that finds the records.
func (r *run) which(e Every) expr.Node {
	if !e.Untrusted {
		return expr.And(r.b.bind(r.res, e.Where, visible), r.allow)
	}
	n := expr.And(r.b.untrusted(r.res, e.Where), r.allow)
	if v, readable := judge(r.b.readable(r.res)); v != allowed {
		n = expr.And(n, readable)
	}
	return n
}

func tooMany(limit int) error {
	return &Error{Kind: Invalid, Message: fmt.Sprintf("more than %d records match", limit)}
}

// writeAll writes the records in one statement and publishes what it did.
func (r *run) writeAll(ctx context.Context, where expr.Node, limit int) (int, error) {
	res, err := r.storeEvery(ctx, where)
	if err != nil {
		return 0, err
	}
	if limit > 0 && res.Len() > limit {
		return 0, tooMany(limit)
	}
	for i := range res.Len() {
		one := &run{app: r.app, action: r.action, res: r.res, b: r.b, c: r.c, written: r.written && r.watched, watched: r.watched, at: r.at}
		one.result = &datalayer.Result{Rows: oneRow{res.Rows, i}, Columns: res.Columns, Count: -1}
		if err := one.stored(); err != nil {
			return 0, err
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
		r.written = true
		return r.session(ctx).Delete(ctx, &datalayer.Delete{Resource: r.res, Where: where, Return: back, Relations: r.b.relations})
	}
	set := r.assignments()
	if len(set) == 0 { // nothing to change: the records as they are
		return r.session(ctx).Read(ctx, &datalayer.Query{Resource: r.res, Select: back, Where: where, Relations: r.b.relations})
	}
	r.written = true
	return r.session(ctx).Update(ctx, &datalayer.Update{Resource: r.res, Where: where, Set: set, Return: back, Relations: r.b.relations})
}

// everyBatch is how many records WriteEvery writes at a time.
const everyBatch = 500

// writeEach reads the keys of the records and writes them batch by batch.
func (r *run) writeEach(ctx context.Context, where expr.Node, limit int) (n int, err error) {
	r.required(true)
	r.c.Validate(r.app.registry.Validator)
	if issues := r.c.Issues(); len(issues) > 0 {
		return 0, invalid(issues...) // also where no record matches
	}
	q := &datalayer.Query{Resource: r.res, Select: []*resource.Attribute{r.res.Primary}, Where: where, Lock: true, Relations: r.b.relations}
	if limit > 0 {
		q.Limit = limit + 1
	}
	err = r.transact(ctx, func(ctx context.Context) error {
		found, err := r.session(ctx).Read(ctx, q)
		if err != nil {
			return err
		}
		if limit > 0 && found.Len() > limit {
			return tooMany(limit)
		}
		for n < found.Len() {
			var ws []*Write
			for n < found.Len() && len(ws) < everyBatch {
				one := *r.w
				one.If, one.Return = nil, Selection{Select: []*resource.Attribute{r.res.Primary}}
				if one.Key, err = found.Value(n, 0); err != nil {
					return err
				}
				ws = append(ws, &one)
				n++
			}
			out := &BulkWritten{Written: make([]*Written, len(ws))}
			if err := r.app.changeBatch(ctx, ws, 0, Bulk{}, len(r.action.BeforeTransaction) > 0 || r.action.Manual != nil, out); err != nil {
				if e, ok := errors.AsType[*BulkError](err); ok {
					return e.Reason
				}
				return err
			}
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
func (h HandleOf[P]) UpdateEvery(ctx context.Context, action string, where expr.Bool, options ...Option) (int, error) {
	return h.of.every(ctx, action, resource.Update, where, options)
}

// DestroyEvery runs a destroy action on all records for which the condition
// holds and which the actor may destroy, see App.WriteEvery.
func (h HandleOf[P]) DestroyEvery(ctx context.Context, action string, where expr.Bool, options ...Option) (int, error) {
	return h.of.every(ctx, action, resource.Destroy, where, options)
}

func (h handle) every(ctx context.Context, name string, kind resource.ActionKind, where expr.Bool, options []Option) (int, error) {
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
	return h.app.WriteEvery(ctx, &Write{Action: a, Inputs: o.inputs, Issues: o.issues}, Every{Where: n})
}
