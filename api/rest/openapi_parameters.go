package rest

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// share puts a parameter into the components under a name, once, and refers to it.
func (d *document) share(name string, p *openapi3.Parameter) *openapi3.ParameterRef {
	if d.doc.Components.Parameters[name] == nil {
		d.doc.Components.Parameters[name] = &openapi3.ParameterRef{Value: p}
	}
	return &openapi3.ParameterRef{Ref: "#/components/parameters/" + name}
}

func queryParameter(name, description string, s *openapi3.Schema) *openapi3.Parameter {
	p := openapi3.NewQueryParameter(name).WithSchema(s)
	p.Description = description
	return p
}

// separated is a parameter with values that commas separate.
func separated(name, description string, items *openapi3.Schema) *openapi3.Parameter {
	p := queryParameter(name, description, openapi3.NewArraySchema().WithItems(items))
	explode := false
	p.Style, p.Explode = "form", &explode
	return p
}

// addPages adds what all lists share.
func (d *document) addPages() {
	cursor := func() *openapi3.Schema {
		s := openapi3.NewStringSchema()
		s.Type = &openapi3.Types{"string", "null"}
		return s
	}
	after, before := cursor(), cursor()
	after.Description = "What page[after] is for the page that follows; null when none does."
	before.Description = "What page[before] is for the page that precedes; null when none does."
	limit := openapi3.NewIntegerSchema()
	limit.Description = "The largest number of records of the page."
	count := openapi3.NewInt64Schema()
	count.Type = &openapi3.Types{"integer", "null"}
	count.Description = "The number of records of all pages; null unless page[count] asks for it."
	page := openapi3.NewObjectSchema().WithProperty("limit", limit).WithProperty("after", after).
		WithProperty("before", before).WithProperty("count", count)
	page.Required = []string{"limit", "after", "before", "count"}
	page.Description = "Where a page lies in its list."
	d.doc.Components.Schemas["Page"] = page.NewRef()
}

// pageParameters are page[…].
func (d *document) pageParameters(a *resource.Action) openapi3.Parameters {
	limit := openapi3.NewIntegerSchema().WithMin(1).WithMax(float64(a.MaxPage)).WithDefault(a.PageSize)
	return openapi3.Parameters{
		{Value: queryParameter("page[limit]", "The largest number of records to answer with.", limit)},
		d.share("page.after", queryParameter("page[after]", "A cursor: the page of the records that follow it.", openapi3.NewStringSchema())),
		d.share("page.before", queryParameter("page[before]", "A cursor: the page of the records that precede it.", openapi3.NewStringSchema())),
		d.share("page.offset", queryParameter("page[offset]", "How many records to skip. Not together with cursors.", openapi3.NewIntegerSchema().WithMin(0))),
		d.share("page.count", queryParameter("page[count]", "Whether to count the records of all pages.", openapi3.NewBoolSchema())),
	}
}

// listParameters are those that only lists have.
func (d *document) listParameters(a *resource.Action) openapi3.Parameters {
	r := a.Resource
	out := d.argumentParameters(a)
	out = append(out, d.pageParameters(a)...)
	out = append(out, d.share(r.Type+".sort", separated("sort", sortDescription(r), openapi3.NewStringSchema())))
	return append(out, d.filterParameters(r)...)
}

// filterParameters are filter[…].
func (d *document) filterParameters(r *resource.Resource) (out openapi3.Parameters) {
	for _, attr := range r.Attributes {
		if attr.Private {
			continue
		}
		for _, op := range api.Operators(attr) {
			out = append(out, d.filterParameter(r.Type, "filter["+attr.JSON+"]", attr.JSON, attr, op))
		}
		if attr.Union != nil {
			tag := attr.Discriminator()
			for _, op := range api.Operators(tag) {
				out = append(out, d.filterParameter(r.Type, "filter["+attr.JSON+"]["+tag.JSON+"]", attr.JSON+"."+tag.JSON, tag, op))
			}
		}
	}
	for _, rel := range r.Relationships {
		if !api.Asks(rel) {
			continue
		}
		for _, attr := range rel.Target.Attributes {
			if attr.Private || attr.Type.Kind == structs.JSON || attr.Compute != nil || attr.NoFilter {
				continue
			}
			p := d.filterParameter(r.Type, "filter["+rel.JSON+"]["+attr.JSON+"]", attr.JSON, attr, api.Operators(attr)[0])
			out = append(out, p)
		}
	}
	return out
}

