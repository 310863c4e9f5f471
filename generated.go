package conga

import (
	"context"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
)

// insertRows stores the records of runs of one action: those with values for
// the same columns by one statement. What a record leaves to the database is
// no column of its statement. The result has the records in the order of runs.
func (a *App) insertRows(ctx context.Context, action *resource.Action, runs []*run) (*datalayer.Result, error) {
	var parts []*datalayer.Insert
	places := make([]place, len(runs))
	for i, r := range runs {
		columns, row := r.row()
		at := slices.IndexFunc(parts, func(w *datalayer.Insert) bool { return slices.Equal(w.Columns, columns) })
		if at < 0 {
			at = len(parts)
			parts = append(parts, &datalayer.Insert{Resource: action.Resource, Columns: columns, Return: action.Resource.Columns()})
		}
		places[i] = place{at, len(parts[at].Rows)}
		parts[at].Rows = append(parts[at].Rows, row)
	}
	all := scattered{places: places}
	for _, w := range parts {
		res, err := a.sessionFor(ctx, action).Insert(ctx, w)
		if err != nil || len(parts) == 1 {
			return res, err
		}
		all.parts = append(all.parts, res.Rows)
	}
	return &datalayer.Result{Rows: all, Columns: action.Resource.Columns(), Count: -1}, nil
}

// place is a row of one of several results.
type place struct{ part, row int }

// scattered shows the rows of several results as one.
type scattered struct {
	parts  []datalayer.Rows
	places []place
}

func (s scattered) at(row int) (datalayer.Rows, int) {
	p := s.places[row]
	return s.parts[p.part], p.row
}

// Len is the number of rows.
func (s scattered) Len() int { return len(s.places) }

// Null is that of the row; so are Value, Scan and AppendJSON.
func (s scattered) Null(row, col int) bool {
	rows, at := s.at(row)
	return rows.Null(at, col)
}

// Value is that of the row.
func (s scattered) Value(row, col int) (any, error) {
	rows, at := s.at(row)
	return rows.Value(at, col)
}

// Scan is that of the row.
func (s scattered) Scan(row, col int, rec any) error {
	rows, at := s.at(row)
	return rows.Scan(at, col, rec)
}

// AppendJSON is that of the row.
func (s scattered) AppendJSON(dst []byte, row, col int) ([]byte, error) {
	rows, at := s.at(row)
	return rows.AppendJSON(dst, at, col)
}
