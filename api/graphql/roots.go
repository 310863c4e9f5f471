package graphql

import (
	"strings"

	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/resource"
)

// rootKind is what a field of Query, Mutation or Subscription does.
type rootKind uint8

const (
	rootList rootKind = iota
	rootGet
	rootWrite
	rootCall
	rootEvents
	rootCreateMany
	rootWriteEvery
	rootUpdateMany
	rootGroups
)

// root is what a field of Query, Mutation or Subscription stands for.
type root struct {
	kind   rootKind
	action *resource.Action // nil for rootEvents
	res    *resourceType
	input  *typeDef // of writes and calls; nil without inputs
	result *typeDef // object of a call that returns no record
	groups *groups  // of rootGroups
	meta   *typeDef // of the metadata; nil for none
	item   *typeDef // of rootUpdateMany
}

// roots adds the three root types and what hangs on them.
func (b *builder) roots() {
	query := &typeDef{kind: "type", name: "Query", names: newNames("__typename", "__schema", "__type"), byName: map[string]*fieldDef{}}
	mutation := &typeDef{kind: "type", name: "Mutation", names: newNames("__typename"), byName: map[string]*fieldDef{}}
	subscription := &typeDef{kind: "type", name: "Subscription", names: newNames("__typename"), byName: map[string]*fieldDef{}}
	for _, rt := range b.order {
		b.mainReads(query, rt)
	}
	for _, rt := range b.order {
		for _, a := range rt.res.Actions {
			switch {
			case a.Private || a == rt.read:
			case a.Kind == resource.Read:
				b.list(query, rt, a, inflect.Camel(a.Name)+inflect.Pascal(rt.res.Plural))
			case a.Kind == resource.Generic:
				b.call(mutation, rt, a)
			default:
				b.write(mutation, rt, a)
			}
		}
		b.events(subscription, rt)
	}
	for _, rt := range b.order { // after all others, so that Bulk gives no other mutation another name
		for _, a := range rt.res.Actions {
			if a.Bulk && !a.Private {
				b.bulk(mutation, rt, a)
			}
			if a.Bulk && !a.Private && a.Kind == resource.Update {
				b.changes(mutation, rt, a)
			}
			if a.Grouped() && !a.Private {
				b.groups(query, rt, a)
			}
		}
	}
	if len(query.fields) == 0 {
		query.add(&fieldDef{name: "empty", description: "There is nothing to read.", typ: "Boolean"})
	}
	roots := []*typeDef{query}
	for _, t := range []*typeDef{mutation, subscription} {
		if len(t.fields) > 0 {
			roots = append(roots, t)
		}
	}
	b.types = append(roots, b.types...)
}

// mainReads adds the list and the single record of the primary read action.
func (b *builder) mainReads(query *typeDef, rt *resourceType) {
	if rt.read == nil {
		return
	}
	r := rt.res
	b.list(query, rt, rt.read, inflect.Camel(r.Plural))
	name := inflect.Camel(r.Type)
	if r.Plural == r.Type {
		name += "ById"
	}
	f := &fieldDef{name: name, description: "One " + label(r) + ", or null when there is none that the caller may see.", typ: rt.object.name,
		res: rt, root: &root{kind: rootGet, action: rt.read, res: rt}}
	f.args = append(f.args, &fieldDef{name: argID, typ: "ID!", attr: r.Primary, leaf: leafOf(r.Primary.Type, true)})
	b.actionArguments(f, rt.read)
	query.add(f)
}

func (b *builder) list(query *typeDef, rt *resourceType, a *resource.Action, name string) {
	f := &fieldDef{name: name, description: a.Description, typ: b.connectionType(rt), res: rt,
		root: &root{kind: rootList, action: a, res: rt}, args: b.listArguments(rt)}
	b.actionArguments(f, a)
	query.add(f)
}

// actionArguments adds the arguments of a read action to its field.
func (b *builder) actionArguments(f *fieldDef, a *resource.Action) {
	var reserved []string
	for _, arg := range f.args {
		reserved = append(reserved, arg.name)
	}
	taken := newNames(reserved...)
	b.inputFields(a, inflect.Pascal(a.Name)+a.Resource.Name, func(in *fieldDef) *fieldDef {
		in.name = taken.claim(in.name)
		f.args = append(f.args, in)
		return in
	})
}

// input adds the input of a write or a call, and the argument for it.
func (b *builder) input(f *fieldDef, a *resource.Action, rt *resourceType) {
	if len(a.Inputs())+len(a.Managed) == 0 {
		return
	}
	t := b.define("input", "", typeName(a, rt)+"Input")
	typ := t.name
	if b.inputFields(a, typeName(a, rt), t.add) {
		typ += "!"
	}
	f.root.input = t
	f.args = append(f.args, &fieldDef{name: argInput, typ: typ})
}

// payload is the type of what a mutation answers.
func (b *builder) payload(f *fieldDef, result *fieldDef) *typeDef {
	t := b.define("type", "", inflect.Pascal(f.name)+"Payload")
	result.name, result.description = "result", "What came of it; null when there are errors."
	t.add(result)
	t.add(&fieldDef{name: "errors", typ: "[MutationError!]!", description: "What is wrong with the input, or why the call was refused; empty when it succeeded."})
	f.typ = t.name
	b.share("MutationError", func() *typeDef {
		return &typeDef{kind: "type", name: "MutationError", description: "Why a mutation did not do what was asked.", fields: errorFields()}
	})
	return t
}

