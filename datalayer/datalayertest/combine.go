package datalayertest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// combined are the records that the parts of a query add up to.
func (w *world) combined(q *datalayer.Query, among []any, at func(any) place) ([]any, error) {
	if len(q.Combine) == 0 {
		return among, nil
	}
	var out []any
	for i, p := range q.Combine {
		a, err := w.readAt(&datalayer.Query{Resource: q.Resource, Where: p.Where, Sort: p.Sort, Limit: p.Limit, Offset: p.Offset}, among, at)
		if err != nil {
			return nil, err
		}
		has := func(list []any) func(any) bool { return func(rec any) bool { return slices.Contains(list, rec) } }
		switch {
		case i == 0 || p.How == datalayer.UnionAll:
			out = append(out, a.records...)
			continue
		case p.How == datalayer.Union:
			out = append(out, a.records...)
		case p.How == datalayer.Intersect:
			out = slices.DeleteFunc(out, func(rec any) bool { return !has(a.records)(rec) })
		case p.How == datalayer.Except:
			out = slices.DeleteFunc(out, has(a.records))
		}
		var once []any
		for _, rec := range out {
			if !has(once)(rec) {
				once = append(once, rec)
			}
		}
		out = once
	}
	return out, nil
}

// testCombine reads what parts add up to, which are made up at random.
func testCombine(t *testing.T, db Database) {
	w := newWorld(t)
	w.addPosts(24)
	f := newFixture(t, db, w, nil)
	posts := w.of("post")
	random := rand.New(rand.NewPCG(7, 24))
	wheres := []expr.Node{
		nil, lit(false), call(expr.OpEq, field("State"), lit("live")), call(expr.OpGt, field("Votes"), lit(int64(2))),
		call(expr.OpIsNull, field("Rank")), call(expr.OpEq, field("Done"), lit(true)), call(expr.OpNotNull, on("Name", "Author")),
	}
	hows := []datalayer.Combination{datalayer.Union, datalayer.UnionAll, datalayer.Intersect, datalayer.Except}
	for i := range 60 {
		q := w.query("post")
		for range 1 + random.IntN(4) {
			p := datalayer.Part{How: hows[random.IntN(4)], Where: wheres[random.IntN(len(wheres))], Sort: sorts()[random.IntN(10)]}
			if random.IntN(2) == 0 {
				p.Limit, p.Offset = 1+random.IntN(9), random.IntN(4)
			}
			q.Combine = append(q.Combine, p)
		}
		q.Sort, q.Count = sorts()[random.IntN(10)], true
		switch i % 6 {
		case 0:
			q.Limit, q.More, q.Offset = 3, true, random.IntN(3)
		case 1:
			q.Where = wheres[2+random.IntN(4)]
		case 2:
			q.Distinct = &datalayer.Distinct{On: []expr.Node{field("State")}, Sort: sorts()[random.IntN(10)]}
		case 3:
			q.Include = []datalayer.Include{w.include(posts, "Comments", nil), w.include(posts, "Author", nil)}
		case 4:
			if values, err := keysOf(w.at(posts, w.records[posts][3]), withPrimary(posts, q.Sort)); err != nil {
				t.Fatal(err)
			} else if !datalayer.Repeats(q.Combine) {
				q.Seek, q.Limit = &datalayer.Seek{Values: values, Before: random.IntN(2) == 0}, 4
			}
		}
		f.expect(t, f.l, q)
	}
	total := &datalayer.Query{Resource: posts, Combine: []datalayer.Part{{}, {How: datalayer.UnionAll}}, Group: &datalayer.Group{
		Aggregates: []datalayer.Aggregate{{Attribute: &resource.Attribute{Name: "N", JSON: "N", Type: structs.Type{Kind: structs.Int}}, Kind: expr.AggregateCount}},
	}}
	total.Select = total.Group.Columns()
	res, err := f.l.Read(f.ctx, total)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.Value(0, 0); n != int64(48) || err != nil {
		t.Errorf("the number of all records and all records: got %v, %v", n, err)
	}
}
