package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/congago/conga/datalayer"
)

// replicas are the standbys that reads go to, in turn.
type replicas struct {
	list  []*replica
	turn  atomic.Uint32
	retry time.Duration
}

// replica is one standby.
type replica struct {
	pool *pool
	// rest is until when it is left alone because it could not be reached,
	// in nanoseconds; 0 means that it is well.
	rest atomic.Int64
}

// openReplicas makes a pool for each replica, and does not wait for any: one
// that is away now may come later.
func (l *Layer) openReplicas(ctx context.Context, size int32) error {
	l.replicas.retry = l.options.RetryReplica
	for i, url := range l.options.Replicas {
		config, err := pgxpool.ParseConfig(url)
		if err != nil {
			return fmt.Errorf("open replica %d: %w", i, err)
		}
		l.configure(config)
		config.MaxConns = size
		config.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
		pool, err := l.newPool(ctx, config)
		if err != nil {
			return fmt.Errorf("open replica %d: %w", i, err)
		}
		l.replicas.list = append(l.replicas.list, &replica{pool: pool})
	}
	return nil
}

func (rs *replicas) close() {
	for _, r := range rs.list {
		r.pool.close()
	}
}

// pick is the replica whose turn it is among those that are well, or nil.
// One whose rest is over gets a single call to show that it is well again.
func (rs *replicas) pick() *replica {
	n := uint32(len(rs.list)) //nolint:gosec // a few
	if n == 0 {
		return nil
	}
	from := rs.turn.Add(1)
	for i := range n {
		r := rs.list[(from+i)%n]
		until := r.rest.Load()
		if until == 0 {
			return r
		}
		now := time.Now()
		if now.UnixNano() >= until && r.rest.CompareAndSwap(until, now.Add(rs.retry).UnixNano()) {
			return r
		}
	}
	return nil
}

// refused reports whether a read that ended so has to be tried elsewhere: any
// failure may be the replica's own, as it lags behind, but for a read that took too long.
func (rs *replicas) refused(ctx context.Context, r *replica, err error) bool {
	if err == nil {
		r.rest.Store(0)
		return false
	}
	var pg *pgconn.PgError
	if ctx.Err() != nil || errors.As(err, &pg) && pg.Code == queryCanceled {
		return false
	}
	var u *datalayer.UnavailableError
	if errors.As(err, &u) && !u.Conflict {
		r.rest.Store(time.Now().Add(rs.retry).UnixNano())
	}
	return true
}

// sending is how the flights of one read are sent: to a replica where that is
// allowed, all to the same one, and to the primary where that fails.
func (l *Layer) sending(ctx context.Context) sendFunc {
	if len(l.replicas.list) == 0 || datalayer.ReadsPrimary(ctx) {
		return l.send
	}
	at := l.replicas.pick()
	return func(ctx context.Context, f *flight) error {
		for tries := 0; at != nil && tries < len(l.replicas.list); tries++ {
			err := l.sendTo(ctx, at.pool, f)
			if !l.replicas.refused(ctx, at, err) {
				return err
			}
			f.reset()
			at = l.replicas.pick()
		}
		at = nil
		return l.send(ctx, f)
	}
}

// acquireReader takes a connection for reading alone.
func (l *Layer) acquireReader(ctx context.Context) (lease, error) {
	if !datalayer.ReadsPrimary(ctx) {
		for range l.replicas.list {
			at := l.replicas.pick()
			if at == nil {
				break
			}
			conn, err := at.pool.acquire(ctx)
			if !l.replicas.refused(ctx, at, err) {
				return conn, err
			}
		}
	}
	return l.pool.acquire(ctx)
}
