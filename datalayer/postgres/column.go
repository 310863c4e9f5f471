package postgres

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
)

// column is how the values of one column are read: by functions chosen once,
// by what the column is in the database and what it is wanted as.
type column struct {
	oid    uint32
	format int16
	kind   structs.Kind
	// value is the canonical value of raw, which is not NULL. Documents are
	// left as []byte.
	value func(c *column, raw []byte) (any, error)
	// json appends raw as JSON; nil means by way of value.
	json func(dst, raw []byte) ([]byte, error)
}

// columnFor chooses the functions. Types that are rare in tables of ours are
// left to pgtype.
func columnFor(kind structs.Kind, oid uint32, format int16) column {
	c := column{oid: oid, format: format, kind: kind, value: anyValue}
	if format != pgtype.BinaryFormatCode {
		c.asText()
		return c
	}
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID, pgtype.JSONOID:
		c.asText()
	case pgtype.JSONBOID:
		if kind == structs.JSON {
			c.value, c.json = jsonbValue, jsonbJSON
		}
	case pgtype.BoolOID:
		if kind == structs.Bool {
			c.value, c.json = boolValue, boolJSON
		}
	case pgtype.UUIDOID:
		if kind == structs.UUID {
			c.value, c.json = uuidValue, uuidJSON
		}
	case pgtype.ByteaOID:
		if kind == structs.Bytes {
			c.value, c.json = bytesValue, bytesJSON
		}
	case pgtype.TimestamptzOID, pgtype.TimestampOID:
		if kind == structs.Time {
			c.value, c.json = timeValue, timeJSON
		}
	case pgtype.DateOID:
		if kind == structs.Date {
			c.value, c.json = dateValue, dateJSON
		}
	case pgtype.NumericOID:
		c.asNumeric()
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		c.asInt()
	case pgtype.Float8OID, pgtype.Float4OID:
		if kind == structs.Float {
			c.value = floatValue
		}
	}
	return c
}

func (c *column) asText() {
	switch c.kind {
	case structs.String:
		switch c.oid {
		case pgtype.BoolOID, pgtype.ByteaOID:
		default:
			c.value, c.json = textValue, textJSON
		}
	case structs.JSON:
		c.value, c.json = bytesOf, copyJSON
	}
}

func textValue(_ *column, raw []byte) (any, error) { return string(raw), nil }
func textJSON(dst, raw []byte) ([]byte, error)     { return wire.AppendString(dst, raw), nil }
func bytesOf(_ *column, raw []byte) (any, error)   { return raw, nil }
func copyJSON(dst, raw []byte) ([]byte, error)     { return append(dst, raw...), nil }

// errLength is about a value that is not as long as its type.
func errLength(c string, raw []byte) error {
	return fmt.Errorf("read %s: %d bytes", c, len(raw))
}

// jsonb in the binary format is a version and the text.
func jsonbValue(_ *column, raw []byte) (any, error) {
	if len(raw) < 1 || raw[0] != 1 {
		return nil, errLength("jsonb", raw)
	}
	return raw[1:], nil
}

func jsonbJSON(dst, raw []byte) ([]byte, error) {
	if len(raw) < 1 || raw[0] != 1 {
		return dst, errLength("jsonb", raw)
	}
	return append(dst, raw[1:]...), nil
}

func boolValue(_ *column, raw []byte) (any, error) {
	if len(raw) != 1 {
		return nil, errLength("boolean", raw)
	}
	return raw[0] != 0, nil
}

func boolJSON(dst, raw []byte) ([]byte, error) {
	return wire.AppendBool(dst, len(raw) == 1 && raw[0] != 0), nil
}

func uuidValue(_ *column, raw []byte) (any, error) {
	if len(raw) != len(uuid.UUID{}) {
		return nil, errLength("uuid", raw)
	}
	return uuid.UUID(raw), nil
}

func uuidJSON(dst, raw []byte) ([]byte, error) {
	if len(raw) != len(uuid.UUID{}) {
		return dst, errLength("uuid", raw)
	}
	return wire.AppendUUID(dst, uuid.UUID(raw)), nil
}

func bytesValue(_ *column, raw []byte) (any, error) { return append([]byte{}, raw...), nil }
func bytesJSON(dst, raw []byte) ([]byte, error)     { return wire.AppendBytes(dst, raw), nil }

// epoch is PostgreSQL's: 2000-01-01, in microseconds after Go's.
const epoch = 946684800000000

func timeOf(raw []byte) (time.Time, error) {
	if len(raw) != 8 {
		return time.Time{}, errLength("timestamptz", raw)
	}
	n := int64(binary.BigEndian.Uint64(raw)) //nolint:gosec // two's complement
	if n == math.MaxInt64 || n == math.MinInt64 {
		return time.Time{}, fmt.Errorf("read timestamptz: infinity is no time")
	}
	return time.UnixMicro(n + epoch).UTC(), nil
}

func timeValue(_ *column, raw []byte) (any, error) { return timeOf(raw) }

func timeJSON(dst, raw []byte) ([]byte, error) {
	t, err := timeOf(raw)
	if err != nil {
		return dst, err
	}
	return wire.AppendTime(dst, t), nil
}

func (c *column) asInt() {
	switch c.kind {
	case structs.Int:
		c.value = intValue
		c.json = intJSON
	case structs.Duration:
		c.value = durationValue
		c.json = durationJSON
	case structs.Float:
		c.value = func(_ *column, raw []byte) (any, error) {
			n, err := intOf(raw)
			return float64(n), err
		}
	case structs.Decimal:
		c.value = func(_ *column, raw []byte) (any, error) {
			n, err := intOf(raw)
			return decimal.NewFromInt(n), err
		}
	}
}

