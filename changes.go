package conga

import (
	"context"
	"errors"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// WriteMany runs an update or destroy action on many records, each with inputs
// of its own, with a constant number of statements for each batch: one reads
// and locks the records, and one writes those that change in the same fields.
// All that is declared applies to each record; what goes wrong is told as by
// CreateMany. Of a destroyed record only the key comes back.
func (a *App) WriteMany(ctx context.Context, ws []*Write, o Bulk) (out *BulkWritten, err error) {
	for _, w := range ws {
		if w.Action.Kind != resource.Update && w.Action.Kind != resource.Destroy || w.Action != ws[0].Action {
			return nil, internal(errors.New("bulk write: all records need the same update or destroy action"))
		}
	}
	if a.options.Explain != nil {
		return nil, a.explainMany(ctx, ws)
	}
	return a.many(ctx, ws, o)
}

// changeBatch updates or destroys one batch, whose first record has the position at.
func (a *App) changeBatch(ctx context.Context, ws []*Write, at int, o Bulk, single bool, out *BulkWritten) error {
	b := &batch{app: a, action: ws[0].Action, res: ws[0].Action.Resource, partial: o.Partial, out: out}
	if err := b.admit(ctx, ws, at); err != nil {
		return err
	}
	return b.carryOut(a.within(ctx), single || b.repeats() || b.asksArguments() || b.nests(), b.storeChanges)
}

// admit casts the inputs and asks the policies what they say of all records.
func (b *batch) admit(ctx context.Context, ws []*Write, at int) error {
	for i, w := range ws {
		r := &run{app: b.app, w: w, action: b.action, res: b.res}
		r.watched = r.heard()
		r.cast(ctx)
		if w.Key == nil {
			return &BulkError{Index: at + i, Reason: notFound()} // no key never means every record
		}
		if err := r.decide(); err != nil {
			fault := bulkError(b.app.failure(ctx, err), at+i)
			if !b.partial {
				return fault
			}
			b.out.Errors = append(b.out.Errors, fault)
			continue
		}
		b.runs, b.places = append(b.runs, r), append(b.places, at+i)
	}
	return nil
}

// repeats reports whether a record occurs twice: the second time it is what
// the first has made of it.
func (b *batch) repeats() bool {
	seen := map[any]bool{}
	for _, r := range b.runs {
		if seen[r.w.Key] {
			return true
		}
		seen[r.w.Key] = true
	}
	return false
}

// nests reports whether a record has managed inputs, which belong to it alone.
func (b *batch) nests() bool {
	return slices.ContainsFunc(b.runs, func(r *run) bool { return len(r.w.Nested) > 0 })
}

// asksArguments reports whether the policies look at arguments, which differ
// from record to record.
func (b *batch) asksArguments() bool {
	found := false
	expr.Walk(b.app.decisions[b.action], func(n expr.Node) bool {
		_, is := n.(expr.Argument)
		found = found || is
		return !found
	})
	return found
}

// storeChanges writes the batch within a transaction.
func (b *batch) storeChanges(ctx context.Context) error {
	if len(b.runs) == 0 {
		return nil
	}
	if err := b.readOriginals(ctx); err != nil {
		return err
	}
	if err := b.change(ctx); err != nil {
		return err
	}
	g := &group{app: b.app, action: b.action, runs: b.runs, manner: &manner{}}
	if err := g.write(ctx); err != nil {
		return b.whose(ctx, err)
	}
	if err := b.finish(ctx); err != nil {
		return err
	}
	return b.answerChanges(ctx)
}

// readOriginals reads and locks all records, in the order of their keys.
func (b *batch) readOriginals(ctx context.Context) error {
	keys := make([]any, len(b.runs))
	for i, r := range b.runs {
		keys[i] = r.w.Key
	}
	found, err := b.app.sessionFor(ctx, b.action).Read(ctx, &datalayer.Query{
		Resource: b.res, Select: b.res.Columns(), Where: expr.And(keyIn(b.res, keys), b.runs[0].allow), Lock: true,
		Relations: b.runs[0].b.relations})
	if err != nil {
		return err
	}
	read, err := b.keys(found)
	if err != nil {
		return err
	}
	rows := make(map[any]int, len(read))
	for row, key := range read {
		rows[key] = row
	}
	return b.each(ctx, func(r *run) error {
		row, there := rows[r.w.Key]
		if !there {
			return r.refuse(ctx)
		}
		r.result = &datalayer.Result{Rows: oneRow{found.Rows, row}, Columns: found.Columns, Count: -1}
		if r.before, err = (&Found{Result: r.result, Resource: r.res}).record(0); err != nil {
			return err
		}
		r.c.Record = r.before
		if r.w.If == nil {
			return nil
		}
		same, err := expr.Holds(r.b.bind(r.res, r.w.If, everything), recordEnv{r.res, r.before, false})
		if err == nil && !same {
			err = errStale()
		}
		return err
	})
}

// each calls f for each record. A record that f refuses ends the call or,
// where what can be written is to be kept, leaves the batch.
func (b *batch) each(ctx context.Context, f func(r *run) error) error {
	var runs []*run
	var places []int
	for i, r := range b.runs {
		err := f(r)
		if err == nil {
			runs, places = append(runs, r), append(places, b.places[i])
			continue
		}
		fault := bulkError(b.app.failure(ctx, err), b.places[i])
		if !b.partial || fault.Reason.Kind == Internal || fault.Reason.Kind == Unavailable {
			return fault
		}
		b.faults = append(b.faults, fault)
	}
	b.runs, b.places = runs, places
	return nil
}

// change runs the steps and the hooks before the write. A hook that refuses a
// record spoils the batch: what the hook has written must not stay.
func (b *batch) change(ctx context.Context) error {
	if err := b.each(ctx, func(r *run) error { return r.change(ctx, false) }); err != nil {
		return err
	}
	for i, r := range b.runs {
		if err := r.beforeHooks(ctx); err != nil {
			return b.fault(ctx, err, i)
		}
	}
	return nil
}

// answerChanges notes the outcome of each record: with one more query where
// the caller wants more of them than what the write gave back.
func (b *batch) answerChanges(ctx context.Context) error {
	if len(b.runs) == 0 {
		return nil
	}
	s := b.runs[0].w.Return
	if s.Select == nil {
		s.Select = b.res.EagerColumns()
	}
	if b.action.Kind == resource.Destroy {
		s = Selection{Select: []*resource.Attribute{b.res.Primary}}
	}
	keys := make([]any, len(b.runs))
	for i, r := range b.runs {
		keys[i] = r.w.Key
	}
	if project(b.runs[0].result, s.Select) != nil && len(s.Load) == 0 && (b.action.Kind == resource.Destroy || b.runs[0].b.veils(b.res, s.Select) == allowed) {
		for i, r := range b.runs {
			b.out.Written[b.places[i]] = &Written{Found: &Found{Resource: b.res, Result: project(r.result, s.Select)}, Key: keys[i]}
		}
		return nil
	}
	return b.answerByKey(ctx, s, keys)
}

// Change is what UpdateMany is to do to one record.
type Change[T any] = ChangeOf[*T]

// ChangeOf is a Change, see HandleOf.
type ChangeOf[P any] struct {
	// Record is the record, or nil where Key names it.
	Record P
	// Key is the primary key of the record.
	Key any
	// Options are the inputs, and IfUnchanged.
	Options []Option
}

// To is the change of a record by these inputs.
func To[P any](rec P, options ...Option) ChangeOf[P] {
	return ChangeOf[P]{Record: rec, Options: options}
}

// UpdateMany runs an update action on many records, each with inputs of its
// own, see App.WriteMany. The records come back in their order as they are now,
// nil where one could not be written.
func (h HandleOf[P]) UpdateMany(ctx context.Context, action string, o Bulk, changes ...ChangeOf[P]) ([]P, []*BulkError, error) {
	out, err := writeMany(ctx, h, resource.Update, action, o, changes)
	if err != nil {
		return nil, nil, err
	}
	recs, err := recordsOf[P](out)
	return recs, out.Errors, err
}

// DestroyMany runs a destroy action on many records with the same options, see
// App.WriteMany, and returns how many are gone.
func (h HandleOf[P]) DestroyMany(ctx context.Context, action string, o Bulk, recs []P, options ...Option) (int, []*BulkError, error) {
	changes := make([]ChangeOf[P], len(recs))
	for i, rec := range recs {
		changes[i] = To(rec, options...)
	}
	out, err := writeMany(ctx, h, resource.Destroy, action, o, changes)
	if err != nil {
		return 0, nil, err
	}
	return out.count(), out.Errors, nil
}

func writeMany[P any](ctx context.Context, h HandleOf[P], kind resource.ActionKind, name string, o Bulk, changes []ChangeOf[P]) (*BulkWritten, error) {
	a, err := h.of.action(name, kind)
	if err != nil {
		return nil, err
	}
	ws := make([]*Write, len(changes))
	for i, c := range changes {
		if ws[i], err = h.of.asWrite(a, c.Record, c.Key, c.Options); err != nil {
			return nil, err
		}
	}
	return h.of.app.WriteMany(ctx, ws, o)
}

// asWrite is a write of the record, or, where it is nil, of the one with the key.
func (h handle) asWrite(a *resource.Action, rec, key any, list []Option) (*Write, error) {
	o, err := h.options(a, list)
	if err != nil {
		return nil, err
	}
	w := &Write{Action: a, Inputs: o.inputs, Nested: o.nested, Issues: o.issues, Return: Selection{Select: o.selection.Select, Load: o.selection.Load}, told: o.told}
	switch {
	case a.Kind == resource.Create:
		return w, nil
	case structs.IsNil(rec):
		w.Key, err = h.key(key)
		return w, err
	}
	w.Key = h.res.Primary.Get(rec)
	if o.unchanged || a.Lock() != nil {
		w.If = unchangedSince(h.res, rec)
	}
	return w, nil
}
