package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
)

// part is a part of a transaction, by a savepoint. That is set together with
// the first statement of the part, and released together with the first one
// after it, so that neither costs a way to the server of its own.
type part struct {
	*tx
	name string
	// set tells that the server knows the savepoint.
	set, ended bool
}

var _ datalayer.Nester = (*tx)(nil)

// Begin opens a part of the transaction.
func (t *tx) Begin(context.Context) (datalayer.Tx, error) {
	if !t.open() {
		return nil, errEnded
	}
	p := &part{tx: t, name: fmt.Sprintf("conga_%d", len(t.parts)+1)}
	t.parts = append(t.parts, p)
	return p, nil
}

// Commit leaves what the part has done to the transaction.
func (p *part) Commit(ctx context.Context) error {
	if p.ended {
		return errEnded
	}
	if p.set && p.tx.open() && p.held.conn().PgConn().TxStatus() == 'E' {
		return errors.Join(errors.New("commit: the part had failed before and was undone"), p.Rollback(ctx))
	}
	if err := p.end(); err != nil {
		return err
	}
	if p.set {
		p.releases = append(p.releases, "release savepoint "+p.name)
	}
	return nil
}

// Rollback undoes the part, also when ctx has ended already.
func (p *part) Rollback(ctx context.Context) error {
	if p.ended || !p.tx.open() {
		return nil
	}
	if err := p.end(); err != nil || !p.set {
		return err
	}
	if p.held.conn().IsClosed() {
		return nil // the server has undone everything
	}
	p.releases = p.releases[:0] // of parts of this one
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if _, err := p.exec(ctx, "rollback to savepoint "+p.name); err != nil {
		return fmt.Errorf("undo a part of the transaction: %w", err)
	}
	p.releases = append(p.releases, "release savepoint "+p.name)
	return nil
}

// end takes the part from those that are open. Parts end before what they are part of.
func (p *part) end() error {
	if n := len(p.parts) - 1; n < 0 || p.parts[n] != p {
		return errors.New("use transaction: a part of this one has not ended")
	}
	p.ended, p.parts = true, p.parts[:len(p.parts)-1]
	return nil
}

// mark puts before the statements of a flight what it takes to end parts and
// to begin others.
func (t *tx) mark(f *flight) {
	var marks []*request
	add := func(text string) { marks = append(marks, &request{sqltext.Statement{Text: text}, plainTable(nil)}) }
	for _, text := range t.releases {
		add(text)
	}
	t.releases = t.releases[:0]
	for _, p := range t.parts {
		if !p.set {
			p.set = true // also when it fails: only undoing what is around it helps then
			add("savepoint " + p.name)
		}
	}
	if marks != nil {
		f.requests = slices.Concat(marks, f.requests)
	}
}
