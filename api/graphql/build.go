package graphql

import (
	"slices"
	"strings"

	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// resourceType is what the schema makes of a resource.
type resourceType struct {
	res    *resource.Resource
	read   *resource.Action // primary read; nil where clients have none
	object *typeDef
	filter *typeDef
	// Names of further types; they are made when first needed.
	connection, edge, sort, event string
	// keys are the attributes to sort by, by the names of the sort enum.
	keys map[string]*resource.Attribute
	// sortArgs are the fields of the sort input with the arguments of calculations.
	sortArgs map[*resource.Attribute]*fieldDef
}

// builder makes the types of a schema from a model.
type builder struct {
	types     []*typeDef
	names     *names
	leaves    map[string]*leaf // enums by Go type and values
	filters   map[string]*typeDef
	objects   map[string]*typeDef // results of generic actions
	nested    map[*resource.Nested]*typeDef
	documents map[*resource.Object]*leaf
	unions    map[*resource.UnionType]*leaf
	byRes     map[*resource.Resource]*resourceType
	order     []*resourceType
	shared    map[string]bool // types that all connections and mutations need
	writes    map[*resource.Action]*fieldDef
}

// build is the schema's types for all that clients may see of the resources.
func build(registry *resource.Registry) *builder {
	b := &builder{
		names: newNames("Query", "Mutation", "Subscription", "String", "Int", "Float", "Boolean", "ID",
			"PageInfo", "SortOrder", "EventKind", "MutationError", "BulkError"),
		leaves: map[string]*leaf{}, filters: map[string]*typeDef{}, objects: map[string]*typeDef{}, nested: map[*resource.Nested]*typeDef{}, documents: map[*resource.Object]*leaf{}, unions: map[*resource.UnionType]*leaf{},
		byRes: map[*resource.Resource]*resourceType{}, shared: map[string]bool{}, writes: map[*resource.Action]*fieldDef{},
	}
	for _, s := range scalars {
		b.names.claim(s.name)
	}
	for _, r := range registry.Resources {
		b.declare(r, shown(registry, r))
	}
	for _, rt := range b.order {
		if rt.object.byName != nil {
			b.attributes(rt)
		}
	}
	for _, rt := range b.order {
		if rt.object.byName != nil {
			b.relationships(rt)
			b.choices(rt)
		}
	}
	b.roots()
	b.types = append(b.types, scalars...)
	return b
}

// shown reports whether clients get to see records of r: through an action
// of its own, or in the result of a generic one.
func shown(registry *resource.Registry, r *resource.Resource) bool {
	for _, a := range r.Actions {
		if !a.Private && a.Kind != resource.Generic {
			return true
		}
	}
	for _, other := range registry.Resources {
		for _, a := range other.Actions {
			if a.Private || a.Kind != resource.Generic {
				continue
			}
			if a.Returns == r || a.Output != nil && slices.ContainsFunc(a.Output.Records, func(m *resource.Member) bool { return m.Target == r }) {
				return true
			}
		}
	}
	return false
}

// declare makes room for the type of a resource. That of one whose records
// are never shown has no fields and is not in the schema.
func (b *builder) declare(r *resource.Resource, shown bool) {
	rt := &resourceType{res: r, keys: map[string]*resource.Attribute{}, sortArgs: map[*resource.Attribute]*fieldDef{}}
	if read := r.PrimaryAction(resource.Read); read != nil && !read.Private {
		rt.read = read
	}
	if shown {
		rt.object = b.define("type", r.Description, r.Name)
	} else {
		rt.object = &typeDef{name: b.names.claim(r.Name)}
	}
	b.byRes[r] = rt
	b.order = append(b.order, rt)
}

// define adds a type under the first free one of the names.
func (b *builder) define(kind, description string, wanted ...string) *typeDef {
	t := &typeDef{kind: kind, description: description, name: b.names.claim(wanted...), byName: map[string]*fieldDef{}, names: newNames("__typename")}
	b.types = append(b.types, t)
	return t
}

func (b *builder) attributes(rt *resourceType) {
	for _, a := range rt.res.Attributes {
		if a.Private {
			continue
		}
		l := b.leaf(rt.res, a, isKey(rt.res, a), rt.res.Name)
		f := &fieldDef{name: a.GraphQL, description: a.Description, typ: outputType(l, a), attr: a, leaf: l, args: b.argumentFields(rt, a)}
		if f.veil = rt.res.Sight(a) != nil; f.veil {
			f.typ = l.name
			f.description = strings.TrimSpace(f.description + " Null where the caller may not see it.")
		}
		rt.object.add(f)
	}
}

// leaf is the type of an attribute or argument; owner begins the name of an enum of its own.
func (b *builder) leaf(r *resource.Resource, a *resource.Attribute, key bool, owner string) *leaf {
	if a.Object != nil {
		return b.documentLeaf(r, a, owner)
	}
	if a.Union != nil {
		return b.unionLeaf(r, a, owner)
	}
	if a.Element != nil {
		return newList(b.leaf(r, a.Element, false, owner))
	}
	if len(a.Enum) == 0 {
		return b.scalar(leafOf(a.Type, key), a)
	}
	values := constants(a.Enum)
	if values == nil {
		return leaves["String"]
	}
	own := a.Type.Named != "" && a.Type.Named != "string"
	id := r.Name + "." + a.JSON
	if own {
		id = a.Type.Name
	}
	id += ":" + strings.Join(a.Enum, " ")
	if l := b.leaves[id]; l != nil {
		return l
	}
	wanted := []string{owner + inflect.Pascal(a.JSON)}
	if own {
		wanted = []string{a.Type.Named, wanted[0]}
	}
	t := b.define("enum", "", wanted...)
	for i, text := range a.Enum {
		t.values = append(t.values, enumValue{name: values[i], description: a.EnumValue(text).Description, text: text})
	}
	b.leaves[id] = newEnum(t.name, a.Enum, values)
	return b.leaves[id]
}

// outputType is the type of an attribute in results.
func outputType(l *leaf, a *resource.Attribute) string {
	if mayBeNull(l, a) {
		return l.name
	}
	return l.name + "!"
}

// mayBeNull reports whether a result may hold null. A calculation may, whatever
// its Go type, where it leads through relationships; counting may not.
func mayBeNull(l *leaf, a *resource.Attribute) bool {
	if a.Type.Nullable || l.name == "JSON" {
		return true
	}
	if a.Expr == nil {
		return false
	}
	agg, ok := a.Expr.(*expr.Aggregate)
	return !ok || agg.Kind != expr.AggregateCount && agg.Kind != expr.AggregateExists && agg.Kind != expr.AggregateList
}

func (b *builder) relationships(rt *resourceType) {
	for _, rel := range rt.res.Relationships {
		if !api.Follows(rel) {
			continue
		}
		target := b.byRes[rel.Target]
		f := &fieldDef{name: rel.GraphQL, description: rel.Description, rel: rel, res: target, typ: target.object.name}
		if rel.Many() {
			f.typ = b.connectionType(target) + "!"
			f.args = b.listArguments(target)
		}
		rt.object.add(f)
	}
}

// connectionType is the name of the connection of a resource.
func (b *builder) connectionType(rt *resourceType) string {
	if rt.connection != "" {
		return rt.connection
	}
	name := rt.object.name
	c := b.define("type", "A page of "+strings.ReplaceAll(rt.res.Plural, "_", " ")+".", name+"Connection")
	edge := b.define("type", "A record and its place in the order.", name+"Edge")
	rt.connection, rt.edge = c.name, edge.name
	c.add(&fieldDef{name: "nodes", typ: "[" + name + "!]!", res: rt})
	c.add(&fieldDef{name: "edges", typ: "[" + edge.name + "!]!", res: rt})
	c.add(&fieldDef{name: "pageInfo", typ: "PageInfo!"})
	c.add(&fieldDef{name: "totalCount", typ: "Int!", description: "The number of all records that match, on this page or not."})
	edge.add(&fieldDef{name: "cursor", typ: "String!"})
	edge.add(&fieldDef{name: "node", typ: name + "!", res: rt})
	b.share("PageInfo", func() *typeDef {
		return &typeDef{kind: "type", name: "PageInfo", description: "What lies around a page.", fields: []*fieldDef{
			{name: "hasNextPage", typ: "Boolean!"}, {name: "hasPreviousPage", typ: "Boolean!"},
			{name: "startCursor", typ: "String"}, {name: "endCursor", typ: "String"},
		}}
	})
	return c.name
}

// share adds a type once; its name is reserved.
func (b *builder) share(name string, make func() *typeDef) {
	if !b.shared[name] {
		b.shared[name] = true
		b.types = append(b.types, make())
	}
}