func (d *document) filterParameter(typ, name, label string, attr *resource.Attribute, op api.Operator) *openapi3.ParameterRef {
	related := strings.Count(name, "[") > 1+strings.Count(label, ".")
	schema := d.typeSchema(op.Operand(attr))
	if op.Name != "eq" {
		name += "[" + op.Name + "]"
	}
	description := "Records whose " + label + " " + op.Description + "."
	if related && op.Name == "eq" {
		description = "Records that are related to one whose " + label + " " + op.Description +
			". All other operators work as well, and so do further relationships."
	}
	key := typ + "." + strings.NewReplacer("][", ".", "[", ".", "]", "").Replace(name)
	if op.TakesList() {
		list := separated(name, description, schema)
		if op.Takes == api.TwoValues {
			list.Schema.Value.WithMinItems(2).WithMaxItems(2)
		}
		return d.share(key, list)
	}
	return d.share(key, queryParameter(name, description, schema))
}

func sortDescription(r *resource.Resource) string {
	var names []string
	for _, attr := range r.Attributes {
		if api.Sortable(attr) {
			names = append(names, "`"+attr.JSON+"`")
		}
	}
	text := "Attributes to sort by, those with a minus in descending order: " + strings.Join(names, ", ") + "."
	for _, rel := range r.Relationships {
		if api.Asks(rel) && !rel.Many() {
			return text + " Also attributes of relationships to one record, such as `" + rel.JSON + "." + rel.Target.Primary.JSON + "`."
		}
	}
	return text
}

// argumentParameters are the arguments of a read action.
func (d *document) argumentParameters(a *resource.Action) openapi3.Parameters {
	var out openapi3.Parameters
	for _, arg := range a.Arguments {
		if arg.Private {
			continue
		}
		s := d.typeSchema(arg)
		r := rules{s, arg, hasRule(arg, "omitempty")}
		for _, rule := range arg.Rules {
			r.add(rule)
		}
		p := queryParameter(arg.JSON, arg.Description, s)
		p.Required = arg.Required && arg.Default == nil
		out = append(out, &openapi3.ParameterRef{Value: p})
	}
	return out
}

// viewParameters are fields and include: what of the records is shown.
func (d *document) viewParameters(r *resource.Resource) openapi3.Parameters {
	out := append(openapi3.Parameters{d.fieldsParameter(r)}, d.calculationParameters(r)...)
	seen := map[*resource.Resource]bool{r: true}
	var names []string
	for _, rel := range r.Relationships {
		if !api.Follows(rel) {
			continue
		}
		names = append(names, "`"+rel.JSON+"`")
		if !seen[rel.Target] {
			seen[rel.Target] = true
			out = append(append(out, d.fieldsParameter(rel.Target)), d.calculationParameters(rel.Target)...)
		}
	}
	for _, c := range r.Choices {
		names = append(names, "`"+c.JSON+"`")
	}
	if len(names) > 0 {
		text := "Relationships to include: " + strings.Join(names, ", ") +
			". A dot leads on to those of the related records. A list of related records has at most as many as the largest page of their own list; the header Include-Cut tells which are cut."
		out = append(out, d.share(r.Type+".include", separated("include", text, openapi3.NewStringSchema())))
	}
	return out
}

// includes reports whether the resource has lists to include.
func (d *document) includes(r *resource.Resource) bool {
	return slices.ContainsFunc(r.Relationships, func(rel *resource.Relationship) bool { return api.Follows(rel) && rel.Many() })
}

func (d *document) fieldsParameter(r *resource.Resource) *openapi3.ParameterRef {
	names := openapi3.NewStringSchema()
	var calculated []string
	for _, attr := range r.Attributes {
		if attr.Private {
			continue
		}
		names.Enum = append(names.Enum, attr.JSON)
		if attr.Expr != nil {
			calculated = append(calculated, "`"+attr.JSON+"`")
		}
	}
	for _, rel := range r.Relationships {
		if api.Follows(rel) {
			names.Enum = append(names.Enum, rel.JSON)
		}
	}
	text := "The fields of each " + r.Type + " to answer with, instead of all stored ones."
	if calculated != nil {
		text += " Calculated fields are only there when named: " + strings.Join(calculated, ", ") + "."
	}
	p := separated("fields["+r.Type+"]", text, names)
	p.AllowEmptyValue = true // no field at all
	return d.share("fields."+r.Type, p)
}
