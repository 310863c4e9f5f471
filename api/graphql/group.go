package graphql

import (
	"context"
	"slices"
	"strconv"
	"strings"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Arguments of groups beside those of lists.
const (
	argBy     = "by"
	argHaving = "having"
	argOffset = "offset"
)

// groups is what the schema has for groups of the records of a read action.
type groups struct {
	rt *resourceType
	// page is the type of the answer, node that of a group. Its members are
	// the number of records, and an object each for the keys and the functions.
	page, node, having *typeDef
	members            map[string]*typeDef // by the name of the field of node
	// Fields to group by and columns to sort by, by the names in enums.
	fields map[string]*resource.Reach
	orders map[string]string
	folds  map[string]api.Fold // by the names of their columns
}

// groups adds the field of Query that asks for groups of what a read action finds.
func (b *builder) groups(query *typeDef, rt *resourceType, a *resource.Action) {
	name := rt.object.name
	field := inflect.Camel(rt.res.Type) + "Groups"
	if a != rt.read {
		name = inflect.Pascal(a.Name) + name
		field = inflect.Camel(a.Name) + inflect.Pascal(rt.res.Type) + "Groups"
	}
	g := &groups{rt: rt, members: map[string]*typeDef{}, fields: map[string]*resource.Reach{}, orders: map[string]string{}, folds: map[string]api.Fold{}}
	g.page = b.define("type", "A page of groups of "+strings.ReplaceAll(rt.res.Plural, "_", " ")+".", name+"Groups")
	g.node = b.define("type", "The records that have the same keys.", name+"Group")
	g.page.add(&fieldDef{name: "nodes", typ: "[" + g.node.name + "!]!"})
	g.page.add(&fieldDef{name: "hasNextPage", typ: "Boolean!"})
	g.page.add(&fieldDef{name: "totalCount", typ: "Int!", description: "The number of all groups, on this page or not."})
	f := &fieldDef{name: field, typ: g.page.name, res: rt, root: &root{kind: rootGroups, action: a, res: rt, groups: g}, description: "Groups of what " +
		a.Name + " finds, and aggregates of them. Without by, all records are one group."}
	b.groupKeys(g, f, name, a)
	b.groupFolds(g, name, a)
	f.args = append(f.args, &fieldDef{name: argFilter, typ: b.filterType(rt).name}, &fieldDef{name: argHaving, typ: g.having.name})
	b.groupSort(g, f, name)
	f.args = append(f.args, &fieldDef{name: argFirst, typ: "Int"}, &fieldDef{name: argOffset, typ: "Int"})
	b.actionArguments(f, a)
	query.add(f)
}

// groupKeys adds the keys, and the argument that chooses them.
func (b *builder) groupKeys(g *groups, f *fieldDef, name string, a *resource.Action) {
	if len(a.Groups) == 0 {
		return
	}
	keys := b.define("type", "What the records of a group have in common; null too where it is not grouped by.", name+"GroupKeys")
	enum := b.define("enum", "", name+"GroupField")
	in := b.define("input", "", name+"GroupBy")
	taken, times := newNames(), false
	for _, x := range a.Groups {
		attr := *x.Attribute
		attr.Name, attr.Type.Nullable = x.JSON(), true
		l := b.reachLeaf(g.rt, x)
		def := keys.add(&fieldDef{name: reachName(x), description: attr.Description, typ: l.name, attr: &attr, leaf: l})
		v := enumValue{name: taken.claim(fieldConstant(def.name))}
		enum.values = append(enum.values, v)
		g.fields[v.name], g.orders[v.name] = x, x.JSON()
		times = times || api.Temporal(&attr)
	}
	in.add(&fieldDef{name: "field", typ: enum.name + "!"})
	if times {
		b.share("TimeUnit", timeUnits)
		in.add(&fieldDef{name: "unit", typ: "TimeUnit", description: "Groups times and dates by the unit in which they lie: the key is the moment, or the day, at which it begins. Units of dates are days and longer."})
		in.add(&fieldDef{name: "zone", typ: "String", description: "The time zone of the unit by its IANA name, such as Europe/Berlin; UTC without one. Dates have none."})
	}
	g.members["keys"] = keys
	g.node.add(&fieldDef{name: "keys", typ: keys.name + "!"})
	f.args = append(f.args, &fieldDef{name: argBy, typ: "[" + in.name + "!]"})
}

func timeUnits() *typeDef {
	t := &typeDef{kind: "enum", name: "TimeUnit", description: "A span of the calendar or the clock. A week begins on Monday."}
	for _, u := range expr.Units() {
		t.values = append(t.values, enumValue{name: strings.ToUpper(string(u))})
	}
	return t
}

func reachName(x *resource.Reach) string {
	return inflect.Camel(strings.ReplaceAll(x.JSON(), ".", "_"))
}

// reachLeaf is the leaf that the attribute has in the type of its own resource.
func (b *builder) reachLeaf(rt *resourceType, x *resource.Reach) *leaf {
	if n := len(x.Path); n > 0 {
		rt = b.byRes[x.Path[n-1].Target]
	}
	for _, f := range rt.object.fields {
		if f.attr == x.Attribute {
			return f.leaf
		}
	}
	return leafOf(x.Attribute.Type, false)
}

// groupFolds adds the aggregates, and the conditions on them.
func (b *builder) groupFolds(g *groups, name string, a *resource.Action) {
	g.having = b.define("input", "Conditions on aggregates of a group; all of them must hold.", name+"GroupHaving")
	g.having.add(&fieldDef{name: "and", op: "and", typ: "[" + g.having.name + "!]"})
	g.having.add(&fieldDef{name: "or", op: "or", typ: "[" + g.having.name + "!]"})
	g.having.add(&fieldDef{name: "not", op: "not", typ: g.having.name})
	for _, fold := range api.Folds(a) {
		attr := fold.Attribute()
		l := leafOf(attr.Type, false)
		if attr.Enum != nil {
			l = b.reachLeaf(g.rt, fold.Of)
		}
		g.folds[attr.Name] = fold
		long := inflect.Camel(strings.ReplaceAll(attr.Name, ".", "_"))
		tests := b.operatorType(l)
		g.having.add(&fieldDef{name: long, typ: tests.name, attr: attr, leaf: l, tests: tests})
		g.orders[fieldConstant(long)] = attr.Name
		typ := l.name
		if !attr.Type.Nullable {
			typ += "!"
		}
		if fold.Of == nil {
			g.node.add(&fieldDef{name: "count", typ: typ, description: "The number of records.", attr: attr, leaf: l})
			continue
		}
		part := inflect.Camel(fold.Function)
		t := g.members[part]
		if t == nil {
			t = b.define("type", "", name+"Group"+inflect.Pascal(fold.Function))
			g.members[part] = t
			g.node.add(&fieldDef{name: part, typ: t.name + "!"})
		}
		t.add(&fieldDef{name: reachName(fold.Of), typ: typ, attr: attr, leaf: l})
	}
}

// groupSort adds the argument for the order: by keys and by aggregates.
func (b *builder) groupSort(g *groups, f *fieldDef, name string) {
	enum := b.define("enum", "", name+"GroupSortField")
	for _, list := range []*typeDef{g.members["keys"], g.having} {
		if list == nil {
			continue
		}
		for _, col := range list.fields {
			if col.attr != nil {
				enum.values = append(enum.values, enumValue{name: fieldConstant(col.name)})
			}
		}
	}
	in := b.define("input", "", name+"GroupSort")
	in.add(&fieldDef{name: "field", typ: enum.name + "!"})
	in.add(&fieldDef{name: "order", typ: "SortOrder!", fallback: "ASC"})
	b.sortOrder()
	f.args = append(f.args, &fieldDef{name: argSort, typ: "[" + in.name + "!]"})
}

// grouping reads the arguments and the selection of a field for groups.
type grouping struct {
	*api.Grouping
	q *query
	g *groups
}

// groups answers a field for groups.
func (q *query) groups(ctx context.Context, f gql.CollectedField, def *fieldDef) ([]byte, error) {
	g := &grouping{api.NewGrouping(def.root.action), q, def.root.groups}
	args := arguments(f.Field, q.oc.Variables)
	find := &conga.Find{Action: def.root.action, Group: &g.Group}
	find.Untrusted, find.Bare = true, true
	var err error
	if err = g.by(args[argBy]); err != nil {
		return nil, err
	}
	r := filterReader{s: q.s, room: q.o.MaxConditions, depth: q.o.MaxDepth}
	if find.Where, err = r.filter(g.g.rt.filter, args[argFilter], nil, []string{argFilter}); err != nil {
		return nil, err
	}
	if g.Having, err = r.filter(g.g.having, args[argHaving], nil, []string{argHaving}); err != nil {
		return nil, err
	}
	expr.Walk(g.Having, func(n expr.Node) bool {
		if field, ok := n.(expr.Field); ok {
			g.Fold(g.g.folds[field.Name])
		}
		return true
	})
	if find.Sort, err = g.order(args[argSort]); err != nil {
		return nil, err
	}
	if err = g.page(&find.Page, args); err != nil {
		return nil, err
	}
	parts := g.parts(f.Selections, find)
	if len(g.Columns()) == 0 { // the number of groups alone is wanted: that is 1
		g.Fold(g.g.folds["count"])
	}
	if find.Arguments, err = q.readArguments(f, def); err != nil {
		return nil, err
	}
	found, err := q.s.app.Find(ctx, find)
	if err != nil {
		return nil, err
	}
	defer found.Release()
	return appendParts(make([]byte, 0, 256+64*found.Len()), parts, window{found: found, to: found.Len(), next: found.HasNext, count: found.Count})
}

// by reads what to group by.
func (g *grouping) by(v any) error {
	if v == nil {
		return nil
	}
	for _, item := range listOf(v) {
		given, _ := object(item)
		name, _ := given["field"].(string)
		unit, _ := given["unit"].(string)
		zone, _ := given["zone"].(string)
		x := g.g.fields[name]
		if x == nil {
			return badInput([]string{argBy, "field"}, "enum", "is no value of the enum")
		}
		if err := g.Key(x, expr.Unit(strings.ToLower(unit)), zone); err != nil {
			return badInput([]string{argBy}, "group", err.Error())
		}
	}
	return nil
}

// order reads the sort; aggregates in it are computed too.
func (g *grouping) order(v any) ([]expr.Order, error) {
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
		order, _ := given["order"].(string)
		col, ok := g.g.orders[name]
		if !ok {
			return nil, badInput([]string{argSort, "field"}, "enum", "is no value of the enum")
		}
		if fold, ok := g.g.folds[col]; ok {
			g.Fold(fold)
		}
		if g.Column(col) == nil {
			return nil, badInput([]string{argSort, "field"}, "group", "is not grouped by")
		}
		out = append(out, expr.Order{Node: expr.Field{Name: col}, Descending: strings.HasPrefix(order, "DESC"), NullsFirst: strings.HasSuffix(order, "NULLS_FIRST")})
	}
	return out, nil
}

