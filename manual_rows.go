package conga

import (
	"context"
	"errors"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// rows are the records of a manual read as the answer to the query. What they
// do not tell themselves is read from the database by their keys, with one
// statement and those of what is loaded; of records that it does not have, it is NULL.
func (m *manualRead) rows(ctx context.Context, q *datalayer.Query, recs []any) (*datalayer.Result, error) {
	rows := manualRows{columns: q.Select, values: make([][]any, len(recs))}
	ask := &datalayer.Query{Resource: q.Resource, Select: []*resource.Attribute{q.Resource.Primary}, Relations: q.Relations}
	for i := range recs {
		rows.values[i] = make([]any, len(q.Select))
	}
	var columns []int // what the database tells
	for col, attr := range q.Select {
		known, err := rows.evaluate(q.Resource, recs, col)
		if err != nil {
			return nil, err
		}
		if !known {
			columns, ask.Select = append(columns, col), append(ask.Select, attr)
		}
	}
	out := &datalayer.Result{Rows: rows, Columns: q.Select, Count: -1, Related: make([]*datalayer.Related, len(q.Include))}
	var loads []int
	for i := range q.Include {
		if inc := &q.Include[i]; ownsKey(inc.Relationship) {
			var err error
			if out.Related[i], err = m.owners(ctx, inc, recs); err != nil {
				return nil, err
			}
			continue
		}
		loads, ask.Include = append(loads, i), append(ask.Include, q.Include[i])
	}
	if len(columns)+len(loads) == 0 {
		return out, nil
	}
	keys := make([]any, len(recs))
	for i, rec := range recs {
		keys[i] = q.Resource.Primary.Get(rec)
	}
	ask.Where = keyIn(q.Resource, keys)
	res, err := m.b.app.sessionFor(ctx, m.f.Action).Read(ctx, ask)
	if err != nil {
		return nil, err
	}
	places, err := placesOf(res, 0)
	if err != nil {
		return nil, err
	}
	for i, key := range keys {
		for at, col := range columns {
			row, there := places[key]
			if !there {
				rows.values[i][col] = nil
				continue
			}
			if rows.values[i][col], err = res.Value(row, at+1); err != nil {
				return nil, err
			}
		}
	}
	for at, i := range loads {
		out.Related[i] = relatedBy(res.Related[at], keys, places)
	}
	return out, nil
}

// evaluate computes a column; known is false where a record does not tell it.
func (o manualRows) evaluate(r *resource.Resource, recs []any, col int) (known bool, err error) {
	n := o.columns[col].Expr
	if n == nil {
		n = expr.Field{Name: r.Attributes[o.columns[col].Index].Name}
	}
	for i, rec := range recs {
		if o.values[i][col], err = expr.Eval(n, recordEnv{r, rec, true}); err != nil {
			if errors.Is(err, expr.ErrNotLoaded) {
				return false, nil
			}
			return false, err
		}
	}
	return true, nil
}

// ownsKey reports whether a record itself tells what the relationship leads to.
func ownsKey(rel *resource.Relationship) bool {
	return rel.Kind == resource.BelongsTo && rel.Plain() && !rel.Chooses() && !rel.Correlated()
}

// owners are the records that those of the read belong to, by the keys in them.
func (m *manualRead) owners(ctx context.Context, inc *datalayer.Include, recs []any) (*datalayer.Related, error) {
	rel, q := inc.Relationship, *inc.Query
	keys, known := make([]any, len(recs)), []any{}
	for i, rec := range recs {
		if key := rel.Source.Get(rec); key != nil && !rel.Resource.Hides(rec, rel.Source) {
			keys[i] = key
			if !slices.Contains(known, key) {
				known = append(known, key)
			}
		}
	}
	to := *rel.Destination
	to.Name = ""
	q.Select = append(slices.Clip(q.Select), &to)
	q.Where = expr.And(q.Where, expr.Call{Op: expr.OpIn, Args: []expr.Node{expr.Field{Name: rel.Destination.Name}, expr.List{Values: known}}})
	res, err := m.b.app.sessionFor(ctx, m.f.Action).Read(ctx, &q)
	if err != nil {
		return nil, err
	}
	places, err := placesOf(res, len(q.Select)-1)
	if err != nil {
		return nil, err
	}
	out := &datalayer.Related{Result: res, From: make([]int32, len(recs)), To: make([]int32, len(recs))}
	for i, key := range keys {
		if row, there := places[key]; there {
			out.From[i], out.To[i] = int32(row), int32(row)+1 //nolint:gosec // G115: a result does not have two thousand million rows
		}
	}
	return out, nil
}

// placesOf are the rows of a result by the value of a column that is different in each.
func placesOf(res *datalayer.Result, col int) (map[any]int, error) {
	out := make(map[any]int, res.Len())
	for row := range res.Len() {
		v, err := res.Value(row, col)
		if err != nil {
			return nil, err
		}
		out[v] = row
	}
	return out, nil
}

// relatedBy is what was loaded for the rows at these places, by the keys of the records.
func relatedBy(rel *datalayer.Related, keys []any, places map[any]int) *datalayer.Related {
	out := &datalayer.Related{Result: rel.Result, From: make([]int32, len(keys)), To: make([]int32, len(keys))}
	if rel.More != nil {
		out.More = make([]bool, len(keys))
	}
	if rel.Counts != nil {
		out.Counts = make([]int64, len(keys))
	}
	for i, key := range keys {
		at, there := places[key]
		if !there {
			continue
		}
		from, to := rel.Span(at)
		out.From[i], out.To[i] = int32(from), int32(to) //nolint:gosec // G115: they were int32 before
		if rel.More != nil {
			out.More[i] = rel.More[at]
		}
		if rel.Counts != nil {
			out.Counts[i] = rel.Counts[at]
		}
	}
	return out
}

var _ datalayer.Rows = manualRows{}

// manualRows shows values in memory as rows.
type manualRows struct {
	columns []*resource.Attribute
	values  [][]any // by row and column
}

// Len is the number of records.
func (o manualRows) Len() int { return len(o.values) }

// Null is true for nil.
func (o manualRows) Null(row, col int) bool { return o.values[row][col] == nil }

// Value is the canonical one.
func (o manualRows) Value(row, col int) (any, error) { return o.values[row][col], nil }

// Scan stores the value in the attribute.
func (o manualRows) Scan(row, col int, rec any) error {
	return o.columns[col].Set(rec, o.values[row][col])
}

// AppendJSON appends the value.
func (o manualRows) AppendJSON(dst []byte, row, col int) ([]byte, error) {
	if o.values[row][col] == nil {
		return wire.AppendNull(dst), nil
	}
	return wire.AppendValue(dst, o.columns[col].Type, o.values[row][col])
}
