package conga

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"slices"

	"github.com/congago/conga/resource"
)

// Bulk says how many records are written at a time, and what happens when
// some cannot be. The zero value writes all of them or none.
type Bulk struct {
	// Batch is how many records one statement writes. Zero means 500.
	Batch int
	// Partial keeps what could be written and reports the rest. Each batch is
	// then a transaction of its own; otherwise all batches are one. Within a
	// transaction that is open already, what the database itself refuses, such
	// as a value that is taken, may end that transaction.
	Partial bool
	// Stop, with Partial, ends after the batch in which something was refused:
	// the records after it are not tried.
	Stop bool
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

// BulkWritten is the outcome of CreateMany and WriteMany.
type BulkWritten struct {
	// Written are the outcomes in the order of the input; nil where the
	// record could not be written.
	Written []*Written
	// Errors are what went wrong, by position; empty unless Bulk.Partial was set.
	Errors []*BulkError
	// Tried is how many records were tried: all but with Bulk.Stop.
	Tried int
}

// count is how many records were written.
func (o *BulkWritten) count() int { return o.Tried - len(o.Errors) }

// CreateMany runs a create action for many records with a constant number of
// statements for each batch; an upsert takes at least one for each record, and a
// manual action runs for each by itself. All
// declared changes, validations, policies and hooks apply to each of them.
// Without Bulk.Partial the error is that of the first record that cannot be
// written, a *BulkError, and nothing was written. When all records are
// forbidden, so is the call. The Return of the first Write holds for all.
func (a *App) CreateMany(ctx context.Context, ws []*Write, o Bulk) (out *BulkWritten, err error) {
	for _, w := range ws {
		if w.Action.Kind != resource.Create || w.Action != ws[0].Action {
			return nil, internal(errors.New("bulk create: all records need the same create action"))
		}
	}
	if a.options.Explain != nil {
		return nil, a.explainMany(ctx, ws)
	}
	return a.many(ctx, ws, o)
}

// many writes many records by one action.
func (a *App) many(ctx context.Context, ws []*Write, o Bulk) (out *BulkWritten, err error) {
	if o.Batch <= 0 {
		o.Batch = 500
	}
	out = &BulkWritten{Written: make([]*Written, len(ws))}
	if len(ws) == 0 {
		return out, nil
	}
	ctx, done := a.traced(ctx, ws[0].Action)
	defer func() {
		err = a.reported(ctx, ws[0].Action, err)
		done(err)
	}()
	if err := a.binder(ctx, nil).needTenant(ws[0].Action); err != nil {
		first := &run{app: a, w: ws[0], action: ws[0].Action, res: ws[0].Action.Resource}
		first.cast(a.within(ctx))
		return nil, a.failure(ctx, first.decide())
	}
	if err := a.batches(ctx, ws, o, out); err != nil {
		return nil, err
	}
	slices.SortFunc(out.Errors, func(a, b *BulkError) int { return a.Index - b.Index })
	if out.forbidden() {
		return nil, out.Errors[0].Reason
	}
	out.Errors = translatedBulks(ctx, a.handledBulks(ctx, ws[0].Action, out.Errors))
	return out, out.tell(ws)
}

// batches writes all batches, in one transaction unless what can be written
// is to be kept. When the database refuses a batch, it does not say which of
// its records; the same again, record by record, tells.
func (a *App) batches(ctx context.Context, ws []*Write, o Bulk, out *BulkWritten) error {
	write, single := a.changeBatch, len(ws[0].Action.BeforeTransaction) > 0 || ws[0].Action.Manual != nil
	if ws[0].Action.Kind == resource.Create {
		write, single = a.createBatch, single || len(ws[0].Action.Upsert) > 0
	}
	each := func(ctx context.Context) error {
		for from := 0; from < len(ws); from += o.Batch {
			out.Tried = min(from+o.Batch, len(ws))
			if err := write(ctx, ws[from:out.Tried], from, o, single, out); err != nil {
				return err
			}
			if o.Stop && len(out.Errors) > 0 {
				return nil
			}
		}
		return nil
	}
	if o.Partial {
		return each(ctx)
	}
	err := a.Transact(ctx, each)
	if e, ok := errors.AsType[*BulkError](err); ok && e.guessed {
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
	return len(o.Errors) == o.Tried
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
func (h HandleOf[P]) CreateMany(ctx context.Context, action string, o Bulk, rows ...[]Option) ([]P, []*BulkError, error) {
	out, err := h.of.createMany(ctx, action, o, rows)
	if err != nil {
		return nil, nil, err
	}
	recs, err := recordsOf[P](out)
	return recs, out.Errors, err
}

func (h handle) createMany(ctx context.Context, action string, o Bulk, rows [][]Option) (*BulkWritten, error) {
	a, err := h.action(action, resource.Create)
	if err != nil {
		return nil, err
	}
	ws := make([]*Write, len(rows))
	for i, list := range rows {
		if ws[i], err = h.asWrite(a, nil, nil, list); err != nil {
			return nil, err
		}
	}
	return h.app.CreateMany(ctx, ws, o)
}

// recordsOf are the records of the outcome, nil where one could not be written.
func recordsOf[P any](out *BulkWritten) ([]P, error) {
	recs := make([]P, len(out.Written))
	for i, w := range out.Written {
		if w == nil {
			continue
		}
		rec, err := w.record(0)
		if err != nil {
			return nil, internal(err)
		}
		recs[i] = rec.(P)
	}
	return recs, nil
}

// BulkCount is the outcome of CreateSeq and UpdateSeq.
type BulkCount struct {
	// Written is how many records were written.
	Written int
	// Errors are what went wrong, by position; empty unless Bulk.Partial was set.
	Errors []*BulkError
}

// CreateSeq is CreateMany for any number of records: the sequence is taken a
// batch at a time, and the records do not come back.
func (h HandleOf[P]) CreateSeq(ctx context.Context, action string, o Bulk, rows iter.Seq[[]Option]) (*BulkCount, error) {
	return h.of.createSeq(ctx, action, o, rows)
}

func (h handle) createSeq(ctx context.Context, action string, o Bulk, rows iter.Seq[[]Option]) (*BulkCount, error) {
	a, err := h.action(action, resource.Create)
	if err != nil {
		return nil, err
	}
	return inBatches(ctx, h.app, o, rows, h.app.CreateMany, func(list []Option) (*Write, error) {
		return h.asWrite(a, nil, nil, list)
	})
}

// UpdateSeq is UpdateMany for any number of records: the sequence is taken a
// batch at a time, and the records do not come back.
func (h HandleOf[P]) UpdateSeq(ctx context.Context, action string, o Bulk, changes iter.Seq[ChangeOf[P]]) (*BulkCount, error) {
	a, err := h.of.action(action, resource.Update)
	if err != nil {
		return nil, err
	}
	return inBatches(ctx, h.of.app, o, changes, h.of.app.WriteMany, func(c ChangeOf[P]) (*Write, error) {
		return h.of.asWrite(a, c.Record, c.Key, c.Options)
	})
}

// inBatches writes what the sequence gives, in one transaction unless what can
// be written is to be kept.
func inBatches[V any](ctx context.Context, a *App, o Bulk, seq iter.Seq[V],
	write func(context.Context, []*Write, Bulk) (*BulkWritten, error), asWrite func(V) (*Write, error)) (*BulkCount, error) {
	if o.Batch <= 0 {
		o.Batch = 500
	}
	count, from := &BulkCount{}, 0
	flush := func(ctx context.Context, ws []*Write) error {
		out, err := write(ctx, ws, o)
		if e, ok := errors.AsType[*BulkError](err); ok {
			return e.moved(from)
		}
		if err != nil && !(o.Partial && KindOf(err) == Forbidden) {
			return err
		}
		if err != nil { // the whole batch
			for i := range ws {
				count.Errors = append(count.Errors, bulkError(err, from+i))
			}
		} else {
			for _, e := range out.Errors {
				count.Errors = append(count.Errors, e.moved(from))
			}
			count.Written += out.count()
		}
		from += len(ws)
		return nil
	}
	all := func(ctx context.Context) error {
		var ws []*Write
		for v := range seq {
			w, err := asWrite(v)
			if err != nil {
				return err
			}
			if ws = append(ws, w); len(ws) < o.Batch {
				continue
			}
			if err := flush(ctx, ws); err != nil || o.Stop && len(count.Errors) > 0 {
				return err
			}
			ws = nil
		}
		if len(ws) == 0 {
			return nil
		}
		return flush(ctx, ws)
	}
	var err error
	if o.Partial {
		err = all(ctx)
	} else {
		err = a.Transact(ctx, all)
	}
	if err != nil {
		return nil, err
	}
	return count, nil
}

// moved is the error with its positions counted from elsewhere.
func (e *BulkError) moved(by int) *BulkError {
	out := *e
	out.Index += by
	out.Others = nil
	for _, other := range e.Others {
		out.Others = append(out.Others, other.moved(by))
	}
	return &out
}
