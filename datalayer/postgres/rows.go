package postgres

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// rows are some columns of a table, for the attributes of one resource.
type rows struct {
	*table
	attributes []*resource.Attribute
	places     []int // of the attributes in the table
}

var (
	_ datalayer.Rows     = (*rows)(nil)
	_ datalayer.Releaser = (*rows)(nil)
)

// result is a Result with rows and no more.
func result(t *table, attributes []*resource.Attribute, places []int) *datalayer.Result {
	made := &struct {
		datalayer.Result
		rows
	}{rows: rows{t, attributes, places}}
	made.Result = datalayer.Result{Rows: &made.rows, Columns: attributes, Count: -1}
	return &made.Result
}

// Len is the number of rows.
func (r *rows) Len() int { return r.n }

// Release gives the memory back, also that of records joined to these.
func (r *rows) Release() { r.release() }

// Null reports whether the value is NULL.
func (r *rows) Null(row, col int) bool { return r.at(row, r.places[col]).n < 0 }

// Value is the canonical value, nil for NULL.
func (r *rows) Value(row, col int) (any, error) {
	place := r.places[col]
	raw := r.raw(row, place)
	if raw == nil {
		return nil, nil
	}
	v, err := r.column(place).value(r.column(place), raw)
	if err != nil {
		return nil, r.wrap(col, err)
	}
	if a := r.attributes[col]; a.Type.Kind == structs.JSON {
		if v, err = wire.DecodeJSON(a.Type, v.([]byte)); err != nil {
			return nil, r.wrap(col, err)
		}
	}
	return v, nil
}

func (r *rows) wrap(col int, err error) error {
	return fmt.Errorf("attribute %s: %w", r.attributes[col].Name, err)
}

// Scan stores the value in the attribute of rec.
func (r *rows) Scan(row, col int, rec any) error {
	a, place := r.attributes[col], r.places[col]
	raw := r.raw(row, place)
	if raw == nil {
		if err := a.Set(rec, nil); err != nil {
			return r.wrap(col, err)
		}
		return nil
	}
	if done, err := r.scanDirect(a, r.column(place), raw, rec); done || err != nil {
		return err
	}
	v, err := r.Value(row, col)
	if err != nil {
		return err
	}
	if err := a.Set(rec, v); err != nil {
		return r.wrap(col, err)
	}
	return nil
}

// scanDirect stores values of the usual Go types without making an interface of them.
func (r *rows) scanDirect(a *resource.Attribute, c *column, raw []byte, rec any) (done bool, err error) {
	if c.json == nil {
		return false, nil // not of a type of ours
	}
	switch a.Type.Kind {
	case structs.String:
		p, ok := a.Ptr(rec).(*string)
		if ok {
			*p = string(raw)
		}
		return ok, nil
	case structs.UUID:
		p, ok := a.Ptr(rec).(*uuid.UUID)
		if ok && len(raw) == len(p) {
			*p = uuid.UUID(raw)
			return true, nil
		}
	case structs.Time:
		if p, ok := a.Ptr(rec).(*time.Time); ok {
			*p, err = timeOf(raw)
			return err == nil, err
		}
	case structs.Int:
		return scanInt(a.Ptr(rec), raw)
	case structs.Bool:
		p, ok := a.Ptr(rec).(*bool)
		if ok && len(raw) == 1 {
			*p = raw[0] != 0
			return true, nil
		}
	case structs.Decimal:
		if p, ok := a.Ptr(rec).(*decimal.Decimal); ok {
			*p, err = decimalOf(raw)
			return err == nil, err
		}
	}
	return false, nil
}

func scanInt(p any, raw []byte) (done bool, err error) {
	n, err := intOf(raw)
	if err != nil {
		return false, err
	}
	switch p := p.(type) {
	case *int64:
		*p = n
	case *int:
		*p = int(n)
	default:
		return false, nil // smaller ones have a range to check
	}
	return true, nil
}

// AppendJSON appends the value as package wire writes it.
func (r *rows) AppendJSON(dst []byte, row, col int) ([]byte, error) {
	place := r.places[col]
	raw := r.raw(row, place)
	if raw == nil {
		return wire.AppendNull(dst), nil
	}
	c := r.column(place)
	if c.json != nil {
		return c.json(dst, raw)
	}
	if c.kind == structs.Float {
		f, err := c.value(c, raw)
		if err != nil {
			return dst, r.wrap(col, err)
		}
		return wire.AppendFloat(dst, f.(float64), r.attributes[col].Type.Bits), nil
	}
	v, err := r.Value(row, col)
	if err != nil {
		return dst, err
	}
	return wire.AppendValue(dst, r.attributes[col].Type, v)
}
