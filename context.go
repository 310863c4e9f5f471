package conga

import (
	"context"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
)

type contextKey int

const (
	actorKey contextKey = iota
	appKey
	txKey
	tenantKey
	languagesKey
	cascadeKey
)

// WithActor is a context whose calls run on behalf of actor, a pointer to a
// struct, usually a record. Nil, also as a typed pointer, means nobody.
func WithActor(ctx context.Context, actor any) context.Context {
	if structs.IsNil(actor) {
		actor = nil
	}
	return context.WithValue(ctx, actorKey, actor)
}

// ActorFrom is the actor of the context, or nil.
func ActorFrom(ctx context.Context) any { return ctx.Value(actorKey) }

// FromContext is the application on whose behalf a change, validation, hook
// or generic action runs. It is nil elsewhere.
func FromContext(ctx context.Context) *App {
	a, _ := ctx.Value(appKey).(*App)
	return a
}

// within is the context for user code that runs inside a call, and for what a
// write reads: both want to see what was written before.
func (a *App) within(ctx context.Context) context.Context {
	if FromContext(ctx) == a {
		return ctx
	}
	return context.WithValue(datalayer.ReadPrimary(ctx), appKey, a)
}

// transaction is the open transaction of a context, or a part of it, with
// what waits for its end.
type transaction struct {
	app   *App
	tx    datalayer.Tx
	ended []func(error)
	// told tells that a hook was told of a failure already.
	told bool
	// outer is what this is a part of, inner the part of this that is open;
	// they are nil where there is none.
	outer, inner *transaction
	// over tells that the transaction has ended.
	over bool
}

// open is the transaction, or its part, that the calls of ctx belong to; nil
// for none.
func (a *App) open(ctx context.Context) *transaction {
	t, _ := ctx.Value(txKey).(*transaction)
	if t == nil || t.app != a {
		return nil
	}
	for t != nil && t.over {
		t = t.outer
	}
	for t != nil && t.inner != nil { // ctx is that of what is around it
		t = t.inner
	}
	return t
}
