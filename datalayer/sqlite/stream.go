package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"time"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
)

var _ datalayer.Streamer = (*session)(nil)

// Stream reads with one statement, which stays open on a connection for
// reading until the stream ends; what the rows include is read on the same
// connection, at the same moment. A transaction must not change the records
// while it streams them.
func (s *session) Stream(ctx context.Context, q *datalayer.Query, chunk int, f func(*datalayer.Result) error) error {
	if sqltext.Never(q.Where) {
		return nil
	}
	if q.More || q.Count || q.Lock || q.Seek != nil && q.Seek.Before || chunk < 1 {
		return errors.New("stream records: such a query can only be read")
	}
	sel, err := sqltext.SQLite().Read(q)
	if err != nil {
		return err
	}
	var refused error // by f: no fault of the connection's transaction
	give := func(res *datalayer.Result) error {
		refused = f(res)
		return refused
	}
	err = s.on(ctx, false, func(c *call) error {
		err := c.reading(ctx, func() error { return c.stream(ctx, sel, chunk, give) })
		if refused != nil {
			return nil
		}
		return err
	})
	if refused != nil {
		return refused
	}
	return err
}

// reading runs f in a transaction that only reads, unless one is open; also
// when f panics it ends.
func (c *call) reading(ctx context.Context, f func() error) error {
	if c.inTx {
		return f()
	}
	if err := c.c.exec(ctx, "begin"); err != nil {
		return err
	}
	defer func() { _ = c.c.exec(context.WithoutCancel(ctx), "rollback") }()
	return f()
}

// stream steps through the rows. The statement is not one of those kept: f may
// run the same one in the meantime.
func (c *call) stream(ctx context.Context, sel *sqltext.Select, chunk int, f func(*datalayer.Result) error) (err error) {
	args, err := driverArgs(sel.Args)
	if err != nil {
		return err
	}
	watch := datalayer.Watching(ctx, c.observer)
	watch.Sent(ctx, sel.Text)
	begun := time.Now()
	defer func() { watch.Ended(ctx, sel.Text, time.Since(begun), err) }()
	stmt, err := c.c.c.(driver.ConnPrepareContext).PrepareContext(ctx, sel.Text)
	if err != nil {
		return failure(err)
	}
	defer func() { _ = stmt.Close() }()
	rows, err := stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return failure(err)
	}
	defer func() { _ = rows.Close() }()
	set := &rowset{width: len(rows.Columns())}
	for left := sel.Limit; ; left -= set.n {
		want := chunk
		if sel.Limit > 0 {
			want = min(chunk, left)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := set.fill(rows, want); err != nil {
			return failure(err)
		}
		if set.n > 0 {
			if err := c.hand(ctx, sel, set, f); err != nil {
				return err
			}
		}
		if set.n < chunk || sel.Limit > 0 && left == set.n {
			return nil
		}
	}
}

// hand gives rows, with what they include, to f.
func (c *call) hand(ctx context.Context, sel *sqltext.Select, set *rowset, f func(*datalayer.Result) error) error {
	all := make([]int32, set.n)
	for i := range all {
		all[i] = int32(i) //nolint:gosec // a chunk
	}
	res, err := (&reading{c}).level(ctx, set, &sel.Root, all, nil)
	if err != nil {
		return err
	}
	return f(res)
}

// fill replaces the rows by the next ones, n at most.
func (s *rowset) fill(rows driver.Rows, n int) error {
	s.values, s.n = s.values[:0], 0
	for s.n < n {
		at := len(s.values)
		for range s.width {
			s.values = append(s.values, nil)
		}
		switch err := rows.Next(s.values[at:]); {
		case errors.Is(err, io.EOF):
			s.values = s.values[:at]
			return nil
		case err != nil:
			return err
		}
		s.n++
	}
	return nil
}
