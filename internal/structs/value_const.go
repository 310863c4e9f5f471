package structs

import (
	"fmt"
	"reflect"
	"strings"
)

// Const is a literal of a template: a boolean, a string or a number, which
// takes its type from where it is used.
type Const struct {
	Source string // as written, for errors
	Kind   ConstKind
	Bool   bool
	Text   string

	// What a number can be, and its value as each.
	IsInt, IsUint, IsFloat, IsComplex bool
	Int                               int64
	Uint                              uint64
	Float                             float64
	Complex                           complex128
}

// ConstKind is the sort of a Const.
type ConstKind uint8

// The kinds of constants.
const (
	ConstBool ConstKind = iota
	ConstString
	ConstNumber
)

// Ideal returns the constant as a value of the type its syntax suggests.
func (c *Const) Ideal() (Value, error) {
	switch {
	case c.Kind == ConstBool:
		return ValueOf(c.Bool), nil
	case c.Kind == ConstString:
		return ValueOf(c.Text), nil
	case c.IsComplex:
		return ValueOf(c.Complex), nil
	case c.IsFloat && !hexInteger(c.Source) && !strings.HasPrefix(c.Source, "'") && strings.ContainsAny(c.Source, ".eEpP"):
		return ValueOf(c.Float), nil
	case c.IsInt && int64(int(c.Int)) == c.Int:
		return ValueOf(int(c.Int)), nil
	case c.IsInt || c.IsUint:
		return Value{}, fmt.Errorf("%s overflows int", c.Source)
	}
	return Value{}, nil
}

func hexInteger(s string) bool {
	return len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && !strings.ContainsAny(s, "pP")
}

// As returns the constant as a value of type t.
func (c *Const) As(t ValueType) (Value, error) {
	switch k := t.t.Kind(); {
	case t.t == reflectedType:
		v, err := c.Ideal()
		return Value{reflect.ValueOf(v.v)}, err
	case k == reflect.Interface && t.t.NumMethod() == 0:
		return c.Ideal()
	case k == reflect.Bool && c.Kind == ConstBool:
		return c.set(t, func(v reflect.Value) { v.SetBool(c.Bool) })
	case k == reflect.String && c.Kind == ConstString:
		return c.set(t, func(v reflect.Value) { v.SetString(c.Text) })
	case c.Kind != ConstNumber:
	case k >= reflect.Int && k <= reflect.Int64 && c.IsInt:
		return c.set(t, func(v reflect.Value) { v.SetInt(c.Int) })
	case k >= reflect.Uint && k <= reflect.Uintptr && c.IsUint:
		return c.set(t, func(v reflect.Value) { v.SetUint(c.Uint) })
	case (k == reflect.Float32 || k == reflect.Float64) && c.IsFloat:
		return c.set(t, func(v reflect.Value) { v.SetFloat(c.Float) })
	case (k == reflect.Complex64 || k == reflect.Complex128) && c.IsComplex:
		return c.set(t, func(v reflect.Value) { v.SetComplex(c.Complex) })
	}
	return Value{}, fmt.Errorf("can't use %s as %s", c.Source, t)
}

func (c *Const) set(t ValueType, set func(reflect.Value)) (Value, error) {
	v := reflect.New(t.t).Elem()
	set(v)
	return Value{v}, nil
}
