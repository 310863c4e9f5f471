package structs

import (
	"errors"
	"fmt"
	"reflect"
)

// Func is a function or bound method that a template may call.
type Func struct {
	name string
	v    reflect.Value
	t    reflect.Type
}

// Func returns v as a function called name. The function must have one result,
// or two of which the second is an error.
func (v Value) Func(name string) (Func, error) {
	if v.v.Kind() != reflect.Func {
		return Func{}, fmt.Errorf("%s is not a function", name)
	}
	f := Func{name: name, v: v.v, t: v.v.Type()}
	switch n := f.t.NumOut(); {
	case n == 1, n == 2 && f.t.Out(1) == errorIface:
		return f, nil
	case n == 2:
		return Func{}, fmt.Errorf("invalid function signature for %s: second return value should be error; is %s", name, f.t.Out(1))
	default:
		return Func{}, fmt.Errorf("function %s has %d return values; should be 1 or 2", name, n)
	}
}

// Result returns the type of the first result.
func (f *Func) Result() ValueType { return ValueType{f.t.Out(0)} }

// CheckCount returns an error when f cannot be called with n arguments.
func (f *Func) CheckCount(n int) error {
	want := f.t.NumIn()
	switch {
	case f.t.IsVariadic() && n < want-1:
		return fmt.Errorf("wrong number of args for %s: want at least %d got %d", f.name, want-1, n)
	case !f.t.IsVariadic() && n != want:
		return fmt.Errorf("wrong number of args for %s: want %d got %d", f.name, want, n)
	}
	return nil
}

// Param returns the type that argument i must have.
func (f *Func) Param(i int) ValueType {
	if last := f.t.NumIn() - 1; f.t.IsVariadic() && i >= last {
		return ValueType{f.t.In(last).Elem()}
	}
	return ValueType{f.t.In(i)}
}

// Args is a stack of call arguments, reused between calls.
type Args struct{ vs []reflect.Value }

// Len returns how many arguments are on the stack.
func (a *Args) Len() int { return len(a.vs) }

// Push puts v on the stack.
func (a *Args) Push(v Value) { a.vs = append(a.vs, v.v) }

// At returns argument i.
func (a *Args) At(i int) Value { return Value{a.vs[i]} }

// Truncate drops the arguments from n on.
func (a *Args) Truncate(n int) {
	clear(a.vs[n:])
	a.vs = a.vs[:n]
}

// Call calls f with the arguments from index from on. A panic in f becomes an
// error. A result of type reflect.Value is unwrapped.
func (f *Func) Call(args *Args, from int) (Value, error) {
	v, err := safeCall(f.v, args.vs[from:])
	if err != nil {
		return Value{}, fmt.Errorf("error calling %s: %w", f.name, err)
	}
	return Value{v}.unwrapped(), nil
}

func safeCall(fn reflect.Value, args []reflect.Value) (v reflect.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			if e, ok := r.(error); ok {
				err = e
			} else {
				err = fmt.Errorf("%v", r)
			}
		}
	}()
	out := fn.Call(args)
	if len(out) == 2 && !out[1].IsNil() {
		return out[0], out[1].Interface().(error)
	}
	return out[0], nil
}

func (v Value) unwrapped() Value {
	if v.v.IsValid() && v.v.Type() == reflectedType {
		return Value{v.v.Interface().(reflect.Value)}
	}
	return v
}

// As returns v as an argument of type t: converted between a pointer and its
// target, taken out of an interface, or the nil of t when v is absent.
func (v Value) As(t ValueType) (Value, error) {
	x, typ := v.v, t.t
	if !x.IsValid() {
		switch {
		case typ == nil:
			return Value{}, nil
		case nillable(typ):
			return Value{reflect.Zero(typ)}, nil
		}
		return Value{}, fmt.Errorf("invalid value; expected %s", typ)
	}
	if typ == reflectedType && x.Type() != typ {
		return Value{reflect.ValueOf(x)}, nil
	}
	if typ == nil || x.Type().AssignableTo(typ) {
		return v, nil
	}
	if x.Kind() == reflect.Interface && !x.IsNil() {
		x = x.Elem()
		if x.Type().AssignableTo(typ) {
			return Value{x}, nil
		}
	}
	switch {
	case x.Kind() == reflect.Pointer && x.Type().Elem().AssignableTo(typ):
		if x.IsNil() {
			return Value{}, fmt.Errorf("dereference of nil pointer of type %s", typ)
		}
		return Value{x.Elem()}, nil
	case reflect.PointerTo(x.Type()).AssignableTo(typ) && x.CanAddr():
		return Value{x.Addr()}, nil
	}
	return Value{}, fmt.Errorf("wrong type for value; expected %s; got %s", typ, x.Type())
}

// AsDynamic returns v as an argument of a function that takes any value:
// a reflect.Value is taken for what it holds.
func (v Value) AsDynamic() Value { return v.unwrapped() }

// Nil returns the nil of type t.
func (t ValueType) Nil() (Value, error) {
	if t.t == nil || !nillable(t.t) {
		return Value{}, fmt.Errorf("cannot assign nil to %s", t)
	}
	return Value{reflect.Zero(t.t)}, nil
}

func nillable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Interface, reflect.Map, reflect.Pointer, reflect.Slice:
		return true
	}
	return t == reflectedType
}

// CallValue calls the function value at args[from] with the arguments after
// it, as the template function "call" does. The name is for errors.
func CallValue(name string, args *Args, from int) (Value, error) {
	v, err := callValue(name, valueInside(args.vs[from]), args.vs[from+1:])
	if err != nil {
		return Value{}, fmt.Errorf("error calling call: %w", err)
	}
	return Value{v}.unwrapped(), nil
}

func callValue(name string, fn reflect.Value, args []reflect.Value) (reflect.Value, error) {
	if !fn.IsValid() {
		return reflect.Value{}, errors.New("call of nil")
	}
	if fn.Kind() != reflect.Func {
		return reflect.Value{}, fmt.Errorf("non-function %s of type %s", name, fn.Type())
	}
	f, err := Value{fn}.Func(name)
	if err != nil {
		return reflect.Value{}, err
	}
	if err := f.CheckCount(len(args)); err != nil {
		return reflect.Value{}, err
	}
	argv := make([]reflect.Value, len(args))
	for i, arg := range args {
		if argv[i], err = prepareArg(valueInside(arg), f.Param(i).t); err != nil {
			return reflect.Value{}, fmt.Errorf("arg %d: %w", i, err)
		}
	}
	return safeCall(fn, argv)
}

// prepareArg returns v as a value of type t, with integers converted.
func prepareArg(v reflect.Value, t reflect.Type) (reflect.Value, error) {
	if !v.IsValid() {
		if !nillable(t) {
			return reflect.Value{}, fmt.Errorf("value is nil; should be of type %s", t)
		}
		return reflect.Zero(t), nil
	}
	if v.Type().AssignableTo(t) {
		return v, nil
	}
	if integer(v.Kind()) && integer(t.Kind()) && v.Type().ConvertibleTo(t) {
		return v.Convert(t), nil
	}
	return reflect.Value{}, fmt.Errorf("value has type %s; should be %s", v.Type(), t)
}

func integer(k reflect.Kind) bool { return reflect.Int <= k && k <= reflect.Uintptr }
