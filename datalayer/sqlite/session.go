package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
)

// session runs queries and writes: each on a connection of the layer, or all
// on that of a transaction.
type session struct {
	home     *Layer
	tx       *transaction // nil outside transactions
	observer datalayer.Observer
}

// call is one call on its way, on the connection that it has for itself.
type call struct {
	c        *connection
	observer datalayer.Observer
	// inTx tells that a transaction is open on the connection.
	inTx bool
}

// on runs f on a connection for reading or writing.
func (s *session) on(ctx context.Context, write bool, f func(*call) error) error {
	if s.tx != nil {
		return s.tx.on(ctx, f)
	}
	p := s.home.reader
	if write {
		p = s.home.writer
	}
	c, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer p.give(c)
	return f(&call{c: c, observer: s.observer})
}

// Read runs a query. What it includes is of the same moment as the rest.
func (s *session) Read(ctx context.Context, q *datalayer.Query) (res *datalayer.Result, err error) {
	err = s.on(ctx, false, func(c *call) error {
		if !several(q) {
			res, err = (&reading{c}).root(ctx, q)
			return err
		}
		return c.within(ctx, "begin", func() error {
			res, err = (&reading{c}).root(ctx, q)
			return err
		})
	})
	return res, err
}

// several reports whether a query takes more than one statement.
func several(q *datalayer.Query) bool {
	if q.Count {
		return true
	}
	for i := range q.Include {
		if q.Include[i].Relationship.Many() || several(q.Include[i].Query) {
			return true
		}
	}
	return false
}

// within runs f in a transaction that begins so, unless one is open.
func (c *call) within(ctx context.Context, begin string, f func() error) error {
	if c.inTx {
		return f()
	}
	if err := c.c.exec(ctx, begin); err != nil {
		return err
	}
	err := f()
	if err == nil {
		err = c.c.exec(ctx, "commit")
	}
	if err != nil {
		// After some errors SQLite has rolled back by itself; this one fails then.
		_ = c.c.exec(context.WithoutCancel(ctx), "rollback")
	}
	return err
}

// Update changes records.
func (s *session) Update(ctx context.Context, w *datalayer.Update) (*datalayer.Result, error) {
	if w.Each != nil {
		return s.updateEach(ctx, w)
	}
	st, err := sqltext.SQLite().Update(w)
	if err != nil {
		return nil, err
	}
	return s.write(ctx, st, w.Resource, w.Return, updateKeys(w))
}

// Delete removes records.
func (s *session) Delete(ctx context.Context, w *datalayer.Delete) (*datalayer.Result, error) {
	st, err := sqltext.SQLite().Delete(w)
	if err != nil {
		return nil, err
	}
	return s.write(ctx, st, w.Resource, w.Return, nil)
}

func (s *session) write(ctx context.Context, st sqltext.Statement, r *resource.Resource, columns []*resource.Attribute, keys []givenKey) (res *datalayer.Result, err error) {
	err = s.on(ctx, true, func(c *call) error {
		set, err := c.change(ctx, st)
		if err != nil {
			return c.explain(ctx, err, r, keys)
		}
		res = written(set, columns)
		return nil
	})
	return res, err
}

func written(set *rowset, columns []*resource.Attribute) *datalayer.Result {
	return &datalayer.Result{Rows: &view{set: set, columns: columns}, Columns: columns, Count: -1}
}

// rows runs a statement that reads.
func (c *call) rows(ctx context.Context, st sqltext.Statement) (*rowset, error) {
	return c.send(ctx, st, true)
}

// change runs a statement that writes.
func (c *call) change(ctx context.Context, st sqltext.Statement) (*rowset, error) {
	return c.send(ctx, st, false)
}

func (c *call) send(ctx context.Context, st sqltext.Statement, stoppable bool) (*rowset, error) {
	args, err := driverArgs(st.Args)
	if err != nil {
		return nil, err
	}
	watch := datalayer.Watching(ctx, c.observer)
	if watch.Idle() {
		return c.c.query(ctx, st.Text, args, stoppable)
	}
	watch.Sent(ctx, st.Text)
	begun := time.Now()
	set, err := c.c.query(ctx, st.Text, args, stoppable)
	watch.Ended(ctx, st.Text, time.Since(begun), err)
	return set, err
}

// count runs a statement whose answer is one number.
func (c *call) count(ctx context.Context, st sqltext.Statement) (int64, error) {
	set, err := c.rows(ctx, st)
	if err != nil {
		return 0, err
	}
	n, ok := set.at(0, 0).(int64)
	if !ok {
		return 0, fmt.Errorf("count: %T is no number", set.at(0, 0))
	}
	return n, nil
}
