package rest

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/resource"
)

// union is the schema of a union: a component that has one for each variant,
// since a discriminator leads to components alone.
func (d *document) union(u *resource.UnionType, input bool) *openapi3.SchemaRef {
	if name := d.unions[input][u]; name != "" {
		return schemaRef(name)
	}
	base, suffix := d.unionName(u), ""
	if input {
		suffix = "Input"
	}
	d.unions[input][u] = base + suffix // before its variants, which may lead back
	s := &openapi3.Schema{Discriminator: &openapi3.Discriminator{PropertyName: u.Discriminator, Mapping: map[string]openapi3.MappingRef{}}}
	d.doc.Components.Schemas[base+suffix] = s.NewRef()
	for _, v := range u.Variants {
		name := base + v.TypeName() + suffix
		ref := schemaRef(name)
		d.doc.Components.Schemas[name] = d.variant(u, v, input).NewRef()
		s.OneOf = append(s.OneOf, ref)
		s.Discriminator.Mapping[v.Name] = openapi3.MappingRef{Ref: ref.Ref}
	}
	return schemaRef(base + suffix)
}

// variant is the schema of one variant.
func (d *document) variant(u *resource.UnionType, v *resource.Variant, input bool) *openapi3.Schema {
	s := openapi3.NewObjectSchema()
	if input {
		s = s.WithoutAdditionalProperties()
	}
	s.Title = v.Name
	s.Required = []string{u.Discriminator}
	if v.Bare {
		s.Required = append(s.Required, v.Object.Attributes[0].JSON)
	}
	s.WithProperty(u.Discriminator, openapi3.NewStringSchema().WithEnum(v.Name))
	documentSchemas{of: d, input: input}.members(s, v.Object)
	return s
}

// unionName is what the names of a union's components begin with: those that
// a resource or anything of its actions has are left to these.
func (d *document) unionName(u *resource.UnionType) string {
	name := u.TypeName()
	for d.taken(u, name) {
		name += "Union"
	}
	return name
}

func (d *document) taken(u *resource.UnionType, name string) bool {
	names := map[string]bool{}
	for _, n := range append(u.TypeNames(name), name) {
		names[n], names[n+"Input"] = true, true
	}
	for input, unions := range d.unions {
		for other, at := range unions {
			if input {
				at = strings.TrimSuffix(at, "Input")
			}
			for _, n := range append(other.TypeNames(at), at) {
				if other != u && (names[n] || names[n+"Input"]) {
					return true
				}
			}
		}
	}
	for n := range names {
		if d.fixed(n) {
			return true
		}
	}
	return false
}

// fixed reports whether a component of that name is about something else than
// a union, now or later.
func (d *document) fixed(name string) bool {
	for _, r := range d.h.app.Registry().Resources {
		if name == r.Name || name == r.Name+"List" {
			return true
		}
		for _, a := range r.Actions {
			rest, ok := strings.CutPrefix(name, r.Name+inflect.Pascal(a.Name))
			if ok && (rest == "Input" || rest == "Result" || rest == "Groups" || rest == "Change" || rest == "Meta") {
				return true
			}
			for _, m := range a.Managed {
				if name == m.Name+"Input" {
					return true
				}
			}
		}
	}
	return name == "Problem" || name == "Page" || name == "Refusal" || strings.HasPrefix(name, "JSONAPI")
}

// property gives an object a member: a reference where that says all.
func property(s *openapi3.Schema, name string, member *openapi3.Schema) {
	if len(member.AnyOf) == 1 && member.Description == "" {
		s.WithPropertyRef(name, member.AnyOf[0])
		return
	}
	s.WithProperty(name, member)
}
