package rest

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// query is what the query string of a request asks for.
type query struct {
	where     expr.Node
	sort      []expr.Order
	page      conga.Page
	view      *view
	arguments map[string]any
	group     *api.Grouping // nil for records
	// partial keeps of a list of new records those that could be written.
	partial bool
}

// scope is which parameters a query string may have: fields and include, for
// one record also the arguments of the action, for a list all; for many
// records to write, the filters that find them alone.
type scope uint8

const (
	resultScope scope = iota
	recordScope
	listScope
	everyScope
	// manyScope is for a list of records to write: fields, include and partial.
	manyScope
)

// hasArguments reports whether the arguments of the action are in the query.
func (s scope) hasArguments() bool { return s == recordScope || s == listScope }

// queryReader reads the parameters of one query string. It goes on after a
// fault, so that the client learns of all of them at once.
type queryReader struct {
	h      *Handler
	action *resource.Action
	scope  scope
	filter filterScope
	values int // of filters so far
	fields map[string][]string
	q      query
	tree   includeNode
	given  []conga.Input
	faults []fault

	calculations calculations
}

// maxFilterValues is how many values the filters of one query may have together.
const maxFilterValues = 1000

// readQuery reads a query string for records of the action's resource.
func (x *exchange) readQuery(s scope) (query, error) {
	return x.Handler.readQuery(x.r.URL.RawQuery, x.route.action, s, x.jsonapi)
}

func (h *Handler) readQuery(raw string, action *resource.Action, s scope, jsonapi bool) (query, error) {
	if raw == "" && s != everyScope && (s == resultScope || s == manyScope || len(action.Arguments) == 0) {
		return query{view: h.views[action.Resource].of(jsonapi)}, nil
	}
	params, err := url.ParseQuery(raw)
	if err != nil {
		return query{}, &problem{Status: statusBadRequest, detail: "the query string is not well-formed"}
	}
	r := &queryReader{h: h, action: action, scope: s, fields: map[string][]string{}}
	r.beginGroups(params)
	for _, key := range slices.Sorted(maps.Keys(params)) {
		r.parameter(key, params[key])
	}
	if s.hasArguments() {
		r.readArguments()
	}
	r.q.view = r.makeView(action.Resource, &r.tree, jsonapi)
	r.q.where = r.filter.condition()
	if s == everyScope && r.q.where == nil && len(r.faults) == 0 {
		r.fault("filter", "required", "is required: only what it finds is written")
	}
	if len(r.faults) > 0 {
		return query{}, &problem{Status: statusBadRequest, faults: r.faults}
	}
	return r.q, nil
}

func (r *queryReader) fault(parameter, code, detail string) {
	r.faults = append(r.faults, fault{parameter: parameter, code: code, detail: detail})
}

// unknown adds a fault with a suggestion.
func (r *queryReader) unknown(parameter, detail, name string, candidates []string) {
	if hint := api.Suggest(name, candidates); hint != "" {
		detail += ": " + hint
	}
	r.fault(parameter, "unknown", detail)
}

// parameter reads one parameter: a name with parts in brackets.
func (r *queryReader) parameter(key string, values []string) {
	name, parts, ok := splitKey(key)
	if !ok {
		r.fault(key, "syntax", `is not well-formed: a name and parts in brackets were expected, such as "page[limit]"`)
		return
	}
	switch {
	case name == "arguments" && len(parts) == 3:
		r.readArgumentOf(key, parts, values)
	case r.scope == everyScope:
		if name == "filter" && len(parts) > 0 {
			r.readFilter(key, parts, values)
		} else {
			r.unknownParameter(key, name, len(parts))
		}
	case r.scope == listScope && r.action.Grouped() && isGrouping(name):
		r.readGrouping(key, name, parts, values)
	case r.q.group != nil && (name == "fields" || name == "include"):
		r.fault(key, "conflict", "is about records: groups have none")
	case name == "fields" && len(parts) == 1:
		r.readFields(key, parts[0], values)
	case name == "include" && len(parts) == 0:
		r.readInclude(key, values)
	case r.scope == listScope && name == "filter" && len(parts) > 0:
		r.readFilter(key, parts, values)
	case r.scope == listScope && name == "sort" && len(parts) == 0:
		r.readSort(key, values)
	case r.scope == listScope && name == "page" && len(parts) == 1:
		r.readPage(key, parts[0], values)
	case r.takesPartial() && name == "partial" && len(parts) == 0:
		r.q.partial = r.flag(key, values)
	case r.scope.hasArguments() && len(parts) == 0 && argument(r.action, name) != nil:
		r.readArgument(key, argument(r.action, name), values)
	default:
		r.unknownParameter(key, name, len(parts))
	}
}

