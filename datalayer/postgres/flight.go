package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/congago/conga/datalayer"
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
	// begin is the statement that opens a transaction first, or empty.
	begin string

	watch datalayer.Watch
	// since is when the statement that is now awaited began.
	since time.Time
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
	f.depart(ctx, l.options.Observer)
	args := make([][]any, len(f.requests))
	for i, r := range f.requests {
		var err error
		if args[i], err = arguments(r.Args); err != nil {
			return err
		}
	}
	err := l.exchange(ctx, conn, f, args)
	if err != nil {
		return l.mapError(ctx, conn, err, f)
	}
	return nil
}

// depart tells the observers of all statements of the flight.
func (f *flight) depart(ctx context.Context, own datalayer.Observer) {
	if f.watch = datalayer.Watching(ctx, own); f.watch.Idle() {
		return
	}
	if f.begin != "" {
		f.watch.Sent(ctx, f.begin)
	}
	for _, r := range f.requests {
		f.watch.Sent(ctx, r.Text)
	}
	f.since = time.Now()
}

// arrived tells the observers that the answer to a statement is there.
func (f *flight) arrived(ctx context.Context, sql string, err error) {
	if f.watch.Idle() {
		return
	}
	now := time.Now()
	f.watch.Ended(ctx, sql, now.Sub(f.since), err)
	f.since = now
}

func (l *Layer) exchange(ctx context.Context, conn *pgx.Conn, f *flight, args [][]any) error {
	if len(f.requests) == 1 && f.begin == "" {
		r := f.requests[0]
		rows, err := conn.Query(ctx, r.Text, args[0]...)
		if err == nil {
			err = l.collect(rows, r)
		}
		f.arrived(ctx, r.Text, err)
		return err
	}
	batch := &pgx.Batch{}
	if f.begin != "" {
		batch.Queue(f.begin)
	}
	for i, r := range f.requests {
		batch.Queue(r.Text, args[i]...)
	}
	results := conn.SendBatch(ctx, batch)
	err := l.receive(ctx, results, f)
	if closed := results.Close(); err == nil {
		err = closed
	}
	return err
}

func (l *Layer) receive(ctx context.Context, results pgx.BatchResults, f *flight) error {
	if f.begin != "" {
		_, err := results.Exec()
		f.arrived(ctx, f.begin, err)
		if err != nil {
			return err
		}
	}
	for _, r := range f.requests {
		rows, err := results.Query()
		if err == nil {
			err = l.collect(rows, r)
		}
		f.arrived(ctx, r.Text, err)
		if err != nil {
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
			t.grow(&l.memories, size)
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
