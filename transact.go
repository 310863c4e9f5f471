package conga

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// Transact runs f in a transaction: the calls that f makes with its context
// take place together or not at all. Events leave after the commit. Within
// another Transact, or a hook, f is a part of the transaction that is open: its
// error undoes the part alone, so that who called may go on, and the options
// mean nothing.
func (a *App) Transact(ctx context.Context, f func(ctx context.Context) error, options ...TransactOption) error {
	if outer := a.open(ctx); outer != nil {
		return a.transactPart(ctx, outer, f)
	}
	var o transactOptions
	for _, option := range options {
		option(&o)
	}
	return a.failure(ctx, again(ctx, o.retries, func() attempt { return a.transactOnce(ctx, f) }))
}

// transactOnce runs f in a transaction.
func (a *App) transactOnce(ctx context.Context, f func(ctx context.Context) error) attempt {
	t, ctx, err := a.begin(ctx)
	if err != nil {
		return attempt{err: err}
	}
	done := false
	defer func() {
		if !done { // f panicked
			_ = t.close(ctx, errPanicked)
		}
	}()
	err = f(ctx)
	done = true
	return attempt{err: t.close(ctx, err), seen: t.told, tell: t.tell}
}

// transactPart runs f in a part of the open transaction.
func (a *App) transactPart(ctx context.Context, outer *transaction, f func(ctx context.Context) error) error {
	t, ctx, err := a.part(ctx, outer)
	if err != nil {
		return a.failure(ctx, err)
	}
	if t == nil {
		return f(ctx)
	}
	done := false
	defer func() {
		if !done { // f panicked
			_ = t.close(ctx, errPanicked)
		}
	}()
	err = f(ctx)
	done = true
	return t.end(ctx, err)
}

var errPanicked = errors.New("the function panicked")

// part begins a part of the open transaction, or nothing where the data layer has none.
func (a *App) part(ctx context.Context, outer *transaction) (*transaction, context.Context, error) {
	n, ok := outer.tx.(datalayer.Nester)
	if !ok {
		return nil, ctx, nil
	}
	tx, err := n.Begin(ctx)
	if err != nil {
		return nil, ctx, err
	}
	t := &transaction{app: a, tx: tx, outer: outer}
	outer.inner = t
	return t, context.WithValue(ctx, txKey, t), nil
}

// joined runs f in the transaction that is open, as if it were not called
// from outside, or in one of its own.
func (a *App) joined(ctx context.Context, f func(ctx context.Context) error) error {
	if a.open(ctx) != nil {
		return f(ctx)
	}
	return a.Transact(ctx, f)
}

func (a *App) begin(ctx context.Context) (*transaction, context.Context, error) {
	tx, err := a.layer.Begin(ctx)
	if err != nil {
		return nil, ctx, err
	}
	t := &transaction{app: a, tx: tx}
	return t, context.WithValue(ctx, txKey, t), nil
}

// end commits, or undoes everything when err is not nil, and then lets out
// what waited for the commit. What waits for that of a part waits for that of
// the transaction around it too.
func (t *transaction) end(ctx context.Context, err error) error {
	err = t.close(ctx, err)
	if t.outer == nil {
		t.tell(err)
		return err
	}
	t.outer.told = t.outer.told || t.told
	if err == nil {
		t.outer.ended = append(t.outer.ended, t.ended...)
		return nil
	}
	t.tell(err)
	return err
}

func (t *transaction) close(ctx context.Context, err error) error {
	if t.over = true; t.outer != nil {
		t.outer.inner = nil
	}
	if err != nil {
		if undo := t.tx.Rollback(context.WithoutCancel(ctx)); undo != nil {
			err = errors.Join(err, fmt.Errorf("roll back: %w", undo))
		}
	} else {
		err = t.tx.Commit(ctx)
	}
	return err
}

// tell lets out what waited for the commit.
func (t *transaction) tell(err error) {
	for _, f := range t.ended {
		f(err)
	}
}

// end finishes the write: it commits its own transaction, and publishes now
// or when the transaction that it takes part in commits.
func (r *run) end(ctx context.Context, err error) error {
	finish := func(err error) {
		for _, hook := range r.action.AfterTransaction {
			hook(context.WithoutCancel(ctx), r.c, r.record, err)
		}
		if err == nil && r.written {
			r.publish()
		}
	}
	t := r.app.open(ctx)
	if t != nil && err != nil && len(r.action.AfterTransaction) > 0 {
		t.told = true
	}
	if t == nil {
		finish(err)
		return err
	}
	if err == nil || t == r.own {
		t.ended = append(t.ended, finish)
	} else {
		finish(err)
	}
	if t == r.own {
		return t.end(ctx, err)
	}
	return err
}

// listened reports whether anybody would get an event of the resource. Where
// nobody does, a write costs no event: no record of it, and no topics.
func (a *App) listened(r *resource.Resource) bool { return a.bus.has(r.Type) }

var eventKinds = map[resource.ActionKind]EventKind{
	resource.Create: Created, resource.Update: Updated, resource.Destroy: Destroyed,
}

// publish tells the subscribers of the write.
func (r *run) publish() {
	if r.record == nil || !r.moved() {
		return
	}
	e := Event{
		Kind: r.eventKind(), Resource: r.res, Action: r.action,
		Key: r.res.Primary.Get(r.record), Record: r.record, At: structs.Now(),
	}
	if r.action.Soft {
		e.Record = r.before
	}
	if t := r.res.Tenant; t.Schema() {
		e.Tenant = r.b.tenant
	} else if t != nil {
		e.Tenant = t.Attribute.Get(r.record)
	}
	to := []address{{topic: Topic(r.res, "", nil)}}
	for _, p := range r.res.Publications {
		if !p.Covers(r.action) {
			continue
		}
		for _, rec := range []any{r.record, r.before} {
			if rec == nil {
				continue
			}
			values, ok := p.Values(rec)
			if topic := Topic(r.res, p.Topic, values...); ok && !slices.ContainsFunc(to, func(at address) bool { return at.topic == topic }) {
				to = append(to, address{topic, p.Payload})
			}
		}
	}
	r.app.bus.publish(e, to)
}
