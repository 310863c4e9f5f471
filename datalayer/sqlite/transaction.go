package sqlite

import (
	"context"
	"errors"

	"github.com/congago/conga/datalayer"
)

// transaction is a Tx: it has the writing connection until it ends.
type transaction struct {
	session
	c *connection
	// failed is what ended the transaction early: after most errors SQLite
	// has rolled back, or may have, and what followed would be lasting at once.
	failed error
	ended  bool
	// parts is the number of those that are open.
	parts int
}

var _ datalayer.Tx = (*transaction)(nil)

var (
	errEnded  = errors.New("the transaction has ended")
	errFailed = errors.New("the transaction was undone after an error")
)

// Begin opens a transaction on the writing connection; others that write wait
// until it ends, others that read do not.
func (l *Layer) Begin(ctx context.Context) (datalayer.Tx, error) {
	return l.begin(ctx)
}

func (l *Layer) begin(ctx context.Context) (*transaction, error) {
	c, err := l.writer.take(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.exec(ctx, "begin immediate"); err != nil {
		l.writer.give(c)
		return nil, err
	}
	t := &transaction{c: c}
	t.session = session{home: l, tx: t, observer: l.observer}
	return t, nil
}

// on runs f on the connection of the transaction.
func (t *transaction) on(ctx context.Context, f func(*call) error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case t.ended:
		return errEnded
	case t.failed != nil:
		return errors.Join(errFailed, t.failed)
	}
	err := f(&call{c: t.c, observer: t.observer, inTx: true})
	var broken *datalayer.ConstraintError
	if err != nil && !errors.As(err, &broken) {
		t.failed = err
	}
	return err
}

// Commit makes the writes last. When ctx has ended, or a statement has failed
// for another reason than a constraint, they are undone instead.
func (t *transaction) Commit(ctx context.Context) error {
	if t.ended {
		return errEnded
	}
	err := ctx.Err()
	if err == nil {
		err = t.failed
	}
	if err == nil {
		err = t.c.exec(context.WithoutCancel(ctx), "commit")
	}
	if err != nil {
		return errors.Join(err, t.Rollback(ctx))
	}
	t.end()
	return nil
}

// Rollback undoes the writes; after Commit it does nothing.
func (t *transaction) Rollback(ctx context.Context) error {
	if t.ended {
		return nil
	}
	err := t.c.exec(context.WithoutCancel(ctx), "rollback")
	if t.failed != nil {
		err = nil // SQLite may have rolled back before
	}
	t.end()
	return err
}

func (t *transaction) end() {
	t.ended = true
	t.home.writer.give(t.c)
}
