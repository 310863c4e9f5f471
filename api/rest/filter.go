package rest

import (
	"slices"
	"strconv"

	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// filterScope are the conditions on one record: those on itself and what its
// to-one relationships lead to, and those on records of to-many relationships.
// All conditions beyond the same to-many relationship are about the same record.
type filterScope struct {
	conditions []expr.Node
	inner      []*innerFilter
}

type innerFilter struct {
	path []*resource.Relationship // to-one steps, and a to-many step at the end
	filterScope
}

// at is the scope beyond a path that ends with a to-many step.
func (s *filterScope) at(path []*resource.Relationship) *filterScope {
	for _, in := range s.inner {
		if slices.Equal(in.path, path) {
			return &in.filterScope
		}
	}
	in := &innerFilter{path: path}
	s.inner = append(s.inner, in)
	return &in.filterScope
}

// condition joins all conditions; nil means none.
func (s *filterScope) condition() expr.Node {
	all := s.conditions
	for _, in := range s.inner {
		all = append(all, api.Exists(in.path, in.condition()))
	}
	return expr.And(all...)
}

// readFilter reads filter[relationship]…[attribute][operator].
func (r *queryReader) readFilter(key string, parts []string, values []string) {
	n := 0 // relationships
	at := r.action.Resource
	for n < len(parts) && api.Follows(at.PublicRelationship(parts[n])) {
		at = at.PublicRelationship(parts[n]).Target
		n++
	}
	path, at := r.follow(key, parts[:n])
	if at == nil || !r.asks(key, path) {
		return
	}
	if n == len(parts) {
		r.fault(key, "syntax", "names a relationship: add the attribute to compare, such as ["+at.Primary.JSON+"]")
		return
	}
	attr := at.PublicAttribute(parts[n])
	if attr == nil {
		r.unknown(key, at.Type+" has no attribute or relationship "+strconv.Quote(parts[n]), parts[n],
			append(attributeNames(at), relationshipNames(at)...))
		return
	}
	if attr.Compute != nil {
		r.fault(key, "computed", attr.JSON+" is computed by the application: nothing can be filtered by it")
		return
	}
	if attr.NoFilter {
		r.fault(key, "unfilterable", "records cannot be filtered by "+attr.JSON)
		return
	}
	attr = r.argued(at, attr)
	rest := parts[n+1:]
	if attr.Union != nil && len(rest) > 0 && rest[0] == attr.Union.Discriminator {
		attr, rest = attr.Discriminator(), rest[1:]
	}
	name := "eq"
	switch len(rest) {
	case 0:
	case 1:
		name = rest[0]
	default:
		r.fault(key, "syntax", "has parts after the operator")
		return
	}
	op, ok := api.LookupOperator(attr, name)
	if !ok {
		r.unknown(key, "the operator "+strconv.Quote(name)+" does not exist for "+attr.JSON, name, operatorNames(attr))
		return
	}
	r.compare(key, path, attr, op, values)
}

func operatorNames(attr *resource.Attribute) []string {
	var out []string
	for _, op := range api.Operators(attr) {
		out = append(out, op.Name)
	}
	if attr.Union != nil {
		out = append(out, attr.Union.Discriminator)
	}
	return out
}

// compare adds the condition to the scope that its path leads to.
func (r *queryReader) compare(key string, path []*resource.Relationship, attr *resource.Attribute, op api.Operator, values []string) {
	value, ok := r.operand(key, attr, op, values)
	if !ok {
		return
	}
	scope, from := &r.filter, 0
	for i, rel := range path {
		if rel.Many() {
			scope = scope.at(path[from : i+1])
			from = i + 1
		}
	}
	n, err := api.Compare(path[from:], attr, op, value)
	if err != nil {
		r.fault(key, "type", err.Error())
		return
	}
	scope.conditions = append(scope.conditions, n)
}

func (r *queryReader) operand(key string, attr *resource.Attribute, op api.Operator, values []string) (any, bool) {
	attr = op.Operand(attr)
	if op.TakesList() {
		return r.list(key, attr, values)
	}
	one, ok := r.one(key, values)
	if !ok {
		return nil, false
	}
	return r.value(key, attr, one)
}

// value is the canonical value of a text. No text means null: that is asked
// for by is_null.
func (r *queryReader) value(key string, attr *resource.Attribute, s string) (any, bool) {
	if r.values++; r.values > maxFilterValues {
		if r.values == maxFilterValues+1 {
			r.fault(key, "max", "the filters have more than "+strconv.Itoa(maxFilterValues)+" values")
		}
		return nil, false
	}
	if s == "" && attr.Type.Kind == structs.String && attr.Enum == nil && !attr.Type.IsCustom() {
		return "", true
	}
	v, err := wire.ParseText(attr, s)
	if err != nil {
		r.issues(key, err)
		return nil, false
	}
	if v == nil {
		r.fault(key, "type", "has no value: filter by [is_null] for null")
		return nil, false
	}
	return v, true
}

func (r *queryReader) list(key string, attr *resource.Attribute, values []string) (any, bool) {
	var out []any
	for _, s := range values {
		for _, item := range wire.SplitList(s) {
			v, ok := r.value(key, attr, item)
			if !ok {
				return nil, false
			}
			out = append(out, v)
		}
	}
	return out, true
}
