package structs

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
)

// Items tells whether v, its pointers followed, is a slice or an array: then
// its items can be read with Item, without a call per item.
func (v Value) Items() (items Value, ok bool) {
	x, _ := valueTarget(v.v)
	k := x.Kind()
	return Value{x}, k == reflect.Slice || k == reflect.Array
}

// Len returns the length of a slice or array.
func (v Value) Len() int { return v.v.Len() }

// Item returns item i of a slice or array.
func (v Value) Item(i int) Value { return Value{v.v.Index(i)} }

// Range calls yield for what v holds, as a template range does: over arrays,
// slices, maps in the order of their keys, channels until they are closed,
// integers and iterators. pair tells that the range declares two variables.
// It stops early when yield returns false. It returns how often it called
// yield, and an error when v cannot be iterated.
func (v Value) Range(pair bool, yield func(key, elem Value) bool) (int, error) {
	x, _ := valueTarget(v.v)
	switch k := x.Kind(); {
	case k == reflect.Invalid:
		return 0, nil
	case integer(k):
		if pair {
			return 0, fmt.Errorf("can't use %v to iterate over more than one variable", x)
		}
		return rangeSeq(x, yield), nil
	case k == reflect.Slice, k == reflect.Array:
		n := 0
		for ; n < x.Len(); n++ {
			if !yield(Value{reflect.ValueOf(n)}, Value{x.Index(n)}) {
				return n + 1, nil
			}
		}
		return n, nil
	case k == reflect.Map:
		return rangeMap(x, yield), nil
	case k == reflect.Chan:
		return rangeChan(x, yield)
	case k == reflect.Func && x.IsNil():
		return 0, fmt.Errorf("range can't iterate over a nil %s", x.Type())
	case k == reflect.Func && x.Type().CanSeq():
		if pair {
			return 0, fmt.Errorf("can't use %v iterate over more than one variable", x)
		}
		return rangeSeq(x, yield), nil
	case k == reflect.Func && x.Type().CanSeq2():
		n := 0
		for key, elem := range x.Seq2() {
			n++
			if !pair {
				key, elem = reflect.Value{}, key
			}
			if !yield(Value{key}, Value{elem}) {
				break
			}
		}
		return n, nil
	}
	return 0, fmt.Errorf("range can't iterate over %v", x)
}

func rangeSeq(x reflect.Value, yield func(key, elem Value) bool) int {
	n := 0
	for elem := range x.Seq() {
		n++
		if !yield(Value{}, Value{elem}) {
			break
		}
	}
	return n
}

func rangeMap(x reflect.Value, yield func(key, elem Value) bool) int {
	type entry struct{ key, elem reflect.Value }
	entries := make([]entry, 0, x.Len())
	for it := x.MapRange(); it.Next(); {
		entries = append(entries, entry{it.Key(), it.Value()})
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return compareKeys(a.key, b.key) })
	for i, e := range entries {
		if !yield(Value{e.key}, Value{e.elem}) {
			return i + 1
		}
	}
	return len(entries)
}

func rangeChan(x reflect.Value, yield func(key, elem Value) bool) (int, error) {
	if x.IsNil() {
		return 0, nil
	}
	if x.Type().ChanDir() == reflect.SendDir {
		return 0, fmt.Errorf("range over send-only channel %v", x)
	}
	for n := 0; ; n++ {
		elem, ok := x.Recv()
		if !ok {
			return n, nil
		}
		if !yield(Value{reflect.ValueOf(n)}, Value{elem}) {
			return n + 1, nil
		}
	}
}

// compareKeys orders the keys of a map as package fmt does when it prints one.
func compareKeys(a, b reflect.Value) int {
	if a.Type() != b.Type() {
		return -1
	}
	switch a.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return cmp.Compare(a.Int(), b.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return cmp.Compare(a.Uint(), b.Uint())
	case reflect.String:
		return cmp.Compare(a.String(), b.String())
	case reflect.Float32, reflect.Float64:
		return cmp.Compare(a.Float(), b.Float())
	case reflect.Complex64, reflect.Complex128:
		x, y := a.Complex(), b.Complex()
		return cmp.Or(cmp.Compare(real(x), real(y)), cmp.Compare(imag(x), imag(y)))
	case reflect.Bool:
		switch {
		case a.Bool() == b.Bool():
			return 0
		case a.Bool():
			return 1
		}
		return -1
	case reflect.Pointer, reflect.UnsafePointer, reflect.Chan:
		return cmp.Compare(a.Pointer(), b.Pointer())
	case reflect.Struct:
		for i := range a.NumField() {
			if c := compareKeys(a.Field(i), b.Field(i)); c != 0 {
				return c
			}
		}
		return 0
	case reflect.Array:
		for i := range a.Len() {
			if c := compareKeys(a.Index(i), b.Index(i)); c != 0 {
				return c
			}
		}
		return 0
	case reflect.Interface:
		return compareInterfaces(a, b)
	}
	return 0
}

func compareInterfaces(a, b reflect.Value) int {
	switch {
	case a.IsNil() && b.IsNil():
		return 0
	case a.IsNil():
		return -1
	case b.IsNil():
		return 1
	}
	// As in fmt: first by the identity of the type, then by value.
	ta, tb := reflect.ValueOf(a.Elem().Type()), reflect.ValueOf(b.Elem().Type())
	if c := compareKeys(ta, tb); c != 0 {
		return c
	}
	return compareKeys(a.Elem(), b.Elem())
}
