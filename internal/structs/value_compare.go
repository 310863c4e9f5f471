package structs

import (
	"errors"
	"fmt"
	"reflect"
)

var (
	errBadComparison = errors.New("invalid type for comparison")
	errNoComparison  = errors.New("missing argument for comparison")
)

// kindClass groups the kinds that templates compare with each other.
type kindClass uint8

const (
	otherClass kindClass = iota
	boolClass
	complexClass
	intClass
	floatClass
	stringClass
	uintClass
)

func classOf(v reflect.Value) kindClass {
	switch k := v.Kind(); {
	case k == reflect.Bool:
		return boolClass
	case k >= reflect.Int && k <= reflect.Int64:
		return intClass
	case k >= reflect.Uint && k <= reflect.Uintptr:
		return uintClass
	case k == reflect.Float32, k == reflect.Float64:
		return floatClass
	case k == reflect.Complex64, k == reflect.Complex128:
		return complexClass
	case k == reflect.String:
		return stringClass
	}
	return otherClass
}

// EqualAny reports whether v equals one of the arguments from index from on,
// as the template function "eq".
func (v Value) EqualAny(args *Args, from int) (bool, error) {
	if from >= args.Len() {
		return false, errNoComparison
	}
	a := valueInside(v.v)
	for _, b := range args.vs[from:] {
		if equal, err := equalValues(a, valueInside(b)); equal || err != nil {
			return equal, err
		}
	}
	return false, nil
}

// Equal reports whether a and b are equal, as the template function "eq".
func Equal(a, b Value) (bool, error) { return equalValues(valueInside(a.v), valueInside(b.v)) }

func equalValues(a, b reflect.Value) (bool, error) {
	ka, kb := classOf(a), classOf(b)
	if ka != kb {
		switch {
		case ka == intClass && kb == uintClass:
			return a.Int() >= 0 && uint64(a.Int()) == b.Uint(), nil
		case ka == uintClass && kb == intClass:
			return b.Int() >= 0 && a.Uint() == uint64(b.Int()), nil
		case a.IsValid() && b.IsValid():
			return false, fmt.Errorf("incompatible types for comparison: %v and %v", a.Type(), b.Type())
		}
		return false, nil
	}
	switch ka {
	case boolClass:
		return a.Bool() == b.Bool(), nil
	case complexClass:
		return a.Complex() == b.Complex(), nil
	case floatClass:
		return a.Float() == b.Float(), nil
	case intClass:
		return a.Int() == b.Int(), nil
	case stringClass:
		return a.String() == b.String(), nil
	case uintClass:
		return a.Uint() == b.Uint(), nil
	}
	return equalOthers(a, b)
}

func equalOthers(a, b reflect.Value) (bool, error) {
	if a.IsValid() && b.IsValid() && a.Kind() != b.Kind() {
		return false, fmt.Errorf("non-comparable types %s and %s", a.Type(), b.Type())
	}
	if isNil(a) || isNil(b) {
		return isNil(a) == isNil(b), nil
	}
	if !b.Type().Comparable() {
		return false, fmt.Errorf("non-comparable type %s", b.Type())
	}
	if a.Type() != b.Type() {
		return false, nil
	}
	if !a.Comparable() || !b.Comparable() {
		return false, fmt.Errorf("non-comparable value of type %s", b.Type())
	}
	return a.Interface() == b.Interface(), nil
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Chan, reflect.Func, reflect.Interface, reflect.Map, reflect.Pointer, reflect.Slice:
		return v.IsNil()
	}
	return false
}

// Less reports whether a is less than b, as the template function "lt".
func Less(a, b Value) (bool, error) {
	x, y := valueInside(a.v), valueInside(b.v)
	kx, ky := classOf(x), classOf(y)
	if kx == otherClass || ky == otherClass {
		return false, errBadComparison
	}
	if kx != ky {
		switch {
		case kx == intClass && ky == uintClass:
			return x.Int() < 0 || uint64(x.Int()) < y.Uint(), nil
		case kx == uintClass && ky == intClass:
			return y.Int() >= 0 && x.Uint() < uint64(y.Int()), nil
		}
		return false, fmt.Errorf("incompatible types for comparison: %v and %v", x.Type(), y.Type())
	}
	switch kx {
	case floatClass:
		return x.Float() < y.Float(), nil
	case intClass:
		return x.Int() < y.Int(), nil
	case stringClass:
		return x.String() < y.String(), nil
	case uintClass:
		return x.Uint() < y.Uint(), nil
	}
	return false, errBadComparison
}
