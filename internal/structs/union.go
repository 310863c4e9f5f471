package structs

import (
	"fmt"
	"reflect"
	"sync"
)

// Unions are the interfaces of one application whose values are each of one
// of several types, told apart by name. Types that are bound to it know the
// variants of the interfaces within them. It is complete before it is read by
// several goroutines.
type Unions struct {
	byType map[reflect.Type]*Union
	bound  sync.Map // reflect.Type → *Struct whose fields are bound
}

// NewUnions has no variants yet.
func NewUnions() *Unions { return &Unions{byType: map[reflect.Type]*Union{}} }

// Union is one interface and its variants.
type Union struct {
	// Name is the Go name of the interface, with its package: "chat.Content".
	Name string
	// Named is the bare name: "Content".
	Named string
	// Discriminator is the member of a document that names its variant.
	Discriminator string
	// Variants are in declared order.
	Variants []*Variant

	unions *Unions
	byType map[reflect.Type]*Variant
}

// Variant is one of the types that a value may be of.
type Variant struct {
	// Name is the text of the discriminator.
	Name string
	// Type is that of the values, without a pointer.
	Type Type
	// Shape are the members of a document: the fields of a struct, or else
	// the value itself, called "value".
	Shape *Struct
	// Bare tells that the variant is no struct.
	Bare bool

	pointer bool // the values in the interface are pointers
}

// IsUnion reports whether the type is an interface with methods.
func (t Type) IsUnion() bool { return t.Kind == JSON && isUnion(t.goType) }

func isUnion(t reflect.Type) bool {
	return t != nil && t.Kind() == reflect.Interface && t.NumMethod() > 0
}

// Bind is t with the variants of the interfaces in it.
func (u *Unions) Bind(t Type) Type {
	if t.Kind == JSON {
		t.unions = u
	}
	return t
}

// Of is the union of the interface t, made where it is missing.
func (u *Unions) Of(t Type) *Union {
	out := u.byType[t.goType]
	if out == nil {
		out = &Union{Name: t.Name, Named: t.Named, Discriminator: "type", unions: u, byType: map[reflect.Type]*Variant{}}
		u.byType[t.goType] = out
	}
	return out
}

// TypeFor describes the type T.
func TypeFor[T any]() Type { return typeOf(reflect.TypeFor[T]()) }

// Union is the union that the type is bound to; nil for other types.
func (t Type) Union() *Union {
	if t.unions == nil || !t.IsUnion() {
		return nil
	}
	return t.unions.byType[t.goType]
}

// Dynamic is the type of v, not nil, a value of type t.
func (t Type) Dynamic(v any) Type {
	if t.unions == nil {
		return TypeOf(v)
	}
	return t.unions.Bind(TypeOf(v))
}

// describe is the description of a struct with bound fields.
func (u *Unions) describe(t reflect.Type) *Struct {
	if s, ok := u.bound.Load(t); ok {
		return s.(*Struct)
	}
	s := *describe(t)
	fields := make([]*Field, len(s.Fields))
	for i, f := range s.Fields {
		bound := *f
		bound.Type = u.Bind(f.Type)
		fields[i] = &bound
	}
	s.Fields = fields
	actual, _ := u.bound.LoadOrStore(t, &s)
	return actual.(*Struct)
}

// Add makes the type of v a variant. problem says why it cannot be one.
func (u *Union) Add(name string, v any) (problem string) {
	t := reflect.TypeOf(v)
	if t == nil {
		return "the value is nil: give an empty one of its type"
	}
	out := &Variant{Name: name, Type: u.unions.Bind(typeOf(t)), pointer: t.Kind() == reflect.Pointer}
	out.Type.Nullable = false
	t = out.Type.goType
	if u.byType[t] != nil {
		return t.String() + " is a variant already"
	}
	if out.Shape = u.unions.shape(out.Type); out.Shape == nil {
		return "values of type " + t.String() + " cannot be stored"
	}
	out.Bare = t.Kind() != reflect.Struct || out.Type.codec != nil || out.Type.Kind != JSON
	if !out.Bare && len(out.Shape.Faults) > 0 {
		return out.Shape.Faults[0].Field + ": " + out.Shape.Faults[0].Message
	}
	u.byType[t] = out
	u.Variants = append(u.Variants, out)
	return ""
}

// shape are the members of a variant of that type.
func (u *Unions) shape(t Type) *Struct {
	switch {
	case t.Kind == Invalid, t.goType.Kind() == reflect.Interface, t.Kind == JSON && ownJSON(t.goType):
		return nil
	case t.Kind == JSON && t.goType.Kind() == reflect.Struct && t.goType.Size() == 0:
		return &Struct{Name: bareName(t.goType), FullName: fullName(t.goType), goType: t.goType}
	case t.Kind == JSON && t.goType.Kind() == reflect.Struct:
		return u.describe(t.goType)
	}
	value := &Field{Name: "Value", Type: t}
	return &Struct{Name: bareName(t.goType), FullName: fullName(t.goType), goType: t.goType, Fields: []*Field{value}}
}

// Variant is the variant of that name, or nil.
func (u *Union) Variant(name string) *Variant {
	for _, v := range u.Variants {
		if v.Name == name {
			return v
		}
	}
	return nil
}

// Of is the variant that v is of. The error is for other types, and for pointers that are nil.
func (u *Union) Of(v any) (*Variant, error) {
	t := reflect.TypeOf(v)
	if t == nil || IsNil(v) {
		return nil, fmt.Errorf("no variant of %s is nil", u.Name)
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if out := u.byType[t]; out != nil {
		return out, nil
	}
	return nil, fmt.Errorf("%T is no variant of %s", v, u.Name)
}

// VariantOf is the name of the variant that v is of; ok is false for other types.
func (u *Union) VariantOf(v any) (name string, ok bool) {
	out, err := u.Of(v)
	if err != nil {
		return "", false
	}
	return out.Name, true
}

// DiscriminatorName is the member that names the variant.
func (u *Union) DiscriminatorName() string { return u.Discriminator }

// String is the name of the discriminator, as expressions print it.
func (u *Union) String() string { return u.Discriminator }

// Tidy is v as the variants are declared: a pointer or none. Values of other
// types come back as they are.
func (u *Union) Tidy(v any) any {
	out, err := u.Of(v)
	switch {
	case err != nil && IsNil(v):
		return nil
	case err != nil:
		return v
	}
	return out.Value(out.Pointer(v))
}

// New is a pointer to a new value, for the functions of the fields of Shape.
func (v *Variant) New() any { return reflect.New(v.Type.goType).Interface() }

// Pointer is such a pointer to what is in x, a value of the variant, or to a copy.
func (v *Variant) Pointer(x any) any {
	if reflect.TypeOf(x).Kind() == reflect.Pointer {
		return x
	}
	return Pointer(x)
}

// Value is what p, such a pointer, stands for in the interface.
func (v *Variant) Value(p any) any {
	if v.pointer {
		return p
	}
	return reflect.ValueOf(p).Elem().Interface()
}

// CanonicalOf is Canonical for a value of type V, which a union does not lose.
func CanonicalOf[V any](v V) any {
	if isUnion(reflect.TypeFor[V]()) {
		return any(v)
	}
	return Canonical(v)
}

// CanonicalAt is Canonical for what p, a pointer, points at.
func CanonicalAt(p, v any) any {
	if t := reflect.TypeOf(p); t != nil && t.Kind() == reflect.Pointer && isUnion(t.Elem()) {
		return v
	}
	return Canonical(v)
}
