package structs

import (
	"encoding"
	"fmt"
	"reflect"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Custom is implemented, by its pointer, by a type that says itself as which
// canonical value it is stored.
type Custom[S any] interface {
	// Stored is the value to store.
	Stored() S
	// Restore takes a value that was stored or that a client sent. The error
	// is for those that the type does not have.
	Restore(v S) error
}

// Unstorable is the canonical value of a Go value that its type refuses to write.
type Unstorable struct{ Err error }

// codec turns the values of a type into canonical ones and back.
type codec struct {
	kind Kind
	is   reflect.Type // the interface
	get  func(p any) (any, error)
	set  func(p, v any) error
}

// codecs are the ways in which a type can say how it is stored; the first one
// that it knows counts.
var codecs = []*codec{
	customCodec[string](String), customCodec[bool](Bool), customCodec[int64](Int), customCodec[float64](Float),
	customCodec[decimal.Decimal](Decimal), customCodec[time.Time](Time), customCodec[time.Duration](Duration),
	customCodec[uuid.UUID](UUID), customCodec[civil.Date](Date), customCodec[[]byte](Bytes),
	{
		kind: String, is: reflect.TypeFor[interface {
			encoding.TextMarshaler
			encoding.TextUnmarshaler
		}](),
		get: func(p any) (any, error) {
			text, err := p.(encoding.TextMarshaler).MarshalText()
			return string(text), err
		},
		set: func(p, v any) error {
			text, ok := v.(string)
			if !ok {
				return fmt.Errorf("%T is no text", v)
			}
			return p.(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
		},
	},
}

func customCodec[S any](kind Kind) *codec {
	return &codec{
		kind: kind, is: reflect.TypeFor[Custom[S]](),
		get: func(p any) (any, error) { return tidy(p.(Custom[S]).Stored()), nil },
		set: func(p, v any) error {
			s, ok := v.(S)
			if !ok {
				return fmt.Errorf("%T is no %s", v, kind)
			}
			return p.(Custom[S]).Restore(s)
		},
	}
}

// tidy is the canonical form of a value of a canonical type.
func tidy(v any) any {
	switch x := v.(type) {
	case time.Time:
		return canonicalTime(x)
	case civil.Date:
		return canonicalDate(x)
	case []byte:
		if x == nil {
			return []byte{}
		}
	}
	return v
}

func codecOf(t reflect.Type) *codec {
	if t.PkgPath() == "" || t.Kind() == reflect.Interface {
		return nil
	}
	pointer := reflect.PointerTo(t)
	for _, c := range codecs {
		if pointer.Implements(c.is) {
			return c
		}
	}
	return nil
}

func (c *codec) canonical(v reflect.Value) any {
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	out, err := c.get(p.Interface())
	if err != nil {
		return Unstorable{err}
	}
	return out
}

func (c *codec) store(dst reflect.Value, v any) error {
	p := reflect.New(dst.Type())
	if err := c.set(p.Interface(), v); err != nil {
		return err
	}
	dst.Set(p.Elem())
	return nil
}

// IsCustom reports whether the Go type says itself how it is stored, so that
// not every value of the kind need be one of the type.
func (t Type) IsCustom() bool { return t.codec != nil }

// Fit is the canonical value as the Go type itself would write it. It fails
// where v is none of the type.
func (t Type) Fit(v any) (any, error) {
	if u := t.Union(); u != nil && v != nil {
		_, err := u.Of(v)
		return u.Tidy(v), err
	}
	if t.codec == nil || v == nil {
		return v, nil
	}
	p := reflect.New(t.goType)
	if err := t.codec.set(p.Interface(), v); err != nil {
		return nil, err
	}
	return t.codec.get(p.Interface())
}
