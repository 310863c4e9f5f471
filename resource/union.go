package resource

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// UnionType describes an attribute whose Go type is an interface of the
// application: its value is of one of several types, of which its document
// tells the name.
type UnionType struct {
	// Name is the Go name of the interface.
	Name string
	// Discriminator is the member of a document that names its variant.
	Discriminator string
	// Variants are in declared order.
	Variants []*Variant

	is       *structs.Union
	at       string // the first field of its type, for faults
	declared string // where; empty without Union
}

// Variant is one of the types of a union.
type Variant struct {
	// Name is what documents call it.
	Name string
	// Object are its members. A variant that is no struct has one, "value".
	Object *Object
	// Bare tells that the variant is no struct.
	Bare bool

	is *structs.Variant
}

// Variant is the variant of that name, or nil.
func (u *UnionType) Variant(name string) *Variant {
	for _, v := range u.Variants {
		if v.Name == name {
			return v
		}
	}
	return nil
}

// Names are the names of the variants.
func (u *UnionType) Names() []string {
	out := make([]string, len(u.Variants))
	for i, v := range u.Variants {
		out[i] = v.Name
	}
	return out
}

// TypeName is the name for schemas: that of the Go type.
func (u *UnionType) TypeName() string { return typeName(u.Name[strings.LastIndexByte(u.Name, '.')+1:]) }

// TypeNames are the names of the variants for schemas, after a prefix.
func (u *UnionType) TypeNames(prefix string) []string {
	out := make([]string, len(u.Variants))
	for i, v := range u.Variants {
		out[i] = prefix + v.TypeName()
	}
	return out
}

// TypeName is the name for schemas: "ImageLink" for "image_link".
func (v *Variant) TypeName() string { return typeName(v.Name) }

func typeName(name string) string { return inflect.Pascal(inflect.Snake(name)) }

// Of is the variant that v, a value of the union, is of; nil for nil and for other types.
func (u *UnionType) Of(v any) *Variant {
	name, _ := u.is.VariantOf(v)
	return u.Variant(name)
}

// New is a pointer to a new value of the variant, for the functions of its members.
func (v *Variant) New() any { return v.is.New() }

// Pointer is such a pointer to what is in x, a value of the variant.
func (v *Variant) Pointer(x any) any { return v.is.Pointer(x) }

// Value is the value of the union that such a pointer stands for.
func (v *Variant) Value(p any) any { return v.is.Value(p) }

// UnionBuilder declares the variants of a union.
type UnionBuilder[U any] struct{ u *unionBuilder }

// unionBuilder is a UnionBuilder without its type parameter.
type unionBuilder struct {
	d *declaration
	u *UnionType
}

// Union declares the variants of the interface U, for all attributes,
// arguments and members of documents of that type: a value is of one of their
// types.
//
//	resource.Union[Content](r).Variant("text", Text{}).Variant("image", Image{})
//
// The fields of a variant that is a struct are members of its document, beside
// one that names it: {"type": "image", "url": "…"}. Any other variant is a
// member called "value". An interface has one declaration in an application.
func Union[U, P any](r *BuilderOf[P]) *UnionBuilder[U] {
	return &UnionBuilder[U]{r.d.union(structs.TypeFor[U]())}
}

func (d *declaration) union(t structs.Type) *unionBuilder {
	b := &unionBuilder{d: d, u: &UnionType{Name: t.Name}}
	if !t.IsUnion() {
		d.fault(codeUnion, "", "a union is an interface with methods, and "+t.Name+" is none",
			"declare one that its variants implement: type Content interface{ content() }")
		b.u.is = structs.NewUnions().Of(t)
		return b
	}
	b.u = d.c.union(t, d.res.label())
	if b.u.declared != "" {
		d.fault(codeUnion, "", "the variants of "+t.Name+" are declared at "+b.u.declared+" already", "declare them once in an application")
		b.u = &UnionType{Name: t.Name, is: structs.NewUnions().Of(t)}
		return b
	}
	b.u.declared = where()
	return b
}

// Variant adds a variant with the name that documents call it by. The value is
// an empty one of its type.
func (b *UnionBuilder[U]) Variant(name string, empty U) *UnionBuilder[U] {
	b.u.variant(name, empty)
	return b
}

func (b *unionBuilder) variant(name string, empty any) {
	switch {
	case !plainName.MatchString(name):
		b.d.fault(codeUnion, "", "a variant of "+b.u.Name+" cannot be called "+strconv.Quote(name), "use letters, digits and underscores")
	case b.u.is.Variant(name) != nil:
		b.d.fault(codeUnion, "", "two variants of "+b.u.Name+" are called "+strconv.Quote(name), "")
	default:
		for _, other := range b.u.is.Variants {
			if typeName(other.Name) == typeName(name) {
				b.d.fault(codeUnion, "", fmt.Sprintf("the variants %q and %q of %s have one name in GraphQL", other.Name, name, b.u.Name), "")
			}
		}
		if problem := b.u.is.Add(name, empty); problem != "" {
			b.d.fault(codeUnion, "", "variant "+strconv.Quote(name)+" of "+b.u.Name+": "+problem, "")
		}
	}
}

