package structs

import (
	"encoding/json"
	"fmt"
	"reflect"
)

var unmarshalerType = reflect.TypeFor[json.Unmarshaler]()

// TypeOf describes the type of v, which is not nil.
func TypeOf(v any) Type { return typeOf(reflect.TypeOf(v)) }

// Struct describes the members of a document that is a struct; nil for other
// documents, such as maps and types that write their own JSON.
func (t Type) Struct() *Struct {
	if t.Kind != JSON || t.goType == nil || t.goType.Kind() != reflect.Struct || ownJSON(t.goType) {
		return nil
	}
	s := describe(t.goType)
	if t.unions != nil {
		s = t.unions.describe(t.goType)
	}
	if len(s.Faults) == 0 && len(s.Fields) > 0 {
		return s
	}
	return nil
}

func ownJSON(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(marshalerType) || p.Implements(unmarshalerType)
}

// Items is the type of the elements of a document that is a list of structs,
// of pointers to them or of the values of a union; ok is false for other documents.
func (t Type) Items() (item Type, ok bool) {
	if t.Kind != JSON || t.goType == nil || t.goType.Kind() != reflect.Slice || ownJSON(t.goType) {
		return Type{}, false
	}
	item = typeOf(t.goType.Elem())
	if t.unions != nil {
		item = t.unions.Bind(item)
	}
	return item, item.IsUnion() || item.Struct() != nil
}

// Elements are the canonical values of the elements of v, a list of documents.
func (t Type) Elements(v any) []any {
	item, ok := t.Items()
	rv := reflect.ValueOf(v)
	if !ok || rv.Kind() != reflect.Slice {
		return nil
	}
	out := make([]any, rv.Len())
	for i := range out {
		e := rv.Index(i)
		if item.Nullable {
			if e.IsNil() {
				continue
			}
			e = e.Elem()
		}
		out[i] = item.canonical(e)
	}
	return out
}

// List makes a list of documents from the canonical values of its elements.
func (t Type) List(elements []any) (any, error) {
	item, ok := t.Items()
	if !ok {
		return nil, fmt.Errorf("%s is no list of documents", t.Name)
	}
	out := reflect.MakeSlice(t.goType, len(elements), len(elements))
	for i, v := range elements {
		dst := out.Index(i)
		switch {
		case v == nil && item.Nullable:
			continue
		case v == nil:
			return nil, fmt.Errorf("element %d is null", i)
		case item.IsUnion():
		case item.Nullable:
			dst.Set(reflect.New(item.goType))
			dst = dst.Elem()
		}
		if err := item.store(dst, v); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return out.Interface(), nil
}

// Pointer is a pointer to a copy of the struct v, for the functions of its fields.
func Pointer(v any) any {
	p := reflect.New(reflect.TypeOf(v))
	p.Elem().Set(reflect.ValueOf(v))
	return p.Interface()
}

// SameValue reports whether two documents have the same in them.
func SameValue(a, b any) bool { return reflect.DeepEqual(a, b) }
