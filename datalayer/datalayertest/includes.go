package datalayertest

import (
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource/expr"
)

func testIncludes(t *testing.T, db Database) {
	w := newWorld(t)
	w.addBlog()
	f := newFixture(t, db, w, nil)
	for _, q := range includes(w) {
		f.expect(t, f.l, q)
	}
	// Seeking within the records of each parent.
	comments := w.of("comment")
	sort := []expr.Order{{Node: field("ByID"), Descending: true}, by(field("Stars"))}
	for _, rec := range w.records[comments][:12] {
		values, err := keysOf(w.at(comments, rec), withPrimary(comments, sort))
		if err != nil {
			t.Fatal(err)
		}
		for _, before := range []bool{false, true} {
			q := w.query("post")
			q.Include = []datalayer.Include{w.include(q.Resource, "Comments", func(in *datalayer.Query) {
				in.Sort, in.Limit, in.More, in.Count = sort, 2, true, true
				in.Seek = &datalayer.Seek{Values: values, Before: before}
			})}
			f.expect(t, f.l, q)
		}
	}
	testEmptyIncludes(t, f)
}

// includes are queries of all kinds of relationships: filtered, sorted, cut
// for each parent, counted, and within each other.
func includes(w *world) []*datalayer.Query {
	var out []*datalayer.Query
	from := func(name string, edits ...func(*datalayer.Query)) {
		q := w.query(name)
		for _, edit := range edits {
			edit(q)
		}
		out = append(out, q)
	}
	with := func(rel string, edit func(*datalayer.Query)) func(*datalayer.Query) {
		return func(q *datalayer.Query) { q.Include = append(q.Include, w.include(q.Resource, rel, edit)) }
	}
	cut := func(limit, offset int) func(*datalayer.Query) {
		return func(q *datalayer.Query) { q.Limit, q.Offset, q.More, q.Count = limit, offset, true, true }
	}
	loud := func(q *datalayer.Query) { q.Where = call(expr.OpGe, field("Stars"), lit(int64(2))) }
	byBody := func(q *datalayer.Query) { q.Sort = []expr.Order{{Node: field("Body"), Descending: true}} }

	from("post", with("Author", nil))
	from("post", with("Author", func(q *datalayer.Query) { q.Where = call(expr.OpEq, field("Active"), lit(true)) }))
	from("post", with("Author", func(q *datalayer.Query) { q.Where = call(expr.OpEq, on("Active", "Boss"), lit(true)) }))
	from("post", with("Author", func(q *datalayer.Query) {
		q.Where = &expr.Aggregate{Kind: expr.AggregateExists, Path: []string{"Reports"}}
	}))
	from("author", with("Profile", nil), with("Boss", with("Profile", nil)), with("Boss", nil))
	from("post", with("Comments", nil))
	from("post", with("Comments", loud), func(q *datalayer.Query) { q.Limit, q.More = 7, true })
	from("post", with("Comments", cut(1, 0)))
	from("post", with("Comments", func(q *datalayer.Query) { byBody(q); cut(2, 1)(q) }))
	from("post", with("Comments", func(q *datalayer.Query) { q.Limit, q.Seek, q.More = 2, &datalayer.Seek{Before: true}, true }))
	from("post", with("Comments", func(q *datalayer.Query) { q.Offset = 1 }))
	from("post", with("Comments", func(q *datalayer.Query) { q.Count = true; loud(q) }))
	from("post", with("Comments", func(q *datalayer.Query) { q.Where = lit(false); q.Count = true; q.More, q.Limit = true, 1 }))
	from("post", with("Tags", nil))
	from("post", with("Tags", cut(1, 1)))
	from("tag", with("Posts", func(q *datalayer.Query) {
		q.Sort = []expr.Order{by(on("Name", "Author")), by(field("Votes"))}
		q.Where = call(expr.OpNe, on("Name", "Author"), lit("author3"))
		cut(3, 0)(q)
	}))
	from("author", with("Posts", func(q *datalayer.Query) {
		cut(2, 0)(q)
		with("Comments", func(q *datalayer.Query) { cut(2, 0)(q); with("By", with("Boss", nil))(q) })(q)
		with("Tags", with("Posts", cut(1, 0)))(q)
		with("Author", nil)(q)
	}))
	from("comment", with("Post", func(q *datalayer.Query) {
		with("Comments", func(q *datalayer.Query) { byBody(q); q.Limit = 2 })(q)
		with("Author", with("Reports", nil))(q)
	}))
	// One parent alone may be read in another way than several.
	from("post", func(q *datalayer.Query) { q.Where = call(expr.OpEq, field("ID"), lit(id('p', 7))) },
		with("Comments", cut(2, 0)), with("Tags", cut(1, 0)), with("Author", with("Posts", cut(3, 1))))
	from("post", with("Comments", func(q *datalayer.Query) {
		q.Where = call(expr.OpEq, field("PostID"), lit(id('p', 7)))
	}))
	return out
}

// testEmptyIncludes includes where there are no parents, and no related records.
func testEmptyIncludes(t *testing.T, f *fixture) {
	for _, where := range []expr.Node{lit(false), call(expr.OpEq, field("Title"), lit("nothing")), call(expr.OpEq, field("ID"), lit(id('p', 4)))} {
		q := f.query("post")
		q.Where, q.Count = where, true
		q.Include = []datalayer.Include{
			f.include(q.Resource, "Author", func(q *datalayer.Query) {
				q.Include = []datalayer.Include{f.include(q.Resource, "Posts", nil)}
			}),
			f.include(q.Resource, "Comments", func(q *datalayer.Query) {
				q.Limit, q.More, q.Count = 1, true, true
				q.Include = []datalayer.Include{f.include(q.Resource, "By", nil)}
			}),
			f.include(q.Resource, "Tags", nil),
		}
		f.expect(t, f.l, q)
	}
}
