package structs

import (
	"reflect"
	"strings"
	"sync"
)

// Struct describes a struct type.
type Struct struct {
	// Name is the bare Go name ("Message"), Package the last element of the
	// import path ("chat"), FullName both with the whole path.
	Name, Package, FullName string
	// Fields are the exported fields in declared order; the fields of
	// embedded structs stand in the place of the embedded struct.
	Fields []*Field
	// Faults are what stops the type from being used, one message a field.
	Faults []Fault

	goType reflect.Type
	hidden []int // the field of type Hidden; nil without one
}

// Fault is a field that cannot be used, and why.
type Fault struct{ Field, Message string }

// Of describes T, which must be a struct; otherwise the result has one fault and no fields.
func Of[T any]() *Struct { return describe(reflect.TypeFor[T]()) }

// OfValue describes the struct that v is or points at.
func OfValue(v any) *Struct {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return describe(t)
}

// cache keeps descriptions: they depend on the type alone.
var cache sync.Map // reflect.Type → *Struct

func describe(t reflect.Type) *Struct {
	if s, ok := cache.Load(t); ok {
		return s.(*Struct)
	}
	s := &Struct{Name: bareName(t), FullName: fullName(t), goType: t}
	s.Package = t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
	switch {
	case t.Kind() != reflect.Struct:
		s.fault("", "type "+t.String()+" is no struct")
	case t.Size() == 0:
		s.fault("", "type "+t.String()+" has no fields with a size")
	default:
		s.walk(t, nil)
	}
	actual, _ := cache.LoadOrStore(t, s)
	return actual.(*Struct)
}

func bareName(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return name
}

func fullName(t reflect.Type) string { return t.PkgPath() + "." + t.Name() }

func (s *Struct) fault(field, message string) {
	s.Faults = append(s.Faults, Fault{field, message})
}

func (s *Struct) walk(t reflect.Type, at []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		index := append(append([]int(nil), at...), i)
		tags := parseTags(sf.Tag)
		switch {
		case sf.Type == hiddenType && sf.IsExported():
			if s.hidden != nil {
				s.fault(sf.Name, "there are two fields of type Hidden")
			}
			s.hidden = index
			continue
		case sf.Anonymous && sf.Type.Kind() == reflect.Struct && tags["conga"] == "" && typeOf(sf.Type).Kind == JSON:
			s.walk(sf.Type, index)
			continue
		case sf.Anonymous && sf.Type.Kind() == reflect.Pointer:
			s.fault(sf.Name, "an embedded pointer may be nil: embed the struct itself")
			continue
		case !sf.IsExported():
			if _, tagged := tags["conga"]; tagged {
				s.fault(sf.Name, "the field is unexported, so Conga cannot reach it")
			}
			continue
		case tags["conga"] == "-":
			continue
		case sf.Type.Size() == 0:
			s.fault(sf.Name, "the field has no size, so pointers to it are ambiguous")
			continue
		}
		f := &Field{Name: sf.Name, Tags: tags, index: index, Type: typeOf(sf.Type)}
		f.Role, f.related = roleOf(sf.Type, tags["conga"])
		if f.Role == Column && f.Type.Kind == Invalid {
			s.fault(sf.Name, "type "+sf.Type.String()+" cannot be stored")
			continue
		}
		s.Fields = append(s.Fields, f)
	}
}

// roleOf tells relationships: a pointer to, or a slice of, a struct that is a
// resource (it has a Define method) or that the tag calls related.
func roleOf(t reflect.Type, tag string) (Role, reflect.Type) {
	first, _, _ := strings.Cut(tag, ",")
	switch t.Kind() {
	case reflect.Pointer:
		if e := t.Elem(); e.Kind() == reflect.Struct && (first == "belongs_to" || first == "has_one" || isResource(e)) {
			return One, e
		}
	case reflect.Slice:
		if e := t.Elem(); e.Kind() == reflect.Struct && (first == "has_many" || first == "many_to_many" || isResource(e)) {
			return Many, e
		}
	}
	return Column, nil
}

func isResource(t reflect.Type) bool {
	_, ok := reflect.PointerTo(t).MethodByName("Define")
	return ok
}

func parseTags(tag reflect.StructTag) map[string]string {
	out := map[string]string{}
	for _, key := range []string{"conga", "validate", "json", "doc"} {
		if v, ok := tag.Lookup(key); ok {
			out[key] = v
		}
	}
	return out
}

// New is a pointer to a new zero struct.
func (s *Struct) New() any { return reflect.New(s.goType).Interface() }

// Is reports whether rec is a pointer to this struct.
func (s *Struct) Is(rec any) bool {
	t := reflect.TypeOf(rec)
	return t != nil && t.Kind() == reflect.Pointer && t.Elem() == s.goType
}

// Field is the field of that Go name, or nil.
func (s *Struct) Field(name string) *Field {
	for _, f := range s.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Clone is a pointer to a shallow copy of what rec points at.
func Clone(rec any) any {
	v := reflect.ValueOf(rec).Elem()
	c := reflect.New(v.Type())
	c.Elem().Set(v)
	return c.Interface()
}

// Size is the number of bytes of a value of T.
func Size[T any]() uintptr { return reflect.TypeFor[T]().Size() }
