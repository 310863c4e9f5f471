package graphql

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// unionTypes are the types of an attribute whose Go type is an interface: a
// union, of which each variant has an object type, an input of which one field
// is given, and the conditions of filters.
type unionTypes struct {
	of                    *resource.UnionType
	output, input, filter *typeDef
	tag                   *leaf // of the name of the variant
	variants              []*variantType
}

// variantType is one variant.
type variantType struct {
	is     *resource.Variant
	output *typeDef
	field  *fieldDef // of the input of the union
	input  *typeDef  // of its members; nil where the value itself is given
}

// unionLeaf is the leaf of a union, and makes its types once.
func (b *builder) unionLeaf(r *resource.Resource, a *resource.Attribute, owner string) *leaf {
	if l := b.unions[a.Union]; l != nil {
		return l
	}
	u := &unionTypes{of: a.Union, output: b.define("union", "", a.Union.TypeName(), owner+inflect.Pascal(a.JSON))}
	u.input = b.define("input", "Exactly one of the fields is given.", u.output.name+"Input")
	u.input.oneOf = true
	l := &leaf{name: u.output.name, coding: listed, union: u}
	b.unions[a.Union] = l
	u.tag = b.tagLeaf(u)
	for _, v := range a.Union.Variants {
		b.variant(r, u, v)
	}
	return l
}

// tagLeaf is the enum of the names of variants.
func (b *builder) tagLeaf(u *unionTypes) *leaf {
	texts := u.of.Names()
	values := constants(texts)
	if values == nil {
		return leaves["String"]
	}
	t := b.define("enum", "", u.output.name+inflect.Pascal(u.of.Discriminator))
	for i, text := range texts {
		t.values = append(t.values, enumValue{name: values[i], text: text})
	}
	return newEnum(t.name, texts, values)
}

// variant adds the types of a variant. Its object says which it is, too, so
// that none is without fields.
func (b *builder) variant(r *resource.Resource, u *unionTypes, is *resource.Variant) {
	v := &variantType{is: is, output: b.define("type", "", u.output.name+is.TypeName())}
	u.variants = append(u.variants, v)
	u.output.union = append(u.output.union, v.output.name)
	v.output.add(&fieldDef{name: inflect.Camel(u.of.Discriminator), typ: u.tag.name + "!", leaf: u.tag})
	v.field = &fieldDef{name: inflect.Camel(inflect.Snake(is.Name))}
	switch {
	case len(is.Object.Attributes) == 0:
		v.field.typ, v.field.description = "Boolean", "True chooses it."
	case is.Bare:
		in := &typeDef{names: newNames(), byName: map[string]*fieldDef{}} // in no schema
		b.members(r, is.Object, v.output, in)
		v.field.attr, v.field.leaf = is.Object.Attributes[0], in.fields[0].leaf
		v.field.typ = v.field.leaf.inputName()
	default:
		v.input = b.define("input", "", v.output.name+"Input")
		b.members(r, is.Object, v.output, v.input)
		v.field.typ = v.input.name
	}
	u.input.add(v.field)
}

// conditions are those of filters: on the variant, and whether there is a value.
func (b *builder) conditions(l *leaf) *typeDef {
	u := l.union
	if u.filter == nil {
		u.filter = b.define("input", "Conditions on a value; all of them must hold.", u.output.name+"Filter")
		tests := b.operatorType(u.tag)
		u.filter.add(&fieldDef{name: inflect.Camel(u.of.Discriminator), typ: tests.name, description: "The variant.", leaf: u.tag, tests: tests})
		for _, test := range b.operatorType(leaves["JSON"]).fields {
			own := *test
			u.filter.add(&own)
		}
	}
	return u.filter
}

// tagged reads the conditions on the variant of a union.
func (r *filterReader) tagged(attr *resource.Attribute, f *fieldDef, v any, path []*resource.Relationship, at []string) (expr.Node, error) {
	return r.operations(&fieldDef{attr: attr.Discriminator(), leaf: f.leaf, tests: f.tests}, v, path, append(slices.Clip(at), f.name))
}

// decode reads an object of which one field is given.
func (u *unionTypes) decode(attr *resource.Attribute, v any) (any, error) {
	given, _ := object(v)
	var chosen *variantType
	for _, variant := range u.variants {
		if _, ok := given[variant.field.name]; ok && chosen == nil {
			chosen = variant
		}
	}
	if chosen == nil || len(given) != 1 {
		return nil, wrong(attr, "oneof", "must have exactly one of: "+strings.Join(u.fieldNames(), ", "))
	}
	value, p := given[chosen.field.name], chosen.is.New()
	switch {
	case value == nil:
		return nil, wrong(attr, "null", chosen.field.name+" must not be null")
	case chosen.input != nil:
		members, ok := object(value)
		if !ok {
			return nil, wrong(attr, "type", chosen.field.name+" must be an object")
		}
		if issues := decodeMembers(attr, chosen.input.fields, members, p); len(issues) > 0 {
			return nil, &conga.Error{Kind: conga.Invalid, Issues: issues}
		}
	case chosen.field.leaf == nil:
		if value != true {
			return nil, wrong(attr, "type", chosen.field.name+" must be true")
		}
	default:
		member := *chosen.field
		if issues := decodeMembers(attr, []*fieldDef{&member}, given, p); len(issues) > 0 {
			return nil, &conga.Error{Kind: conga.Invalid, Issues: issues}
		}
	}
	return chosen.is.Value(p), nil
}

func (u *unionTypes) fieldNames() []string {
	out := make([]string, len(u.variants))
	for i, v := range u.variants {
		out[i] = v.field.name
	}
	return out
}

// variantWriter writes what is selected of the variant that a value is of.
func (q *query) variantWriter(u *unionTypes, set ast.SelectionSet) valueWriter {
	writers := make(map[*resource.Variant]valueWriter, len(u.variants))
	for _, v := range u.variants {
		members := q.membersWriter(v.output, set, u.output.name)
		writers[v.is] = func(dst []byte, value any) ([]byte, error) {
			return members(dst, v.is.Pointer(value), func(l *leaf, dst []byte) ([]byte, error) {
				return l.appendValue(dst, structs.Type{Kind: structs.String}, v.is.Name)
			})
		}
	}
	return func(dst []byte, value any) ([]byte, error) {
		write := writers[u.of.Of(value)]
		if write == nil { // nil, or of a type that the model does not know
			return wire.AppendNull(dst), nil
		}
		return write(dst, value)
	}
}
