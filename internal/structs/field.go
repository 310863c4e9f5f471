package structs

import (
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/golang-sql/civil"
)

// Role says what a struct field is.
type Role uint8

// The roles of a field.
const (
	Column Role = iota // a value: attribute, calculation or argument
	One                // *T of another struct
	Many               // []T of another struct
)

// Field describes one exported field. Its functions may be used from many goroutines.
type Field struct {
	// Name is the Go name; fields of embedded structs have their own name alone.
	Name string
	Role Role
	Type Type
	// Tags are the struct tags by key.
	Tags map[string]string

	index   []int
	related reflect.Type // for roles One and Many
}

// Related is the full name ("example.com/chat.Room") of the struct that a
// field with role One or Many holds; otherwise it is empty.
func (f *Field) Related() string {
	if f.related == nil {
		return ""
	}
	return fullName(f.related)
}

// RelatedStruct describes that struct.
func (f *Field) RelatedStruct() *Struct { return describe(f.related) }

func (f *Field) value(rec any) reflect.Value {
	if f.index == nil { // the value itself, see Variant
		return reflect.ValueOf(rec).Elem()
	}
	return reflect.ValueOf(rec).Elem().FieldByIndex(f.index)
}

// Ptr is a typed pointer to the field in rec, itself a pointer to the struct.
func (f *Field) Ptr(rec any) any { return f.value(rec).Addr().Interface() }

// Get is the canonical value of the field in rec, nil for NULL.
func (f *Field) Get(rec any) any {
	v := f.value(rec)
	if f.Type.Nullable {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	return f.Type.canonical(v)
}

// Set stores the canonical value v, nil for NULL, in rec. It fails when v is
// of another kind, is out of the field's range, or is nil for a field that is
// not nullable.
func (f *Field) Set(rec any, v any) error {
	dst := f.value(rec)
	if v == nil {
		if !f.Type.Nullable && f.Type.Kind != JSON && f.Type.Kind != Bytes && f.Type.Kind != List {
			return fmt.Errorf("set %s: null for a field of type %s", f.Name, f.Type.Name)
		}
		dst.SetZero()
		return nil
	}
	if f.Type.Nullable && f.Type.goType.Kind() != reflect.Interface {
		p := reflect.New(f.Type.goType)
		if err := f.Type.store(p.Elem(), v); err != nil {
			return fmt.Errorf("set %s: %w", f.Name, err)
		}
		dst.Set(p)
		return nil
	}
	if err := f.Type.store(dst, v); err != nil {
		return fmt.Errorf("set %s: %w", f.Name, err)
	}
	return nil
}

func (t Type) store(dst reflect.Value, v any) error {
	switch {
	case t.codec != nil:
		return t.codec.store(dst, v)
	case t.Kind == List:
		return t.storeList(dst, v)
	}
	switch x := v.(type) {
	case string:
		if t.Kind == String {
			dst.SetString(x)
			return nil
		}
	case bool:
		if t.Kind == Bool {
			dst.SetBool(x)
			return nil
		}
	case int64:
		if t.Kind == Int {
			return t.storeInt(dst, x)
		}
	case civil.Date:
		if t.Kind == Date {
			dst.Set(reflect.ValueOf(storedDate(x)))
			return nil
		}
	case float64:
		if t.Kind == Float {
			dst.SetFloat(x)
			return nil
		}
	}
	rv := reflect.ValueOf(v)
	if !rv.Type().AssignableTo(t.goType) {
		if t.Kind == Bytes && rv.Type() == bytesType {
			dst.SetBytes(v.([]byte))
			return nil
		}
		return fmt.Errorf("%T is no %s", v, t.Name)
	}
	dst.Set(rv)
	return nil
}

func (t Type) storeInt(dst reflect.Value, x int64) error {
	if !t.Fits(x) {
		return fmt.Errorf("%d is out of the range of %s", x, t.Name)
	}
	if t.Unsigned {
		dst.SetUint(uint64(x)) //nolint:gosec // Fits has refused negative values
		return nil
	}
	dst.SetInt(x)
	return nil
}

// Fits reports whether the integer x is in the range of t, an Int.
func (t Type) Fits(x int64) bool {
	lo, hi := t.Range()
	return x >= lo && x <= hi
}

// Range is the smallest and the largest integer that t, an Int, can hold.
func (t Type) Range() (lo, hi int64) {
	if t.Unsigned {
		return 0, 1<<t.Bits - 1
	}
	if t.Bits == 64 {
		return math.MinInt64, math.MaxInt64
	}
	return -1 << (t.Bits - 1), 1<<(t.Bits-1) - 1
}

// SetOne stores child, a pointer to the related struct or nil, in a field with role One.
func (f *Field) SetOne(rec, child any) {
	dst := f.value(rec)
	if child == nil {
		dst.SetZero()
		return
	}
	dst.Set(reflect.ValueOf(child))
}

// SetMany stores copies of children, pointers to the related struct, in a
// field with role Many. Without children the slice is empty, not nil.
func (f *Field) SetMany(rec any, children []any) {
	dst := f.value(rec)
	s := reflect.MakeSlice(dst.Type(), len(children), len(children))
	for i, c := range children {
		s.Index(i).Set(reflect.ValueOf(c).Elem())
	}
	dst.Set(s)
}

// One is the record in a field with role One: a pointer to the related struct, or nil.
func (f *Field) One(rec any) any {
	v := f.value(rec)
	if v.IsNil() {
		return nil
	}
	return v.Interface()
}

// Many is pointers to the records in a field with role Many, and whether the field is not nil.
func (f *Field) Many(rec any) ([]any, bool) {
	v := f.value(rec)
	out := make([]any, v.Len())
	for i := range out {
		out[i] = v.Index(i).Addr().Interface()
	}
	return out, !v.IsNil()
}

// Now is the present moment as a canonical time.
func Now() time.Time { return canonicalTime(time.Now()) }
