package conga

import (
	"context"
	"errors"
	"slices"
)

// nests reports whether any of the writes has managed inputs.
func nests(ws []*Write) bool {
	return slices.ContainsFunc(ws, func(w *Write) bool { return len(w.Nested) > 0 })
}

// nested creates a batch with managed inputs: all of it within a transaction,
// because the records that these name are read before the inputs are judged.
func (b *batch) nested(ctx context.Context, ws []*Write, at int) error {
	m := &manner{}
	for i, w := range ws {
		r := &run{app: b.app, w: w, action: b.action, res: b.res, manner: m}
		b.runs, b.places = append(b.runs, r), append(b.places, at+i)
	}
	b.group = &group{app: b.app, action: b.action, runs: b.runs, manner: m}
	err := b.transact(ctx, func(ctx context.Context) error {
		return safely(b.action, func() error {
			if err := b.prepareNested(ctx); err != nil {
				return err
			}
			return b.store(ctx)
		})
	})
	switch {
	case err == nil:
		b.noteMetadata()
		return nil
	case b.partial:
		return b.singly(ctx)
	}
	e := b.whose(ctx, err)
	e.guessed = m.guessed || e.guessed
	return e
}

// prepareNested goes through the phases before the write.
func (b *batch) prepareNested(ctx context.Context) error {
	for i, r := range b.runs {
		r.watched = r.heard()
		r.cast(ctx)
		if err := r.decide(); err != nil {
			return b.fault(ctx, err, i)
		}
	}
	if err := b.group.change(ctx); err != nil {
		return err
	}
	var faults []*BulkError
	for i, r := range b.runs {
		if issues := r.c.Issues(); len(issues) > 0 {
			faults = append(faults, &BulkError{Index: b.places[i], Reason: invalid(issues...)})
		}
	}
	if len(faults) == 0 {
		return nil
	}
	faults[0].Others = faults[1:]
	return faults[0]
}

// whose is err with the position of the record at fault, or a guess of it.
func (b *batch) whose(ctx context.Context, err error) *BulkError {
	if e, ok := errors.AsType[*BulkError](err); ok {
		return e
	}
	place, known := b.first(), len(b.places) == 1
	if n, ok := errors.AsType[*nestedError](err); ok {
		if i := slices.Index(b.runs, n.root); i >= 0 {
			place, known = b.places[i], true
		}
	}
	e := bulkError(b.app.failure(ctx, err), place)
	e.guessed = !known && e.Reason.Kind != Internal && e.Reason.Kind != Unavailable
	return e
}
