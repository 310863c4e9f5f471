package structs

import (
	"errors"
	"fmt"
	"reflect"
)

// Length returns the length of v, as the template function "len".
func (v Value) Length() (int, error) {
	x, isNil := valueTarget(v.v)
	if isNil {
		return 0, errors.New("len of nil pointer")
	}
	switch x.Kind() {
	case reflect.Array, reflect.Chan, reflect.Map, reflect.Slice, reflect.String:
		return x.Len(), nil
	}
	if !x.IsValid() {
		return 0, errors.New("len of nil")
	}
	return 0, fmt.Errorf("len of type %s", x.Type())
}

// Index returns v indexed by the arguments from index from on, as the
// template function "index".
func (v Value) Index(args *Args, from int) (Value, error) {
	item := valueInside(v.v)
	if !item.IsValid() {
		return Value{}, errors.New("index of untyped nil")
	}
	for _, index := range args.vs[from:] {
		index = valueInside(index)
		target, isNil := valueTarget(item)
		if isNil {
			return Value{}, errors.New("index of nil pointer")
		}
		item = target
		switch item.Kind() {
		case reflect.Array, reflect.Slice, reflect.String:
			n, err := indexArg(index, item.Len())
			if err != nil {
				return Value{}, err
			}
			if n == item.Len() {
				return Value{}, fmt.Errorf("index out of range: %d", n)
			}
			item = item.Index(n)
		case reflect.Map:
			key, err := prepareArg(index, item.Type().Key())
			if err != nil {
				return Value{}, err
			}
			if !key.Comparable() {
				return Value{}, fmt.Errorf("unhashable map key of type %s", key.Type())
			}
			elem := item.MapIndex(key)
			if !elem.IsValid() {
				elem = reflect.Zero(item.Type().Elem())
			}
			item = elem
		default:
			return Value{}, fmt.Errorf("can't index item of type %s", item.Type())
		}
	}
	return Value{item}, nil
}

// Slice returns v sliced by the arguments from index from on, as the template
// function "slice".
func (v Value) Slice(args *Args, from int) (Value, error) {
	item := valueInside(v.v)
	if !item.IsValid() {
		return Value{}, errors.New("slice of untyped nil")
	}
	item, isNil := valueTarget(item)
	if isNil {
		return Value{}, errors.New("slice of nil pointer")
	}
	indexes := args.vs[from:]
	if len(indexes) > 3 {
		return Value{}, fmt.Errorf("too many slice indexes: %d", len(indexes))
	}
	var limit int
	switch item.Kind() {
	case reflect.String:
		if len(indexes) == 3 {
			return Value{}, errors.New("cannot 3-index slice a string")
		}
		limit = item.Len()
	case reflect.Slice:
		limit = item.Cap()
	case reflect.Array:
		if !item.CanAddr() {
			return Value{}, errors.New("slice of unaddressable array")
		}
		limit = item.Cap()
	default:
		return Value{}, fmt.Errorf("can't slice item of type %s", item.Type())
	}
	return sliceItem(item, indexes, limit)
}

func sliceItem(item reflect.Value, indexes []reflect.Value, limit int) (Value, error) {
	at := [3]int{0, item.Len()}
	for i, index := range indexes {
		n, err := indexArg(index, limit)
		if err != nil {
			return Value{}, err
		}
		at[i] = n
	}
	if at[0] > at[1] {
		return Value{}, fmt.Errorf("invalid slice index: %d > %d", at[0], at[1])
	}
	if len(indexes) < 3 {
		if item.Kind() == reflect.String && at[1] > item.Len() {
			return Value{}, fmt.Errorf("index out of range: %d", at[1])
		}
		return Value{item.Slice(at[0], at[1])}, nil
	}
	if at[1] > at[2] {
		return Value{}, fmt.Errorf("invalid slice index: %d > %d", at[1], at[2])
	}
	return Value{item.Slice3(at[0], at[1], at[2])}, nil
}

// indexArg returns v as an index from 0 to limit.
func indexArg(v reflect.Value, limit int) (int, error) {
	var n int64
	switch k := v.Kind(); {
	case k == reflect.Invalid:
		return 0, errors.New("cannot index slice/array with nil")
	case !integer(k):
		return 0, fmt.Errorf("cannot index slice/array with type %s", v.Type())
	case v.CanInt():
		n = v.Int()
	default:
		n = int64(v.Uint())
	}
	if n < 0 || int(n) < 0 || int(n) > limit {
		return 0, fmt.Errorf("index out of range: %d", n)
	}
	return int(n), nil
}
