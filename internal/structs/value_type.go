package structs

import (
	"reflect"
	"slices"
)

// ValueType is the static type of a Value. The zero ValueType means that the
// type is not known before the template runs. ValueTypes can be compared.
type ValueType struct{ t reflect.Type }

// ValueTypeOf returns the type of x, the unknown type when x is nil.
func ValueTypeOf(x any) ValueType { return ValueType{reflect.TypeOf(x)} }

// ValueTypeFor returns the type T.
func ValueTypeFor[T any]() ValueType { return ValueType{reflect.TypeFor[T]()} }

// Known reports whether the type is known and every value of it has exactly
// this type: interfaces, and values of package reflect, do not count.
func (t ValueType) Known() bool {
	return t.t != nil && t.t.Kind() != reflect.Interface && t.t != reflectedType
}

// String returns the type as Go writes it.
func (t ValueType) String() string {
	if t.t == nil {
		return "unknown type"
	}
	return t.t.String()
}

// Implements reports whether t, or a pointer to it, has the methods of the
// interface type of.
func (t ValueType) Implements(of ValueType) bool {
	return t.Known() && (t.t.Implements(of.t) || reflect.PointerTo(t.t).Implements(of.t))
}

// Pair reports whether t is an iterator of two values.
func (t ValueType) Pair() bool {
	return t.Known() && t.t.Kind() == reflect.Func && t.t.CanSeq2()
}

// Plain tells how fmt prints values of t, when that needs neither methods nor
// reflection: as a string, a number or a boolean.
func (t ValueType) Plain() PlainKind {
	if !t.Known() || t.t.Implements(errorIface) || t.t.Implements(stringerIface) || t.t.Implements(formatterIface) {
		return NotPlain
	}
	switch t.t.Kind() {
	case reflect.String:
		return PlainString
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return PlainInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return PlainUint
	case reflect.Bool:
		return PlainBool
	}
	return NotPlain
}

// PlainKind is what ValueType.Plain tells.
type PlainKind uint8

// The kinds of plain values.
const (
	NotPlain PlainKind = iota
	PlainString
	PlainInt
	PlainUint
	PlainBool
)

// Elem returns the types of the two values that a range over t yields.
// Either may be unknown; ok is false when t is known not to be iterable.
func (t ValueType) Elem() (key, elem ValueType, ok bool) {
	if !t.Known() {
		return ValueType{}, ValueType{}, true
	}
	u := t.t
	for u.Kind() == reflect.Pointer {
		u = u.Elem()
	}
	intType := ValueTypeFor[int]()
	switch u.Kind() {
	case reflect.Slice, reflect.Array, reflect.Chan:
		return intType, ValueType{u.Elem()}, true
	case reflect.Map:
		return ValueType{u.Key()}, ValueType{u.Elem()}, true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return ValueType{}, ValueType{u}, true
	case reflect.Func:
		switch {
		case u.CanSeq():
			return ValueType{}, ValueType{u.In(0).In(0)}, true
		case u.CanSeq2():
			return ValueType{u.In(0).In(0)}, ValueType{u.In(0).In(1)}, true
		}
	case reflect.Interface:
		return ValueType{}, ValueType{}, true
	}
	return ValueType{}, ValueType{}, false
}

// Names returns the exported fields and the methods that a template can name
// on a value of t, sorted: what a hint may propose.
func (t ValueType) Names() []string {
	if t.t == nil {
		return nil
	}
	u := t.t
	for u.Kind() == reflect.Pointer {
		u = u.Elem()
	}
	var names []string
	if u.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(u) {
			if f.IsExported() {
				names = append(names, f.Name)
			}
		}
	}
	p := u
	if u.Kind() != reflect.Interface {
		p = reflect.PointerTo(u)
	}
	for m := range p.Methods() {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Dynamic reports whether the members of a value of t are only known when it
// is there: t is unknown, an interface, or a pointer to one.
func (t ValueType) Dynamic() bool {
	u := t.t
	for u != nil && u.Kind() == reflect.Pointer {
		u = u.Elem()
	}
	return u == nil || u.Kind() == reflect.Interface || u == reflectedType
}
