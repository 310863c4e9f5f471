package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

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

	// first and list are for the usual flight, of one statement.
	first request
	list  [1]*request
}

// request is one statement and what becomes of its rows.
type request struct {
	sqltext.Statement
	table *table
}

// sendFunc sends a flight and fills its tables.
type sendFunc func(ctx context.Context, f *flight) error

func (f *flight) add(s sqltext.Statement, t *table) {
	if f.requests == nil {
		f.first, f.list[0] = request{s, t}, &f.first
		f.requests = f.list[:]
		return
	}
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
	exchange := l.exchange
	if !l.direct {
		exchange = l.exchangeAsAsked
	}
	if err := exchange(ctx, conn, f); err != nil {
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

// exchange sends the statements, prepared, in one message, and reads what
// comes back. It talks to pgconn, since what pgx does beyond costs a tenth of
// the processor time of a read of one record.
func (l *Layer) exchange(ctx context.Context, conn *pgx.Conn, f *flight) error {
	p := preparedOn(conn)
	err := l.exchangePrepared(ctx, conn, p, f)
	if isOutdated(err) {
		p.forget(ctx, conn)
	}
	return err
}

func (l *Layer) exchangePrepared(ctx context.Context, conn *pgx.Conn, p *prepared, f *flight) error {
	if len(f.requests) > 1 || f.begin != "" {
		return l.exchangeMany(ctx, conn, p, f)
	}
	r := f.requests[0]
	if conn.PgConn().TxStatus() == 'I' {
		err := l.exchangeOne(ctx, conn, p, r)
		f.arrived(ctx, r.Text, err)
		return err
	}
	s, err := p.statement(ctx, conn, &r.Statement)
	if err != nil {
		return err
	}
	params, formats, err := p.bind(conn, s, r.Args)
	if err != nil {
		return err
	}
	err = l.collect(conn.PgConn().ExecStatement(ctx, s.StatementDescription, params, formats, s.formats), r, s)
	f.arrived(ctx, r.Text, err)
	return err
}

func (l *Layer) exchangeMany(ctx context.Context, conn *pgx.Conn, p *prepared, f *flight) error {
	batch := &pgconn.Batch{}
	if f.begin != "" {
		s, err := p.statement(ctx, conn, &sqltext.Statement{Text: f.begin})
		if err != nil {
			return err
		}
		batch.ExecStatement(s.StatementDescription, nil, nil, nil)
	}
	statements := make([]*statement, len(f.requests))
	for i, r := range f.requests {
		s, err := p.statement(ctx, conn, &r.Statement)
		if err != nil {
			return err
		}
		params, formats, err := p.bind(conn, s, r.Args)
		if err != nil {
			return err
		}
		batch.ExecStatement(s.StatementDescription, params, formats, s.formats)
		statements[i] = s
	}
	results := conn.PgConn().ExecBatch(ctx, batch)
	err := l.receiveMany(ctx, results, statements, f)
	if closed := results.Close(); closed != nil {
		err = closed
	}
	return err
}

func (l *Layer) receiveMany(ctx context.Context, results *pgconn.MultiResultReader, statements []*statement, f *flight) (err error) {
	if f.begin != "" {
		if !results.NextResult() {
			err = results.Close()
		} else {
			_, err = results.ResultReader().Close()
		}
		f.arrived(ctx, f.begin, err)
		if err != nil {
			return err
		}
	}
	for i, r := range f.requests {
		if !results.NextResult() {
			err = results.Close()
		} else {
			err = l.collect(results.ResultReader(), r, statements[i])
		}
		f.arrived(ctx, r.Text, err)
		if err != nil {
			return err
		}
	}
	return nil
}

// collect copies the rows into the request's table.
func (l *Layer) collect(rows *pgconn.ResultReader, r *request, s *statement) (err error) {
	t := r.table
	for first := true; err == nil && rows.NextRow(); first = false {
		if first {
			s.describe(t)
			t.grow(&l.memories, &r.Statement)
		}
		err = t.add(rows.Values())
	}
	tag, closed := rows.Close()
	if err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	t.end()
	if len(s.Fields) == 0 {
		t.n = int(tag.RowsAffected())
	}
	t.remember(&r.Statement)
	return nil
}
