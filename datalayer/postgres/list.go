package postgres

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/golang-sql/civil"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// columnOf is the column i of rows that are read as the attributes.
func columnOf(attributes []*resource.Attribute, i int, oid uint32, format int16) column {
	kind := kindAt(attributes, i)
	c := columnFor(kind, oid, format)
	if kind == structs.List {
		c.readsList(attributes[i].Type)
	}
	return c
}

// readsList makes c the column of a list: of an array, or of the JSON array
// that a list may have been stored as formerly.
func (c *column) readsList(t structs.Type) {
	switch {
	case c.oid == pgtype.JSONBOID && c.format == pgtype.BinaryFormatCode:
		c.value = func(_ *column, raw []byte) (any, error) {
			if len(raw) < 1 {
				return nil, errLength("jsonb", raw)
			}
			return wire.DecodeList(t, raw[1:])
		}
		return
	case c.oid == pgtype.JSONOID:
		c.value = func(_ *column, raw []byte) (any, error) { return wire.DecodeList(t, raw) }
		return
	case c.format != pgtype.BinaryFormatCode:
		c.value = func(*column, []byte) (any, error) { return nil, errors.New("read array: it came as text") }
		return
	}
	element := *t.Element
	// Several goroutines may use the column, so each value finds out anew how
	// its elements are read.
	each := func(raw []byte, f func(of *column, raw []byte) error) error {
		var of column
		return elements(raw, func(oid uint32, raw []byte) error {
			if of.value == nil {
				of = columnFor(element.Kind, oid, pgtype.BinaryFormatCode)
			}
			return f(&of, raw)
		})
	}
	c.value = func(_ *column, raw []byte) (any, error) {
		out := []any{}
		err := each(raw, func(of *column, raw []byte) error {
			v, err := of.value(of, raw)
			out = append(out, v)
			return err
		})
		return out, err
	}
	c.json = func(dst, raw []byte) ([]byte, error) {
		dst = append(dst, '[')
		start := len(dst)
		err := each(raw, func(of *column, raw []byte) (err error) {
			if len(dst) > start {
				dst = append(dst, ',')
			}
			if of.json != nil {
				dst, err = of.json(dst, raw)
				return err
			}
			v, err := of.value(of, raw)
			if err == nil {
				dst, err = wire.AppendValue(dst, element, v)
			}
			return err
		})
		return append(dst, ']'), err
	}
}

// elements goes through an array in the binary format: the number of
// dimensions, a flag, the type of the elements, length and first index of the
// dimension, and each element with its length. NULLs, which others can have
// stored, are left out: a list has none.
func elements(raw []byte, each func(oid uint32, raw []byte) error) error {
	if len(raw) < 12 {
		return errLength("array", raw)
	}
	word := func(at int) uint32 { return binary.BigEndian.Uint32(raw[at:]) }
	dimensions, oid := word(0), word(8)
	switch {
	case dimensions == 0:
		return nil
	case dimensions > 1:
		return fmt.Errorf("read array: it has %d dimensions", dimensions)
	case len(raw) < 20:
		return errLength("array", raw)
	}
	at := 20
	for range word(12) {
		if len(raw) < at+4 {
			return errLength("array", raw)
		}
		n := int(int32(word(at))) //nolint:gosec // two's complement: -1 is NULL
		at += 4
		if n < 0 {
			continue
		}
		if len(raw) < at+n {
			return errLength("array", raw)
		}
		if err := each(oid, raw[at:at+n]); err != nil {
			return err
		}
		at += n
	}
	return nil
}

// dateEpoch is PostgreSQL's first day.
var dateEpoch = civil.Date{Year: 2000, Month: 1, Day: 1}

// firstDate and lastDate are days after the epoch.
const firstDate, lastDate = -730119, 2921939

func dateOf(raw []byte) (civil.Date, error) {
	if len(raw) != 4 {
		return civil.Date{}, errLength("date", raw)
	}
	n := int32(binary.BigEndian.Uint32(raw)) //nolint:gosec // two's complement
	if n < firstDate || n > lastDate {
		return civil.Date{}, errors.New("read date: it is not between the years 1 and 9999")
	}
	return dateEpoch.AddDays(int(n)), nil
}

func dateValue(_ *column, raw []byte) (any, error) { return dateOf(raw) }

func dateJSON(dst, raw []byte) ([]byte, error) {
	d, err := dateOf(raw)
	if err != nil {
		return dst, err
	}
	return wire.AppendDate(dst, d), nil
}

func dateArgument(d civil.Date) pgtype.Date {
	return pgtype.Date{Time: d.In(time.UTC), Valid: true}
}
