package postgres_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/internal/pgtest"
)

// TestPoolOfFew has many calls go for few connections, some of which die
// while some calls give up. Afterwards there are as many as before.
func TestPoolOfFew(t *testing.T) {
	const conns = 3
	c := newChat(t, pgtest.Database(t), postgres.Options{MaxConns: conns, AcquireTimeout: 2 * time.Second})
	c.fill(t, 5)
	var callers sync.WaitGroup
	for range 24 {
		callers.Go(func() {
			for range 40 {
				c.callOnce(t)
			}
		})
	}
	admin := c.admin(t)
	for range 10 {
		if _, err := admin.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity
			where pid <> pg_backend_pid() and datname = current_database() order by random() limit 1`); err != nil {
			t.Error(err)
		}
	}
	callers.Wait()
	for range conns {
		tx, err := c.Begin(t.Context())
		if err != nil {
			t.Fatalf("a connection was lost: %v", err)
		}
		defer func() { _ = tx.Rollback(context.Background()) }()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Begin(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("begin with all connections taken = %v", err)
	}
}

// callOnce reads, in or out of a transaction, with little or much time.
func (c *chat) callOnce(t *testing.T) {
	ctx, cancel := t.Context(), context.CancelFunc(func() {})
	if rand.IntN(4) == 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(rand.IntN(int(2*time.Millisecond))))
	}
	defer cancel()
	var err error
	var res *datalayer.Result
	if rand.IntN(3) > 0 {
		res, err = c.Read(ctx, c.all())
	} else {
		var tx datalayer.Tx
		if tx, err = c.Begin(ctx); err == nil {
			res, err = tx.Read(ctx, c.all())
			err = errors.Join(err, tx.Rollback(ctx))
		}
	}
	var away *datalayer.UnavailableError
	switch {
	case err == nil && res.Len() != 6:
		t.Errorf("read %d records", res.Len())
	case err != nil && !errors.As(err, &away) && ctx.Err() == nil:
		t.Errorf("read = %v", err)
	}
}

// TestCanceledOnTime ends the contexts of statements at all moments of their
// lives. Those end soon; what comes next over the same connection is never meant.
func TestCanceledOnTime(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{MaxConns: 1})
	c.fill(t, 5)
	c.hold(t)
	users := &datalayer.Query{Resource: c.user, Select: c.user.Columns()}
	for i := range 12 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Millisecond)
		begin := time.Now()
		_, err := c.Read(ctx, c.all()) // which waits for the held table
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("read = %v, want the context's error", err)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("read took %v", took)
		}
		for range 20 {
			if _, err := c.Read(t.Context(), users); err != nil {
				t.Fatalf("the next read = %v", err)
			}
		}
	}
}
