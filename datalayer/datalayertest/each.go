package datalayertest

import (
	"slices"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// testEach gives records values of their own: of every kind, NULLs included,
// with further conditions and assignments, and with keys of no record.
func testEach(t *testing.T, db Database) {
	for _, where := range conditions() {
		w := newWorld(t)
		w.addBlog()
		f := newFixture(t, db, w, nil)
		posts := w.of("post")
		var columns []*resource.Attribute
		for _, a := range posts.Columns() {
			if !a.Primary && a.Name != "Votes" && a.Name != "AuthorID" {
				columns = append(columns, a)
			}
		}
		each := &datalayer.Each{Columns: columns}
		for n := range 24 {
			each.Keys = append(each.Keys, id('p', 60-n*2)) // some are there and some not
			each.Rows = append(each.Rows, row(columns, newPost(100+n*3)))
		}
		f.updateEach(t, &datalayer.Update{
			Resource: posts, Where: where, Each: each, Return: posts.Columns(),
			Set: []datalayer.Assignment{{Attribute: posts.Attribute("Votes"), Value: call(expr.OpAdd, field("Votes"), lit(int64(1)))}},
		})
		each.Keys, each.Rows = each.Keys[20:21], each.Rows[:1]
		f.updateEach(t, &datalayer.Update{Resource: posts, Where: where, Each: each, Return: posts.Columns()})
	}
}

// updateEach changes records in the database and in the world, and compares the answers.
func (f *fixture) updateEach(t *testing.T, u *datalayer.Update) {
	t.Helper()
	place := func(rec any) int { return slices.Index(u.Each.Keys, u.Resource.Primary.Get(rec)) }
	records := slices.DeleteFunc(f.matching(t, u.Resource, u.Where), func(rec any) bool { return place(rec) < 0 })
	res, err := f.s.Update(f.ctx, u)
	if err != nil {
		t.Errorf("update each where %s: %v", expr.String(u.Where), err)
		return
	}
	for _, rec := range records {
		for _, set := range u.Set {
			v, err := expr.Eval(set.Value, f.at(u.Resource, rec))
			if err != nil {
				t.Fatal(err)
			}
			if err := set.Attribute.Set(rec, v); err != nil {
				t.Fatal(err)
			}
		}
		for i, a := range u.Each.Columns {
			if err := a.Set(rec, u.Each.Rows[place(rec)][i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.sameLines(t, "update each", u.Where, lines(t, u.Resource, res), f.wantLines(t, u.Resource, u.Return, records))
	f.expect(t, f.s, &datalayer.Query{Resource: u.Resource, Select: u.Resource.Columns()})
}
