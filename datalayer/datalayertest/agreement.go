package datalayertest

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// testAgreement makes conditions, orders and includes at random, and compares
// what the database finds with what the world does.
func testAgreement(t *testing.T, db Database) {
	w := newWorld(t)
	w.addPosts(24)
	f := newFixture(t, db, w, nil)
	rounds := uint64(400)
	if testing.Short() {
		rounds = 100
	}
	for seed := range rounds {
		g := &generator{rand.New(rand.NewPCG(seed, 7)), w}
		q := g.query()
		if _, err := w.want(q); errors.Is(err, expr.ErrNotLoaded) {
			t.Fatalf("seed %d: %s: %v", seed, describe(q), err)
		} else if err != nil {
			continue // a number out of range: databases may fail or not
		}
		if f.expect(t, f.l, q); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// generator makes random queries.
type generator struct {
	*rand.Rand
	w *world
}

func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

func (g *generator) query() *datalayer.Query {
	q := g.w.query([]string{"post", "post", "author", "comment"}[g.IntN(4)])
	g.fill(q)
	for range g.IntN(3) {
		rel := pick(g, q.Resource.Relationships)
		q.Include = append(q.Include, g.w.include(q.Resource, rel.Name, func(in *datalayer.Query) {
			if rel.Many() {
				g.fill(in)
			} else if g.IntN(2) == 0 {
				in.Where = g.condition([]*resource.Resource{in.Resource}, 2)
			}
		}))
	}
	return q
}

// fill adds a condition, an order and cuts.
func (g *generator) fill(q *datalayer.Query) {
	scope := []*resource.Resource{q.Resource}
	if g.IntN(8) > 0 {
		q.Where = g.condition(scope, 3)
	}
	for range g.IntN(3) {
		n := g.value(scope, g.kind(), 1)
		if _, constant := n.(expr.Literal); constant {
			continue
		}
		q.Sort = append(q.Sort, expr.Order{Node: n, Descending: g.IntN(2) == 0, NullsFirst: g.IntN(2) == 0})
	}
	q.Count = g.IntN(3) == 0
	if g.IntN(2) == 0 {
		q.Limit, q.More = 1+g.IntN(12), g.IntN(2) == 0
	}
	recs := g.w.records[q.Resource]
	switch g.IntN(4) {
	case 0:
		q.Offset = g.IntN(5)
	case 1:
		values, err := keysOf(g.w.at(q.Resource, pick(g, recs)), withPrimary(q.Resource, q.Sort))
		if err == nil {
			q.Seek = &datalayer.Seek{Values: values, Before: g.IntN(2) == 0}
		}
	}
}

// kinds are those that conditions are made of.
var kinds = []structs.Kind{
	structs.String, structs.Bool, structs.Int, structs.Float, structs.Decimal,
	structs.Time, structs.Duration, structs.UUID, structs.Bytes, structs.Date,
}

func (g *generator) kind() structs.Kind { return pick(g, kinds) }

// condition makes a condition on a record of the last scope, as deep as given.
func (g *generator) condition(scopes []*resource.Resource, depth int) expr.Node {
	if depth <= 0 {
		return g.comparison(scopes, 0)
	}
	switch g.IntN(12) {
	case 0, 1:
		return call(expr.OpAnd, g.conditions(scopes, depth)...)
	case 2, 3:
		return call(expr.OpOr, g.conditions(scopes, depth)...)
	case 4:
		return call(expr.OpNot, g.condition(scopes, depth-1))
	case 5:
		return call(pick(g, []expr.Op{expr.OpIsNull, expr.OpNotNull}), g.value(scopes, g.kind(), depth-1))
	case 6:
		return g.masked(scopes, call(pick(g, []expr.Op{expr.OpContains, expr.OpStartsWith, expr.OpEndsWith}),
			g.value(scopes, structs.String, depth-1), g.value(scopes, structs.String, depth-2)), depth)
	case 7:
		return g.masked(scopes, g.in(scopes, depth), depth)
	case 8:
		return g.exists(scopes, depth)
	case 9:
		return lit(pick(g, []any{true, false, nil}))
	case 10:
		return g.list(scopes, depth)
	}
	return g.masked(scopes, g.comparison(scopes, depth-1), depth)
}

// masked hides fields of a comparison where a condition does not hold, as those
// are that somebody sees in some records alone.
func (g *generator) masked(scopes []*resource.Resource, n expr.Node, depth int) expr.Node {
	c, ok := n.(expr.Call)
	if !ok {
		return n
	}
	for i, a := range c.Args {
		if _, ok := a.(expr.Field); ok && g.IntN(2) == 0 {
			c.Args[i] = call(expr.OpIf, g.condition(scopes, depth-2), a, lit(nil))
		}
	}
	return c
}

func (g *generator) conditions(scopes []*resource.Resource, depth int) []expr.Node {
	out := make([]expr.Node, g.IntN(4))
	for i := range out {
		out[i] = g.condition(scopes, depth-1)
	}
	return out
}

func (g *generator) comparison(scopes []*resource.Resource, depth int) expr.Node {
	k := g.kind()
	op := pick(g, []expr.Op{expr.OpEq, expr.OpNe, expr.OpLt, expr.OpLe, expr.OpGt, expr.OpGe, expr.OpDistinct})
	return call(op, g.value(scopes, k, depth), g.value(scopes, k, depth))
}

func (g *generator) in(scopes []*resource.Resource, depth int) expr.Node {
	k := g.kind()
	list := expr.List{Values: make([]any, g.IntN(4))}
	for i := range list.Values {
		list.Values[i] = g.constant(k)
	}
	return call(expr.OpIn, g.value(scopes, k, depth-1), list)
}

// list asks what a list has; the other side is a constant, a field or an item.
func (g *generator) list(scopes []*resource.Resource, depth int) expr.Node {
	if v, names := g.variant(scopes); v != nil && g.IntN(3) == 0 {
		return call(pick(g, []expr.Op{expr.OpEq, expr.OpNe, expr.OpDistinct}), v, lit(pick(g, names)))
	}
	list, ok := g.listField(scopes)
	if !ok {
		return g.comparison(scopes, depth-1)
	}
	kind := structs.String
	if list.Name == "Marks" {
		kind = structs.Int
	}
	if g.IntN(2) == 0 {
		return call(expr.OpHas, list, g.value(scopes, kind, depth-2))
	}
	var other expr.Node = list
	if g.IntN(3) > 0 {
		items := make([]any, g.IntN(3))
		for i := range items {
			items[i] = g.present(kind)
		}
		other = lit(items)
	}
	return call(pick(g, []expr.Op{expr.OpHasAny, expr.OpHasAll, expr.OpEq, expr.OpDistinct}), list, other)
}

// variant is the name of the variant of a union of one of the scopes, or of
// what it belongs to, and those that there are; nil where there is none.
func (g *generator) variant(scopes []*resource.Resource) (expr.Node, []any) {
	for up := range scopes {
		r := scopes[len(scopes)-1-up]
		var path []string
		if r.Name == "comment" {
			r, path = r.Relationship("Post").Target, []string{"Post"}
		}
		if r.Name == "post" {
			about := r.Attribute("About")
			c := about.Discriminator().Reference(nil).(expr.Call)
			return call(c.Op, expr.Field{Up: up, Path: path, Name: about.Name}, c.Args[1]), []any{"person", "number", "nothing"}
		}
	}
	return nil, nil
}

// listField is a list of one of the scopes; ok is false where there is none.
func (g *generator) listField(scopes []*resource.Resource) (f expr.Field, ok bool) {
	for up := range scopes {
		if r := scopes[len(scopes)-1-up]; r.Name == "post" {
			return expr.Field{Up: up, Name: pick(g, []string{"Words", "Marks", "Wishes"})}, true
		}
	}
	return f, false
}

// many is a to-many relationship that a path leads to, if the resource has one.
func (g *generator) many(r *resource.Resource) (path []string, target *resource.Resource) {
	for range 6 {
		rel := pick(g, r.Relationships)
		path = append(path, rel.Name)
		if rel.Many() {
			return path, rel.Target
		}
		if r = rel.Target; len(r.Relationships) == 0 {
			break
		}
	}
	return nil, nil
}

func (g *generator) exists(scopes []*resource.Resource, depth int) expr.Node {
	if a := g.aggregate(scopes, expr.AggregateExists, depth); a != nil {
		return a
	}
	return g.comparison(scopes, depth-1)
}

// aggregate is an aggregate over the records related to one of the scopes, or
// nil where there are none.
func (g *generator) aggregate(scopes []*resource.Resource, kind expr.AggregateKind, depth int) *expr.Aggregate {
	if len(scopes) > 2 {
		return nil // three times nested is enough
	}
	up := g.IntN(len(scopes))
	path, target := g.many(scopes[len(scopes)-1-up])
	if target == nil {
		return nil
	}
	a := &expr.Aggregate{Kind: kind, Up: up, Path: path}
	if g.IntN(3) > 0 {
		a.Where = g.condition(append(slices.Clip(scopes), target), min(depth-1, 1))
	}
	return a
}

// value makes a value of the kind.
func (g *generator) value(scopes []*resource.Resource, k structs.Kind, depth int) expr.Node {
	if depth <= 0 {
		return g.leaf(scopes, k)
	}
	sub := func() expr.Node { return g.value(scopes, k, depth-1) }
	switch g.IntN(8) {
	case 0:
		return call(expr.OpIf, g.condition(scopes, depth-1), sub(), g.field(scopes, k))
	case 1:
		return call(expr.OpCoalesce, g.field(scopes, k), sub())
	case 2, 3:
		return g.computed(scopes, k, depth)
	case 4:
		return g.condensed(scopes, k, depth)
	}
	return g.leaf(scopes, k)
}

// computed applies an operator of the kind.
func (g *generator) computed(scopes []*resource.Resource, k structs.Kind, depth int) expr.Node {
	// The first argument is a field, so that every database knows the type.
	a, b := g.field(scopes, k), g.value(scopes, k, depth-1)
	switch k {
	case structs.Int:
		switch g.IntN(10) {
		case 0, 1:
			return call(expr.OpLength, g.field(scopes, structs.String))
		case 2:
			return call(expr.OpPosition, g.field(scopes, structs.String), g.value(scopes, structs.String, depth-1))
		case 3:
			return call(expr.OpExtract, g.field(scopes, structs.Time), lit(string(pick(g, expr.DateParts()))), lit(g.zone()))
		}
		if list, ok := g.listField(scopes); ok && g.IntN(4) == 0 {
			return call(expr.OpLength, list)
		}
		if g.IntN(4) == 0 {
			return call(pick(g, []expr.Op{expr.OpNeg, expr.OpAbs}), a)
		}
		return call(pick(g, []expr.Op{expr.OpAdd, expr.OpSub, expr.OpMul, expr.OpDiv, expr.OpMod}), a, b)
	case structs.Decimal:
		return call(pick(g, []expr.Op{expr.OpRound, expr.OpFloor, expr.OpCeil}), a)
	case structs.Time:
		return g.clock(scopes, a, depth)
	case structs.Float:
		if g.IntN(3) == 0 {
			return call(pick(g, []expr.Op{expr.OpRound, expr.OpFloor, expr.OpCeil}), a)
		}
		return call(pick(g, []expr.Op{expr.OpAdd, expr.OpSub, expr.OpMul, expr.OpDiv}), a, b)
	case structs.Duration:
		if g.IntN(3) == 0 {
			return call(expr.OpElapsed, g.field(scopes, structs.Time), g.value(scopes, structs.Time, depth-1))
		}
		return call(pick(g, []expr.Op{expr.OpAdd, expr.OpSub}), a, b)
	case structs.String:
		switch g.IntN(7) {
		case 0, 1:
			return call(expr.OpConcat, a, b)
		case 2:
			return call(expr.OpReplace, a, b, g.value(scopes, structs.String, depth-1))
		case 3:
			return call(expr.OpSubstring, a, lit(1+int64(g.IntN(4))), lit(int64(g.IntN(4))))
		case 4:
			return call(expr.OpSplitPart, a, lit(pick(g, []string{"", " ", "a", "é", "ta"})), lit(1+int64(g.IntN(3))))
		case 5:
			if v, _ := g.variant(scopes); v != nil {
				return v
			}
		}
		return call(pick(g, []expr.Op{expr.OpLower, expr.OpUpper, expr.OpTrim}), a)
	case structs.Bool:
		return g.condition(scopes, depth-1)
	}
	return a
}

func (g *generator) zone() string {
	return pick(g, []string{"UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"})
}

// clock is a time made of another.
func (g *generator) clock(scopes []*resource.Resource, t expr.Node, depth int) expr.Node {
	switch g.IntN(3) {
	case 0:
		return call(expr.OpAddTime, t, g.value(scopes, structs.Duration, depth-1))
	case 1:
		return call(expr.OpAddUnits, t, lit(int64(g.IntN(40)-20)), lit(string(pick(g, expr.Units()))))
	}
	return call(expr.OpStartOf, t, lit(string(pick(g, expr.Units()))), lit(g.zone()))
}

// condensed is an aggregate of the kind.
func (g *generator) condensed(scopes []*resource.Resource, k structs.Kind, depth int) expr.Node {
	kind := pick(g, []expr.AggregateKind{expr.AggregateMin, expr.AggregateMax, expr.AggregateFirst})
	switch {
	case k == structs.Int && g.IntN(2) == 0:
		kind = pick(g, []expr.AggregateKind{expr.AggregateCount, expr.AggregateSum})
	case k == structs.Float && g.IntN(2) == 0:
		kind = expr.AggregateSum
	}
	a := g.aggregate(scopes, kind, depth)
	if a == nil {
		return g.field(scopes, k)
	}
	if kind != expr.AggregateCount || g.IntN(2) == 0 {
		a.Distinct = kind == expr.AggregateCount && g.IntN(2) == 0
		target := scopes[len(scopes)-1-a.Up]
		for _, name := range a.Path {
			target = target.Relationship(name).Target
		}
		a.Of = g.field([]*resource.Resource{target}, k)
		if kind == expr.AggregateFirst {
			a.Sort = []expr.Order{{Node: g.field([]*resource.Resource{target}, g.kind()), Descending: g.IntN(2) == 0}}
		}
	}
	return a
}

func (g *generator) leaf(scopes []*resource.Resource, k structs.Kind) expr.Node {
	if g.IntN(3) == 0 {
		return lit(g.constant(k))
	}
	return g.field(scopes, k)
}

// field is a field of the kind, of one of the scopes or of what it belongs to;
// a computed text where there is none.
func (g *generator) field(scopes []*resource.Resource, k structs.Kind) expr.Node {
	for range 20 {
		f := expr.Field{Up: g.IntN(len(scopes))}
		r := scopes[len(scopes)-1-f.Up]
		for g.IntN(3) == 0 {
			rel := pick(g, r.Relationships)
			if rel.Many() {
				break
			}
			f.Path = append(f.Path, rel.Name)
			r = rel.Target
		}
		var names []string
		for _, a := range r.Attributes {
			if a.Type.Kind == k && a.Expr == nil {
				names = append(names, a.Name)
			}
		}
		if len(names) > 0 {
			f.Name = pick(g, names)
			return f
		}
	}
	return call(expr.OpCoalesce, lit(nil), lit(g.present(k)))
}

// constant is a value that some record has, or NULL.
func (g *generator) constant(k structs.Kind) any {
	if g.IntN(6) == 0 {
		return nil
	}
	return g.present(k)
}

// present is a value that some post has, and not NULL.
func (g *generator) present(k structs.Kind) any {
	posts := g.w.of("post")
	for {
		rec := pick(g, g.w.records[posts])
		for _, a := range posts.Columns() {
			if v := a.Get(rec); a.Type.Kind == k && v != nil && g.IntN(2) == 0 {
				return v
			}
		}
	}
}
