package conga

import (
	"context"
	"errors"
	"fmt"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Bulk says how many records are written at a time, and what happens when
// some cannot be. The zero value writes all of them or none.
type Bulk struct {
	// Batch is how many records one statement creates. Zero means 500.
	Batch int
	// Partial keeps what could be written and reports the rest. Each batch is
	// then a transaction of its own; otherwise all batches are one.
	Partial bool
}

// BulkError says which of the records could not be written, and why.
type BulkError struct {
	// Index is the position in the input.
	Index int
	// Reason is what the record by itself would have failed with.
	Reason *Error
}

// Error begins with the position.
func (e *BulkError) Error() string { return fmt.Sprintf("record %d: %v", e.Index, e.Reason) }

// Unwrap is the *Error of the record.
func (e *BulkError) Unwrap() error { return e.Reason }

// BulkWritten is the outcome of CreateMany.
type BulkWritten struct {
	// Written are the outcomes in the order of the input; nil where the
	// record could not be written.
	Written []*Written
	// Errors are what went wrong, by position; empty unless Bulk.Partial was set.
	Errors []*BulkError
}

// CreateMany runs a create action for many records with a constant number of
// statements for each batch. All declared changes, validations, policies and
// hooks apply to each of them. Without Bulk.Partial the error is that of the
// first record that cannot be written, a *BulkError, and nothing was written.
// The Return of each Write has stored attributes alone.
func (a *App) CreateMany(ctx context.Context, ws []*Write, o Bulk) (*BulkWritten, error) {
	if o.Batch <= 0 {
		o.Batch = 500
	}
	out := &BulkWritten{Written: make([]*Written, len(ws))}
	for _, w := range ws {
		if w.Action.Kind != resource.Create || w.Action != ws[0].Action || len(w.Action.Upsert) > 0 {
			return nil, internal(errors.New("bulk create: all records need the same create action, which is no upsert"))
		}
	}
	each := func(ctx context.Context) error {
		for from := 0; from < len(ws); from += o.Batch {
			to := min(from+o.Batch, len(ws))
			if err := a.createBatch(ctx, ws[from:to], from, o, out); err != nil {
				return err
			}
		}
		return nil
	}
	if o.Partial || len(ws) == 0 {
		return out, each(ctx)
	}
	if err := a.Transact(ctx, each); err != nil {
		return nil, err
	}
	return out, nil
}

// createBatch creates one batch, whose first record has the position at.
func (a *App) createBatch(ctx context.Context, ws []*Write, at int, o Bulk, out *BulkWritten) error {
	b := &batch{app: a, action: ws[0].Action, res: ws[0].Action.Resource}
	ctx = a.within(ctx)
	for i, w := range ws {
		r := &run{app: a, w: w, action: w.Action, res: b.res}
		r.watched = len(r.action.After)+len(r.action.AfterTransaction) > 0 || a.listened(r.res)
		r.cast(ctx)
		err := r.decide()
		if err == nil {
			err = r.change(ctx, false)
		}
		if err != nil && !o.Partial {
			return bulkError(a.failure(ctx, err), at+i)
		}
		if err != nil {
			out.Errors = append(out.Errors, bulkError(a.failure(ctx, err), at+i))
			continue
		}
		b.runs, b.places = append(b.runs, r), append(b.places, at+i)
	}
	err := a.Transact(ctx, func(ctx context.Context) error { return b.store(ctx, out) })
	switch {
	case err == nil:
		return nil
	case !o.Partial:
		if e, ok := errors.AsType[*BulkError](err); ok {
			return e
		}
		return bulkError(err, b.first())
	}
	// Something in the batch was refused: each record by itself tells which.
	return b.singly(ctx, out)
}

func bulkError(err error, at int) *BulkError {
	var e *Error
	if !errors.As(err, &e) {
		e = internal(err)
	}
	return &BulkError{Index: at, Reason: e}
}

// batch is records on their way to one statement.
type batch struct {
	app    *App
	action *resource.Action
	res    *resource.Resource
	runs   []*run
	places []int // in the input
}

func (b *batch) first() int {
	if len(b.places) == 0 {
		return 0
	}
	return b.places[0]
}

// store writes the batch within a transaction: hooks, one INSERT, at most one
// question to the policies, hooks.
func (b *batch) store(ctx context.Context, out *BulkWritten) error {
	if len(b.runs) == 0 {
		return nil
	}
	w := &datalayer.Insert{Resource: b.res, Return: b.res.Columns()}
	var doubtful expr.Node
	for i, r := range b.runs {
		for _, hook := range b.action.Before {
			if err := r.hook(hook(ctx, r.c)); err != nil {
				return b.fault(ctx, err, i)
			}
		}
		after, err := r.allowed()
		if err != nil {
			return b.fault(ctx, err, i)
		}
		if after != nil {
			doubtful = after // the same for all: it is bound to the actor alone
		}
		columns, row := r.row()
		if i == 0 {
			w.Columns = columns
		} else if len(columns) != len(w.Columns) {
			return b.fault(ctx, errors.New("records with and without a key of their own cannot share a batch"), i)
		}
		w.Rows = append(w.Rows, row)
	}
	res, err := b.app.session(ctx).Insert(ctx, w)
	if err != nil {
		return err
	}
	if doubtful != nil {
		if err := b.confirm(ctx, res, doubtful); err != nil {
			return err
		}
	}
	for i, r := range b.runs {
		if err := b.finish(ctx, r, res, i, out); err != nil {
			return b.fault(ctx, err, i)
		}
	}
	return nil
}

func (b *batch) fault(ctx context.Context, err error, i int) error {
	return bulkError(b.app.failure(ctx, err), b.places[i])
}

// confirm asks the database, for all new records at once, whether the
// policies allow them.
func (b *batch) confirm(ctx context.Context, res *datalayer.Result, allow expr.Node) error {
	keys, err := b.keys(res)
	if err != nil {
		return err
	}
	in := expr.Call{Op: expr.OpIn, Args: []expr.Node{expr.Field{Name: b.res.Primary.Name}, expr.List{Values: keys}}}
	found, err := b.app.session(ctx).Read(ctx, &datalayer.Query{
		Resource: b.res, Select: []*resource.Attribute{b.res.Primary}, Where: expr.And(in, allow)})
	if err != nil {
		return err
	}
	if found.Len() < res.Len() {
		return forbidden()
	}
	return nil
}

func (b *batch) keys(res *datalayer.Result) ([]any, error) {
	keys := make([]any, res.Len())
	for col, attr := range res.Columns {
		if attr != b.res.Primary {
			continue
		}
		for i := range keys {
			var err error
			if keys[i], err = res.Value(i, col); err != nil {
				return nil, err
			}
		}
	}
	return keys, nil
}

// finish runs what follows the write for one record, and notes its outcome.
func (b *batch) finish(ctx context.Context, r *run, res *datalayer.Result, i int, out *BulkWritten) error {
	r.result, r.written = &datalayer.Result{Rows: oneRow{res.Rows, i}, Columns: res.Columns, Count: -1}, true
	if err := r.stored(); err != nil {
		return err
	}
	for _, hook := range r.action.After {
		if err := r.hook(hook(ctx, r.c, r.record)); err != nil {
			return err
		}
	}
	written, err := r.answer(ctx)
	if err != nil {
		return err
	}
	out.Written[b.places[i]] = written
	return r.end(ctx, nil)
}

// singly writes each record of a batch by itself, to find out which can be.
func (b *batch) singly(ctx context.Context, out *BulkWritten) error {
	for i, r := range b.runs {
		written, err := b.app.Write(ctx, r.w)
		if err != nil {
			if KindOf(err) == Unavailable {
				return err
			}
			out.Written[b.places[i]] = nil
			out.Errors = append(out.Errors, bulkError(err, b.places[i]))
			continue
		}
		out.Written[b.places[i]] = written
	}
	return nil
}

// oneRow shows one row of several.
type oneRow struct {
	datalayer.Rows
	row int
}

// Len is 1.
func (o oneRow) Len() int { return 1 }

// Null is that of the row; so are Value, Scan and AppendJSON.
func (o oneRow) Null(_, col int) bool { return o.Rows.Null(o.row, col) }

// Value is that of the row.
func (o oneRow) Value(_, col int) (any, error) { return o.Rows.Value(o.row, col) }

// Scan is that of the row.
func (o oneRow) Scan(_, col int, rec any) error { return o.Rows.Scan(o.row, col, rec) }

// AppendJSON is that of the row.
func (o oneRow) AppendJSON(dst []byte, _, col int) ([]byte, error) {
	return o.Rows.AppendJSON(dst, o.row, col)
}

// CreateMany runs a create action for each list of options, see App.CreateMany.
func (h Handle[T]) CreateMany(ctx context.Context, action string, o Bulk, rows ...[]Option) ([]*T, []*BulkError, error) {
	a, err := h.action(action, resource.Create)
	if err != nil {
		return nil, nil, err
	}
	ws := make([]*Write, len(rows))
	for i, list := range rows {
		opts, err := h.options(a, list)
		if err != nil {
			return nil, nil, err
		}
		ws[i] = &Write{Action: a, Inputs: opts.inputs, Issues: opts.issues}
	}
	out, err := h.app.CreateMany(ctx, ws, o)
	if err != nil {
		return nil, nil, err
	}
	recs := make([]*T, len(rows))
	for i, w := range out.Written {
		if w == nil {
			continue
		}
		rec, err := w.record(0)
		if err != nil {
			return nil, nil, internal(err)
		}
		recs[i] = rec.(*T)
	}
	return recs, out.Errors, nil
}
