package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/congago/conga/datalayer"
)

// tx is a transaction. It begins with its first statement.
type tx struct {
	layer *Layer
	held  lease // none once ended
	begun bool
	// opening is the statement that begins it.
	opening string
	// streams is the number of streams that are open.
	streams int
	// parts are those that are open, releases the statements that end others.
	parts    []*part
	releases []string
}

// patience is how long the end of what has failed may take.
const patience = 5 * time.Second

var errEnded = errors.New("use transaction: it has ended")

// Begin takes a connection; the transaction begins together with its first statement.
func (l *Layer) Begin(ctx context.Context) (datalayer.Tx, error) {
	held, err := l.pool.acquire(ctx)
	if err != nil {
		return nil, err
	}
	return &tx{layer: l, held: held, opening: "begin"}, nil
}

func (t *tx) send(ctx context.Context, f *flight) error {
	if !t.open() {
		return errEnded
	}
	f.begin = ""
	if !t.begun {
		f.begin = t.opening
	}
	t.begun = true // also when it fails: only Rollback helps then
	if len(t.parts)+len(t.releases) > 0 {
		t.mark(f)
	}
	err := t.layer.run(ctx, t.held.conn(), f)
	if isOutdated(err) { // the next transaction will find it prepared anew
		return &datalayer.UnavailableError{Conflict: true, Cause: err}
	}
	return err
}

func (t *tx) Read(ctx context.Context, q *datalayer.Query) (*datalayer.Result, error) {
	r := &reader{layer: t.layer, send: t.send}
	return r.read(ctx, q)
}

func (t *tx) Insert(ctx context.Context, in *datalayer.Insert) (*datalayer.Result, error) {
	return t.layer.insert(ctx, t.send, in)
}

func (t *tx) Update(ctx context.Context, up *datalayer.Update) (*datalayer.Result, error) {
	return t.layer.update(ctx, t.send, up)
}

func (t *tx) Delete(ctx context.Context, del *datalayer.Delete) (*datalayer.Result, error) {
	return t.layer.delete(ctx, t.send, del)
}

// Commit ends the transaction. Where the connection breaks after COMMIT was
// sent, or ctx ends then, nobody knows whether the server has done it.
func (t *tx) Commit(ctx context.Context) error {
	if !t.open() {
		return errEnded
	}
	if err := ctx.Err(); err != nil {
		return errors.Join(err, t.Rollback(ctx))
	}
	defer t.release()
	if !t.begun {
		return nil
	}
	conn := t.held.conn()
	tag, err := t.exec(ctx, "commit")
	var pg *pgconn.PgError
	switch {
	case err == nil && tag.String() == "ROLLBACK":
		return errors.New("commit: the transaction had failed before and was rolled back")
	case err == nil:
		return nil
	case errors.As(err, &pg) && !isUnavailable(pg), conn.PgConn().TxStatus() == 'I' && !conn.IsClosed():
		return t.layer.mapError(ctx, conn, err, &flight{})
	case ctx.Err() != nil:
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return &datalayer.UnavailableError{InDoubt: true, Cause: err}
}

// Rollback undoes the writes, also when ctx has ended already.
func (t *tx) Rollback(ctx context.Context) error {
	if !t.open() {
		return nil
	}
	defer t.release()
	conn := t.held.conn()
	if !t.begun || conn.IsClosed() || conn.PgConn().TxStatus() == 'I' {
		return nil // the server has rolled back, or never began
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	// If this fails the connection is given up, and the server rolls back by itself.
	_, _ = t.exec(ctx, "rollback")
	return nil
}

// exec sends a statement without rows, and tells the observers.
func (t *tx) exec(ctx context.Context, sql string) (pgconn.CommandTag, error) {
	f := &flight{begin: sql}
	f.depart(ctx, t.layer.options.Observer)
	tag, err := t.held.conn().Exec(ctx, sql)
	f.arrived(ctx, sql, err)
	return tag, err
}

// release gives the connection back.
func (t *tx) release() {
	t.held.release()
	t.held = lease{}
}

func (t *tx) open() bool { return t.held.from != nil }