func (g *grouping) page(p *conga.Page, args map[string]any) error {
	for _, arg := range []struct {
		name   string
		into   *int
		lowest int
	}{{argFirst, &p.Limit, 1}, {argOffset, &p.Offset, 0}} {
		v := args[arg.name]
		if v == nil {
			continue
		}
		n, ok := integer(v)
		if !ok || n < arg.lowest {
			return badInput([]string{arg.name}, "min", "must be "+strconv.Itoa(arg.lowest)+" or more")
		}
		*arg.into = n
	}
	return nil
}

// parts are the members of the page, and have the aggregates computed that
// they show.
func (g *grouping) parts(set ast.SelectionSet, find *conga.Find) []part {
	var parts []part
	for _, f := range g.q.collect(set, g.g.page.name) {
		var p appendWindow
		switch f.Name {
		case "nodes":
			shape := g.node(f.Selections)
			p = func(dst []byte, w window) ([]byte, error) { return shape.AppendRows(dst, w.found, w.from, w.to) }
		case "hasNextPage":
			p = func(dst []byte, w window) ([]byte, error) { return wire.AppendBool(dst, w.next), nil }
		case "totalCount":
			find.Count = true
			p = func(dst []byte, w window) ([]byte, error) { return wire.AppendInt(dst, w.count), nil }
		default:
			p = constantPart(strconv.Quote(g.g.page.name))
		}
		parts = append(parts, newPart(len(parts), f.Alias, p))
	}
	return parts
}

