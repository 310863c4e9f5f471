package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// exchangeAsAsked sends the flight as the URL says, default_query_exec_mode,
// and so that a pgx tracer is told.
func (l *Layer) exchangeAsAsked(ctx context.Context, conn *pgx.Conn, f *flight) error {
	args := make([][]any, len(f.requests))
	for i, r := range f.requests {
		var err error
		if args[i], err = arguments(r.Args); err != nil {
			return err
		}
	}
	if len(f.requests) == 1 && f.begin == "" {
		r := f.requests[0]
		rows, err := conn.Query(ctx, r.Text, args[0]...)
		if err == nil {
			err = l.collectAsAsked(rows, r)
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
	err := l.receiveAsAsked(ctx, results, f)
	if closed := results.Close(); err == nil {
		err = closed
	}
	return err
}

func (l *Layer) receiveAsAsked(ctx context.Context, results pgx.BatchResults, f *flight) error {
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
			err = l.collectAsAsked(rows, r)
		}
		f.arrived(ctx, r.Text, err)
		if err != nil {
			return err
		}
	}
	return nil
}

// collectAsAsked copies the rows into the request's table.
func (l *Layer) collectAsAsked(rows pgx.Rows, r *request) error {
	defer rows.Close()
	t := r.table
	for first := true; rows.Next(); first = false {
		if first {
			t.describe(rows.FieldDescriptions())
			t.grow(&l.memories, &r.Statement)
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
	t.remember(&r.Statement)
	return nil
}
