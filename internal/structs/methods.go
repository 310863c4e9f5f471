package structs

import "reflect"

// Method is an exported method, with its function.
type Method struct {
	// Name is the method's Go name.
	Name string
	// Func is the method as a function whose first argument is the receiver, say func(*T, int) error. A caller that
	// knows the receiver's type turns it by a type switch into a function that is called without reflection.
	Func any
}

// Methods returns the exported methods of T, ordered by name. For those with a pointer receiver T must be the pointer.
// An interface type has none here: there is nothing to call.
func Methods[T any]() []Method {
	t := reflect.TypeFor[T]()
	if t.Kind() == reflect.Interface {
		return nil
	}
	methods := make([]Method, t.NumMethod())
	for i := range methods {
		m := t.Method(i)
		methods[i] = Method{Name: m.Name, Func: m.Func.Interface()}
	}
	return methods
}

// Getter returns a function that reads the field of T with the given Go name, found the way a selector finds it, and
// whether there is one. T is a struct or a pointer to one; the getter returns nil for a field behind a nil pointer.
func Getter[T any](name string) (get func(T) any, ok bool) {
	t := reflect.TypeFor[T]()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil, false
	}
	field, ok := t.FieldByName(name)
	if !ok || !field.IsExported() {
		return nil, false
	}
	return func(v T) any {
		rv := reflect.ValueOf(v)
		if rv.Kind() == reflect.Pointer {
			if rv.IsNil() {
				return nil
			}
			rv = rv.Elem()
		}
		f, err := rv.FieldByIndexErr(field.Index)
		if err != nil {
			return nil
		}
		return f.Interface()
	}, true
}

// TypeName returns the name of T with its package, without a pointer's star, for messages.
func TypeName[T any]() string {
	t := reflect.TypeFor[T]()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.String()
}
