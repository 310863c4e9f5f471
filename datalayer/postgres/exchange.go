package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// exchangeOne sends a prepared statement outside of any transaction and reads
// its answer, message by message: what pgconn does beyond that, for contexts,
// timers and locks, costs as much as writing the statement. A statement alone
// cannot stop server and client from hearing each other, as several can: the server
// has read all of its arguments before it answers.
func (l *Layer) exchangeOne(ctx context.Context, conn *pgx.Conn, p *prepared, r *request) error {
	s, err := p.statement(ctx, conn, &r.Statement)
	if err != nil {
		return err
	}
	params, formats, err := p.bind(conn, s, r.Args)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	p.watcher.begin(ctx)
	defer p.watcher.end()
	front := conn.PgConn().Frontend()
	p.message = pgproto3.Bind{PreparedStatement: s.Name, ParameterFormatCodes: formats, Parameters: params, ResultFormatCodes: s.formats}
	front.SendBind(&p.message)
	front.SendExecute(&pgproto3.Execute{})
	front.SendSync(&pgproto3.Sync{})
	if err := front.Flush(); err != nil {
		return lost(conn, err)
	}
	return l.receiveOne(conn, front, r, s)
}

// receiveOne reads until the server is ready for the next statement.
func (l *Layer) receiveOne(conn *pgx.Conn, front *pgproto3.Frontend, r *request, s *statement) (err error) {
	t, begun := r.table, false
	for {
		message, fault := front.Receive()
		if fault != nil {
			return lost(conn, fault)
		}
		switch m := message.(type) {
		case *pgproto3.DataRow:
			if err != nil {
				continue
			}
			if !begun {
				begun = true
				s.describe(t)
				t.grow(&l.memories, &r.Statement)
			}
			err = t.add(m.Values)
		case *pgproto3.CommandComplete:
			if len(s.Fields) == 0 {
				t.n = int(pgconn.NewCommandTag(string(m.CommandTag)).RowsAffected())
			}
		case *pgproto3.ErrorResponse:
			pg := pgconn.ErrorResponseToPgError(m)
			err = pg
			if strings.EqualFold(pg.Severity, "FATAL") {
				return lost(conn, pg)
			}
		case *pgproto3.ReadyForQuery:
			if m.TxStatus != 'I' {
				return lost(conn, errNotReady)
			}
			if err == nil {
				t.end()
				t.remember(&r.Statement)
			}
			return err
		}
	}
}

var errNotReady = errors.New("run statement: the server began a transaction by itself")

// lost closes a connection of which nobody knows what it will say next.
func lost(conn *pgx.Conn, err error) error {
	_ = conn.PgConn().Conn().Close() // first, so that Close has nobody to wait for
	_ = conn.Close(context.Background())
	return err
}
