package wire

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/fnv"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// MaxCursor is the length of the longest cursor, in bytes.
const MaxCursor = 10 << 10

// cursorVersion is the first byte of every cursor.
const cursorVersion = 1

// The tags that stand before the values of a cursor.
const (
	tagNull byte = iota
	tagFalse
	tagTrue
	tagInt
	tagFloat
	tagString
	tagBytes
	tagTime
	tagDuration
	tagUUID
	tagDecimal
	tagJSON
	tagDate
)

// EncodeCursor is an opaque text for the canonical values of a row, tied to
// the sort that sortKey describes. It holds the values for everybody to read.
// It is empty when the cursor would be longer than MaxCursor, or when a value
// is none that a row can be sorted by.
func EncodeCursor(sortKey string, values []any) string {
	b := make([]byte, 0, 64)
	b = append(b, cursorVersion)
	b = binary.BigEndian.AppendUint32(b, sortHash(sortKey))
	for _, v := range values {
		var ok bool
		if b, ok = appendCursorValue(b, v); !ok {
			return ""
		}
	}
	if base64.RawURLEncoding.EncodedLen(len(b)) > MaxCursor {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func sortHash(sortKey string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(sortKey))
	return h.Sum32()
}

func appendCursorValue(b []byte, v any) ([]byte, bool) {
	switch x := v.(type) {
	case nil:
		return append(b, tagNull), true
	case bool:
		if x {
			return append(b, tagTrue), true
		}
		return append(b, tagFalse), true
	case int64:
		return binary.AppendVarint(append(b, tagInt), x), true
	case float64:
		return binary.BigEndian.AppendUint64(append(b, tagFloat), math.Float64bits(x)), true
	case string:
		return appendCursorText(append(b, tagString), x), true
	case []byte:
		return appendCursorText(append(b, tagBytes), string(x)), true
	case time.Time:
		return binary.AppendVarint(append(b, tagTime), x.UnixMicro()), true
	case time.Duration:
		return binary.AppendVarint(append(b, tagDuration), int64(x)), true
	case civil.Date:
		return appendCursorText(append(b, tagDate), string(appendDate(nil, x))), true
	case uuid.UUID:
		return append(append(b, tagUUID), x[:]...), true
	case decimal.Decimal:
		return appendCursorText(append(b, tagDecimal), DecimalText(x)), true
	}
	doc, err := AppendJSON(nil, v)
	return appendCursorText(append(b, tagJSON), string(doc)), err == nil
}

func appendCursorText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

var errCursor = errors.New("read cursor: it is no cursor of this list in this order")

// DecodeCursor returns the values of a cursor that EncodeCursor made for the
// same sortKey. A document comes back as json.RawMessage. Everything else is
// an error: cursors come from clients.
func DecodeCursor(sortKey, s string) ([]any, error) {
	if len(s) > MaxCursor {
		return nil, errCursor
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) < 5 || b[0] != cursorVersion || binary.BigEndian.Uint32(b[1:]) != sortHash(sortKey) {
		return nil, errCursor
	}
	r := cursorReader{rest: b[5:]}
	values := []any{}
	for len(r.rest) > 0 && !r.bad {
		values = append(values, r.value())
	}
	if r.bad {
		return nil, errCursor
	}
	return values, nil
}

type cursorReader struct {
	rest []byte
	bad  bool
}

func (r *cursorReader) value() any {
	switch tag := r.take(1)[0]; tag {
	case tagNull:
		return nil
	case tagFalse, tagTrue:
		return tag == tagTrue
	case tagInt:
		return r.varint()
	case tagFloat:
		return math.Float64frombits(binary.BigEndian.Uint64(r.take(8)))
	case tagString:
		s := string(r.text())
		r.bad = r.bad || !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0
		return s
	case tagBytes:
		return r.text()
	case tagTime:
		t := time.UnixMicro(r.varint()).UTC()
		r.bad = r.bad || t.Year() < firstYear || t.Year() > lastYear
		return t
	case tagDate:
		d, err := civil.ParseDate(string(r.text()))
		r.bad = r.bad || err != nil || d.Year < firstYear
		return d
	case tagDuration:
		return time.Duration(r.varint())
	case tagUUID:
		return uuid.UUID(r.take(16))
	case tagDecimal:
		d, inRange, ok := parseDecimal(string(r.text()))
		r.bad = r.bad || !inRange || !ok
		return d
	case tagJSON:
		doc := json.RawMessage(r.text())
		r.bad = r.bad || Valid(doc) != nil
		return doc
	}
	r.bad = true
	return nil
}

// take is the next n bytes; where they are missing, r is bad and zeros come back.
func (r *cursorReader) take(n int) []byte {
	if len(r.rest) < n {
		r.bad, r.rest = true, nil
		return make([]byte, n)
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *cursorReader) varint() int64 {
	x, n := binary.Varint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return x
}

func (r *cursorReader) text() []byte {
	x, n := binary.Uvarint(r.rest)
	if n <= 0 || x > uint64(len(r.rest)-n) {
		r.bad = true
		return nil
	}
	r.rest = r.rest[n:]
	return r.take(int(x)) //nolint:gosec // at most len(r.rest)
}