// Discriminator names the member that tells the variant; "type" is usual.
func (b *UnionBuilder[U]) Discriminator(name string) *UnionBuilder[U] {
	b.u.discriminator(name)
	return b
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (b *unionBuilder) discriminator(name string) {
	if !plainName.MatchString(name) {
		b.d.fault(codeUnion, "", "a discriminator called "+strconv.Quote(name)+" cannot be in all documents", "use letters, digits and underscores")
		return
	}
	b.u.is.Discriminator = name
}

// union is the union of the interface, first met at a place.
func (c *compiler) union(t structs.Type, at string) *UnionType {
	is := c.types.Of(t)
	for _, u := range c.unions {
		if u.is == is {
			return u
		}
	}
	u := &UnionType{Name: t.Name, is: is, at: at}
	c.unions = append(c.unions, u)
	return u
}

// completeUnions describes the variants, when all are declared. They may have
// further unions in them.
func (c *compiler) completeUnions(sound bool) {
	for i := 0; i < len(c.unions); i++ {
		u := c.unions[i]
		u.Discriminator = u.is.Discriminator
		switch {
		case u.declared == "" && !sound: // by a resource that has faults, perhaps
			continue
		case u.declared == "":
			c.fault(codeUnion, u.at, "nobody knows which types a value of "+u.Name+" may have",
				"call resource.Union["+u.is.Named+"](r) in Define, and name its variants")
			continue
		case len(u.is.Variants) == 0:
			c.faults = append(c.faults, Diagnostic{Code: codeUnion, Where: u.declared, Field: u.at, Message: "the union " + u.Name + " has no variants"})
		}
		for _, is := range u.is.Variants {
			v := &Variant{Name: is.Name, Bare: is.Bare, is: is, Object: c.object(is.Shape, u.Name+"."+is.Shape.Name)}
			if v.Object.Attribute(u.Discriminator) != nil {
				c.faults = append(c.faults, Diagnostic{Code: codeUnion, Where: u.declared, Field: u.at,
					Message: fmt.Sprintf("the variant %q has a member %q, which names the variant", v.Name, u.Discriminator),
					Hint:    "rename it by a json tag, or choose another Discriminator"})
			}
			u.Variants = append(u.Variants, v)
		}
	}
}

// Discriminator is what filters see of the attribute, a union: a text, the
// name of the variant. Its Reference is the expression for it.
func (a *Attribute) Discriminator() *Attribute {
	return &Attribute{
		Name: a.Name, JSON: a.Union.Discriminator, GraphQL: inflect.Camel(a.Union.Discriminator), Private: a.Private, Index: a.Index,
		Type: structs.Type{Kind: structs.String, Name: "string", Nullable: true}, Enum: a.Union.Names(), Required: a.Required, of: a,
		NoFilter: a.NoFilter, NoSort: a.NoSort, Compute: a.Compute, Sensitive: a.Sensitive,
	}
}

// IsDiscriminator reports whether the attribute was made by Discriminator.
func (a *Attribute) IsDiscriminator() bool { return a.of != nil }

// Reference is the expression for the value of the attribute in records to
// which the path leads.
func (a *Attribute) Reference(path []string) expr.Node {
	field := expr.Field{Path: path, Name: a.Name, Args: a.given}
	if a.of == nil {
		return field
	}
	field.Args = a.of.given
	return expr.Call{Op: expr.OpVariant, Args: []expr.Node{field, expr.Literal{Value: a.of.Union.is}}}
}

// checkVariant runs the rules of the variant that the value is of.
func (a *Attribute) checkVariant(v *validator.Validate, value any) []Issue {
	variant := a.Union.Of(value)
	p := variant.Pointer(value)
	if !variant.Bare {
		if len(variant.Object.Attributes) == 0 {
			return nil
		}
		return a.issues(v.Struct(p), true)
	}
	member := variant.Object.Attributes[0]
	out := member.check(v, member.Get(p))
	for i := range out {
		out[i].Path = append([]string{a.JSON}, out[i].Path...)
	}
	return out
}

// variant resolves the question for the variant of an attribute.
func (r *resolver) variant(c expr.Call) (expr.Node, error) {
	field, ok := c.Args[0].(expr.Field)
	if !ok {
		return nil, errors.New("a variant is asked of what is no field: was the probe copied?")
	}
	at := follow(r.scopes[len(r.scopes)-1-field.Up].resource, field.Path)
	a := at.Attribute(field.Name)
	if a.Union == nil {
		return nil, fmt.Errorf("%s.%s is no union, so it has no variants", at.Name, a.Name)
	}
	return expr.Call{Op: expr.OpVariant, Args: []expr.Node{field, expr.Literal{Value: a.Union.is}}}, nil
}

// named checks the names that variants are compared with: at once, or when all
// are declared.
func (r *resolver) named(c expr.Call) error {
	left, ok := c.Args[0].(expr.Call)
	if !ok || left.Op != expr.OpVariant {
		return nil
	}
	is, ok := left.Args[1].(expr.Literal).Value.(*structs.Union)
	if !ok {
		return nil
	}
	var names []string
	for _, arg := range c.Args[1:] {
		switch x := arg.(type) {
		case expr.Literal:
			if text, ok := x.Value.(string); ok {
				names = append(names, text)
			}
		case expr.List:
			for _, v := range x.Values {
				if text, ok := v.(string); ok {
					names = append(names, text)
				}
			}
		}
	}
	if r.naming != nil {
		r.naming(is, names)
		return nil
	}
	return nameless(is, names)
}

// nameless is the error for the first name that no variant has.
func nameless(is *structs.Union, names []string) error {
	for _, name := range names {
		if is.Variant(name) != nil {
			continue
		}
		var all []string
		for _, v := range is.Variants {
			all = append(all, strconv.Quote(v.Name))
		}
		return fmt.Errorf("%s has no variant %q, but %s", is.Name, name, strings.Join(all, ", "))
	}
	return nil
}

// naming is a comparison of a variant in a declaration.
type naming struct {
	is           *structs.Union
	names        []string
	where, label string
}

// checkNaming refuses names that no variant has.
func (c *compiler) checkNaming() {
	for _, n := range c.naming {
		if err := nameless(n.is, n.names); err != nil {
			c.faults = append(c.faults, Diagnostic{Code: codeUnion, Where: n.where, Field: n.label, Message: err.Error()})
		}
	}
}