func errorFields() []*fieldDef {
	return []*fieldDef{
		{name: "message", typ: "String!", description: "For people: \"must be at most 4000 characters\"."},
		{name: "shortMessage", typ: "String!", description: "The message with places for vars: \"must be at most {max} characters\"."},
		{name: "vars", typ: "JSON", description: "The values for the places of shortMessage."},
		{name: "code", typ: "String!", description: "For programs: \"max\"; \"forbidden\", \"not_found\" and \"conflict\" speak of the call as a whole."},
		{name: "fields", typ: "[String!]!", description: "The fields of the input at fault."},
		{name: "path", typ: "[String!]!", description: "The path to the value at fault, from the arguments of the mutation downwards."},
	}
}

func (b *builder) write(mutation *typeDef, rt *resourceType, a *resource.Action) {
	f := mutation.add(&fieldDef{name: inflect.Camel(a.Name) + rt.object.name, description: a.Description, res: rt, root: &root{kind: rootWrite, action: a, res: rt}})
	if a.Kind != resource.Create {
		f.args = append(f.args, &fieldDef{name: argID, typ: "ID!", attr: rt.res.Primary, leaf: leafOf(rt.res.Primary.Type, true)})
	}
	b.input(f, a, rt)
	if version := api.Version(rt.res); version != nil && a.Kind != resource.Create {
		l := leafOf(version.Type, false)
		name := argUnchanged
		if version.Stamp == resource.NoStamp {
			name = argVersion
		}
		f.args = append(f.args, &fieldDef{name: name, typ: l.name, attr: version, leaf: l})
	}
	b.metadata(b.payload(f, &fieldDef{typ: rt.object.name, res: rt}), f, false)
	b.writes[a] = f
}

func (b *builder) call(mutation *typeDef, rt *resourceType, a *resource.Action) {
	f := mutation.add(&fieldDef{name: inflect.Camel(a.Name) + rt.object.name, description: a.Description, res: rt, root: &root{kind: rootCall, action: a, res: rt}})
	b.input(f, a, rt)
	result := &fieldDef{typ: "Boolean"}
	switch {
	case a.Returns != nil:
		result.res = b.byRes[a.Returns]
		result.typ = result.res.object.name
	case a.Output != nil:
		f.root.result = b.object(a, a.Output, "Result")
		result.typ = f.root.result.name
	}
	b.payload(f, result)
}

// object is the type of an object that is no record: the result of a generic
// action, or metadata. Actions with the same Go type share it.
func (b *builder) object(a *resource.Action, o *resource.Object, suffix string) *typeDef {
	parts := []string{o.Name}
	for _, attr := range o.Attributes {
		parts = append(parts, attr.JSON, attr.Type.Name)
	}
	for _, m := range o.Records {
		parts = append(parts, m.JSON, m.Target.FullName)
	}
	key := strings.Join(parts, " ")
	if t := b.objects[key]; t != nil {
		return t
	}
	t := b.define("type", "", o.Name, inflect.Pascal(a.Name)+a.Resource.Name+suffix)
	b.objects[key] = t
	for _, attr := range o.Attributes {
		if attr.Private {
			continue
		}
		l := b.leaf(a.Resource, attr, false, t.name)
		t.add(&fieldDef{name: attr.GraphQL, description: attr.Description, typ: outputType(l, attr), attr: attr, leaf: l})
	}
	for _, m := range o.Records {
		rt := b.byRes[m.Target]
		f := &fieldDef{name: m.GraphQL, typ: rt.object.name, res: rt, part: m}
		if m.Many {
			f.typ = "[" + rt.object.name + "!]!"
		}
		t.add(f)
	}
	if len(t.fields) == 0 {
		t.add(&fieldDef{name: "ok", typ: "Boolean"})
	}
	return t
}

func (b *builder) events(subscription *typeDef, rt *resourceType) {
	if rt.read == nil {
		return
	}
	b.share("EventKind", func() *typeDef {
		return &typeDef{kind: "enum", name: "EventKind", description: "What happened to a record.",
			values: []enumValue{{name: "CREATED"}, {name: "UPDATED"}, {name: "DESTROYED"}}}
	})
	t := b.define("type", "Something that happened to a "+label(rt.res)+".", rt.object.name+"Event")
	t.add(&fieldDef{name: "kind", typ: "EventKind!"})
	t.add(&fieldDef{name: "id", typ: "ID!"})
	t.add(&fieldDef{name: inflect.Camel(rt.res.Type), description: "The record as it is now; null when it was destroyed.", typ: rt.object.name, res: rt})
	rt.event = t.name
	subscription.add(&fieldDef{name: inflect.Camel(rt.res.Type) + "Events", typ: t.name + "!", res: rt,
		description: "Each change of a " + label(rt.res) + " that the caller may see and that the filter lets through.",
		args:        []*fieldDef{{name: argFilter, typ: b.filterType(rt).name}},
		root:        &root{kind: rootEvents, res: rt}})
}
