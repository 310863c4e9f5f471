package structs

import (
	"fmt"
	"reflect"
)

// Value is a dynamic value with the semantics of text/template: it may be
// anything a template can reach, or nothing at all. The zero Value is the
// absent value, which templates show as "no value" and treat as false.
// A Value is as safe for concurrent use as what it holds.
type Value struct{ v reflect.Value }

// ValueOf returns the Value holding x, the absent Value when x is nil.
// A reflect.Value is taken for the value it holds, as text/template does.
func ValueOf(x any) Value {
	if v, ok := x.(reflect.Value); ok {
		return Value{v}
	}
	return Value{reflect.ValueOf(x)}
}

// IsValid reports whether v holds something.
func (v Value) IsValid() bool { return v.v.IsValid() }

// Interface returns what v holds, nil when it is absent.
func (v Value) Interface() any {
	if !v.v.IsValid() {
		return nil
	}
	return v.v.Interface()
}

// Type returns the type of v, the unknown type when v is absent.
func (v Value) Type() ValueType {
	if !v.v.IsValid() {
		return ValueType{}
	}
	return ValueType{v.v.Type()}
}

// Str returns the text of a value of a string type.
func (v Value) Str() string { return v.v.String() }

// Int returns a value of a signed integer type.
func (v Value) Int() int64 { return v.v.Int() }

// Uint returns a value of an unsigned integer type.
func (v Value) Uint() uint64 { return v.v.Uint() }

// Bool returns a value of a boolean type.
func (v Value) Bool() bool { return v.v.Bool() }

// Pointer returns a pointer to the value when it is addressable and the value
// itself otherwise. Unlike Interface it copies nothing in the first case.
func (v Value) Pointer() any {
	if v.v.CanAddr() {
		return v.v.Addr().Interface()
	}
	return v.Interface()
}

// Text returns the string when v is exactly of type string.
func (v Value) Text() (string, bool) {
	if v.v.Kind() == reflect.String && v.v.Type() == stringType {
		return v.v.String(), true
	}
	return "", false
}

// Concrete returns the value inside an empty interface, else v itself.
// Pipelines apply it to the result of every command.
func (v Value) Concrete() Value {
	if v.v.Kind() == reflect.Interface && v.v.NumMethod() == 0 {
		return Value{v.v.Elem()}
	}
	return v
}

// Truth tells whether v counts as true, and whether it can be asked at all.
func (v Value) Truth() (truth, ok bool) {
	x := valueInside(v.v)
	if !x.IsValid() {
		return false, true
	}
	switch x.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return x.Len() > 0, true
	case reflect.Bool:
		return x.Bool(), true
	case reflect.Complex64, reflect.Complex128:
		return x.Complex() != 0, true
	case reflect.Chan, reflect.Func, reflect.Pointer, reflect.UnsafePointer, reflect.Interface:
		return !x.IsNil(), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return x.Int() != 0, true
	case reflect.Float32, reflect.Float64:
		return x.Float() != 0, true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return x.Uint() != 0, true
	case reflect.Struct:
		return true, true
	}
	return false, false
}

// Addressable returns x as an addressable value of type t: the target of a
// pointer to t, or a copy of a t. For an interface or unknown t any x will do.
func (t ValueType) Addressable(x any) (Value, error) {
	v := reflect.ValueOf(x)
	switch {
	case t.t == nil || !v.IsValid():
		return Value{v}, nil
	case v.Type() == t.t:
		c := reflect.New(t.t).Elem()
		c.Set(v)
		return Value{c}, nil
	case v.Kind() == reflect.Pointer && v.Type().Elem() == t.t && !v.IsNil():
		return Value{v.Elem()}, nil
	case t.t.Kind() == reflect.Interface && v.Type().Implements(t.t):
		return Value{v}, nil
	}
	return Value{}, fmt.Errorf("value has type %s, want %s", v.Type(), t.t)
}

// Printable returns what fmt should print for v: pointers are followed unless
// they know how to print themselves. It reports false for functions and channels.
func (v Value) Printable() (any, bool) {
	x := v.v
	if x.Kind() == reflect.Pointer {
		x, _ = valueTarget(x)
	}
	if !x.IsValid() {
		return "<no value>", true
	}
	t := x.Type()
	if t.Implements(errorIface) || t.Implements(stringerIface) {
		return x.Interface(), true
	}
	p := reflect.PointerTo(t)
	if x.CanAddr() && (p.Implements(errorIface) || p.Implements(stringerIface)) {
		return x.Addr().Interface(), true
	}
	if k := x.Kind(); k == reflect.Chan || k == reflect.Func {
		return nil, false
	}
	return x.Interface(), true
}

// Indirect follows the pointers in x to their target. A nil pointer is
// returned as it is.
func Indirect(x any) any {
	if x == nil || reflect.TypeOf(x).Kind() != reflect.Pointer {
		return x
	}
	v := reflect.ValueOf(x)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	return v.Interface()
}

// IndirectPrinter follows the pointers in x up to the first that implements
// error or fmt.Stringer, or to their target.
func IndirectPrinter(x any) any {
	if x == nil {
		return nil
	}
	v := reflect.ValueOf(x)
	for v.Kind() == reflect.Pointer && !v.IsNil() &&
		!v.Type().Implements(stringerIface) && !v.Type().Implements(errorIface) {
		v = v.Elem()
	}
	return v.Interface()
}

// valueTarget follows pointers and interfaces; it stops at a nil one and says so.
func valueTarget(v reflect.Value) (target reflect.Value, isNil bool) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return v, true
		}
		v = v.Elem()
	}
	return v, false
}

// valueInside returns the value held by an interface, the absent one for nil.
func valueInside(v reflect.Value) reflect.Value {
	if v.Kind() != reflect.Interface {
		return v
	}
	if v.IsNil() {
		return reflect.Value{}
	}
	return v.Elem()
}

var (
	stringType     = reflect.TypeFor[string]()
	errorIface     = reflect.TypeFor[error]()
	stringerIface  = reflect.TypeFor[fmt.Stringer]()
	formatterIface = reflect.TypeFor[fmt.Formatter]()
	reflectedType  = reflect.TypeFor[reflect.Value]()
)
