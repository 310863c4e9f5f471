package structs

import (
	"reflect"
	"strings"
)

// Hidden are the fields of a record that were left out of it, because the
// actor may not see them. A record holds it in a field of its own; it is
// empty in records that nobody read on behalf of an actor.
type Hidden struct {
	names string // each with a comma on both sides
}

// Has reports whether the field of that Go name was left out.
func (h Hidden) Has(name string) bool { return strings.Contains(h.names, ","+name+",") }

// Any reports whether something was left out.
func (h Hidden) Any() bool { return h.names != "" }

// String is the names of the fields, with commas between them.
func (h Hidden) String() string { return strings.Trim(h.names, ",") }

var hiddenType = reflect.TypeFor[Hidden]()

// Hides reports whether the struct has a field of type Hidden.
func (s *Struct) Hides() bool { return s.hidden != nil }

// Hidden is what rec, a pointer to the struct, holds of that type.
func (s *Struct) Hidden(rec any) Hidden {
	if s.hidden == nil {
		return Hidden{}
	}
	return reflect.ValueOf(rec).Elem().FieldByIndex(s.hidden).Interface().(Hidden)
}

// Hide notes in rec that the fields of these names were left out.
func (s *Struct) Hide(rec any, names []string) {
	if s.hidden == nil || len(names) == 0 {
		return
	}
	h := Hidden{"," + strings.Join(names, ",") + ","}
	reflect.ValueOf(rec).Elem().FieldByIndex(s.hidden).Set(reflect.ValueOf(h))
}