func (g *grouping) node(set ast.SelectionSet) *api.Shape {
	var members []api.Member
	for _, f := range g.q.collect(set, g.g.node.name) {
		part := g.g.members[f.Name]
		switch {
		case f.Name == "__typename":
			members = append(members, typename(f, g.g.node.name))
		case part == nil:
			members = append(members, g.value(f.Alias, g.g.node, g.g.node.byName[f.Name]))
		default:
			var inner []api.Member
			for _, f := range g.q.collect(f.Selections, part.name) {
				if f.Name == "__typename" {
					inner = append(inner, typename(f, part.name))
					continue
				}
				inner = append(inner, g.value(f.Alias, part, part.byName[f.Name]))
			}
			members = append(members, api.Inner(f.Alias, api.NewShape(inner...)))
		}
	}
	return api.NewShape(members...)
}

// value is a member with a key, null where it is not grouped by, or with an aggregate.
func (g *grouping) value(alias string, t *typeDef, def *fieldDef) api.Member {
	if fold, ok := g.g.folds[def.attr.Name]; ok {
		g.Fold(fold)
	}
	if g.Column(def.attr.Name) == nil {
		return api.Constant(alias, "null")
	}
	name := def.attr.Name
	return api.Custom(alias, func(dst []byte, found *conga.Found, row int) ([]byte, error) {
		col := slices.IndexFunc(found.Columns, func(a *resource.Attribute) bool { return a.Name == name })
		out, err := def.leaf.append(dst, found, row, col)
		if err == nil {
			return out, nil
		}
		at := fault{t.name + "." + def.name, err}
		if !def.attr.Type.Nullable {
			return dst, &unshowable{at}
		}
		g.q.faults = append(g.q.faults, at)
		return append(out, "null"...), nil
	})
}
