package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
)

// Stream reads through a cursor, in a transaction of its own that sees one
// moment of the database. The connection is taken until the stream ends. The
// limit on the time of a statement holds for each chunk.
func (l *Layer) Stream(ctx context.Context, q *datalayer.Query, chunk int, f func(*datalayer.Result) error) error {
	if sqltext.Never(q.Where) {
		return nil
	}
	begun := false
	err := l.streamOnce(ctx, q, chunk, func(res *datalayer.Result) error {
		begun = true
		return f(res)
	})
	if err == nil || begun || ctx.Err() != nil {
		return err
	}
	// Before the first row it may be tried again where a replica lags behind,
	// or a statement was prepared for tables that have changed since.
	var u *datalayer.UnavailableError
	replicated := len(l.replicas.list) > 0 && !datalayer.ReadsPrimary(ctx)
	if replicated || errors.As(err, &u) && u.Conflict {
		return l.streamOnce(datalayer.ReadPrimary(ctx), q, chunk, f)
	}
	return err
}

func (l *Layer) streamOnce(ctx context.Context, q *datalayer.Query, chunk int, f func(*datalayer.Result) error) error {
	held, err := l.acquireReader(ctx)
	if err != nil {
		return err
	}
	t := &tx{layer: l, held: held, opening: "begin isolation level repeatable read, read only"}
	defer func() { _ = t.Rollback(ctx) }() // also when f panics
	return t.Stream(ctx, q, chunk, f)
}

// Stream reads through a cursor.
func (t *tx) Stream(ctx context.Context, q *datalayer.Query, chunk int, f func(*datalayer.Result) error) error {
	if sqltext.Never(q.Where) {
		return nil
	}
	if q.More || q.Count || q.Lock || q.Seek != nil && q.Seek.Before || chunk < 1 {
		return errors.New("stream records: such a query can only be read")
	}
	root, err := t.layer.sql.Read(q)
	if err != nil {
		return err
	}
	t.streams++
	defer func() { t.streams-- }()
	s := &stream{tx: t, root: root, left: q.Limit, chunk: chunk, name: fmt.Sprintf("conga_%d", t.streams)}
	if err := s.open(ctx, q); err != nil {
		return err
	}
	err = s.run(ctx, f)
	if !t.open() || t.held.conn().PgConn().TxStatus() != 'T' {
		return err // ended by f, or failed: there is no cursor any more
	}
	if t.opening == "begin" || t.streams > 1 { // otherwise the transaction ends now
		if _, closed := t.exec(context.WithoutCancel(ctx), "close "+s.name); err == nil {
			err = closed
		}
	}
	return err
}

// stream is a cursor and how its rows are to be read.
type stream struct {
	*tx
	root *sqltext.Select
	name string
	// left is the number of rows still wanted, 0 for all.
	left, chunk int
}

// open declares the cursor, together with the beginning of the transaction.
func (s *stream) open(ctx context.Context, q *datalayer.Query) error {
	f := &flight{resource: q.Resource}
	if !s.begun && q.Limit == 0 {
		// All rows are wanted, not the first ones soon.
		f.add(sqltext.Statement{Text: "set local cursor_tuple_fraction = 1"}, plainTable(nil))
	}
	f.add(sqltext.Statement{Text: "declare " + s.name + " no scroll cursor for " + s.root.Text, Args: s.root.Args}, plainTable(nil))
	return s.send(ctx, f)
}

// run hands the rows to f, chunk by chunk.
func (s *stream) run(ctx context.Context, f func(*datalayer.Result) error) error {
	for {
		n := s.chunk
		if s.root.Limit > 0 {
			if n = min(n, s.left); n == 0 {
				return nil
			}
		}
		res, err := s.next(ctx, n)
		if err != nil {
			return err
		}
		got := res.Len()
		if got > 0 {
			err = f(res)
		}
		res.Release()
		if err != nil || got < n {
			return err
		}
		s.left -= got
	}
}

// next fetches n rows, and what they include.
func (s *stream) next(ctx context.Context, n int) (*datalayer.Result, error) {
	t := newTable(s.root)
	t.limit = 0
	if err := s.fetch(ctx, t, n); err != nil {
		return nil, err
	}
	r := &reader{layer: s.layer, send: s.send}
	res := r.assemble(&s.root.Root, t, nil)
	return res, r.follow(ctx)
}

// fetch moves the cursor. The statement has another result for each cursor of
// the name, so that it is not prepared.
func (s *stream) fetch(ctx context.Context, t *table, n int) error {
	if !s.tx.open() {
		return errEnded
	}
	text := fmt.Sprintf("fetch %d from %s", n, s.name)
	f := &flight{begin: text}
	f.depart(ctx, s.layer.options.Observer)
	conn := s.held.conn()
	rows := conn.PgConn().ExecParams(ctx, text, nil, nil, nil, []int16{pgtype.BinaryFormatCode})
	var err error
	for rows.NextRow() && err == nil {
		if t.memory == nil {
			t.describe(rows.FieldDescriptions())
			t.grow(&s.layer.memories, &s.root.Statement)
		}
		err = t.add(rows.Values())
	}
	if _, closed := rows.Close(); err == nil {
		err = closed
	}
	f.arrived(ctx, text, err)
	if err != nil {
		return s.layer.mapError(ctx, conn, err, &flight{})
	}
	t.remember(&s.root.Statement)
	return nil
}
