package conga

import (
	"context"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
)

// answer is the record with what the caller wants of it.
func (r *run) answer(ctx context.Context) (*Written, error) {
	key, err := r.key()
	if err != nil {
		return nil, err
	}
	s := r.w.Return
	if s.Select == nil {
		s.Select = r.res.EagerColumns()
	}
	found := &Found{Resource: r.res, Result: r.result}
	veils := r.b.veils(r.res, s.Select)
	if veils == refused || veils == depends && (r.action.Kind == resource.Destroy || r.suffices(s)) {
		if found.Result, found.masks, err = r.veiled(ctx, s.Select); err != nil {
			return nil, err
		}
	}
	if columns := project(found.Result, s.Select); columns != nil && len(s.Load) == 0 && (veils != depends || found.masks != nil) {
		if found.masks != nil {
			found.masks = masksOf(s.Select, found.Columns, found.masks)
		}
		found.Result = columns
		return &Written{Found: found, Key: key}, nil
	}
	if r.action.Kind == resource.Destroy {
		return &Written{Found: found, Key: key}, nil
	}
	p := &plan{app: r.app, b: r.b, ctx: ctx}
	q, found, err := p.query(r.res, nil, &Selection{Select: s.Select, Load: s.Load}, Page{}, nil)
	if err != nil {
		return nil, err
	}
	q.Where = keyIs(r.res, key)
	if found.Result, err = r.session(ctx).Read(ctx, q); err != nil {
		return nil, err
	}
	if found.Len() == 0 {
		return nil, r.missing()
	}
	found.finish(Page{})
	if err := found.compute(ctx); err != nil {
		return nil, err
	}
	return &Written{Found: found, Key: key}, nil
}

// project is the result with the wanted columns alone, nil when it lacks one.
func project(res *datalayer.Result, wanted []*resource.Attribute) *datalayer.Result {
	p := projected{Rows: res.Rows, columns: make([]int, len(wanted))}
	same := len(wanted) == len(res.Columns)
	for i, attr := range wanted {
		p.columns[i] = -1
		for col, have := range res.Columns {
			if have == attr {
				p.columns[i] = col
			}
		}
		if p.columns[i] < 0 {
			return nil
		}
		same = same && p.columns[i] == i
	}
	if same {
		return res
	}
	return &datalayer.Result{Rows: p, Columns: wanted, Count: -1}
}

var _ datalayer.Rows = projected{}

// projected shows some columns of rows, in another order.
type projected struct {
	datalayer.Rows
	columns []int
}

// Null is that of the underlying column; so are Value, Scan and AppendJSON.
func (p projected) Null(row, col int) bool { return p.Rows.Null(row, p.columns[col]) }

// Value is that of the underlying column.
func (p projected) Value(row, col int) (any, error) { return p.Rows.Value(row, p.columns[col]) }

// Scan is that of the underlying column.
func (p projected) Scan(row, col int, rec any) error { return p.Rows.Scan(row, p.columns[col], rec) }

// AppendJSON is that of the underlying column.
func (p projected) AppendJSON(dst []byte, row, col int) ([]byte, error) {
	return p.Rows.AppendJSON(dst, row, p.columns[col])
}