// intOf reads a smallint, integer or bigint.
func intOf(raw []byte) (int64, error) {
	switch len(raw) {
	case 2:
		return int64(int16(binary.BigEndian.Uint16(raw))), nil //nolint:gosec // two's complement
	case 4:
		return int64(int32(binary.BigEndian.Uint32(raw))), nil //nolint:gosec // two's complement
	case 8:
		return int64(binary.BigEndian.Uint64(raw)), nil //nolint:gosec // two's complement
	}
	return 0, errLength("integer", raw)
}

func intValue(_ *column, raw []byte) (any, error) { return intOf(raw) }

func intJSON(dst, raw []byte) ([]byte, error) {
	n, err := intOf(raw)
	return wire.AppendInt(dst, n), err
}

func durationValue(_ *column, raw []byte) (any, error) {
	n, err := intOf(raw)
	return time.Duration(n), err
}

func durationJSON(dst, raw []byte) ([]byte, error) {
	n, err := intOf(raw)
	return wire.AppendDuration(dst, time.Duration(n)), err
}

func floatOf(raw []byte) (float64, error) {
	switch len(raw) {
	case 4:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(raw))), nil
	case 8:
		return math.Float64frombits(binary.BigEndian.Uint64(raw)), nil
	}
	return 0, errLength("float", raw)
}

func floatValue(_ *column, raw []byte) (any, error) { return floatOf(raw) }

func (c *column) asNumeric() {
	switch c.kind {
	case structs.Decimal:
		c.value = func(_ *column, raw []byte) (any, error) { return decimalOf(raw) }
		c.json = decimalJSON
	case structs.Float:
		c.value = func(_ *column, raw []byte) (any, error) {
			text, err := appendNumeric(nil, raw)
			if err != nil {
				return nil, err
			}
			return strconv.ParseFloat(string(text), 64)
		}
	case structs.Int:
		c.value = func(_ *column, raw []byte) (any, error) {
			d, err := decimalOf(raw)
			if err == nil && !d.BigInt().IsInt64() {
				err = fmt.Errorf("read numeric: %s does not fit into 64 bits", d)
			}
			return d.IntPart(), err
		}
	}
}

func decimalOf(raw []byte) (decimal.Decimal, error) {
	var place [64]byte
	text, err := appendNumeric(place[:0], raw)
	if err != nil {
		return decimal.Decimal{}, err
	}
	return decimal.NewFromString(string(text))
}

func decimalJSON(dst, raw []byte) ([]byte, error) {
	dst, err := appendNumeric(append(dst, '"'), raw)
	return append(dst, '"'), err
}

// appendNumeric appends a numeric with all its digits. In the binary format it
// is four numbers of 16 bits (how many digits follow, the weight of the first
// one, sign, number of decimal places), then digits to the base of 10,000.
func appendNumeric(dst, raw []byte) ([]byte, error) {
	if len(raw) < 8 {
		return dst, errLength("numeric", raw)
	}
	word := func(i int) int { return int(binary.BigEndian.Uint16(raw[2*i:])) }
	count, weight, sign, scale := word(0), int(int16(word(1))), word(2), word(3) //nolint:gosec // two's complement
	if len(raw) != 8+2*count {
		return dst, errLength("numeric", raw)
	}
	switch sign {
	case 0:
	case 0x4000:
		dst = append(dst, '-')
	default:
		return dst, fmt.Errorf("read numeric: NaN and infinity are no decimals")
	}
	digit := func(i int) int {
		if i < 0 || i >= count {
			return 0
		}
		return word(4 + i)
	}
	if weight < 0 {
		dst = append(dst, '0')
	}
	for i := 0; i <= weight; i++ {
		if i == 0 {
			dst = strconv.AppendInt(dst, int64(digit(0)), 10)
			continue
		}
		dst = appendFour(dst, digit(i))
	}
	if scale == 0 {
		return dst, nil
	}
	dst = append(dst, '.')
	end := len(dst) + scale
	for i := weight + 1; len(dst) < end; i++ {
		dst = appendFour(dst, digit(i))
	}
	return dst[:end], nil
}

func appendFour(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/1000%10), byte('0'+n/100%10), byte('0'+n/10%10), byte('0'+n%10)) //nolint:gosec // digits
}

// appendKey appends what tells a key from others: the same bytes for the same
// value, also where an integer is larger on one side.
func (c *column) appendKey(dst, raw []byte) ([]byte, error) {
	if c.kind != structs.Int || c.format != pgtype.BinaryFormatCode {
		return append(dst, raw...), nil
	}
	n, err := intOf(raw)
	return binary.BigEndian.AppendUint64(dst, uint64(n)), err //nolint:gosec // two's complement
}

// appendBinary appends a value of one of the kinds that can be fixed, and how to read it.
func appendBinary(dst []byte, v any) ([]byte, column) {
	switch x := v.(type) {
	case uuid.UUID:
		return append(dst, x[:]...), columnFor(structs.UUID, pgtype.UUIDOID, pgtype.BinaryFormatCode)
	case int64:
		return binary.BigEndian.AppendUint64(dst, uint64(x)), //nolint:gosec // two's complement
			columnFor(structs.Int, pgtype.Int8OID, pgtype.BinaryFormatCode)
	case bool:
		b := byte(0)
		if x {
			b = 1
		}
		return append(dst, b), columnFor(structs.Bool, pgtype.BoolOID, pgtype.BinaryFormatCode)
	}
	return dst, column{value: anyValue}
}
