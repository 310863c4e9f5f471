package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/congago/conga/datalayer"
)

// part is a part of a transaction, by a savepoint.
type part struct {
	*transaction
	depth int
	over  bool
}

var (
	_ datalayer.Nester = (*transaction)(nil)

	errParts = errors.New("a part of this part has not ended")
)

// Begin opens a part of the transaction.
func (t *transaction) Begin(ctx context.Context) (datalayer.Tx, error) {
	p := &part{transaction: t, depth: t.parts + 1}
	err := t.on(ctx, func(c *call) error { return c.c.exec(ctx, "savepoint "+p.name()) })
	if err != nil {
		return nil, err
	}
	t.parts++
	return p, nil
}

func (p *part) name() string { return fmt.Sprintf("conga_%d", p.depth) }

// Commit leaves what the part has done to the transaction.
func (p *part) Commit(ctx context.Context) error {
	switch {
	case p.over || p.ended:
		return errEnded
	case p.parts != p.depth:
		return errParts
	}
	err := ctx.Err()
	if err == nil {
		err = p.failed
	}
	if err == nil {
		err = p.c.exec(context.WithoutCancel(ctx), "release "+p.name())
	}
	if err != nil {
		return errors.Join(err, p.Rollback(ctx))
	}
	p.over, p.parts = true, p.parts-1
	return nil
}

// Rollback undoes the part. Where SQLite has undone the whole transaction by
// itself, that stays failed.
func (p *part) Rollback(ctx context.Context) error {
	switch {
	case p.over || p.ended:
		return nil
	case p.parts != p.depth:
		return errParts
	}
	p.over, p.parts = true, p.parts-1
	ctx = context.WithoutCancel(ctx)
	err := p.c.exec(ctx, "rollback to "+p.name())
	if err == nil {
		err = p.c.exec(ctx, "release "+p.name())
	}
	switch {
	case err == nil:
		p.failed = nil
	case p.failed != nil:
		err = nil // which is told by what comes next
	}
	return err
}
