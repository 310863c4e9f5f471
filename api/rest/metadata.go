package rest

import (
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/resource"
)

// appendMeta puts what the action tells besides the record, which may be
// nothing, as the member meta into the object that dst ends with.
func appendMeta(dst []byte, a *resource.Action, metadata any) (_ []byte, err error) {
	if metadata == nil {
		return dst, nil
	}
	dst, err = appendObject(appendName(dst[:len(dst)-1], "meta"), a.Metadata, metadata)
	return append(dst, '}'), err
}

// appendMembers appends the members of the metadata to an object that has
// others, and closes it.
func appendMembers(dst []byte, o *resource.Object, metadata any) (_ []byte, err error) {
	dst, err = appendAttributes(dst, o, metadata)
	return append(dst, '}'), err
}

// metadata is the schema of what an action tells besides the record.
func (d *document) metadata(a *resource.Action) *openapi3.SchemaRef {
	name := a.Resource.Name + inflect.Pascal(a.Name) + "Meta"
	if d.doc.Components.Schemas[name] == nil {
		d.doc.Components.Schemas[name] = d.objectSchema(a.Metadata).NewRef()
	}
	return schemaRef(name)
}

// objectSchema is the schema of an object with plain values.
func (d *document) objectSchema(o *resource.Object) *openapi3.Schema {
	s := openapi3.NewObjectSchema()
	for _, attr := range o.Attributes {
		if !attr.Private {
			s.WithProperty(attr.JSON, d.outputSchema(attr))
			s.Required = append(s.Required, attr.JSON)
		}
	}
	return s
}

// told is the schema of an answer of the action, with its metadata.
func (d *document) told(a *resource.Action, s *openapi3.SchemaRef) *openapi3.SchemaRef {
	if a.Metadata == nil {
		return s
	}
	meta := openapi3.NewObjectSchema().WithPropertyRef("meta", d.metadata(a))
	return (&openapi3.Schema{AllOf: openapi3.SchemaRefs{s, meta.NewRef()}}).NewRef()
}

// destroyed adds the answers of a destroy.
func (d *document) destroyed(op *openapi3.Operation, e route) {
	op.AddResponse(http.StatusNoContent, openapi3.NewResponse().WithDescription("The "+e.action.Resource.Type+" is gone."))
	if e.action.Metadata == nil {
		return
	}
	meta := openapi3.NewObjectSchema().WithPropertyRef("meta", d.metadata(e.action))
	op.AddResponse(http.StatusOK, openapi3.NewResponse().WithDescription("The "+e.action.Resource.Type+" is gone, and something is told of it.").
		WithContent(openapi3.Content{typeJSON: {Schema: meta.NewRef()}, typeJSONAPI: {Schema: schemaRef("JSONAPIDocument")}}))
}
