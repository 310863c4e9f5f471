package conga

import (
	"context"
	"errors"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// veils is what the field policies say of the attributes, before a record is
// looked at: refused where one of them may not be seen, depends where that
// depends on the record, allowed where all may be seen in every record.
func (b *binder) veils(r *resource.Resource, attrs []*resource.Attribute) verdict {
	out := allowed
	if len(b.app.sights) == 0 {
		return out
	}
	for _, attr := range attrs {
		switch b.sees(r, attr).verdict {
		case depends:
			return depends
		case refused:
			out = refused
		}
	}
	return out
}

// veiled is the result of a write, of one row, without what the actor may not
// see, or does not want. A field whose policies ask what is not there any more is not seen.
func (r *run) veiled(ctx context.Context, wanted []*resource.Attribute) (*datalayer.Result, []mask, error) {
	masks := make([]mask, len(r.result.Columns))
	var env expr.Env
	for col, attr := range r.result.Columns {
		s := seen{verdict: refused}
		if slices.Contains(wanted, attr) {
			s = r.b.sees(r.res, attr)
		}
		if s.verdict == depends {
			if env == nil {
				rec, err := (&Found{Result: r.result, Resource: r.res}).record(0)
				if err != nil {
					return nil, nil, err
				}
				env = &goneEnv{ctx: ctx, app: r.app, resource: r.res, record: rec, related: map[string]any{}}
			}
			ok, err := expr.Holds(s.condition, env)
			if err != nil && !errors.Is(err, expr.ErrNotLoaded) {
				return nil, nil, err
			}
			s.verdict = refused
			if ok {
				s.verdict = allowed
			}
		}
		masks[col].verdict = s.verdict
	}
	return &datalayer.Result{Rows: veiledRows{r.result.Rows, masks}, Columns: r.result.Columns, Count: -1}, masks, nil
}

var _ datalayer.Rows = veiledRows{}

// veiledRows shows columns that are refused as NULL.
type veiledRows struct {
	datalayer.Rows
	masks []mask
}

// Null is true for what is hidden.
func (v veiledRows) Null(row, col int) bool {
	return v.masks[col].verdict == refused || v.Rows.Null(row, col)
}

// Value is nil for what is hidden.
func (v veiledRows) Value(row, col int) (any, error) {
	if v.masks[col].verdict == refused {
		return nil, nil
	}
	return v.Rows.Value(row, col)
}

// Scan leaves alone what is hidden.
func (v veiledRows) Scan(row, col int, rec any) error {
	if v.masks[col].verdict == refused {
		return nil
	}
	return v.Rows.Scan(row, col, rec)
}

// AppendJSON appends null for what is hidden.
func (v veiledRows) AppendJSON(dst []byte, row, col int) ([]byte, error) {
	if v.masks[col].verdict == refused {
		return append(dst, "null"...), nil
	}
	return v.Rows.AppendJSON(dst, row, col)
}

// masksOf are the masks of these columns in a result with those.
func masksOf(wanted, have []*resource.Attribute, masks []mask) []mask {
	out := make([]mask, len(wanted))
	for i, attr := range wanted {
		out[i].verdict = refused
		for col, a := range have {
			if a == attr {
				out[i] = masks[col]
			}
		}
	}
	return out
}
