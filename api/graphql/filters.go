package graphql

import (
	"errors"
	"slices"
	"strings"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// filterReader turns filter and sort arguments into expressions. What the
// client wrote is looked up in the schema's types, never used as a name.
type filterReader struct {
	s     *schema
	room  int // conditions and values still allowed
	depth int // relationships still allowed
}

// maxFilterDepth is how deep filters may be nested: each level is a level of
// recursion here and in the data layer.
const maxFilterDepth = 16

// filter is the condition that a filter input means, for the record at path;
// nil when it means none. The error is a *conga.Error of kind Invalid.
func (r *filterReader) filter(t *typeDef, v any, path []*resource.Relationship, at []string) (expr.Node, error) {
	if v == nil {
		return nil, nil
	}
	given, ok := object(v)
	if !ok {
		return nil, badInput(at, "type", "must be an object")
	}
	if len(at) > maxFilterDepth {
		return nil, badInput(at[:1], "depth", "is nested too deeply")
	}
	var all []expr.Node
	for _, f := range t.fields { // in the order of the schema, so that statements are stable
		v, ok := given[f.name]
		if !ok {
			continue
		}
		n, err := r.condition(t, f, v, path, append(slices.Clip(at), f.name))
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return expr.And(all...), nil
}

func (r *filterReader) condition(t *typeDef, f *fieldDef, v any, path []*resource.Relationship, at []string) (expr.Node, error) {
	if r.room--; r.room < 0 {
		return nil, badInput(at[:1], "size", "has too many conditions")
	}
	switch {
	case f.attr != nil:
		return r.operations(f, v, path, at)
	case f.rel != nil:
		return r.related(f, v, path, at)
	case f.op == "not":
		inner, err := r.filter(t, v, path, at)
		if err != nil || v == nil {
			return nil, err
		}
		if inner == nil {
			inner = expr.Literal{Value: true}
		}
		return expr.Call{Op: expr.OpNot, Args: []expr.Node{inner}}, nil
	}
	if v == nil {
		return nil, nil
	}
	var parts []expr.Node
	for _, item := range listOf(v) {
		if r.room--; r.room < 0 {
			return nil, badInput(at[:1], "size", "has too many conditions")
		}
		n, err := r.filter(t, item, path, at)
		if err != nil {
			return nil, err
		}
		if n == nil {
			n = expr.Literal{Value: true}
		}
		parts = append(parts, n)
	}
	if f.op == "and" {
		return expr.And(parts...), nil
	}
	if len(parts) == 0 {
		return expr.Literal{Value: false}, nil // one of none
	}
	return expr.Call{Op: expr.OpOr, Args: parts}, nil
}

// related is a condition on the record or the records that a relationship leads to.
func (r *filterReader) related(f *fieldDef, v any, path []*resource.Relationship, at []string) (expr.Node, error) {
	if len(path) >= r.depth {
		return nil, badInput(at[:1], "depth", "goes through too many relationships")
	}
	path = append(slices.Clip(path), f.rel)
	if !f.rel.Many() {
		if v == nil { // there is none
			return api.Compare(path, f.rel.Target.Primary, api.Presence(), true)
		}
		return r.filter(f.res.filter, v, path, at)
	}
	if v == nil {
		return nil, badInput(at, "null", "must not be null")
	}
	inner := *r
	inner.depth -= len(path)
	where, err := inner.filter(f.res.filter, v, nil, at)
	r.room = inner.room
	if err != nil {
		return nil, err
	}
	return api.Exists(path, where), nil
}

// operations are the operators given for one attribute.
func (r *filterReader) operations(f *fieldDef, v any, path []*resource.Relationship, at []string) (expr.Node, error) {
	if v == nil {
		return nil, badInput(at, "null", `must not be null; "isNull" asks for null`)
	}
	given, ok := object(v)
	if !ok {
		return nil, badInput(at, "type", "must be an object")
	}
	args, _ := object(given[argArguments])
	attr, err := r.s.argued(f.attr, f.inputs.all(), args)
	if err != nil {
		return nil, relocate(err, append(slices.Clip(at), argArguments))
	}
	var all []expr.Node
	for _, test := range f.tests.fields {
		v, ok := given[test.name]
		if ok && test.tests != nil { // of the variant of a union
			n, err := r.tagged(attr, test, v, path, at)
			if err != nil {
				return nil, err
			}
			all = append(all, n)
			continue
		}
		if !ok || test.test == nil {
			continue
		}
		if r.room--; r.room < 0 {
			return nil, badInput(at[:1], "size", "has too many conditions")
		}
		at := append(slices.Clip(at), test.name)
		value, err := r.operand(f, test.test, v, at)
		if err != nil {
			return nil, err
		}
		if items, ok := value.([]any); ok && len(items) == 0 && test.test.Takes == api.ValueList {
			all = append(all, expr.Literal{Value: test.name != "in"}) // among none; not among none
			continue
		}
		n, err := api.Compare(path, attr, *test.test, value)
		if err != nil && test.test.Takes == api.TwoValues && value != nil {
			return nil, badInput(at, "size", "must be two values, the least and the greatest")
		}
		if err != nil {
			return nil, badInput(at, "null", "must not be null")
		}
		all = append(all, n)
	}
	return expr.And(all...), nil
}

// operand is what an operator compares with.
func (r *filterReader) operand(f *fieldDef, op *api.Operator, v any, at []string) (any, error) {
	leaf := f.leaf
	switch op.Takes {
	case api.TrueOrFalse:
		return v, nil
	case api.WholeNumber:
		leaf = leaves["Int"]
	case api.Element, api.ElementList:
		leaf = f.leaf.list
	}
	if v == nil {
		return nil, nil
	}
	attr := op.Operand(f.attr)
	if !op.TakesList() {
		value, err := leaf.decode(attr, v)
		if err != nil {
			return nil, relocate(err, at)
		}
		return value, nil
	}
	items := listOf(v)
	if r.room -= len(items); r.room < 0 {
		return nil, badInput(at[:1], "size", "has too many values")
	}
	values := make([]any, len(items))
	for i, item := range items {
		value, err := leaf.decode(attr, item)
		if err != nil {
			return nil, relocate(err, at)
		}
		values[i] = value
	}
	return values, nil
}

// maxSort is the largest number of sort keys.
const maxSort = 8

// sort is the order that a sort argument means; nil when it means none.
func (s *schema) sort(rt *resourceType, v any) ([]expr.Order, error) {
	if v == nil {
		return nil, nil
	}
	items := listOf(v)
	if len(items) > maxSort {
		return nil, badInput([]string{argSort}, "size", "has too many keys")
	}
	var out []expr.Order
	for _, item := range items {
		given, _ := object(item)
		name, _ := given["field"].(string)
		order, ok := given["order"].(string)
		if !ok {
			order = "ASC"
		}
		attr := rt.keys[name]
		if attr == nil {
			return nil, badInput([]string{argSort, "field"}, "enum", "is no value of "+rt.sort+"Field")
		}
		if args := rt.sortArgs[attr]; args != nil {
			values, _ := object(given[args.name])
			var err error
			if attr, err = s.argued(attr, args.inputs.all(), values); err != nil {
				return nil, relocate(err, []string{argSort, args.name})
			}
		}
		key, err := api.SortKey(nil, attr, strings.HasPrefix(order, "DESC"))
		if err != nil {
			return nil, badInput([]string{argSort, "field"}, "enum", "has no order")
		}
		key.NullsFirst = strings.HasSuffix(order, "NULLS_FIRST")
		out = append(out, key)
	}
	return out, nil
}

func badInput(at []string, code, message string) error {
	return &conga.Error{Kind: conga.Invalid, Issues: []conga.Issue{{Path: at, Code: code, Message: message}}}
}

// relocate gives the issues of an input another path.
func relocate(err error, at []string) error {
	var e *conga.Error
	if !errors.As(err, &e) {
		return err
	}
	out := &conga.Error{Kind: e.Kind, Issues: make([]conga.Issue, len(e.Issues))}
	for i, issue := range e.Issues {
		issue.Path = at
		out.Issues[i] = issue
	}
	return out
}
