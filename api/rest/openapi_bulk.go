package rest

import (
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/resource"
)

// listed is the schema of a body: an object of inputs or, where the action
// takes many records at once, a list of such objects.
func (d *document) listed(e route, input string) *openapi3.SchemaRef {
	if e.kind == updateEveryRoute && takesChanges(e.action) {
		return anyOf(schemaRef(input), d.changes(e.action)).NewRef()
	}
	if e.kind != createRoute || !e.action.Bulk {
		return schemaRef(input)
	}
	list := array(schemaRef(input))
	if limit := d.h.options.MaxBulk; limit >= 0 {
		list.WithMaxItems(int64(limit))
	}
	return anyOf(schemaRef(input), list.NewRef()).NewRef()
}

// partly adds the parameter by which what can be written of a list is kept.
func (d *document) partly(op *openapi3.Operation) {
	partial := queryParameter("partial", "Whether to keep, of a list of records, those that can be written. Otherwise all are written or none.", openapi3.NewBoolSchema())
	op.Parameters = append(op.Parameters, d.share("partial", partial))
}

// created adds the answers of a create: for a record that is new, for one that
// an upsert has found, and for lists.
func (d *document) created(op *openapi3.Operation, e route) {
	r, a := e.action.Resource, e.action
	s := d.told(a, d.record(r))
	if a.Bulk {
		d.partly(op)
		s = anyOf(d.writtenList(a, "Created"), s).NewRef()
	}
	d.succeed(op, e, http.StatusCreated, s)
	var old []string
	if len(a.Upsert) > 0 {
		old = append(old, "The record was there already, and has been changed.")
	}
	if a.Bulk {
		old = append(old, "Not every record of the list is new: see errors.")
	}
	if old != nil {
		d.succeed(op, e, http.StatusOK, s)
		op.Responses.Value("200").Value.WithDescription(strings.Join(old, " "))
	}
}

// writtenList is the schema of the answer to a list of records.
func (d *document) writtenList(a *resource.Action, suffix string) *openapi3.SchemaRef {
	name := a.Resource.Name + inflect.Pascal(a.Name) + suffix
	if d.doc.Components.Schemas[name] != nil {
		return schemaRef(name)
	}
	rows := array(anyOf(d.told(a, d.record(a.Resource)), null()).NewRef())
	rows.Description = "The records in the order of the request; null for one that could not be written."
	d.doc.Components.Schemas["Refusal"] = refusalSchema().NewRef()
	refused := array(schemaRef("Refusal"))
	refused.Description = "The records that could not be written; only there with the parameter partial."
	s := openapi3.NewObjectSchema().WithProperty("data", rows).WithProperty("errors", refused)
	s.Required = []string{"data"}
	d.doc.Components.Schemas[name] = s.NewRef()
	return schemaRef(name)
}

func refusalSchema() *openapi3.Schema {
	index, status := openapi3.NewIntegerSchema(), openapi3.NewIntegerSchema()
	index.Description = "The position of the record in the request, from 0."
	status.Description = "The status that the record by itself would have had."
	s := openapi3.NewObjectSchema().WithProperty("index", index).WithProperty("status", status).
		WithProperty("code", openapi3.NewStringSchema()).WithProperty("title", openapi3.NewStringSchema()).
		WithProperty("errors", openapi3.NewArraySchema().WithItems(faultSchema()))
	s.Required = []string{"index", "status", "code", "title", "errors"}
	s.Description = "Why a record of a list could not be written."
	return s
}

// counted adds the answer with the number of records written, and for a list of
// records the one with these.
func (d *document) counted(op *openapi3.Operation, e route) {
	n := openapi3.NewIntegerSchema()
	n.Description = "The number of records that were written."
	s := openapi3.NewObjectSchema().WithProperty("count", n)
	s.Required = []string{"count"}
	answer := s.NewRef()
	if e.kind == updateEveryRoute && takesChanges(e.action) {
		op.Parameters = append(op.Parameters, d.viewParameters(e.action.Resource)...)
		d.partly(op)
		answer = anyOf(d.writtenList(e.action, "Updated"), answer).NewRef()
	}
	op.AddResponse(http.StatusOK, openapi3.NewResponse().WithDescription(http.StatusText(http.StatusOK)).
		WithContent(openapi3.Content{typeJSON: {Schema: answer}}))
}

// ifMatch is the header of updates and destroys of records that have versions.
func (d *document) ifMatch(r *resource.Resource) openapi3.Parameters {
	if api.Version(r) == nil {
		return nil
	}
	p := openapi3.NewHeaderParameter("If-Match").WithSchema(openapi3.NewStringSchema())
	p.Description = "The ETag of the record as it was read: 412 when somebody has changed it since."
	return openapi3.Parameters{d.share("If-Match", p)}
}
