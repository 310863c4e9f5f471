package rest

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/resource"
)

// document builds the OpenAPI document of a Handler from the model.
type document struct {
	h   *Handler
	doc *openapi3.T
	ids map[string]bool // operation ids
	// unions are the components of the unions that were met, by whether they are inputs.
	unions map[bool]map[*resource.UnionType]string
}

// OpenAPI is the OpenAPI 3.1 document of the API. The caller may change it.
func (h *Handler) OpenAPI() (*openapi3.T, error) {
	d := &document{h: h, ids: map[string]bool{}, unions: map[bool]map[*resource.UnionType]string{false: {}, true: {}}, doc: &openapi3.T{
		OpenAPI: "3.1.0",
		Info:    &openapi3.Info{Title: h.options.Title, Version: h.options.Version, Description: h.options.Description},
		Servers: openapi3.Servers{{URL: h.serverURL()}},
		Paths:   openapi3.NewPaths(),
		Components: &openapi3.Components{
			Schemas: openapi3.Schemas{}, Parameters: openapi3.ParametersMap{}, Responses: openapi3.ResponseBodies{},
			SecuritySchemes: openapi3.SecuritySchemes{"bearer": {Value: &openapi3.SecurityScheme{
				Type: "http", Scheme: "bearer", Description: "A token in the header Authorization.",
			}}},
		},
		Security: openapi3.SecurityRequirements{{}, {"bearer": {}}},
	}}
	d.addProblems()
	d.addPages()
	d.addJSONAPI()
	for _, r := range h.app.Registry().Resources {
		d.addResource(r)
	}
	d.addSelf()
	data, err := d.doc.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("write OpenAPI document: %w", err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(data) // resolves the references
	if err != nil {
		return nil, fmt.Errorf("read OpenAPI document: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("validate OpenAPI document: %w", err)
	}
	return doc, nil
}

func (h *Handler) serverURL() string {
	if url := strings.TrimSuffix(h.options.Server, "/") + h.options.Prefix; url != "" {
		return url
	}
	return "/"
}

// addResource adds what the API says of one resource.
func (d *document) addResource(r *resource.Resource) {
	list := routes(r)
	if len(list) == 0 {
		return
	}
	about := cmp.Or(r.Description, "All about the type "+r.Type+".")
	d.doc.Tags = append(d.doc.Tags, &openapi3.Tag{Name: r.Plural, Description: about})
	for _, e := range list {
		path := e.path
		item := d.doc.Paths.Value(path)
		if item == nil {
			item = &openapi3.PathItem{}
			if strings.Contains(path, "{id}") {
				item.Parameters = openapi3.Parameters{{Value: d.keyParameter(r)}}
			}
			d.doc.Paths.Set(path, item)
		}
		item.SetOperation(e.method, d.operation(e))
	}
}

func (d *document) keyParameter(r *resource.Resource) *openapi3.Parameter {
	p := openapi3.NewPathParameter("id").WithSchema(d.typeSchema(r.Primary))
	p.Description = "The " + r.Primary.JSON + " of the " + r.Type + "."
	return p
}

// operation describes a route.
func (d *document) operation(e route) *openapi3.Operation {
	r := e.action.Resource
	op := &openapi3.Operation{
		Tags: []string{r.Plural}, OperationID: d.operationID(e), Summary: summary(e), Description: cmp.Or(e.action.Description, descriptions[e.kind]),
		Responses: openapi3.NewResponsesWithCapacity(8),
	}
	switch e.kind {
	case listRoute:
		op.Parameters = append(d.listParameters(e.action), d.viewParameters(r)...)
		op.Parameters = append(op.Parameters, d.groupParameters(e.action)...)
		d.succeed(op, e, http.StatusOK, d.told(e.action, d.answer(e.action)))
		d.lines(op, e.action)
	case getRoute:
		op.Parameters = append(d.argumentParameters(e.action), d.viewParameters(r)...)
		d.succeed(op, e, http.StatusOK, d.told(e.action, d.record(r)))
	case createRoute:
		op.Parameters = d.viewParameters(r)
		d.body(op, e)
		d.created(op, e)
	case updateRoute:
		op.Parameters = append(d.viewParameters(r), d.ifMatch(r)...)
		d.body(op, e)
		d.succeed(op, e, http.StatusOK, d.told(e.action, d.record(r)))
	case destroyRoute:
		op.Parameters = d.ifMatch(r)
		d.body(op, e)
		d.destroyed(op, e)
	case callRoute:
		d.body(op, e)
		if s := d.result(e.action); s != nil {
			d.succeed(op, e, http.StatusOK, s)
		} else {
			op.AddResponse(http.StatusNoContent, openapi3.NewResponse().WithDescription("It is done."))
		}
	case updateEveryRoute, destroyEveryRoute:
		op.Parameters = d.filterParameters(r)
		d.body(op, e)
		d.counted(op, e)
	}
	if p := d.tenantParameter(e.action); p != nil {
		op.Parameters = append(op.Parameters, p)
	}
	d.problems(op, e)
	return op
}

// tenantParameter is the header that names the tenant, nil where the action
// has none or where the application finds it otherwise.
func (d *document) tenantParameter(a *resource.Action) *openapi3.ParameterRef {
	header, t := d.h.options.TenantHeader, a.Resource.Tenant
	if header == "" || t == nil || a.AnyTenant {
		return nil
	}
	p := openapi3.NewHeaderParameter(header).WithSchema(openapi3.NewStringSchema()).WithRequired(!t.Optional)
	p.Description = "The tenant for whom the request runs."
	name := "tenant"
	if t.Optional {
		p.Description += " Without it the request is about the records of all tenants."
		name = "tenant.optional"
	}
	return d.share(name, p)
}

// verbs are the first words of what routes of primary actions are called.
var verbs = [...]string{
	listRoute: "list", getRoute: "get", createRoute: "create", updateRoute: "update", destroyRoute: "delete",
	updateEveryRoute: "update", destroyEveryRoute: "delete",
}

func (d *document) operationID(e route) string {
	r := e.action.Resource
	id := ""
	switch {
	case e.named:
		id = inflect.Camel(r.Type) + inflect.Pascal(e.action.Name)
		if e.kind.every() {
			id += "Every"
		}
	case e.kind.every():
		id = verbs[e.kind] + "Every" + r.Name
	case e.kind == listRoute:
		id = verbs[e.kind] + inflect.Pascal(r.Plural)
	default:
		id = verbs[e.kind] + r.Name
	}
	for d.ids[id] {
		id += "Action"
	}
	d.ids[id] = true
	return id
}

// descriptions are for routes whose action has none.
var descriptions = [...]string{
	listRoute:   "Answers with a page of the records that match all filters and that the caller may see.",
	getRoute:    "Answers with the record, if there is one that the caller may see.",
	createRoute: "Answers with the new record.", updateRoute: "Changes what the body has, and answers with the record as it is then.",
	destroyRoute: "Answers with nothing.", callRoute: "Runs the action.",
	updateEveryRoute:  "Changes what the body has in all records that the filters find and that the caller may see and change. At least one filter is required. A list of objects with keys changes each of these records to its own, without filters, and answers with the records.",
	destroyEveryRoute: "Removes all records that the filters find and that the caller may see and remove. At least one filter is required.",
}

func summary(e route) string {
	r := e.action.Resource
	if e.named {
		words := strings.ReplaceAll(e.action.Name, "_", " ")
		return strings.ToUpper(words[:1]) + words[1:] + " (" + subject(e.kind, r) + ")"
	}
	return strings.ToUpper(verbs[e.kind][:1]) + verbs[e.kind][1:] + " " + subject(e.kind, r)
}

// subject is what a route is about.
func subject(kind routeKind, r *resource.Resource) string {
	noun := strings.ReplaceAll(r.Type, "_", " ")
	switch kind {
	case listRoute, callRoute:
		return strings.ReplaceAll(r.Plural, "_", " ")
	case createRoute:
		return "new " + noun
	case updateEveryRoute, destroyEveryRoute:
		return "every " + noun + " that the filters find"
	}
	return "one " + noun
}

// body describes the inputs of an action, if it has any.
func (d *document) body(op *openapi3.Operation, e route) {
	s, required := d.actionInput(e.action)
	if len(s.Properties) == 0 && (e.kind != updateEveryRoute || !takesChanges(e.action)) {
		return
	}
	name := e.action.Resource.Name + inflect.Pascal(e.action.Name) + "Input"
	if d.doc.Components.Schemas[name] == nil {
		d.doc.Components.Schemas[name] = s.NewRef()
	}
	body := openapi3.NewRequestBody().WithRequired(required).WithContent(openapi3.Content{typeJSON: {Schema: d.listed(e, name)}})
	if !e.kind.every() {
		body.Content[typeJSONAPI] = &openapi3.MediaType{Schema: schemaRef("JSONAPIRequest")}
	}
	op.RequestBody = &openapi3.RequestBodyRef{Value: body}
}

func schemaRef(name string) *openapi3.SchemaRef {
	return openapi3.NewSchemaRef("#/components/schemas/"+name, nil)
}

// record is the schema of a resource's records. No member is required: the
// query decides which are there.
func (d *document) record(r *resource.Resource) *openapi3.SchemaRef {
	if d.doc.Components.Schemas[r.Name] != nil {
		return schemaRef(r.Name)
	}
	s := openapi3.NewObjectSchema()
	s.Description = strings.TrimSpace(r.Description + " Which members are there depends on the parameters fields and include.")
	d.doc.Components.Schemas[r.Name] = s.NewRef() // before its relationships, which may lead back
	for _, attr := range r.Attributes {
		if attr.Private {
			continue
		}
		a := d.outputSchema(attr)
		switch {
		case attr.Expr != nil:
			a.Description = strings.TrimSpace(a.Description + " Calculated: only there when fields[" + r.Type + "] names it.")
		case attr.Lazy:
			a.Description = strings.TrimSpace(a.Description + " Only there when fields[" + r.Type + "] names it.")
		}
		if r.Sight(attr) != nil {
			a.Description = strings.TrimSpace(a.Description + " Left out where the caller may not see it.")
		}
		s.WithProperty(attr.JSON, a)
	}
	for _, rel := range r.Relationships {
		if !api.Follows(rel) {
			continue
		}
		target := d.record(rel.Target)
		var p *openapi3.Schema
		if rel.Many() {
			p = openapi3.NewArraySchema()
			p.Items = target
		} else {
			p = &openapi3.Schema{AnyOf: openapi3.SchemaRefs{target, {Value: &openapi3.Schema{Type: &openapi3.Types{"null"}}}}}
		}
		p.Description = strings.TrimSpace(rel.Description + " Only there when include names it.")
		s.WithProperty(rel.JSON, p)
	}
	return schemaRef(r.Name)
}

// list is the schema of a page of records.
func (d *document) list(r *resource.Resource) *openapi3.SchemaRef {
	name := r.Name + "List"
	if d.doc.Components.Schemas[name] == nil {
		rows := openapi3.NewArraySchema()
		rows.Items = d.record(r)
		s := openapi3.NewObjectSchema().WithProperty("data", rows).WithPropertyRef("page", schemaRef("Page"))
		s.Required = []string{"data", "page"}
		d.doc.Components.Schemas[name] = s.NewRef()
	}
	return schemaRef(name)
}

// result is the schema of what a generic action returns; nil without a result.
func (d *document) result(a *resource.Action) *openapi3.SchemaRef {
	switch {
	case a.Returns != nil:
		return d.record(a.Returns)
	case a.Output == nil:
		return nil
	}
	s := d.objectSchema(a.Output)
	for _, m := range a.Output.Records {
		var p *openapi3.Schema
		if m.Many {
			p = openapi3.NewArraySchema()
			p.Items = d.record(m.Target)
		} else {
			p = &openapi3.Schema{AnyOf: openapi3.SchemaRefs{d.record(m.Target), {Value: &openapi3.Schema{Type: &openapi3.Types{"null"}}}}}
		}
		s.WithProperty(m.JSON, p)
		s.Required = append(s.Required, m.JSON)
	}
	slices.Sort(s.Required)
	name := a.Resource.Name + inflect.Pascal(a.Name) + "Result"
	d.doc.Components.Schemas[name] = s.NewRef()
	return schemaRef(name)
}
