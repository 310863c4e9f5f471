package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// watcher cancels the statement of a connection when the context of its call
// ends. Most statements take less than a millisecond, and to watch a context
// costs more than to send one: only those that take longer are watched.
type watcher struct {
	timer   *time.Timer
	handler *pgconn.CancelRequestContextWatcherHandler

	mu  sync.Mutex
	ctx context.Context //nolint:containedctx // of the statement under way; nil for none
	// stop ends the watch, done is closed when the statement was canceled; nil
	// while nobody watches.
	stop func() bool
	done chan struct{}
}

// unwatched is how long a statement takes before its context is watched.
const unwatched = 5 * time.Millisecond

func newWatcher(conn *pgconn.PgConn) *watcher {
	w := &watcher{handler: cancelOnServer(conn)}
	w.timer = time.AfterFunc(time.Hour, w.watch)
	w.timer.Stop()
	return w
}

// begin says that a statement is about to be sent.
func (w *watcher) begin(ctx context.Context) {
	w.mu.Lock()
	w.ctx = ctx
	w.mu.Unlock()
	w.timer.Reset(unwatched)
}

// watch begins to watch the statement under way. A timer of the one before may
// have come late, and then this one is watched from its beginning.
func (w *watcher) watch() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx == nil || w.stop != nil {
		return
	}
	ctx, done := w.ctx, make(chan struct{})
	w.done = done
	w.stop = context.AfterFunc(ctx, func() {
		w.handler.HandleCancel(ctx)
		close(done)
	})
}

// end says that the statement has ended. If it was canceled, end waits until
// the next one cannot be meant.
func (w *watcher) end() {
	w.timer.Stop()
	w.mu.Lock()
	stop, done := w.stop, w.done
	w.ctx, w.stop, w.done = nil, nil, nil
	w.mu.Unlock()
	if stop != nil && !stop() {
		<-done
		w.handler.HandleUnwatchAfterCancel()
	}
}
