package rest

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/congago/conga/resource"
)

// managed is the schema of a managed input: a list of records, or one.
func (d *document) managed(m *resource.Managed) *openapi3.SchemaRef {
	one := d.nested(m.Nested)
	if !m.Many() {
		if m.Relationship.Kind == resource.BelongsTo && !m.Relationship.Source.Type.Nullable {
			return one
		}
		return anyOf(one, null()).NewRef()
	}
	list := array(one)
	if limit := d.h.options.MaxBulk; limit >= 0 {
		list.WithMaxItems(int64(limit))
	}
	list.Description = m.Description
	return list.NewRef()
}

// nested is the schema of one record in a managed input: an object of a name
// of its own, which may lead back to itself, or a key.
func (d *document) nested(n *resource.Nested) *openapi3.SchemaRef {
	name := n.Name + "Input"
	if d.doc.Components.Schemas[name] == nil {
		s := openapi3.NewObjectSchema().WithoutAdditionalProperties()
		s.Title = n.Target.Type
		d.doc.Components.Schemas[name] = s.NewRef() // before its parts
		for _, in := range n.Inputs {
			if in.Private {
				continue
			}
			s.WithProperty(in.JSON, d.nestedInput(n, in))
			if n.Needs(in) {
				s.Required = append(s.Required, in.JSON)
			}
		}
		for _, m := range n.Managed {
			if m.Relationship.Private {
				continue
			}
			s.WithPropertyRef(m.JSON, d.managed(m))
			if m.Required {
				s.Required = append(s.Required, m.JSON)
			}
		}
		slices.Sort(s.Required)
	}
	if n.Scalar == nil {
		return schemaRef(name)
	}
	return anyOf(d.typeSchema(n.Scalar).NewRef(), schemaRef(name)).NewRef()
}

// nestedInput is the schema of an input. A key may be null, which names none.
func (d *document) nestedInput(n *resource.Nested, in *resource.Attribute) *openapi3.Schema {
	if in != n.Target.Primary {
		return d.inputSchema(in)
	}
	s := d.typeSchema(in)
	s.Description = "The record that is meant, if it is there already."
	nullable(s)
	return s
}
