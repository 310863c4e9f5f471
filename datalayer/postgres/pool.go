package postgres

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// pool is the connections to one server. pgxpool makes, tests and closes them;
// who may have one is decided here: where calls wait, a connection goes from
// one call to the next without a way through pgxpool, which costs several times as much.
type pool struct {
	conns *pgxpool.Pool
	// patience is how long a call waits for a connection; not positive means
	// as long as its context lets it.
	patience time.Duration
	// open counts the connections there are.
	open atomic.Int32

	mu sync.Mutex
	// free is how many calls may still take a connection, of size altogether.
	free, size int32
	// first and last are the calls that wait, the longest first.
	first, last *waiter
	closed      bool
	memory      sync.Pool // of *waiter
}

// waiter is a call that waits for a connection.
type waiter struct {
	// ready gets a connection, or none as the leave to take one out of pgxpool.
	ready      chan lease
	timer      *time.Timer
	prev, next *waiter
	queued     bool
}

func (l *Layer) newPool(ctx context.Context, config *pgxpool.Config) (_ *pool, err error) {
	p := &pool{patience: l.options.AcquireTimeout, free: config.MaxConns, size: config.MaxConns}
	config.AfterConnect = func(context.Context, *pgx.Conn) error {
		p.open.Add(1)
		return nil
	}
	config.BeforeClose = func(*pgx.Conn) { p.open.Add(-1) }
	config.PingTimeout = max(p.patience, 0)
	p.conns, err = pgxpool.NewWithConfig(ctx, config)
	return p, err
}

// acquire takes a connection; the caller releases it.
func (p *pool) acquire(ctx context.Context) (lease, error) {
	p.mu.Lock()
	if p.free > 0 {
		p.free--
		all := p.size - p.free
		p.mu.Unlock()
		return p.take(ctx, all > p.open.Load())
	}
	w := p.queue()
	p.mu.Unlock()
	l, err := p.wait(ctx, w)
	switch {
	case err != nil:
		return lease{}, unreachable(ctx, err)
	case l.from == nil:
		return p.take(ctx, true)
	}
	return l, nil
}

// take gets a connection out of pgxpool for a call that may have one. A clock
// runs only where it may have to be made, since it costs twice as much as to
// take one that is there. A connection that the pool has to replace or to test
// has a limit of its own.
func (p *pool) take(ctx context.Context, limited bool) (lease, error) {
	wait := ctx
	if limited && p.patience > 0 {
		var cancel context.CancelFunc
		wait, cancel = context.WithTimeout(ctx, p.patience)
		defer cancel()
	}
	conn, err := p.conns.Acquire(wait)
	if err != nil {
		p.pass()
		return lease{}, unreachable(ctx, err)
	}
	return lease{from: conn, pool: p}, nil
}

var errBusy = errors.New("all connections are busy")

// wait waits until it is the call's turn.
func (p *pool) wait(ctx context.Context, w *waiter) (l lease, err error) {
	var late <-chan time.Time
	if p.patience > 0 {
		w.timer.Reset(p.patience)
		late = w.timer.C
	}
	select {
	case l = <-w.ready:
	case <-ctx.Done():
		err = ctx.Err()
	case <-late:
		err = errBusy
	}
	w.timer.Stop()
	if err != nil && !p.leave(w) { // its turn came at that moment
		if l = <-w.ready; l.from != nil {
			l.release()
		} else {
			p.pass()
		}
	}
	p.memory.Put(w)
	return l, err
}

// queue puts a call at the end of those that wait. The pool is locked.
func (p *pool) queue() *waiter {
	w, _ := p.memory.Get().(*waiter)
	if w == nil {
		w = &waiter{ready: make(chan lease, 1), timer: time.NewTimer(time.Hour)}
		w.timer.Stop()
	}
	w.prev, w.next, w.queued = p.last, nil, true
	if p.last == nil {
		p.first = w
	} else {
		p.last.next = w
	}
	p.last = w
	return w
}

// remove takes a call out of those that wait. The pool is locked.
func (p *pool) remove(w *waiter) {
	if w.prev == nil {
		p.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		p.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.prev, w.next, w.queued = nil, nil, false
}

// leave reports whether the call still waited, and now does no longer.
func (p *pool) leave(w *waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !w.queued {
		return false
	}
	p.remove(w)
	return true
}

// pass gives the leave to take a connection to the call that waits longest.
func (p *pool) pass() { p.hand(lease{}) }

// hand gives a connection, or the leave to take one, to the call that waits
// longest, and reports whether there was one; if not, the leave is free.
func (p *pool) hand(l lease) bool {
	p.mu.Lock()
	w := p.first
	if w == nil || l.from != nil && p.closed {
		if l.from == nil {
			p.free++
		}
		p.mu.Unlock()
		return false
	}
	p.remove(w)
	p.mu.Unlock()
	w.ready <- l
	return true
}

// close waits for running calls and closes all connections.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.conns.Close()
}

// lease is a connection that was taken; its zero value is none.
type lease struct {
	from *pgxpool.Conn
	pool *pool
	// handed is how many calls have had it since it was taken out of pgxpool.
	handed int
}

// mostHanded is after how many calls pgxpool looks whether a connection is
// too old.
const mostHanded = 64

func (l lease) conn() *pgx.Conn { return l.from.Conn() }

// release gives the connection on, or back to pgxpool, which drops it unless it
// is idle and outside of any transaction.
func (l lease) release() {
	conn := l.conn()
	if l.handed++; l.handed < mostHanded && !conn.IsClosed() && !conn.PgConn().IsBusy() && conn.PgConn().TxStatus() == 'I' && l.pool.hand(l) {
		return
	}
	l.from.Release()
	l.pool.pass()
}
