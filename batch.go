package conga

import (
	"context"
	"errors"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// batch is records on their way to one statement.
type batch struct {
	app    *App
	action *resource.Action
	res    *resource.Resource
	runs   []*run
	places []int // in the input

	partial bool
	out     *BulkWritten
	group   *group       // of the runs, where they have managed inputs; else nil
	faults  []*BulkError // of records that have left the batch
}

func (b *batch) first() int {
	if len(b.places) == 0 {
		return 0
	}
	return b.places[0]
}

// createBatch creates one batch, whose first record has the position at.
func (a *App) createBatch(ctx context.Context, ws []*Write, at int, o Bulk, single bool, out *BulkWritten) error {
	b := &batch{app: a, action: ws[0].Action, res: ws[0].Action.Resource, partial: o.Partial, out: out}
	ctx = a.within(ctx)
	if single {
		for i, w := range ws {
			b.runs, b.places = append(b.runs, &run{w: w}), append(b.places, at+i)
		}
		return b.singly(ctx)
	}
	if nests(ws) {
		return b.nested(ctx, ws, at)
	}
	faults, err := b.prepare(ctx, ws, at)
	switch {
	case err != nil:
		return err
	case len(faults) > 0 && !o.Partial:
		faults[0].Others = faults[1:]
		return faults[0]
	}
	out.Errors = append(out.Errors, faults...)
	return b.carryOut(ctx, false, b.store)
}

// carryOut runs store in a transaction. When something in the batch was
// refused, and what can be written is to be kept, each record by itself tells which.
func (b *batch) carryOut(ctx context.Context, single bool, store func(context.Context) error) error {
	if single {
		return b.singly(ctx)
	}
	runs, places := b.runs, b.places
	err := b.transact(ctx, func(ctx context.Context) error {
		return safely(b.action, func() error { return store(ctx) })
	})
	switch {
	case err == nil:
		b.out.Errors = append(b.out.Errors, b.faults...)
		b.noteMetadata()
		return nil
	case !b.partial:
		if e, ok := errors.AsType[*BulkError](err); ok {
			return e
		}
		e := bulkError(b.app.failure(ctx, err), b.first())
		e.guessed = len(b.places) > 1 && e.Reason.Kind != Internal && e.Reason.Kind != Unavailable
		return e
	}
	b.runs, b.places = runs, places
	return b.singly(ctx)
}

// transact runs f in a transaction: of the batch alone where what can be written is to be kept.
func (b *batch) transact(ctx context.Context, f func(context.Context) error) error {
	if b.partial {
		return b.app.Transact(ctx, f)
	}
	return b.app.joined(ctx, f)
}

// prepare goes through the phases before the write for each record, and finds
// what is wrong with their inputs. Any other error ends the call, unless what
// can be written is to be kept.
func (b *batch) prepare(ctx context.Context, ws []*Write, at int) (faults []*BulkError, err error) {
	for i, w := range ws {
		r := &run{app: b.app, w: w, action: b.action, res: b.res}
		r.watched = r.heard()
		r.cast(ctx)
		err := r.decide()
		if err == nil {
			err = safely(b.action, func() error { return r.change(ctx, false) })
		}
		if err == nil {
			b.runs, b.places = append(b.runs, r), append(b.places, at+i)
			continue
		}
		fault := bulkError(b.app.failure(ctx, err), at+i)
		if !b.partial && fault.Reason.Kind != Invalid {
			return nil, fault
		}
		faults = append(faults, fault)
	}
	return faults, nil
}

// store writes the batch within a transaction: hooks, one INSERT, hooks, at
// most one question to the policies.
func (b *batch) store(ctx context.Context) error {
	if len(b.runs) == 0 {
		return nil
	}
	if b.group != nil {
		if err := b.group.storeOwners(ctx); err != nil {
			return err
		}
	}
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
	}
	res, err := b.app.insertRows(ctx, b.action, b.runs)
	if err != nil {
		return err
	}
	for i, r := range b.runs {
		if err := r.wrote(res, i); err != nil {
			return b.fault(ctx, err, i)
		}
	}
	if b.group != nil {
		if err := b.group.storeOwned(ctx); err != nil {
			return err
		}
	}
	if err := b.finish(ctx); err != nil {
		return err
	}
	if doubtful != nil {
		if err := b.confirm(ctx, res, doubtful); err != nil {
			return err
		}
	}
	return b.answer(ctx, res)
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
	found, err := b.app.sessionFor(ctx, b.action).Read(ctx, &datalayer.Query{
		Resource: b.res, Select: []*resource.Attribute{b.res.Primary}, Where: expr.And(keyIn(b.res, keys), allow), Relations: b.runs[0].b.relations})
	if err != nil {
		return err
	}
	if found.Len() < res.Len() {
		return forbidden()
	}
	return nil
}

func keyIn(r *resource.Resource, keys []any) expr.Node {
	return expr.Call{Op: expr.OpIn, Args: []expr.Node{expr.Field{Name: r.Primary.Name}, expr.List{Values: keys}}}
}

