package sqlite

import (
	"context"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
)

// updateEach changes each record to its own row. Where there are too many for
// one statement there are several, of which either all or none take effect.
func (s *session) updateEach(ctx context.Context, w *datalayer.Update) (*datalayer.Result, error) {
	parts, err := eachParts(w)
	if err != nil {
		return nil, err
	}
	return s.changeAll(ctx, parts, w.Return, func(c *call, err error) error {
		return c.explain(ctx, err, w.Resource, updateKeys(w))
	})
}

func eachParts(w *datalayer.Update) ([]sqltext.Statement, error) {
	size := max(1, goodParameters/(len(w.Each.Columns)+1))
	var out []sqltext.Statement
	for from := 0; from == 0 || from < len(w.Each.Keys); from += size {
		to := min(from+size, len(w.Each.Keys))
		part := *w
		part.Each = &datalayer.Each{Columns: w.Each.Columns, Keys: w.Each.Keys[from:to], Rows: w.Each.Rows[from:to]}
		st, err := sqltext.SQLite().Update(&part)
		if err != nil {
			return nil, err
		}
		out = append(out, st)
	}
	return out, nil
}
