package postgres

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// pool is the connections to one server.
type pool struct {
	conns *pgxpool.Pool
	// patience is how long a call waits for a connection; not positive means
	// as long as its context lets it.
	patience time.Duration
	// taken counts the calls that have a connection or wait for one, open the
	// connections there are.
	taken, open atomic.Int32
}

func (l *Layer) newPool(ctx context.Context, config *pgxpool.Config) (_ *pool, err error) {
	p := &pool{patience: l.options.AcquireTimeout}
	config.AfterConnect = func(context.Context, *pgx.Conn) error {
		p.open.Add(1)
		return nil
	}
	config.BeforeClose = func(*pgx.Conn) { p.open.Add(-1) }
	config.PingTimeout = max(p.patience, 0)
	p.conns, err = pgxpool.NewWithConfig(ctx, config)
	return p, err
}

// acquire takes a connection out of the pool; the caller releases it. A clock
// runs only where none is free, since it costs twice as much as to take one
// that is. A connection that the pool has to replace or to test has a limit of its own.
func (p *pool) acquire(ctx context.Context) (lease, error) {
	wait := ctx
	if p.taken.Add(1) > p.open.Load() && p.patience > 0 {
		var cancel context.CancelFunc
		wait, cancel = context.WithTimeout(ctx, p.patience)
		defer cancel()
	}
	conn, err := p.conns.Acquire(wait)
	if err != nil {
		p.taken.Add(-1)
		return lease{}, unreachable(ctx, err)
	}
	return lease{conn, p}, nil
}

func (p *pool) close() { p.conns.Close() }

// lease is a connection that was taken; its zero value is none.
type lease struct {
	from *pgxpool.Conn
	pool *pool
}

func (l lease) conn() *pgx.Conn { return l.from.Conn() }

// release gives the connection back; the pool drops it unless it is idle and
// outside of any transaction.
func (l lease) release() {
	l.from.Release()
	l.pool.taken.Add(-1)
}
