package rest

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/congago/conga/api"
	"github.com/congago/conga/resource"
)

// succeed adds the answer that a route gives when all is well.
func (d *document) succeed(op *openapi3.Operation, e route, status int, s *openapi3.SchemaRef) {
	response := openapi3.NewResponse().WithDescription(http.StatusText(status)).WithContent(openapi3.Content{
		typeJSON:    {Schema: s},
		typeJSONAPI: {Schema: schemaRef("JSONAPIDocument")},
	})
	response.Headers = openapi3.Headers{}
	if status == http.StatusCreated {
		response.Headers["Location"] = textHeader("The path of the new record.")
	}
	if e.kind != callRoute && d.includes(e.action.Resource) {
		response.Headers[headerCut] = textHeader("The included lists of which the answer does not have all records, separated by commas; their own lists have them.")
	}
	versioned := e.kind != listRoute && e.kind != callRoute && api.Version(e.action.Resource) != nil
	switch {
	case versioned:
		response.Headers["ETag"] = textHeader("Changes when the answer does. Send it back as If-None-Match, or as If-Match with an update.")
	case e.action.Kind == resource.Read:
		response.Headers["ETag"] = textHeader("Changes when the answer does. Send it back as If-None-Match.")
	}
	if e.action.Kind == resource.Read {
		op.AddResponse(http.StatusNotModified, openapi3.NewResponse().WithDescription("The answer is the one that If-None-Match names."))
	}
	op.AddResponse(status, response)
}

// lines adds that a list may come as lines. Their schema is that of a record,
// which OpenAPI 3.1 has no way to say of each line.
func (d *document) lines(op *openapi3.Operation, a *resource.Action) {
	if d.h.options.streams(a) {
		op.Responses.Status(http.StatusOK).Value.Content[typeLines] = openapi3.NewMediaType()
	}
}

func textHeader(description string) *openapi3.HeaderRef {
	return &openapi3.HeaderRef{Value: &openapi3.Header{Parameter: openapi3.Parameter{
		Description: description, Schema: openapi3.NewStringSchema().NewRef(),
	}}}
}

// problemStatuses are the errors of routes, each a response in the components.
var problemStatuses = []api.Status{
	statusBadRequest, api.StatusUnauthenticated, api.StatusForbidden, api.StatusNotFound, statusAccept, api.StatusConflict,
	statusStale, statusTooLarge, statusMedia, api.StatusInvalid, api.StatusInternal, api.StatusUnavailable,
}

// problems adds the errors that a route may answer with.
func (d *document) problems(op *openapi3.Operation, e route) {
	add := func(s api.Status) {
		op.Responses.Set(strconv.Itoa(s.HTTP), &openapi3.ResponseRef{Ref: "#/components/responses/" + s.Code})
	}
	for _, s := range problemStatuses {
		switch s {
		case api.StatusNotFound:
			if e.kind == listRoute || e.kind == createRoute {
				continue
			}
		case statusStale:
			if e.kind != updateRoute && e.kind != destroyRoute || api.Version(e.action.Resource) == nil {
				continue
			}
		case api.StatusConflict, statusTooLarge, statusMedia, api.StatusInvalid:
			if e.action.Kind == resource.Read {
				continue
			}
		}
		add(s)
	}
}

func described(description string) *openapi3.Schema {
	s := openapi3.NewStringSchema()
	s.Description = description
	return s
}

// faultSchema is what is wrong with one part of a request.
func faultSchema() *openapi3.Schema {
	s := openapi3.NewObjectSchema().
		WithProperty("field", described("The input, its path joined by dots.")).
		WithProperty("pointer", described("A JSON pointer to the input in the body.")).
		WithProperty("parameter", described("The query parameter.")).
		WithProperty("code", described("The rule that is broken, for programs.")).
		WithProperty("detail", described("What is wrong, for people."))
	s.Required = []string{"code", "detail"}
	return s
}

// addProblems adds the schema and the responses of errors.
func (d *document) addProblems() {
	faults := openapi3.NewArraySchema().WithItems(faultSchema())
	faults.Description = "What is wrong with which part of the request."
	status := openapi3.NewIntegerSchema()
	status.Description = "The status of the response."
	s := openapi3.NewObjectSchema().
		WithProperty("type", described("A URI for the kind of problem.").WithFormat("uri-reference")).
		WithProperty("title", described("The kind of problem, for people.")).
		WithProperty("status", status).
		WithProperty("code", described("The kind of problem, for programs.")).
		WithProperty("detail", described("What went wrong this time, for people.")).
		WithProperty("instance", described("The path of the request.").WithFormat("uri-reference")).
		WithProperty("errors", faults)
	s.Required = []string{"type", "title", "status", "code", "instance"}
	s.Description = "A problem as RFC 9457 has it."
	d.doc.Components.Schemas["Problem"] = s.NewRef()
	for _, status := range append(slices.Clip(problemStatuses), statusMethod) { // which no route has, but an anchor leads to
		r := openapi3.NewResponse().WithDescription(status.Title).WithContent(openapi3.Content{
			typeProblem: {Schema: schemaRef("Problem")},
			typeJSONAPI: {Schema: schemaRef("JSONAPIErrors")},
		})
		switch status {
		case api.StatusUnauthenticated:
			r.Headers = openapi3.Headers{"WWW-Authenticate": textHeader("Bearer")}
		case api.StatusUnavailable:
			r.Headers = openapi3.Headers{"Retry-After": textHeader("Seconds to wait before another try.")}
		}
		d.doc.Components.Responses[status.Code] = &openapi3.ResponseRef{Value: r}
	}
}

// addSelf adds the route of the document itself.
func (d *document) addSelf() {
	const tag = "documentation"
	op := &openapi3.Operation{
		Tags: []string{tag}, OperationID: "getOpenAPI", Summary: "Get this document", Description: "Answers with the OpenAPI document of the API.", Security: &openapi3.SecurityRequirements{{}},
		Responses: openapi3.NewResponsesWithCapacity(2),
	}
	op.AddResponse(http.StatusOK, openapi3.NewResponse().WithDescription("The document.").
		WithContent(openapi3.Content{typeJSON: {Schema: openapi3.NewObjectSchema().NewRef()}}))
	op.AddResponse(http.StatusNotModified, openapi3.NewResponse().WithDescription("The document is the one that If-None-Match names."))
	for _, s := range []api.Status{statusAccept, api.StatusInternal} {
		op.Responses.Set(strconv.Itoa(s.HTTP), &openapi3.ResponseRef{Ref: "#/components/responses/" + s.Code})
	}
	d.doc.Tags = append(d.doc.Tags, &openapi3.Tag{Name: tag, Description: "The API about itself."})
	d.doc.Paths.Set("/openapi.json", &openapi3.PathItem{Get: op})
}