// brackets are the parts that the parameters of our own have.
var brackets = map[string]string{
	"filter": "filter[attribute] or filter[attribute][operator]", "page": "page[limit]",
	"fields": "fields[type]", "arguments": "arguments[type][calculation][argument]", "sort": "sort", "include": "include",
	"group": "group=field,time:month", "aggregate": "aggregate=count,sum:field", "having": "having[count][gt]",
}

func (r *queryReader) unknownParameter(key, name string, parts int) {
	known := []string{"arguments", "fields", "include"}
	switch {
	case r.scope == listScope:
		known = append(known, "filter", "sort", "page")
		if r.action.Grouped() {
			known = append(known, "group", "aggregate", "having")
		}
	case r.scope == everyScope:
		known = []string{"filter"}
	case r.takesPartial():
		known = append(known, "partial")
	}
	if r.scope.hasArguments() {
		for _, arg := range r.action.Arguments {
			known = append(known, arg.JSON)
		}
	}
	if slices.Contains(known, name) && brackets[name] != "" {
		r.fault(key, "syntax", "is written "+brackets[name])
		return
	}
	r.unknown(key, "is no parameter here", name, known)
}

// splitKey splits "filter[a][b]" into "filter" and its parts.
func splitKey(key string) (name string, parts []string, ok bool) {
	name, rest, found := strings.Cut(key, "[")
	if name == "" || strings.Contains(name, "]") {
		return "", nil, false
	}
	for found {
		var part string
		part, rest, found = strings.Cut(rest, "]")
		if !found || part == "" || strings.Contains(part, "[") {
			return "", nil, false
		}
		parts = append(parts, part)
		if rest == "" {
			return name, parts, true
		}
		if rest, found = strings.CutPrefix(rest, "["); !found {
			return "", nil, false
		}
	}
	return name, nil, true
}

// one is the only value of a parameter that may be given once.
func (r *queryReader) one(key string, values []string) (string, bool) {
	if len(values) != 1 {
		r.fault(key, "twice", "is given twice")
		return "", false
	}
	return values[0], true
}

func (r *queryReader) readSort(key string, values []string) {
	text, ok := r.one(key, values)
	if !ok {
		return
	}
	for item := range strings.SplitSeq(text, ",") {
		name, descending := strings.CutPrefix(item, "-")
		if r.q.group != nil {
			if order, ok := r.groupSortKey(key, name, descending); ok {
				r.q.sort = append(r.q.sort, order)
			}
			continue
		}
		path, attr := r.member(key, name)
		if attr == nil {
			continue
		}
		order, err := api.SortKey(path, attr, descending)
		if err != nil {
			r.fault(key, "sort", err.Error())
			continue
		}
		r.q.sort = append(r.q.sort, order)
	}
}

// member is the attribute that a dotted name leads to; nil after a fault.
func (r *queryReader) member(key, name string) ([]*resource.Relationship, *resource.Attribute) {
	steps := strings.Split(name, ".")
	path, at := r.follow(key, steps[:len(steps)-1])
	if at == nil || !r.asks(key, path) {
		return nil, nil
	}
	last := steps[len(steps)-1]
	attr := at.PublicAttribute(last)
	if attr == nil {
		r.unknown(key, at.Type+" has no attribute "+strconv.Quote(last), last, attributeNames(at))
		return path, nil
	}
	return path, r.argued(at, attr)
}

// asks refuses paths to records that only code of the application finds.
func (r *queryReader) asks(key string, path []*resource.Relationship) bool {
	for _, rel := range path {
		if !api.Asks(rel) {
			r.fault(key, "computed", rel.JSON+" is found by the application: it can be included, but nothing can be filtered or sorted by it")
			return false
		}
	}
	return true
}

// follow is the way that the names of relationships lead; nil after a fault.
func (r *queryReader) follow(key string, steps []string) ([]*resource.Relationship, *resource.Resource) {
	at := r.action.Resource
	if len(steps) > r.h.options.MaxDepth {
		r.fault(key, "depth", "follows more than "+strconv.Itoa(r.h.options.MaxDepth)+" relationships")
		return nil, nil
	}
	var path []*resource.Relationship
	for _, step := range steps {
		rel := at.PublicRelationship(step)
		if !api.Follows(rel) {
			r.unknown(key, at.Type+" has no relationship "+strconv.Quote(step), step, relationshipNames(at))
			return nil, nil
		}
		path = append(path, rel)
		at = rel.Target
	}
	return path, at
}

