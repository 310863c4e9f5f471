package sqlite

import (
	"context"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// SQLite takes at most mostParameters in one statement, and the time to parse
// them grows with their square: goodParameters are where it is at its fastest.
const (
	mostParameters = 32766
	goodParameters = 500
)

// Insert stores new records. Where there are too many for one statement there
// are several, of which either all or none take effect. SQLite does not
// promise to return rows in the order in which they were given; it does so,
// and the tests hold it to that.
func (s *session) Insert(ctx context.Context, w *datalayer.Insert) (*datalayer.Result, error) {
	parts, err := insertParts(w)
	if err != nil {
		return nil, err
	}
	return s.changeAll(ctx, parts, w.Return, func(c *call, err error) error {
		return c.explain(ctx, err, w.Resource, insertKeys(w))
	})
}

// changeAll runs the parts of one write, of which either all or none take
// effect, and puts what they return together. explain words its failure.
func (s *session) changeAll(ctx context.Context, parts []sqltext.Statement, columns []*resource.Attribute, explain func(*call, error) error) (res *datalayer.Result, err error) {
	err = s.on(ctx, true, func(c *call) error {
		all := &rowset{width: len(columns)}
		store := func() error {
			for _, st := range parts {
				set, err := c.change(ctx, st)
				if err != nil {
					return err
				}
				all.values, all.n = append(all.values, set.values...), all.n+set.n
			}
			return nil
		}
		if err := c.together(ctx, len(parts), store); err != nil {
			return explain(c, err)
		}
		res = written(all, columns)
		return nil
	})
	return res, err
}

func insertParts(w *datalayer.Insert) ([]sqltext.Statement, error) {
	parameters := goodParameters
	for _, rel := range w.Resource.Relationships {
		if rel.Kind == resource.BelongsTo && rel.Target == w.Resource {
			// Keys are checked after each statement: a record and those that
			// it refers to should be in the same one.
			parameters = mostParameters
		}
	}
	size := max(1, parameters/max(1, len(w.Columns)))
	if len(w.Columns) == 0 && w.Resource.Primary.Type.Kind != structs.Int {
		size = 1 // which SQLite writes as "default values"
	}
	var out []sqltext.Statement
	for rest := w.Rows; ; {
		part := *w
		part.Rows = rest[:min(size, len(rest))]
		rest = rest[len(part.Rows):]
		st, err := sqltext.SQLite().Insert(&part)
		if err != nil {
			return nil, err
		}
		if out = append(out, st); len(rest) == 0 {
			return out, nil
		}
	}
}

// together runs f, which writes by that many statements, so that all of them
// take effect or none.
func (c *call) together(ctx context.Context, statements int, f func() error) error {
	switch {
	case statements == 1:
		return f()
	case !c.inTx:
		return c.within(ctx, "begin immediate", f)
	}
	if err := c.c.exec(ctx, "savepoint part"); err != nil {
		return err
	}
	err := f()
	after := context.WithoutCancel(ctx)
	if err != nil {
		_ = c.c.exec(after, "rollback to part")
	}
	if e := c.c.exec(after, "release part"); err == nil {
		err = e
	}
	return err
}
