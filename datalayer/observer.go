package datalayer

import (
	"context"
	"time"
)

// Observer is told of every statement that a layer sends. Layers take one in
// their options; WithObserver adds others for the calls of a context.
// Statement may be called from many goroutines.
type Observer interface {
	Statement(ctx context.Context, sql string)
}

// Timer is the ability of an Observer to be told of the end of statements
// too. Ended may be called from many goroutines.
type Timer interface {
	// Ended tells how long the statement took, from when it was sent, or when
	// the one before it in the same flight had ended, until its last row was there.
	Ended(ctx context.Context, sql string, took time.Duration, err error)
}

type contextKey int

const (
	watchKey contextKey = iota
	primaryKey
)

// watcher is an observer of a context, and those that were there before.
type watcher struct {
	observer Observer
	next     *watcher
}

// WithObserver is a context of whose statements o is told, besides the
// layer's own observer and those that ctx has already.
func WithObserver(ctx context.Context, o Observer) context.Context {
	next, _ := ctx.Value(watchKey).(*watcher)
	return context.WithValue(ctx, watchKey, &watcher{o, next})
}

// Watch is everybody who is told of the statements of one call, for layers.
type Watch struct {
	own  Observer
	more *watcher
}

// Watching are the layer's own observer, which may be nil, and those of ctx.
func Watching(ctx context.Context, own Observer) Watch {
	more, _ := ctx.Value(watchKey).(*watcher)
	return Watch{own, more}
}

// Idle reports whether there is nobody to tell.
func (w Watch) Idle() bool { return w.own == nil && w.more == nil }

// Sent tells that a statement is sent.
func (w Watch) Sent(ctx context.Context, sql string) {
	if w.own != nil {
		w.own.Statement(ctx, sql)
	}
	for at := w.more; at != nil; at = at.next {
		at.observer.Statement(ctx, sql)
	}
}

// Ended tells those who are a Timer that a statement has ended.
func (w Watch) Ended(ctx context.Context, sql string, took time.Duration, err error) {
	if t, ok := w.own.(Timer); ok {
		t.Ended(ctx, sql, took, err)
	}
	for at := w.more; at != nil; at = at.next {
		if t, ok := at.observer.(Timer); ok {
			t.Ended(ctx, sql, took, err)
		}
	}
}

// ReadPrimary is a context whose reads see all that was committed before: a
// layer with replicas sends them to the primary.
func ReadPrimary(ctx context.Context) context.Context {
	if ReadsPrimary(ctx) {
		return ctx
	}
	return context.WithValue(ctx, primaryKey, true)
}

// ReadsPrimary reports whether the reads of ctx have to see all that was
// committed before.
func ReadsPrimary(ctx context.Context) bool { return ctx.Value(primaryKey) != nil }
