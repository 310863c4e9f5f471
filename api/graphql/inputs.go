package graphql

import (
	"cmp"
	"strings"

	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// Arguments of lists; those of an action that are called the same get another name.
const (
	argFilter = "filter"
	argSort   = "sort"
	argFirst  = "first"
	argAfter  = "after"
	argLast   = "last"
	argBefore = "before"
	argID     = "id"
	argInput  = "input"

	argInputs    = "inputs"
	argPartial   = "partial"
	argUnchanged = "ifUnchangedSince"
	argVersion   = "ifVersion"
)

func (b *builder) listArguments(rt *resourceType) []*fieldDef {
	args := []*fieldDef{{name: argFilter, typ: b.filterType(rt).name}}
	if sort := b.sortType(rt); sort != "" {
		args = append(args, &fieldDef{name: argSort, typ: "[" + sort + "!]"})
	}
	return append(args,
		&fieldDef{name: argFirst, typ: "Int"}, &fieldDef{name: argAfter, typ: "String"},
		&fieldDef{name: argLast, typ: "Int"}, &fieldDef{name: argBefore, typ: "String"})
}

// operatorType is the input of the operators for values of a leaf.
func (b *builder) operatorType(l *leaf) *typeDef {
	if l.union != nil {
		return b.conditions(l)
	}
	if l.isDocument() {
		l = leaves["JSON"] // which can be asked whether it is null
	}
	if t := b.filters[l.name]; t != nil {
		return t
	}
	name := l.name
	if l.list != nil {
		name = l.list.name + "List"
	}
	t := b.define("input", "Conditions on a value; all of them must hold.", name+"Filter")
	b.filters[l.name] = t
	for _, op := range api.Operators(l.sample()) {
		f := &fieldDef{name: inflect.Camel(op.Name), description: strings.ToUpper(op.Description[:1]) + op.Description[1:] + ".", test: &op, typ: l.name}
		switch op.Takes {
		case api.ValueList, api.TwoValues:
			f.typ = "[" + l.name + "!]"
		case api.TrueOrFalse:
			f.typ = "Boolean"
		case api.Element:
			f.typ = l.list.name
		case api.ElementList:
			f.typ = l.name
		case api.WholeNumber:
			f.typ = "Int"
		}
		t.add(f)
	}
	return t
}

// sample is an attribute like those with this leaf, to ask which operators they have.
func (l *leaf) sample() *resource.Attribute {
	kinds := map[string]structs.Kind{
		"String": structs.String, "Boolean": structs.Bool, "Float": structs.Float, "Int": structs.Int, "BigInt": structs.Int,
		"ID": structs.UUID, "Decimal": structs.Decimal, "DateTime": structs.Time, "Date": structs.Date, "Duration": structs.Duration,
		"Bytes": structs.Bytes, "JSON": structs.JSON,
	}
	if l.list != nil {
		return &resource.Attribute{Type: structs.Type{Kind: structs.List}}
	}
	if l.coding == named {
		return &resource.Attribute{Type: structs.Type{Kind: structs.String}, Enum: []string{l.name}}
	}
	return &resource.Attribute{Type: structs.Type{Kind: kinds[cmp.Or(l.like, l.name)]}}
}

// filterType is the filter input of a resource: its attributes, its
// relationships, and how conditions are put together.
func (b *builder) filterType(rt *resourceType) *typeDef {
	if rt.filter != nil {
		return rt.filter
	}
	t := b.define("input", "Conditions on a "+label(rt.res)+"; all of them must hold.", rt.object.name+"Filter")
	rt.filter = t
	t.add(&fieldDef{name: "and", op: "and", typ: "[" + t.name + "!]"})
	t.add(&fieldDef{name: "or", op: "or", typ: "[" + t.name + "!]"})
	t.add(&fieldDef{name: "not", op: "not", typ: t.name})
	for _, f := range rt.object.fields {
		if f.attr != nil && f.attr.Compute == nil && !f.attr.NoFilter {
			tests := b.testsOf(rt, f)
			t.add(&fieldDef{name: f.name, typ: tests.name, attr: f.attr, leaf: f.leaf, tests: tests, inputs: f.inputs})
		}
	}
	for _, rel := range rt.res.Relationships {
		if !api.Asks(rel) {
			continue
		}
		target := b.byRes[rel.Target]
		f := &fieldDef{name: rel.GraphQL, typ: b.filterType(target).name, rel: rel, res: target}
		if rel.Many() {
			f.description = "Holds when there is one of which all of this holds."
		}
		t.add(f)
	}
	return t
}

func label(r *resource.Resource) string { return r.Type }

// sortType is the name of the sort input of a resource; empty where nothing has an order.
func (b *builder) sortType(rt *resourceType) string {
	if rt.sort != "" {
		return rt.sort
	}
	var sortable []*fieldDef
	for _, f := range rt.object.fields {
		if f.attr != nil && api.Sortable(f.attr) {
			sortable = append(sortable, f)
		}
	}
	if len(sortable) == 0 {
		return ""
	}
	in := b.define("input", "", rt.object.name+"Sort")
	enum := b.define("enum", "", rt.object.name+"SortField")
	taken := newNames()
	for _, f := range sortable {
		v := enumValue{name: taken.claim(fieldConstant(f.name)), attr: f.attr}
		enum.values = append(enum.values, v)
		rt.keys[v.name] = f.attr
	}
	in.add(&fieldDef{name: "field", typ: enum.name + "!"})
	in.add(&fieldDef{name: "order", typ: "SortOrder!", fallback: "ASC"})
	for _, f := range sortable {
		if len(f.args) > 0 {
			typ := b.argumentsType(rt, f)
			rt.sortArgs[f.attr] = in.add(&fieldDef{name: f.name, typ: typ, inputs: f.inputs,
				description: "The arguments of " + f.name + ", where that is the field."})
		}
	}
	b.sortOrder()
	rt.sort = in.name
	return rt.sort
}

func (b *builder) sortOrder() {
	b.share("SortOrder", func() *typeDef {
		return &typeDef{kind: "enum", name: "SortOrder", description: "NULLs come last where the name does not say otherwise.", values: []enumValue{
			{name: "ASC"}, {name: "DESC"},
			{name: "ASC_NULLS_FIRST"}, {name: "ASC_NULLS_LAST"}, {name: "DESC_NULLS_FIRST"}, {name: "DESC_NULLS_LAST"},
		}}
	})
}

// fieldConstant is a field's name as the name of an enum value: roomId becomes ROOM_ID.
func fieldConstant(name string) string {
	if c := constant(name); c != "" {
		return c
	}
	return strings.ToUpper(name) + "_"
}

// inputFields are the inputs of an action. Those that must be given are not
// null; for all others missing, null and zero are three different things.
func (b *builder) inputFields(a *resource.Action, owner string, add func(*fieldDef) *fieldDef) (required bool) {
	for _, in := range a.Inputs() {
		if in.Private && !a.IsArgument(in) {
			continue
		}
		l := b.leaf(a.Resource, in, !a.IsArgument(in) && isKey(a.Resource, in), owner)
		f := &fieldDef{name: in.GraphQL, description: in.Description, typ: l.inputName(), attr: in, leaf: l}
		if mustGive(a, in) {
			f.typ += "!"
			required = true
		}
		add(f)
	}
	return b.managedFields(a.Managed, add) || required
}

// mustGive reports whether a call without the input cannot succeed.
func mustGive(a *resource.Action, in *resource.Attribute) bool {
	if !in.Required || in.Default != nil {
		return false
	}
	if a.IsArgument(in) {
		return true
	}
	if a.Kind != resource.Create {
		return false
	}
	for _, s := range a.Steps {
		if s.Set == in {
			return false // a change gives it a value
		}
	}
	return true
}

// typeName is the upper camel case of an action's name and its resource: PostMessage.
func typeName(a *resource.Action, r *resourceType) string {
	return inflect.Pascal(a.Name) + r.object.name
}
