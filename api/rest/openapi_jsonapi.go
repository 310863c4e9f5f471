package rest

import "github.com/getkin/kin-openapi/openapi3"

// addJSONAPI adds the schemas of JSON:API. They are the same for all types:
// the attributes are those of the plain schemas.
func (d *document) addJSONAPI() {
	schemas := d.doc.Components.Schemas
	schemas["JSONAPIIdentifier"] = identifierSchema().NewRef()
	schemas["JSONAPIResource"] = resourceSchema().NewRef()
	schemas["JSONAPIDocument"] = jsonapiDocumentSchema().NewRef()
	schemas["JSONAPIRequest"] = requestSchema().NewRef()
	schemas["JSONAPIErrors"] = errorsSchema().NewRef()
}

func anyObject() *openapi3.Schema { return openapi3.NewObjectSchema().WithAnyAdditionalProperties() }

func array(of *openapi3.SchemaRef) *openapi3.Schema {
	s := openapi3.NewArraySchema()
	s.Items = of
	return s
}

func anyOf(refs ...*openapi3.SchemaRef) *openapi3.Schema { return &openapi3.Schema{AnyOf: refs} }

func null() *openapi3.SchemaRef {
	return (&openapi3.Schema{Type: &openapi3.Types{"null"}}).NewRef()
}

func version() *openapi3.Schema {
	return openapi3.NewObjectSchema().WithProperty("version", openapi3.NewStringSchema())
}

func identifierSchema() *openapi3.Schema {
	s := openapi3.NewObjectSchema().WithProperty("type", openapi3.NewStringSchema()).WithProperty("id", openapi3.NewStringSchema())
	s.Required = []string{"type", "id"}
	return s
}

func resourceSchema() *openapi3.Schema {
	linkage := anyOf(schemaRef("JSONAPIIdentifier"), array(schemaRef("JSONAPIIdentifier")).NewRef(), null())
	relationship := openapi3.NewObjectSchema().WithProperty("data", linkage)
	return identifierSchema().WithProperty("attributes", anyObject()).
		WithProperty("relationships", openapi3.NewObjectSchema().WithAdditionalProperties(relationship)).
		WithProperty("links", anyObject())
}

func jsonapiDocumentSchema() *openapi3.Schema {
	s := openapi3.NewObjectSchema().WithProperty("jsonapi", version()).
		WithProperty("data", anyOf(schemaRef("JSONAPIResource"), array(schemaRef("JSONAPIResource")).NewRef(), null())).
		WithProperty("included", array(schemaRef("JSONAPIResource"))).
		WithProperty("links", anyObject()).WithProperty("meta", anyObject())
	s.Description = "A document of JSON:API 1.1: https://jsonapi.org/format/1.1/"
	return s
}

func requestSchema() *openapi3.Schema {
	data := openapi3.NewObjectSchema().WithProperty("type", openapi3.NewStringSchema()).WithProperty("id", openapi3.NewStringSchema()).
		WithProperty("attributes", anyObject()).WithProperty("relationships", anyObject())
	s := openapi3.NewObjectSchema().WithProperty("data", data)
	s.Required = []string{"data"}
	s.Description = "A document of JSON:API 1.1, whose attributes are the members of the plain body."
	return s
}

func errorsSchema() *openapi3.Schema {
	text := openapi3.NewStringSchema()
	source := openapi3.NewObjectSchema().WithProperty("pointer", text).WithProperty("parameter", text)
	fault := openapi3.NewObjectSchema().WithProperty("status", text).WithProperty("code", text).
		WithProperty("title", text).WithProperty("detail", text).WithProperty("source", source)
	s := openapi3.NewObjectSchema().WithProperty("jsonapi", version()).WithProperty("errors", openapi3.NewArraySchema().WithItems(fault))
	s.Required = []string{"errors"}
	return s
}
