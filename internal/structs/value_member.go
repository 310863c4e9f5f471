package structs

import (
	"errors"
	"fmt"
	"reflect"
)

// Member looks name up on v as text/template does: a method (of the value or,
// when it is addressable, of its pointer), a field of a struct, or a key of a
// map with string keys. A method is returned as a bound function.
func (v Value) Member(name string) (member Value, method bool, err error) {
	if !v.v.IsValid() {
		return Value{}, false, nil
	}
	typ := v.v.Type()
	recv, isNil := valueTarget(v.v)
	if recv.Kind() == reflect.Interface && isNil {
		return Value{}, false, fmt.Errorf("nil pointer evaluating %s.%s", typ, name)
	}
	ptr := recv
	if k := ptr.Kind(); k != reflect.Interface && k != reflect.Pointer && ptr.CanAddr() {
		ptr = ptr.Addr()
	}
	if m := ptr.MethodByName(name); m.IsValid() {
		return Value{m}, true, nil
	}
	switch recv.Kind() {
	case reflect.Struct:
		if f, ok := recv.Type().FieldByName(name); ok {
			if !f.IsExported() {
				return Value{}, false, fmt.Errorf("%s is an unexported field of struct type %s", name, typ)
			}
			x, err := recv.FieldByIndexErr(f.Index)
			return Value{x}, false, err
		}
	case reflect.Map:
		if stringType.AssignableTo(recv.Type().Key()) {
			return Value{recv.MapIndex(reflect.ValueOf(name))}, false, nil
		}
	case reflect.Pointer:
		if isNil {
			return Value{}, false, fmt.Errorf("nil pointer evaluating %s.%s", typ, name)
		}
	}
	return Value{}, false, fmt.Errorf("can't evaluate field %s in type %s", name, typ)
}

// Member is a field or method of a known type, found once and read often.
type Member struct {
	// Type is the field's type or the method's first result type. It is
	// unknown where values may be absent, as in a map.
	Type ValueType
	// Hint is the type to check further names against. It equals Type, save
	// for a map, where Type is unknown.
	Hint ValueType
	// Method tells a method from a field.
	Method bool

	name   string
	steps  []memberStep
	index  int // of the method in the method set of recv
	recv   reflect.Type
	typ    reflect.Type
	depth  int // pointers to follow before the steps
	direct bool
}

type memberStep struct {
	index int
	deref bool // the field is an embedded pointer that the next step passes
}

// Member finds name on the type t. It reports false when t has no such
// member; for a type that is not known it always does.
func (t ValueType) Member(name string) (Member, bool) {
	if !t.Known() {
		return Member{}, false
	}
	m := Member{name: name, typ: t.t}
	base := t.t
	for base.Kind() == reflect.Pointer {
		base = base.Elem()
		m.depth++
	}
	if base.Kind() == reflect.Interface {
		return Member{}, false
	}
	ptr := reflect.PointerTo(base)
	if f, ok := ptr.MethodByName(name); ok {
		m.Method = true
		m.recv, m.index = ptr, f.Index
		if v, ok := base.MethodByName(name); ok {
			m.direct = true
			m.recv, m.index = base, v.Index
		}
		if f.Type.NumOut() > 0 {
			m.Type = ValueType{f.Type.Out(0)}
			m.Hint = m.Type
		}
		return m, true
	}
	switch base.Kind() {
	case reflect.Struct:
		f, ok := base.FieldByName(name)
		if !ok || !f.IsExported() {
			return Member{}, false
		}
		m.Type, m.Hint = ValueType{f.Type}, ValueType{f.Type}
		m.steps = memberSteps(base, f.Index)
		return m, true
	case reflect.Map:
		if !stringType.AssignableTo(base.Key()) {
			return Member{}, false
		}
		m.Hint = ValueType{base.Elem()}
		return m, true
	}
	return Member{}, false
}

func memberSteps(t reflect.Type, index []int) []memberStep {
	var steps []memberStep
	for i, x := range index {
		t = t.Field(x).Type
		s := memberStep{index: x, deref: i < len(index)-1 && t.Kind() == reflect.Pointer}
		if s.deref {
			t = t.Elem()
		}
		steps = append(steps, s)
	}
	return steps
}

// Field reports whether the member is a plain field of a struct.
func (m *Member) Field() bool { return m.steps != nil }

// Get reads the field from v, which must be of the type m was found on.
func (m *Member) Get(v Value) (Value, error) {
	x := v.v
	for range m.depth {
		if x.IsNil() {
			return Value{}, fmt.Errorf("nil pointer evaluating %s.%s", m.typ, m.name)
		}
		x = x.Elem()
	}
	if m.steps == nil {
		return Value{x.MapIndex(reflect.ValueOf(m.name))}, nil
	}
	for _, s := range m.steps {
		x = x.Field(s.index)
		if s.deref {
			if x.IsNil() {
				return Value{}, errEmbeddedNil
			}
			x = x.Elem()
		}
	}
	return Value{x}, nil
}

var errEmbeddedNil = errors.New("nil pointer to embedded struct")

// Bind returns the method m bound to v, which must be of the type m was found on.
func (m *Member) Bind(v Value) (Value, error) {
	x := v.v
	for i := range m.depth {
		if x.IsNil() {
			if i == m.depth-1 { // a method may well accept a nil receiver
				return Value{x.MethodByName(m.name)}, nil
			}
			return Value{}, fmt.Errorf("nil pointer evaluating %s.%s", m.typ, m.name)
		}
		x = x.Elem()
	}
	switch {
	case m.direct && m.recv.Kind() != reflect.Interface:
		return Value{x.Method(m.index)}, nil
	case x.CanAddr():
		return Value{x.Addr().Method(m.index)}, nil
	}
	return Value{}, fmt.Errorf("can't evaluate field %s in type %s", m.name, m.typ)
}