// keys are the primary keys of the rows.
func (b *batch) keys(res *datalayer.Result) ([]any, error) {
	keys, col := make([]any, res.Len()), slices.Index(res.Columns, b.res.Primary)
	for i := range keys {
		var err error
		if keys[i], err = res.Value(i, col); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// finish runs what follows the write.
func (b *batch) finish(ctx context.Context) error {
	for i, r := range b.runs {
		if err := r.afterHooks(ctx); err != nil {
			return b.fault(ctx, err, i)
		}
	}
	if err := afterBatch(ctx, b.runs); err != nil {
		return b.fault(ctx, err, 0)
	}
	if i, err := ask(ctx, b.runs); err != nil {
		return b.fault(ctx, err, i)
	}
	for _, r := range b.runs {
		if err := r.end(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// afterBatch runs the hooks that see all records of a batch at once.
func afterBatch(ctx context.Context, runs []*run) error {
	if len(runs) == 0 || len(runs[0].action.AfterBatch) == 0 {
		return nil
	}
	cs, recs := make([]*resource.Changeset, len(runs)), make([]any, len(runs))
	for i, r := range runs {
		cs[i], recs[i] = r.c, r.record
	}
	for _, hook := range runs[0].action.AfterBatch {
		if err := runs[0].hook(hook(ctx, cs, recs)); err != nil {
			return err
		}
	}
	return nil
}

// answer notes the outcome of each record: with one more query where the
// caller wants more of them than what the write gave back.
func (b *batch) answer(ctx context.Context, res *datalayer.Result) error {
	keys, err := b.keys(res)
	if err != nil {
		return err
	}
	s := b.runs[0].w.Return
	if s.Select == nil {
		s.Select = b.res.EagerColumns()
	}
	found := &Found{Resource: b.res, Result: project(res, s.Select)}
	if found.Result == nil || len(s.Load) > 0 || b.runs[0].b.veils(b.res, s.Select) != allowed {
		return b.answerByKey(ctx, s, keys)
	}
	for i, key := range keys {
		b.out.Written[b.places[i]] = &Written{Found: found.alone(i), Key: key}
	}
	return nil
}

// answerByKey notes the outcome of each record as it is read again.
func (b *batch) answerByKey(ctx context.Context, s Selection, keys []any) error {
	found, err := b.read(ctx, s, keys)
	if err != nil {
		return err
	}
	rows := map[any]int{}
	for row := range found.Len() {
		key, err := found.Value(row, len(s.Select))
		if err != nil {
			return err
		}
		rows[key] = row
	}
	for i, key := range keys {
		row, ok := rows[key]
		if !ok {
			return b.fault(ctx, notFound(), i)
		}
		b.out.Written[b.places[i]] = &Written{Found: found.alone(row), Key: key}
	}
	return nil
}

// read reads the records with what is selected, and the key as the last column.
func (b *batch) read(ctx context.Context, s Selection, keys []any) (*Found, error) {
	p := &plan{app: b.app, b: b.runs[0].b, ctx: ctx}
	q, found, err := p.query(b.res, nil, &Selection{Select: append(slices.Clip(s.Select), b.res.Primary), Load: s.Load}, Page{}, nil)
	if err != nil {
		return nil, err
	}
	q.Where = keyIn(b.res, keys)
	if found.Result, err = b.app.sessionFor(ctx, b.action).Read(ctx, q); err != nil {
		return nil, err
	}
	found.finish(Page{})
	return found, found.compute(ctx)
}

// alone is one row of the result as a result of its own.
func (f *Found) alone(row int) *Found {
	one := &datalayer.Result{Rows: oneRow{f.Rows, row}, Columns: f.Columns, Count: -1}
	for _, rel := range f.Related {
		from, to := rel.Span(row)
		r := &datalayer.Related{Result: rel.Result, From: []int32{int32(from)}, To: []int32{int32(to)}}
		if rel.More != nil {
			r.More = rel.More[row : row+1]
		}
		if rel.Counts != nil {
			r.Counts = rel.Counts[row : row+1]
		}
		one.Related = append(one.Related, r)
	}
	return &Found{Result: one, Resource: f.Resource, Load: f.Load, Limit: f.Limit, loads: f.loads, masks: f.masks}
}

// singly writes each record of a batch by itself.
func (b *batch) singly(ctx context.Context) error {
	for i, r := range b.runs {
		w := r.w.oneByOne()
		w.joins = !b.partial
		written, err := b.app.write(ctx, w)
		switch {
		case err == nil:
			b.out.Written[b.places[i]] = written
		case KindOf(err) == Unavailable:
			return err
		case !b.partial:
			return bulkError(err, b.places[i])
		default:
			b.out.Written[b.places[i]] = nil
			b.out.Errors = append(b.out.Errors, bulkError(err, b.places[i]))
		}
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
