package graphql

import (
	"slices"
	"strconv"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
)

// managedFields adds the managed inputs of an action, or of a record in one,
// to an input type, and reports whether one of them must be given.
func (b *builder) managedFields(list []*resource.Managed, add func(*fieldDef) *fieldDef) (required bool) {
	for _, m := range list {
		if m.Relationship.Private || !hasFields(m.Nested) {
			continue
		}
		f := &fieldDef{name: m.GraphQL, description: m.Description, managed: m}
		if m.Nested.KeysOnly() {
			f.attr = m.Nested.Scalar
			f.leaf = b.leaf(m.Target(), f.attr, true, m.Nested.Name)
			f.typ = f.leaf.name
		} else {
			f.nested = b.nestedType(m.Nested)
			f.typ = f.nested.name
		}
		if m.Many() {
			f.typ = "[" + f.typ + "!]"
		}
		if m.Required {
			f.typ += "!"
			required = true
		}
		add(f)
	}
	return required
}

// hasFields reports whether a client can say anything of a record.
func hasFields(n *resource.Nested) bool {
	return len(n.Managed) > 0 || slices.ContainsFunc(n.Inputs, func(in *resource.Attribute) bool { return !in.Private })
}

// nestedType is the input of one record in a managed input. It may lead back to itself.
func (b *builder) nestedType(n *resource.Nested) *typeDef {
	if t := b.nested[n]; t != nil {
		return t
	}
	t := b.define("input", "", n.Name+"Input")
	b.nested[n] = t
	for _, in := range n.Inputs {
		if in.Private {
			continue
		}
		owner := n.Target
		own := slices.Contains(owner.Attributes, in)
		l := b.leaf(owner, in, own && isKey(owner, in), n.Name)
		f := &fieldDef{name: in.GraphQL, description: in.Description, typ: l.inputName(), attr: in, leaf: l}
		if in == n.Target.Primary && n.Keys != nil {
			f.description = "The record that is meant, if it is there already."
		}
		if n.Needs(in) {
			f.typ += "!"
		}
		t.add(f)
	}
	b.managedFields(n.Managed, t.add)
	return t
}

// nestedReader reads managed inputs. It counts the records that it has read.
type nestedReader struct{ records int }

// fill gives a write what is given for the fields of an input.
func (r *nestedReader) fill(w *conga.Write, input *typeDef, given map[string]any) {
	w.Inputs, w.Issues = inputs(input.fields, given)
	nested, issues := r.inputs(input.fields, given)
	w.Nested, w.Issues = nested, append(w.Issues, issues...)
}

// inputs reads the managed inputs among the fields. The paths of issues begin there.
func (r *nestedReader) inputs(fields []*fieldDef, given map[string]any) (out []conga.NestedInput, issues []conga.Issue) {
	for _, f := range fields {
		v, ok := given[f.name]
		if !ok || f.managed == nil {
			continue
		}
		in := conga.NestedInput{Managed: f.managed}
		switch {
		case v != nil && f.managed.Many():
			for _, item := range listOf(v) {
				in.Records = append(in.Records, r.record(f, item))
			}
		case v != nil:
			in.Records = []conga.NestedRecord{r.record(f, v)}
		case f.managed.Many():
			issues = append(issues, conga.Issue{Path: []string{f.managed.JSON}, Code: "type", Message: "must be a list"})
			continue
		}
		out = append(out, in)
	}
	return out, issues
}

// record reads one record. The paths of issues begin at it.
func (r *nestedReader) record(f *fieldDef, v any) (rec conga.NestedRecord) {
	r.records++
	if f.nested == nil {
		key, err := f.leaf.decode(f.attr, v)
		if err != nil || key == nil {
			rec.Issues = []conga.Issue{{Code: "type", Message: "is no key"}}
			return rec
		}
		rec.Inputs = []conga.Input{{Attribute: f.attr, Value: key}}
		return rec
	}
	given, _ := object(v)
	rec.Inputs, rec.Issues = inputs(f.nested.fields, given)
	var issues []conga.Issue
	rec.Nested, issues = r.inputs(f.nested.fields, given)
	rec.Issues = append(rec.Issues, issues...)
	return rec
}

// tooMany refuses more nested records than a call may have.
func (q *query) tooMany(r nestedReader) error {
	if limit := q.o.MaxBulk; limit >= 0 && r.records > limit {
		return badInput(nil, "max", "must not hold more than "+strconv.Itoa(limit)+" related records")
	}
	return nil
}

// renamed is a path of JSON names with the names that the schema has for them.
func renamed(fields []*fieldDef, path []string) []string {
	for _, f := range fields {
		switch {
		case f.managed != nil && f.managed.JSON == path[0]:
			out, rest := []string{f.name}, path[1:]
			if f.managed.Many() && len(rest) > 0 {
				out, rest = append(out, rest[0]), rest[1:]
			}
			if f.nested != nil && len(rest) > 0 {
				rest = renamed(f.nested.fields, rest)
			}
			return append(out, rest...)
		case f.managed == nil && f.attr != nil && f.attr.JSON == path[0]:
			return append([]string{f.name}, path[1:]...)
		}
	}
	return path
}
