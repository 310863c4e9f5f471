package datalayertest

import (
	"slices"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource/expr"
)

// sorts are orders of posts: with NULLs, in mixed directions, by calculations,
// by related records, by aggregates.
func sorts() [][]expr.Order {
	desc := func(n expr.Node) expr.Order { return expr.Order{Node: n, Descending: true} }
	first := func(o expr.Order) expr.Order { o.NullsFirst = true; return o }
	stars := &expr.Aggregate{Kind: expr.AggregateSum, Path: []string{"Comments"}, Of: field("Stars")}
	out := [][]expr.Order{
		nil,
		{desc(field("ID"))},
		{by(field("Votes")), desc(field("ID"))},
		{by(field("Done")), by(field("Votes"))},
		{desc(field("Done")), desc(field("At")), by(field("Score"))},
		{by(field("Rank")), desc(field("Votes"))},
		{first(by(field("Rank"))), first(desc(field("SeenAt"))), by(field("Title"))},
		{desc(field("Rank")), by(field("Subtitle"))},
		{by(on("Name", "Author"))},
		{first(desc(on("Age", "Author"))), by(on("Name", "Author", "Boss"))},
		{by(call(expr.OpLength, field("Title"))), desc(field("Title"))},
		{desc(call(expr.OpCoalesce, field("Rank"), lit(int64(1))))},
		{desc(field("Replies")), by(field("Stars"))},
		{desc(stars), by(field("Price"))},
	}
	for _, name := range []string{"Title", "Subtitle", "Votes", "Rank", "Score", "Price", "Discount", "At", "SeenAt", "Took", "Done", "Hash", "AuthorID", "Day", "Until"} {
		out = append(out, []expr.Order{by(field(name))}, []expr.Order{first(desc(field(name)))})
	}
	return out
}

func testOrder(t *testing.T, db Database) {
	w := newWorld(t)
	w.addBlog()
	f := newFixture(t, db, w, nil)
	for _, sort := range sorts() {
		q := w.query("post")
		q.Sort = sort
		f.expect(t, f.l, q)
	}
	// In words of its own: NULLs last in both directions, unless first.
	small := newWorld(t)
	small.add(&author{ID: 1, Name: "a", Age: new(5)}, &author{ID: 2, Name: "b"}, &author{ID: 3, Name: "c", Age: new(7)}, &author{ID: 4, Name: "d"})
	f = newFixture(t, db, small, nil)
	tests := []struct {
		order expr.Order
		want  []int64
	}{
		{expr.Order{Node: field("Age")}, []int64{1, 3, 2, 4}},
		{expr.Order{Node: field("Age"), Descending: true}, []int64{3, 1, 2, 4}},
		{expr.Order{Node: field("Age"), NullsFirst: true}, []int64{2, 4, 1, 3}},
		{expr.Order{Node: field("Age"), Descending: true, NullsFirst: true}, []int64{2, 4, 3, 1}},
	}
	a := small.of("author")
	for _, tt := range tests {
		res, err := f.l.Read(f.ctx, &datalayer.Query{Resource: a, Select: a.Columns()[:1], Sort: []expr.Order{tt.order}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := integers(res); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("authors by %+v: got %v, want %v (%v)", tt.order, got, tt.want, err)
		}
	}
}

func testLimits(t *testing.T, db Database) {
	w := newWorld(t)
	w.addPosts(60)
	f := newFixture(t, db, w, nil)
	for _, limit := range []int{0, 1, 2, 5, 10, 49, 50, 59, 60, 61, 1000} {
		for _, offset := range []int{0, 1, 10, 50, 59, 60, 100} {
			for _, more := range []bool{false, true} {
				q := w.query("post")
				q.Select, q.Sort = q.Select[:1], []expr.Order{by(field("Votes"))}
				q.Limit, q.Offset, q.More = limit, offset, more && limit > 0
				q.Where = call(expr.OpNotNull, field("ID"))
				f.expect(t, f.l, q)
			}
		}
	}
}

// testSeek goes to each place in each order, in both directions.
func testSeek(t *testing.T, db Database) {
	w := newWorld(t)
	w.addPosts(21)
	f := newFixture(t, db, w, nil)
	posts := w.of("post")
	for n, sort := range sorts() {
		keys := withPrimary(posts, sort)
		q := func() *datalayer.Query {
			q := w.query("post")
			q.Select, q.Sort, q.More, q.Limit = q.Select[:2], sort, true, 3
			return q
		}
		end := q()
		end.Seek = &datalayer.Seek{Before: true}
		f.expect(t, f.l, end)
		for i, rec := range w.records[posts] {
			values, err := keysOf(w.at(posts, rec), keys)
			if err != nil {
				t.Fatal(err)
			}
			for _, before := range []bool{false, true} {
				at := q()
				at.Seek = &datalayer.Seek{Values: values, Before: before}
				if (i+n)%5 == 0 { // not all of them, for speed
					at.Limit, at.More = 0, false
					at.Where = call(expr.OpEq, field("Done"), lit(true))
				}
				f.expect(t, f.l, at)
			}
		}
	}
}

func testCount(t *testing.T, db Database) {
	w := newWorld(t)
	w.addBlog()
	f := newFixture(t, db, w, nil)
	values, err := keysOf(w.at(w.of("post"), w.records[w.of("post")][5]), []expr.Order{by(field("ID"))})
	if err != nil {
		t.Fatal(err)
	}
	for _, where := range []expr.Node{
		nil, lit(true), lit(false), call(expr.OpGt, field("Votes"), lit(int64(0))), call(expr.OpEq, on("Name", "Author"), lit("author1")),
		&expr.Aggregate{Kind: expr.AggregateExists, Path: []string{"Comments"}},
	} {
		for _, edit := range []func(*datalayer.Query){
			func(*datalayer.Query) {},
			func(q *datalayer.Query) { q.Limit, q.More = 2, true },
			func(q *datalayer.Query) { q.Limit, q.Offset = 3, 1000 },
			func(q *datalayer.Query) { q.Limit, q.Seek = 2, &datalayer.Seek{Values: values} },
			func(q *datalayer.Query) { q.Seek = &datalayer.Seek{Values: values, Before: true} },
		} {
			q := w.query("post")
			q.Select, q.Where, q.Count = q.Select[:1], where, true
			edit(q)
			f.expect(t, f.l, q)
		}
	}
}
