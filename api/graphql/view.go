package graphql

import (
	"context"
	"slices"

	gql "github.com/99designs/gqlgen/graphql"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// view is how a record is shown in one or several places of an answer.
type view struct {
	rt        *resourceType
	selection conga.Selection
	shapes    []*api.Shape
}

// views is the view of the fields called result or results.
func (q *query) views(fields []gql.CollectedField, rt *resourceType) (*view, error) {
	v := &view{rt: rt}
	var rec records
	for _, f := range fields {
		if f.Name != "result" && f.Name != "results" {
			continue
		}
		shape, err := q.record(rt, f.Selections, &rec)
		if err != nil {
			return nil, relocateBelow(err, f.Alias)
		}
		v.shapes = append(v.shapes, shape)
	}
	v.selection = rec.selection(rt.res)
	return v, nil
}

// arrange is the result with its columns where the view looks for them.
func (v *view) arrange(found *conga.Found) *conga.Found {
	if found.Masked() {
		return found // which has them there
	}
	a := arranged{Rows: found.Rows, columns: make([]int, len(v.selection.Select))}
	for i, attr := range v.selection.Select {
		for col, have := range found.Columns {
			if have == attr {
				a.columns[i] = col
			}
		}
	}
	return &conga.Found{Result: &datalayer.Result{Rows: a, Columns: v.selection.Select, Count: -1}, Resource: found.Resource}
}

var _ datalayer.Rows = arranged{}

// arranged shows columns of rows in another order.
type arranged struct {
	datalayer.Rows
	columns []int
}

func (a arranged) Null(row, col int) bool           { return a.Rows.Null(row, a.columns[col]) }
func (a arranged) Value(row, col int) (any, error)  { return a.Rows.Value(row, a.columns[col]) }
func (a arranged) Scan(row, col int, rec any) error { return a.Rows.Scan(row, a.columns[col], rec) }
func (a arranged) AppendJSON(dst []byte, row, col int) ([]byte, error) {
	return a.Rows.AppendJSON(dst, row, a.columns[col])
}

// place is where a record stands in a result.
type place struct {
	found *conga.Found
	row   int
}

// locate finds the records, which a generic action returned, in the form that
// the view needs. What the records hold themselves is taken from them; for
// more they are read again on behalf of the caller, and the places of those
// that the caller may not read have no result.
func (v *view) locate(ctx context.Context, app *conga.App, recs []any) ([]place, error) {
	out := make([]place, len(recs))
	if !beyondColumns(v.selection) {
		found := &conga.Found{Resource: v.rt.res, Result: &datalayer.Result{
			Rows: memory{recs, v.selection.Select}, Columns: v.selection.Select, Count: -1}}
		if len(v.rt.res.FieldPolicies) > 0 {
			found.Conceal(func(row, col int) bool { return v.rt.res.Hides(recs[row], v.selection.Select[col]) })
		}
		for i := range recs {
			out[i] = place{found, i}
		}
		return out, nil
	}
	if v.rt.read == nil {
		return nil, &conga.Error{Kind: conga.Forbidden}
	}
	selection := v.selection
	selection.Select = append(slices.Clip(selection.Select), v.rt.res.Primary)
	for from := 0; from < len(recs); from += v.rt.read.MaxPage {
		if err := v.read(ctx, app, selection, recs, out, from, min(len(recs), from+v.rt.read.MaxPage)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// read fills the places of the records from (included) to (excluded).
func (v *view) read(ctx context.Context, app *conga.App, selection conga.Selection, recs []any, out []place, from, to int) error {
	primary := v.rt.res.Primary
	keys := make([]any, 0, to-from)
	for _, rec := range recs[from:to] {
		keys = append(keys, primary.Get(rec))
	}
	selection.Where = expr.Call{Op: expr.OpIn, Args: []expr.Node{expr.Field{Name: primary.Name}, expr.List{Values: keys}}}
	found, err := app.Find(ctx, &conga.Find{Action: v.rt.read, Selection: selection, Page: conga.Page{Limit: len(keys)}})
	if resource.KindOf(err) == conga.Forbidden {
		return nil
	}
	if err != nil {
		return err
	}
	rows := map[any]int{}
	for row := range found.Len() {
		key, err := found.Value(row, len(selection.Select)-1)
		if err != nil {
			return err
		}
		rows[key] = row
	}
	for i, key := range keys {
		if row, ok := rows[key]; ok {
			out[from+i] = place{found, row}
		}
	}
	return nil
}

var _ datalayer.Rows = memory{}

// memory shows records as rows.
type memory struct {
	records []any
	columns []*resource.Attribute
}

func (m memory) Len() int                        { return len(m.records) }
func (m memory) Null(row, col int) bool          { return m.columns[col].Get(m.records[row]) == nil }
func (m memory) Value(row, col int) (any, error) { return m.columns[col].Get(m.records[row]), nil }

func (m memory) Scan(row, col int, rec any) error {
	return m.columns[col].Set(rec, m.columns[col].Get(m.records[row]))
}

func (m memory) AppendJSON(dst []byte, row, col int) ([]byte, error) {
	return wire.AppendValue(dst, m.columns[col].Type, m.columns[col].Get(m.records[row]))
}
