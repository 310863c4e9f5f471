package postgres

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
)

// arguments turns canonical values into those that pgx sends without reflection.
func arguments(values []any) ([]any, error) {
	out := make([]any, len(values))
	for i, v := range values {
		var err error
		if out[i], err = argument(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func argument(v any) (any, error) {
	switch x := v.(type) {
	case nil, string, bool, int64, float64, time.Time:
		return x, nil
	case []byte:
		if x == nil {
			return []byte{}, nil // no bytes, not NULL
		}
		return x, nil
	case uuid.UUID:
		return pgtype.UUID{Bytes: x, Valid: true}, nil
	case decimal.Decimal:
		return numeric(x), nil
	case time.Duration:
		return int64(x), nil
	case civil.Date:
		return dateArgument(x), nil
	case sqltext.Array:
		return array(x)
	case sqltext.Document:
		return wire.AppendDocument(nil, x.Type, x.Value)
	}
	return wire.AppendJSON(nil, v)
}

// appendArgument appends a canonical value in the binary format of a parameter
// of that type. ok is false where that is left to pgx. It takes a tenth of the
// time that pgx takes to find out how to send a value of any type.
func appendArgument(dst []byte, oid uint32, v any) (_ []byte, ok bool) {
	switch x := v.(type) {
	case string:
		if oid == pgtype.TextOID || oid == pgtype.VarcharOID {
			return append(dst, x...), true
		}
	case uuid.UUID:
		if oid == pgtype.UUIDOID {
			return append(dst, x[:]...), true
		}
	case int64:
		return appendInteger(dst, oid, x)
	case time.Duration:
		return appendInteger(dst, oid, int64(x))
	case time.Time:
		if oid == pgtype.TimestamptzOID {
			return appendInteger(dst, pgtype.Int8OID, x.UnixMicro()-epoch)
		}
	case bool:
		if oid == pgtype.BoolOID {
			dst, _ = appendBinary(dst, x)
			return dst, true
		}
	case sqltext.Array:
		if oid == pgtype.UUIDArrayOID && x.Kind == structs.UUID {
			return appendArray(dst, pgtype.UUIDOID, x)
		}
		if oid == pgtype.Int8ArrayOID && x.Kind == structs.Int {
			return appendArray(dst, pgtype.Int8OID, x)
		}
	}
	return dst, false
}

// appendInteger leaves numbers to pgx that need not fit.
func appendInteger(dst []byte, oid uint32, n int64) ([]byte, bool) {
	if oid != pgtype.Int8OID {
		return dst, false
	}
	return binary.BigEndian.AppendUint64(dst, uint64(n)), true //nolint:gosec // two's complement
}

// appendArray appends an array without NULLs: the number of dimensions, a flag
// for NULLs, the type of the elements, how many there are and what the first
// one is called; then the elements, each after its length.
func appendArray(dst []byte, element uint32, a sqltext.Array) (_ []byte, ok bool) {
	dimensions := uint32(1)
	if len(a.Values) == 0 {
		dimensions = 0
	}
	for _, head := range []uint32{dimensions, 0, element} {
		dst = binary.BigEndian.AppendUint32(dst, head)
	}
	if dimensions == 0 {
		return dst, true
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(a.Values))) //nolint:gosec // the size of a list in memory
	dst = binary.BigEndian.AppendUint32(dst, 1)
	for _, v := range a.Values {
		at := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		if dst, ok = appendArgument(dst, element, v); !ok {
			return dst, false
		}
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4)) //nolint:gosec // a few bytes
	}
	return dst, true
}

func numeric(d decimal.Decimal) pgtype.Numeric {
	return pgtype.Numeric{Int: d.Coefficient(), Exp: d.Exponent(), Valid: true}
}

// array is the values as an array of their type, in which NULLs are possible.
func array(a sqltext.Array) (any, error) {
	switch a.Kind {
	case structs.String:
		return arrayOf(a, func(v string) pgtype.Text { return pgtype.Text{String: v, Valid: true} })
	case structs.Bool:
		return arrayOf(a, func(v bool) pgtype.Bool { return pgtype.Bool{Bool: v, Valid: true} })
	case structs.Int:
		return arrayOf(a, func(v int64) pgtype.Int8 { return pgtype.Int8{Int64: v, Valid: true} })
	case structs.Float:
		return arrayOf(a, func(v float64) pgtype.Float8 { return pgtype.Float8{Float64: v, Valid: true} })
	case structs.Decimal:
		return arrayOf(a, numeric)
	case structs.Time:
		return arrayOf(a, func(v time.Time) pgtype.Timestamptz { return pgtype.Timestamptz{Time: v, Valid: true} })
	case structs.Duration:
		return arrayOf(a, func(v time.Duration) pgtype.Int8 { return pgtype.Int8{Int64: int64(v), Valid: true} })
	case structs.Date:
		return arrayOf(a, dateArgument)
	case structs.UUID:
		return arrayOf(a, func(v uuid.UUID) pgtype.UUID { return pgtype.UUID{Bytes: v, Valid: true} })
	}
	out := make(pgtype.FlatArray[[]byte], len(a.Values))
	for i, v := range a.Values {
		b, err := argument(v)
		if err != nil {
			return nil, err
		}
		if b != nil {
			out[i] = b.([]byte)
		}
	}
	return out, nil
}

// arrayOf makes an array; nil values stay the zero value of P, which is NULL.
func arrayOf[V, P any](a sqltext.Array, item func(V) P) (any, error) {
	out := make(pgtype.FlatArray[P], len(a.Values))
	for i, v := range a.Values {
		if v == nil {
			continue
		}
		typed, ok := v.(V)
		if !ok {
			return nil, fmt.Errorf("send array of %s: it holds a %T", a.Kind, v)
		}
		out[i] = item(typed)
	}
	return out, nil
}
