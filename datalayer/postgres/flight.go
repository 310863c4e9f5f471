package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
)

// flight is statements that travel to the server together, and back.
type flight struct {
	requests []*request
	// resource is whose constraints an error may name; deleting tells that
	// others may refer to its records.
	resource *resource.Resource
	deleting bool
	// begin opens a transaction first.
	begin bool
}

// request is one statement and what becomes of its rows.
type request struct {
	sqltext.Statement
	table *table
}

// sendFunc sends a flight and fills its tables.
type sendFunc func(ctx context.Context, f *flight) error

func (f *flight) add(s sqltext.Statement, t *table) {
	f.requests = append(f.requests, &request{s, t})
}

// reset forgets what has arrived.
func (f *flight) reset() {
	for _, r := range f.requests {
		r.table.reset()
	}
}

// run sends the flight over conn.
func (l *Layer) run(ctx context.Context, conn *pgx.Conn, f *flight) error {
	if l.options.Observer != nil {
		if f.begin {
			l.options.Observer.Statement(ctx, "begin")
		}
		for _, r := range f.requests {
			l.options.Observer.Statement(ctx, r.Text)
		}
	}
	args := make([][]any, len(f.requests))
	for i, r := range f.requests {
		var err error
		if args[i], err = arguments(r.Args); err != nil {
			return err
		}
	}
	err := l.exchange(ctx, conn, f, args)
	if err != nil {
		return mapError(ctx, conn, err, f)
	}
	return nil
}

func (l *Layer) exchange(ctx context.Context, conn *pgx.Conn, f *flight, args [][]any) error {
	if len(f.requests) == 1 && !f.begin {
		r := f.requests[0]
		rows, err := conn.Query(ctx, r.Text, args[0]...)
		if err != nil {
			return err
		}
		return l.collect(rows, r)
	}
	batch := &pgx.Batch{}
	if f.begin {
		batch.Queue("begin")
	}
	for i, r := range f.requests {
		batch.Queue(r.Text, args[i]...)
	}
	results := conn.SendBatch(ctx, batch)
	err := l.receive(results, f)
	if closed := results.Close(); err == nil {
		err = closed
	}
	return err
}

func (l *Layer) receive(results pgx.BatchResults, f *flight) error {
	if f.begin {
		if _, err := results.Exec(); err != nil {
			return err
		}
	}
	for _, r := range f.requests {
		rows, err := results.Query()
		if err != nil {
			return err
		}
		if err := l.collect(rows, r); err != nil {
			return err
		}
	}
	return nil
}

// collect copies the rows into the request's table.
func (l *Layer) collect(rows pgx.Rows, r *request) error {
	defer rows.Close()
	t := r.table
	size := l.sizes.of(r.Text)
	for first := true; rows.Next(); first = false {
		if first {
			t.describe(rows.FieldDescriptions())
			t.grow(size.load())
		}
		if err := t.add(rows.RawValues()); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	t.end()
	if len(rows.FieldDescriptions()) == 0 {
		t.n = int(rows.CommandTag().RowsAffected())
	}
	size.store(len(t.data), len(t.cells))
	return nil
}