func attributeNames(r *resource.Resource) []string {
	var out []string
	for _, attr := range r.Attributes {
		if !attr.Private {
			out = append(out, attr.JSON)
		}
	}
	return out
}

func relationshipNames(r *resource.Resource) []string {
	var out []string
	for _, rel := range r.Relationships {
		if api.Follows(rel) {
			out = append(out, rel.JSON)
		}
	}
	return out
}

var pageParts = []string{"limit", "after", "before", "offset", "count"}

func (r *queryReader) readPage(key, part string, values []string) {
	text, ok := r.one(key, values)
	if !ok {
		return
	}
	switch part {
	case "limit":
		r.q.page.Limit = r.number(key, text, 1)
	case "offset":
		r.q.page.Offset = r.number(key, text, 0)
	case "after", "before":
		if text == "" {
			r.fault(key, "cursor", "is no cursor of this list in this order")
		}
		if part == "after" {
			r.q.page.After = text
		} else {
			r.q.page.Before = text
		}
	case "count":
		r.q.page.Count = r.flag(key, values)
	default:
		r.unknown(key, "is no part of a page", part, pageParts)
	}
}

// takesPartial reports whether the action may be given a list of new records.
func (r *queryReader) takesPartial() bool {
	return r.scope == manyScope || r.scope == resultScope && r.action.Kind == resource.Create && r.action.Bulk
}

// flag reads true or false.
func (r *queryReader) flag(key string, values []string) bool {
	text, ok := r.one(key, values)
	if ok && text != "true" && text != "false" {
		r.fault(key, "type", "must be true or false")
	}
	return text == "true"
}

// number reads a whole number that is at least lowest.
func (r *queryReader) number(key, text string, lowest int) int {
	n, err := strconv.ParseInt(text, 10, 32)
	switch {
	case err != nil:
		r.fault(key, "type", "must be a whole number")
	case int(n) < lowest:
		r.fault(key, "min", "must be at least "+strconv.Itoa(lowest))
	}
	return int(n)
}

func argument(a *resource.Action, json string) *resource.Attribute {
	for _, arg := range a.Arguments {
		if arg.JSON == json && !arg.Private {
			return arg
		}
	}
	return nil
}

func (r *queryReader) readArgument(key string, arg *resource.Attribute, values []string) {
	var v any
	var err error
	if arg.Element != nil && len(values) > 1 { // as many as there are elements
		v, err = wire.ParseTexts(arg, values)
	} else {
		text, ok := r.one(key, values)
		if !ok {
			return
		}
		v, err = wire.ParseText(arg, text)
	}
	if err != nil {
		r.issues(key, err)
		return
	}
	r.given = append(r.given, conga.Input{Attribute: arg, Value: v})
}

// issues adds what an error of package wire says of a parameter's value.
func (r *queryReader) issues(key string, err error) {
	var e *resource.Error
	if !errors.As(err, &e) {
		r.fault(key, "type", "is not valid")
		return
	}
	for _, i := range e.Issues {
		r.fault(key, i.Code, i.Text())
	}
}

// readArguments puts the arguments of a read action through their rules.
func (r *queryReader) readArguments() {
	if len(r.action.Arguments) == 0 {
		return
	}
	c := resource.NewChangeset(r.action)
	for _, in := range r.given {
		c.Give(in.Attribute, in.Value)
	}
	for _, arg := range r.action.Arguments {
		switch {
		case c.Given(arg):
		case arg.Default != nil:
			c.Give(arg, arg.Default())
		case arg.Required && !r.faulty(arg.JSON):
			c.AddIssue(resource.RequiredIssue(arg))
		}
	}
	c.Validate(r.h.app.Registry().Validator)
	for _, i := range c.Issues() {
		r.fault(parameter(i), i.Code, i.Text())
	}
	r.q.arguments = make(map[string]any, len(r.action.Arguments))
	for _, arg := range r.action.Arguments {
		if c.Given(arg) { // what is missing is not null
			r.q.arguments[arg.Name] = c.Argument(arg)
		}
	}
}

func (r *queryReader) faulty(parameter string) bool {
	return slices.ContainsFunc(r.faults, func(f fault) bool { return f.parameter == parameter })
}
