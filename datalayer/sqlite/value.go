package sqlite

import (
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// timeLayout is how times are stored: text that sorts as the times do.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// driverArgs turns the arguments of a statement into values for the driver.
func driverArgs(args []any) ([]driver.NamedValue, error) {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, err := driverValue(a)
		if err != nil {
			return nil, err
		}
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return out, nil
}

func driverValue(v any) (any, error) {
	switch x := v.(type) {
	case nil, string, int64, float64, []byte:
		return x, nil
	case bool:
		if x {
			return int64(1), nil
		}
		return int64(0), nil
	case time.Time:
		if x = x.UTC(); x.Year() < 0 || x.Year() > 9999 {
			return nil, fmt.Errorf("store the time %v: only years from 0 to 9999 can be", x)
		}
		return x.Format(timeLayout), nil
	case time.Duration:
		return int64(x), nil
	case uuid.UUID:
		return x.String(), nil
	case civil.Date:
		return x.String(), nil
	case decimal.Decimal:
		return wire.DecimalText(x), nil
	case sqltext.Array:
		return arrayText(x)
	case sqltext.Document:
		doc, err := wire.AppendDocument(nil, x.Type, x.Value)
		return string(doc), err
	}
	doc, err := wire.AppendJSON(nil, v)
	return string(doc), err
}

// arrayText is an Array as the JSON text that json_each takes apart.
func arrayText(a sqltext.Array) (any, error) {
	out := []byte{'['}
	for i, v := range a.Values {
		if i > 0 {
			out = append(out, ',')
		}
		d, err := driverValue(v)
		if err != nil {
			return nil, err
		}
		switch x := d.(type) {
		case nil:
			out = wire.AppendNull(out)
		case string:
			out = wire.AppendString(out, x)
		case int64:
			out = wire.AppendInt(out, x)
		case float64:
			out = wire.AppendFloat(out, x, 64)
		case []byte:
			out = wire.AppendString(out, hex.EncodeToString(x))
		}
	}
	return string(append(out, ']')), nil
}

// canonicalValue turns the driver's value, not nil, into the canonical one.
func canonicalValue(attr *resource.Attribute, v any) (any, error) {
	var out any
	var err error
	switch attr.Type.Kind {
	case structs.Bool:
		if n, ok := v.(int64); ok {
			return n != 0, nil
		}
	case structs.Duration:
		if n, ok := v.(int64); ok {
			return time.Duration(n), nil
		}
	case structs.Float:
		if n, ok := v.(int64); ok {
			return float64(n), nil
		}
		out = v
	case structs.Int:
		if f, ok := v.(float64); ok {
			return integer(attr, f)
		}
		out = v
	case structs.Bytes:
		if s, ok := v.(string); ok {
			return []byte(s), nil
		}
		out = v
	case structs.String:
		if b, ok := v.([]byte); ok {
			return string(b), nil
		}
		out = v
	default:
		out, err = fromText(attr, v)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", attr.JSON, err)
	}
	if out == nil {
		return nil, fmt.Errorf("read %s: the database holds a %T", attr.JSON, v)
	}
	return out, nil
}

// integer is a number that SQLite has made a real, as it does with integers
// that are out of range.
func integer(attr *resource.Attribute, f float64) (any, error) {
	if f != math.Trunc(f) || f < -1<<63 || f >= 1<<63 {
		return nil, fmt.Errorf("read %s: %v is no integer, or out of range", attr.JSON, f)
	}
	return int64(f), nil
}

// parseTime reads a time as it is stored.
func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	return t.UTC().Truncate(time.Microsecond), err
}

// dateOf reads a date as it is stored, or the day of a time.
func dateOf(text string) (civil.Date, error) {
	day, _, _ := strings.Cut(text, "T")
	return civil.ParseDate(day)
}

// fromText reads the kinds that are stored as text. It is nil for other values.
func fromText(attr *resource.Attribute, v any) (any, error) {
	text, ok := v.(string)
	if !ok {
		switch x := v.(type) {
		case []byte:
			text = string(x)
		case int64:
			if attr.Type.Kind == structs.Decimal {
				return decimal.NewFromInt(x), nil
			}
			return nil, nil
		case float64:
			if attr.Type.Kind == structs.Decimal {
				return decimal.NewFromFloat(x), nil
			}
			return nil, nil
		default:
			return nil, nil
		}
	}
	switch attr.Type.Kind {
	case structs.Time:
		return parseTime(text)
	case structs.UUID:
		return uuid.Parse(text)
	case structs.Decimal:
		return decimal.NewFromString(text)
	case structs.Date:
		return dateOf(text)
	case structs.List:
		return wire.DecodeList(attr.Type, []byte(text))
	case structs.JSON:
		return wire.DecodeJSON(attr.Type, []byte(text))
	}
	return nil, nil
}
