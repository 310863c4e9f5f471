package rest

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// answer is the schema of what a list answers with: a page of records, or of
// groups of them where the action has those.
func (d *document) answer(a *resource.Action) *openapi3.SchemaRef {
	list := d.list(a.Resource)
	if !a.Grouped() {
		return list
	}
	return &openapi3.SchemaRef{Value: &openapi3.Schema{AnyOf: openapi3.SchemaRefs{list, d.groups(a)}}}
}

// groups is the schema of a page of groups. No member of a group is required:
// the query decides which are there.
func (d *document) groups(a *resource.Action) *openapi3.SchemaRef {
	row := openapi3.NewObjectSchema()
	row.Description = "A group of records. Which members are there depends on the parameters group and aggregate."
	for _, x := range a.Groups {
		s := d.typeSchema(x.Attribute)
		s.Description = x.Attribute.Description
		nullable(s)
		row.WithProperty(x.JSON(), s)
	}
	for _, f := range api.Folds(a) {
		row.WithProperty(f.Name(), d.outputSchema(f.Attribute()))
	}
	no := false
	row.AdditionalProperties = openapi3.AdditionalProperties{Has: &no}
	count := openapi3.NewInt64Schema()
	count.Type = &openapi3.Types{"integer", "null"}
	count.Description = "The number of all groups; null unless page[count] asks for it."
	page := openapi3.NewObjectSchema().WithProperty("limit", openapi3.NewIntegerSchema()).WithProperty("offset", openapi3.NewIntegerSchema()).
		WithProperty("more", openapi3.NewBoolSchema()).WithProperty("count", count)
	page.Required = []string{"limit", "offset", "more", "count"}
	s := openapi3.NewObjectSchema().WithProperty("data", openapi3.NewArraySchema().WithItems(row)).WithProperty("page", page)
	s.Required = []string{"data", "page"}
	name := a.Resource.Name + inflect.Pascal(a.Name) + "Groups"
	d.doc.Components.Schemas[name] = s.NewRef()
	return schemaRef(name)
}

// groupParameters are those that make a list one of groups.
func (d *document) groupParameters(a *resource.Action) openapi3.Parameters {
	if !a.Grouped() {
		return nil
	}
	folds := api.Folds(a)
	functions := openapi3.NewStringSchema()
	for _, f := range folds {
		functions.Enum = append(functions.Enum, written(f))
	}
	out := openapi3.Parameters{{Value: separated("aggregate",
		"What to compute over each group; without group, over all records. The default is count.", functions)}}
	if len(a.Groups) > 0 {
		out = append(out, &openapi3.ParameterRef{Value: separated("group", groupDescription(a), openapi3.NewStringSchema())})
	}
	for _, f := range folds {
		attr := f.Attribute()
		op, ok := api.LookupOperator(attr, "gte")
		if !ok {
			op = api.Operators(attr)[0]
		}
		out = append(out, &openapi3.ParameterRef{Value: queryParameter("having["+attr.JSON+"]["+op.Name+"]",
			"Groups whose "+attr.JSON+" "+op.Description+". All operators of filters work as well.", d.typeSchema(attr))})
	}
	return out
}

func groupDescription(a *resource.Action) string {
	var names []string
	when := ""
	for _, x := range a.Groups {
		names = append(names, "`"+x.JSON()+"`")
		if api.Temporal(x.Attribute) && (when == "" || x.Attribute.Type.Kind == structs.Time) {
			when = x.JSON()
		}
	}
	text := "Answers with groups of the records instead: those that have the same values of these fields: " + strings.Join(names, ", ") + "."
	if when == "" {
		return text
	}
	var units []string
	for _, u := range expr.Units() {
		units = append(units, string(u))
	}
	return text + " Times are grouped by a unit (" + strings.Join(units, ", ") + "), in UTC or a time zone: `" + when + ":month`, `" + when + ":day:Europe/Berlin`. Dates have no time zone, and units from a day on." +
		" Filters choose the records. `sort` takes the members of the groups, `page[limit]`, `page[offset]` and `page[count]` are about groups."
}
