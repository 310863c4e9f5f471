package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
)

// session runs statements: on the pools, or in a transaction.
type session struct {
	read, write *pool
	tx          *sql.Tx // nil outside transactions
	observer    datalayer.Observer
}

// Read runs a query.
func (s *session) Read(ctx context.Context, q *datalayer.Query) (*datalayer.Result, error) {
	return (&reading{s}).root(ctx, q)
}

// Insert stores new records.
func (s *session) Insert(ctx context.Context, w *datalayer.Insert) (*datalayer.Result, error) {
	st, err := sqltext.SQLite().Insert(w)
	if err != nil {
		return nil, err
	}
	set, err := s.rows(ctx, s.write, st, len(w.Return))
	if err != nil {
		return nil, s.explain(ctx, err, w.Resource, insertKeys(w))
	}
	return written(set, w.Return), nil
}

// Update changes records.
func (s *session) Update(ctx context.Context, w *datalayer.Update) (*datalayer.Result, error) {
	st, err := sqltext.SQLite().Update(w)
	if err != nil {
		return nil, err
	}
	set, err := s.rows(ctx, s.write, st, len(w.Return))
	if err != nil {
		return nil, s.explain(ctx, err, w.Resource, updateKeys(w))
	}
	return written(set, w.Return), nil
}

// Delete removes records.
func (s *session) Delete(ctx context.Context, w *datalayer.Delete) (*datalayer.Result, error) {
	st, err := sqltext.SQLite().Delete(w)
	if err != nil {
		return nil, err
	}
	set, err := s.rows(ctx, s.write, st, len(w.Return))
	if err != nil {
		return nil, s.explain(ctx, err, w.Resource, nil)
	}
	return written(set, w.Return), nil
}

func written(set *rowset, columns []*resource.Attribute) *datalayer.Result {
	v := &view{set: set, columns: columns}
	return &datalayer.Result{Rows: v, Columns: columns, Count: -1}
}

// rows runs a statement and takes all its rows.
func (s *session) rows(ctx context.Context, p *pool, st sqltext.Statement, width int) (*rowset, error) {
	args, err := driverArgs(st.Args)
	if err != nil {
		return nil, err
	}
	if s.observer != nil {
		s.observer.Statement(ctx, st.Text)
	}
	rows, err := s.query(ctx, p, st.Text, args)
	if err != nil {
		return nil, failure(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, failure(err)
	}
	set := &rowset{width: max(len(names), width)}
	scan := make([]any, len(names))
	for rows.Next() {
		at := len(set.values)
		set.values = append(set.values, make([]any, set.width)...)
		for i := range scan {
			scan[i] = &set.values[at+i]
		}
		if err := rows.Scan(scan...); err != nil {
			return nil, failure(err)
		}
		set.n++
	}
	return set, failure(rows.Err())
}

func (s *session) query(ctx context.Context, p *pool, text string, args []any) (*sql.Rows, error) {
	if s.tx != nil {
		// A statement prepared on the pool would wait for the connection
		// that the transaction holds.
		return s.tx.QueryContext(ctx, text, args...)
	}
	stmt, err := p.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// count runs a statement whose answer is one number.
func (s *session) count(ctx context.Context, st sqltext.Statement) (int64, error) {
	set, err := s.rows(ctx, s.read, st, 1)
	if err != nil {
		return 0, err
	}
	n, ok := set.at(0, 0).(int64)
	if !ok {
		return 0, fmt.Errorf("count: %T is no number", set.at(0, 0))
	}
	return n, nil
}
