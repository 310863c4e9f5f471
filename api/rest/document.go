package rest

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/congago/conga/resource"
)

// documentSchemas describes the documents of attributes, member by member.
type documentSchemas struct {
	of    *document
	input bool
	// open are the structs being described: one that holds itself ends there.
	open []*resource.Object
}

// isDocument reports whether the model knows the members of the attribute's documents.
func isDocument(attr *resource.Attribute) bool {
	return attr.Object != nil || attr.Union != nil || attr.Element != nil && isDocument(attr.Element)
}

func (d documentSchemas) schema(attr *resource.Attribute) *openapi3.Schema {
	switch {
	case !isDocument(attr) && d.input:
		return d.of.inputSchema(attr)
	case !isDocument(attr):
		return d.of.outputSchema(attr)
	case attr.Union != nil:
		return anyOf(d.of.union(attr.Union, d.input))
	case attr.Element != nil && attr.Element.Union != nil:
		return array(d.of.union(attr.Element.Union, d.input))
	case attr.Element != nil:
		return openapi3.NewArraySchema().WithItems(d.schema(attr.Element))
	}
	s := openapi3.NewObjectSchema()
	if slices.Contains(d.open, attr.Object) {
		return s
	}
	d.open = append(slices.Clip(d.open), attr.Object)
	s.Title = attr.Object.Name
	if d.input {
		s = s.WithoutAdditionalProperties()
	}
	d.members(s, attr.Object)
	return s
}

// members adds the members of an object.
func (d documentSchemas) members(s *openapi3.Schema, o *resource.Object) {
	for _, m := range o.Attributes {
		member := d.schema(m)
		member.Description = m.Description
		if isDocument(m) && d.input {
			addRules(member, m)
		}
		if isDocument(m) && (m.Type.Nullable && !m.Required || !d.input) {
			nullable(member)
		}
		if m.Enum != nil && !d.input && !m.Required {
			member.Enum = append(member.Enum, "") // which a document lacks
		}
		property(s, m.JSON, member)
		if d.input && m.Required {
			s.Required = append(s.Required, m.JSON)
		}
	}
}
