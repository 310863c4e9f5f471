package conga

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/congago/conga/resource"
)

// Bulk says how many records are written at a time, and what happens when
// some cannot be. The zero value writes all of them or none.
type Bulk struct {
	// Batch is how many records one statement creates. Zero means 500.
	Batch int
	// Partial keeps what could be written and reports the rest. Each batch is
	// then a transaction of its own; otherwise all batches are one. Within a
	// transaction that is open already, what the database itself refuses, such
	// as a value that is taken, may end that transaction.
	Partial bool
}

// BulkError says which of the records could not be written, and why.
type BulkError struct {
	// Index is the position in the input.
	Index int
	// Reason is what the record by itself would have failed with.
	Reason *Error
	// Others are what is wrong with the input of further records of the same
	// batch, by position, where all or none were to be written.
	Others []*BulkError

	guessed bool // it may be another record of the batch
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
// statements for each batch; an upsert takes at least one for each record. All
// declared changes, validations, policies and hooks apply to each of them.
// Without Bulk.Partial the error is that of the first record that cannot be
// written, a *BulkError, and nothing was written. When all records are
// forbidden, so is the call. The Return of the first Write holds for all.
func (a *App) CreateMany(ctx context.Context, ws []*Write, o Bulk) (out *BulkWritten, err error) {
	if o.Batch <= 0 {
		o.Batch = 500
	}
	out = &BulkWritten{Written: make([]*Written, len(ws))}
	if len(ws) == 0 {
		return out, nil
	}
	for _, w := range ws {
		if w.Action.Kind != resource.Create || w.Action != ws[0].Action {
			return nil, internal(errors.New("bulk create: all records need the same create action"))
		}
	}
	ctx, done := a.traced(ctx, ws[0].Action)
	defer func() { done(err) }()
	if err := a.createAll(ctx, ws, o, out); err != nil {
		return nil, err
	}
	slices.SortFunc(out.Errors, func(a, b *BulkError) int { return a.Index - b.Index })
	if out.forbidden() {
		return nil, out.Errors[0].Reason
	}
	return out, nil
}

// createAll creates all batches, in one transaction unless what can be written
// is to be kept. When the database refuses a batch, it does not say which of
// its records; the same again, record by record, tells.
func (a *App) createAll(ctx context.Context, ws []*Write, o Bulk, out *BulkWritten) error {
	single := len(ws[0].Action.Upsert) > 0
	each := func(ctx context.Context) error {
		for from := 0; from < len(ws); from += o.Batch {
			if err := a.createBatch(ctx, ws[from:min(from+o.Batch, len(ws))], from, o, single, out); err != nil {
				return err
			}
		}
		return nil
	}
	if o.Partial {
		return each(ctx)
	}
	ours := a.open(ctx) == nil
	err := a.Transact(ctx, each)
	if e, ok := errors.AsType[*BulkError](err); ok && e.guessed && ours {
		single = true
		return a.Transact(ctx, each)
	}
	return err
}

// forbidden reports whether each of the records was.
func (o *BulkWritten) forbidden() bool {
	for _, e := range o.Errors {
		if e.Reason.Kind != Forbidden {
			return false
		}
	}
	return len(o.Errors) == len(o.Written)
}

// safely is f with a panic of user code as an error.
func safely(action *resource.Action, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("action %s panicked: %v\n%s", action.Name, p, debug.Stack())
		}
	}()
	return f()
}

func bulkError(err error, at int) *BulkError {
	var e *Error
	if !errors.As(err, &e) {
		e = internal(err)
	}
	return &BulkError{Index: at, Reason: e}
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
		ws[i] = &Write{Action: a, Inputs: opts.inputs, Nested: opts.nested, Issues: opts.issues}
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
