package datalayertest

import (
	"slices"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// testRelations includes the records of relationships that more than keys
// relate, and asks for them in conditions and orders.
func testRelations(t *testing.T, db Database) {
	w := newWorld(t)
	w.addBlog()
	f := newFixture(t, db, w, nil)
	include := func(name, rel string, edit func(*datalayer.Query)) {
		q := w.query(name)
		q.Include = []datalayer.Include{w.include(q.Resource, rel, edit)}
		f.expect(t, f.l, q)
		q.Where = call(expr.OpEq, field("ID"), lit(w.records[q.Resource][1].(interface{ key() any }).key()))
		f.expect(t, f.l, q)
	}
	cut := func(q *datalayer.Query) { q.Limit, q.Offset, q.More, q.Count = 1, 1, true, true }
	for _, r := range []*resource.Resource{w.of("author"), w.of("post")} {
		for _, rel := range r.Relationships {
			if rel.Plain() {
				continue
			}
			if !rel.Many() {
				include(r.Name, rel.Name, nil)
				include(r.Name, rel.Name, func(q *datalayer.Query) { q.Where = call(expr.OpGt, field("Stars"), lit(int64(2))) })
				continue
			}
			own := func(q *datalayer.Query) { q.Sort = rel.Sort }
			for _, edit := range []func(*datalayer.Query){nil, cut, own, func(q *datalayer.Query) { own(q); cut(q) }} {
				include(r.Name, rel.Name, edit)
			}
			for _, kind := range []expr.AggregateKind{expr.AggregateCount, expr.AggregateExists} {
				q := w.query(r.Name)
				q.Sort = []expr.Order{by(&expr.Aggregate{Kind: kind, Path: []string{rel.Name}})}
				q.Where = &expr.Aggregate{Kind: expr.AggregateExists, Path: []string{rel.Name}}
				f.expect(t, f.l, q)
			}
		}
	}
	testRecords(t, f, w)
	q := w.query("post")
	q.Sort = []expr.Order{by(on("Stars", "Best")), {Node: on("Body", "Worst"), Descending: true}}
	f.expect(t, f.l, q)
	// Bound copies take the place of what was declared.
	best := w.of("post").Relationship("Best")
	bound := *best
	bound.Filter = lit(false)
	q.Relations = datalayer.Relations{best: &bound}
	res, err := f.l.Read(f.ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	var ids []any
	for row := range res.Len() {
		v, err := res.Value(row, 0)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, v)
	}
	q.Sort, q.Relations = []expr.Order{{Node: on("Body", "Worst"), Descending: true}}, nil
	a, err := w.read(q, w.records[q.Resource])
	if err != nil {
		t.Fatal(err)
	}
	for i, rec := range a.records {
		if want := q.Resource.Primary.Get(rec); i >= len(ids) || ids[i] != want {
			t.Fatalf("sorted by a relationship that is bound to lead nowhere, row %d is not %v", i, want)
		}
	}
}

// testRecords aggregates over all records of a resource that a condition alone relates.
func testRecords(t *testing.T, f *fixture, w *world) {
	r := w.of("author")
	x := r.Probe().(*author)
	state := func(p *post) expr.Bool { return expr.Is(&p.State, "live").And(expr.EqNullable(&p.AuthorID, &x.ID)) }
	for _, n := range []expr.Node{
		expr.Exists(state).Node(),
		expr.Count(expr.Records[post](), state).Node(),
		expr.Sum(expr.Records[post](), func(p *post) *int32 { return &p.Votes }, state).Node(),
		expr.Count(expr.Records[author](), func(y *author) expr.Bool { return expr.Less(expr.F(&y.Name), expr.F(&x.Name)) }).Node(),
		expr.Exists(func(p *post) expr.Bool {
			return expr.Some(&p.Comments, func(c *comment) expr.Bool { return expr.Contains(&c.Body, "e").And(expr.Gt(&p.Votes, 0)) })
		}).Node(),
	} {
		n, err := r.Resolve(n)
		if err != nil {
			t.Fatal(err)
		}
		q := w.query("author")
		q.Sort = []expr.Order{by(n), by(field("ID"))}
		f.expect(t, f.l, q)
	}
}

func (a *author) key() any { return a.ID }
func (p *post) key() any   { return p.ID }

// related are the records that a relationship leads to, in its order.
func (w *world) related(rel *resource.Relationship, rec any) []any {
	places := w.relatives(rel, rec)
	out := make([]any, len(places))
	for i, p := range places {
		out[i] = p.around[len(p.around)-1].rec
	}
	return out
}

// relatives are the same with the join record and the record where the
// relationship starts around them.
func (w *world) relatives(rel *resource.Relationship, rec any) []place {
	var out []place
	source := located{rel.Resource, rec}
	add := func(around ...located) {
		p := place{w, append([]located{source}, around...)}
		if ok, err := expr.Holds(rel.Filter, p); ok && err == nil {
			out = append(out, p)
		}
	}
	reached := w.reached(rel, rec)
	for _, x := range w.records[rel.Target] {
		to := located{rel.Target, x}
		switch {
		case rel.Through == nil:
			if reached(x) {
				add(to)
			}
		default:
			for _, tie := range w.records[rel.Through] {
				if equal(rel.ThroughSource.Get(tie), rel.Source.Get(rec)) && equal(rel.ThroughDestination.Get(tie), rel.Destination.Get(x)) {
					add(located{rel.Through, tie}, to)
				}
			}
		}
	}
	sort := withPrimary(rel.Target, rel.Sort)
	if err := sortBy(out, sort, func(p place) place { return p }); err != nil {
		return nil
	}
	if rel.Limit > 0 && len(out) > rel.Limit {
		out = out[:rel.Limit]
	}
	if !rel.Many() && len(out) > 1 {
		out = out[:1]
	}
	return out
}

// reached tells the records to which keys and paths alone lead.
func (w *world) reached(rel *resource.Relationship, rec any) func(any) bool {
	if rel.Steps == nil {
		return func(x any) bool { return rel.Source == nil || equal(rel.Destination.Get(x), rel.Source.Get(rec)) }
	}
	at := []any{rec}
	for _, step := range rel.Steps {
		var next []any
		for _, rec := range at {
			next = append(next, w.related(step, rec)...)
		}
		at = next
	}
	return func(x any) bool { return slices.Contains(at, x) }
}

// readRelated answers an include for one record.
func (w *world) readRelated(inc datalayer.Include, rec any) (*answer, error) {
	around := map[any]place{}
	var recs []any
	for _, p := range w.relatives(inc.Relationship, rec) {
		x := p.around[len(p.around)-1].rec
		around[x] = p
		recs = append(recs, x)
	}
	return w.readAt(inc.Query, recs, func(x any) place { return around[x] })
}
