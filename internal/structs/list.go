package structs

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/golang-sql/civil"
)

var marshalerType = reflect.TypeFor[json.Marshaler]()

// elementOf is the type of the elements of a slice that is a list of values:
// of one of the kinds that columns hold, without NULLs. Slices of documents,
// of pointers and of bytes, and those that write their own JSON, are documents.
func elementOf(t reflect.Type) (Type, bool) {
	if t.Implements(marshalerType) || t.Elem().Kind() == reflect.Uint8 {
		return Type{}, false
	}
	e := typeOf(t.Elem())
	switch e.Kind {
	case Invalid, JSON, Bytes, List:
		return Type{}, false
	}
	return e, !e.Nullable
}

func (t Type) canonicalList(v reflect.Value) any {
	out := make([]any, v.Len())
	for i := range out {
		out[i] = t.Element.canonical(v.Index(i))
	}
	return out
}

func (t Type) storeList(dst reflect.Value, v any) error {
	items, ok := v.([]any)
	if !ok {
		return fmt.Errorf("%T is no %s", v, t.Name)
	}
	out := reflect.MakeSlice(t.goType, len(items), len(items))
	for i, item := range items {
		if item == nil {
			return fmt.Errorf("element %d is null", i)
		}
		if err := t.Element.store(out.Index(i), item); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	dst.Set(out)
	return nil
}

// IsZeroDate reports whether the canonical date stands for the zero value of civil.Date.
func IsZeroDate(d civil.Date) bool { return d == firstDay || d.IsZero() }

// firstDay is what the zero civil.Date, which is no day at all, is stored as.
var firstDay = civil.Date{Year: 1, Month: 1, Day: 1}

func canonicalDate(d civil.Date) civil.Date {
	if d.IsZero() {
		return firstDay
	}
	return d
}

func storedDate(d civil.Date) civil.Date {
	if d == firstDay {
		return civil.Date{}
	}
	return d
}
