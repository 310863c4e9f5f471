package sqlite

import (
	"database/sql/driver"

	"github.com/google/uuid"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// rowset is the answer to one statement: values as the driver gave them.
type rowset struct {
	values []driver.Value
	width  int
	n      int
}

func (s *rowset) at(row, col int) any { return s.values[row*s.width+col] }

// view shows a rowset as the rows of one resource: some of its rows, in some
// order, and some of its columns.
type view struct {
	set     *rowset
	columns []*resource.Attribute
	// rows are the statement's rows, nil for all; place are the statement's
	// columns, nil when they are those of columns. A negative place -1-n
	// stands for fixed[n].
	rows  []int32
	place []int
	fixed []any
}

var _ datalayer.Rows = (*view)(nil)

func newView(set *rowset, l *sqltext.Level, rows []int32) *view {
	return &view{set: set, columns: l.Query.Select, rows: rows, place: l.Columns, fixed: l.Fixed}
}

// row is the statement's row.
func (v *view) row(row int) int {
	if v.rows == nil {
		return row
	}
	return int(v.rows[row])
}

// Len is the number of rows.
func (v *view) Len() int {
	if v.rows == nil {
		return v.set.n
	}
	return len(v.rows)
}

// raw is the driver's value; fixed ones are canonical already.
func (v *view) raw(row, col int) (value any, canonical bool) {
	if v.place != nil {
		if col = v.place[col]; col < 0 {
			return v.fixed[-1-col], true
		}
	}
	return v.set.at(v.row(row), col), false
}

// Null reports whether the value is NULL.
func (v *view) Null(row, col int) bool {
	value, _ := v.raw(row, col)
	return value == nil
}

// Value is the canonical value.
func (v *view) Value(row, col int) (any, error) {
	value, canonical := v.raw(row, col)
	if canonical || value == nil {
		return value, nil
	}
	return canonicalValue(v.columns[col], value)
}

// Scan stores the value in rec.
func (v *view) Scan(row, col int, rec any) error {
	value, err := v.Value(row, col)
	if err != nil {
		return err
	}
	return v.columns[col].Set(rec, value)
}

// AppendJSON appends the value as JSON, the common kinds without a detour.
func (v *view) AppendJSON(dst []byte, row, col int) ([]byte, error) {
	raw, canonical := v.raw(row, col)
	attr := v.columns[col]
	switch x := raw.(type) {
	case nil:
		return wire.AppendNull(dst), nil
	case string:
		switch {
		case attr.Type.Kind == structs.String:
			return wire.AppendString(dst, x), nil
		case attr.Type.Kind == structs.UUID && !canonical:
			if u, err := uuid.Parse(x); err == nil {
				return wire.AppendUUID(dst, u), nil
			}
		case attr.Type.Kind == structs.Time && !canonical:
			if t, err := parseTime(x); err == nil {
				return wire.AppendTime(dst, t), nil
			}
		}
	case int64:
		switch {
		case attr.Type.Kind == structs.Int:
			return wire.AppendInt(dst, x), nil
		case attr.Type.Kind == structs.Bool && !canonical:
			return wire.AppendBool(dst, x != 0), nil
		}
	}
	value, err := v.Value(row, col)
	if err != nil {
		return dst, err
	}
	return wire.AppendValue(dst, attr.Type, value)
}
