package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// AppendValue appends v, a canonical value of type t or nil for null. It fails
// when v is of another kind, or is a document that cannot be written as JSON.
func AppendValue(dst []byte, t structs.Type, v any) ([]byte, error) {
	if v == nil {
		return AppendNull(dst), nil
	}
	if t.Kind == structs.JSON {
		return AppendDocument(dst, t, v)
	}
	switch x := v.(type) {
	case string:
		return AppendString(dst, x), nil
	case bool:
		return AppendBool(dst, x), nil
	case int64:
		return AppendInt(dst, x), nil
	case float64:
		return AppendFloat(dst, x, t.Bits), nil
	case decimal.Decimal:
		return AppendDecimal(dst, x), nil
	case time.Time:
		return AppendTime(dst, x), nil
	case time.Duration:
		return AppendDuration(dst, x), nil
	case uuid.UUID:
		return AppendUUID(dst, x), nil
	case []byte:
		return AppendBytes(dst, x), nil
	case civil.Date:
		return AppendDate(dst, x), nil
	case []any:
		return appendList(dst, t, x)
	}
	return dst, fmt.Errorf("write %T as %s: no canonical value", v, t.Kind)
}

// AppendJSON appends the document that the Go value v stands for: a struct, or
// a list of structs, with members as attributes are written, and everything
// else by the rules of encoding/json but without the escaping of HTML.
func AppendJSON(dst []byte, v any) ([]byte, error) { return AppendDocument(dst, structs.Type{}, v) }

// AppendDocument is AppendJSON for v, a value of type t, whose unions it knows.
func AppendDocument(dst []byte, t structs.Type, v any) ([]byte, error) {
	if out, ok, err := appendDocument(dst, t, v); ok {
		return out, err
	}
	if raw, ok := v.(json.RawMessage); ok && json.Valid(raw) {
		return append(dst, raw...), nil
	}
	b := bytes.NewBuffer(dst)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return dst, fmt.Errorf("write %T as JSON: %w", v, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// AppendRecord appends rec, a record of r, as an object of the public ones of
// attrs by their JSON names, without those that are hidden in it. With nil attrs it has all public stored
// attributes that are not lazy.
func AppendRecord(dst []byte, r *resource.Resource, rec any, attrs []*resource.Attribute) ([]byte, error) {
	if attrs == nil {
		attrs = r.EagerColumns()
	}
	dst = append(dst, '{')
	comma := false
	var err error
	for _, a := range attrs {
		if a.Private || r.Hides(rec, a) {
			continue
		}
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = append(AppendString(dst, a.JSON), ':')
		if dst, err = AppendValue(dst, a.Type, a.Get(rec)); err != nil {
			return dst, fmt.Errorf("write %s.%s: %w", r.Name, a.Name, err)
		}
	}
	return append(dst, '}'), nil
}

// DecodeJSON reads a stored document into a Go value of type t and returns
// its canonical value. Members that the Go type lacks are left out: the
// type may have changed since the document was stored.
func DecodeJSON(t structs.Type, data []byte) (any, error) {
	if v, ok, err := decodeStored(t, data); ok {
		if err != nil {
			return nil, fmt.Errorf("read %s from JSON: %w", t.Name, err)
		}
		return v, nil
	}
	p := t.NewPtr()
	if err := json.Unmarshal(data, p); err != nil {
		return nil, fmt.Errorf("read %s from JSON: %w", t.Name, err)
	}
	return t.ValueOf(p), nil
}
