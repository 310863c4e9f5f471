package datalayertest

import (
	"slices"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// testUpserts inserts records some of which are there already, by a unique
// attribute, an identity of two attributes and the primary key.
func testUpserts(t *testing.T, db Database) {
	names := func(r *resource.Resource, list ...string) []*resource.Attribute {
		out := make([]*resource.Attribute, len(list))
		for i, name := range list {
			out[i] = r.Attribute(name)
		}
		return out
	}
	for _, where := range []expr.Node{
		nil, lit(true), lit(false), call(expr.OpGt, field("Age"), lit(int64(21))), call(expr.OpNot, call(expr.OpGt, field("Age"), lit(int64(21)))),
		call(expr.OpEq, on("Active", "Boss"), lit(true)), call(expr.OpGt, &expr.Aggregate{Kind: expr.AggregateCount, Path: []string{"Posts"}}, lit(int64(8))),
	} {
		f := newUpsertFixture(t, db)
		a := f.of("author")
		f.upsert(t, names(a, "Name"), names(a, "Age", "Active"), where,
			&author{ID: 101, Name: "author1", Age: new(50), Active: true}, &author{ID: 102, Name: "stranger", Active: true},
			&author{ID: 103, Name: "author3"}, &author{ID: 104, Name: "author0", Age: new(51)})
	}
	f := newUpsertFixture(t, db)
	ties := f.of("tagging")
	old := *f.records[ties][2].(*tagging)
	old.ID = 9001
	f.upsert(t, names(ties, "PostID", "TagID"), names(ties, "ID"), nil, &old, &tagging{ID: 9002, PostID: newPost(1).ID, TagID: "Go"})

	posts := f.of("post")
	var many []any
	for n := range 300 {
		p := newPost(n) // the first are there already
		p.Title, p.Subtitle = "new", nil
		many = append(many, p)
	}
	f.upsert(t, names(posts, "ID"), names(posts, "Title", "Subtitle", "Price"), call(expr.OpNe, field("State"), lit("gone")), many...)
	f.upsert(t, names(posts, "ID"), names(posts, "Title"), nil, many[0])
	f.upsertSetting(t, names(posts, "ID"), names(posts, "Title"), []datalayer.Assignment{
		{Attribute: posts.Attribute("Subtitle"), Value: lit("seen again")}, {Attribute: posts.Attribute("State"), Value: lit("gone")},
	}, nil, many[0], many[1])
}

func newUpsertFixture(t *testing.T, db Database) *fixture {
	t.Helper()
	w := newWorld(t)
	w.addBlog()
	return newFixture(t, db, w, nil)
}

// upsert inserts records into the database and the world, and compares the answers.
func (f *fixture) upsert(t *testing.T, identity, update []*resource.Attribute, where expr.Node, records ...any) {
	t.Helper()
	f.upsertSetting(t, identity, update, nil, where, records...)
}

// upsertSetting is upsert where existing records get literals too.
func (f *fixture) upsertSetting(t *testing.T, identity, update []*resource.Attribute, set []datalayer.Assignment, where expr.Node, records ...any) {
	t.Helper()
	r := f.resourceOf(records[0])
	in := &datalayer.Insert{Resource: r, Columns: r.Columns(), Return: r.Columns(), Conflict: &datalayer.Conflict{Identity: identity, Update: update, Set: set, Where: where}}
	for _, rec := range records {
		in.Rows = append(in.Rows, row(in.Columns, rec))
	}
	// All conditions are on the records as they were before.
	var returned, added []any
	var changes []func()
	for _, rec := range records {
		i := slices.IndexFunc(f.records[r], func(old any) bool {
			return !slices.ContainsFunc(identity, func(a *resource.Attribute) bool { return !equal(a.Get(old), a.Get(rec)) })
		})
		if i < 0 {
			added = append(added, rec)
			returned = append(returned, rec)
			continue
		}
		old := f.records[r][i]
		ok, err := expr.Holds(where, f.at(r, old))
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			returned = append(returned, old)
			changes = append(changes, func() {
				for _, a := range update {
					_ = a.Set(old, a.Get(rec))
				}
				for _, s := range set {
					_ = s.Attribute.Set(old, s.Value.(expr.Literal).Value)
				}
			})
		}
	}
	res, err := f.l.Insert(f.ctx, in)
	if err != nil {
		t.Errorf("upsert of %s where %s: %v", r.Name, expr.String(where), err)
		return
	}
	for _, change := range changes {
		change()
	}
	f.add(added...)
	q := &datalayer.Query{Resource: r, Select: in.Return}
	got, err := dump(q, res)
	if err != nil {
		t.Fatalf("the result is broken: %v", err)
	}
	if want := f.text(t, &answer{q: q, records: returned}); got != want {
		t.Errorf("upsert of %s where %s returns\n got %s\nwant %s", r.Name, expr.String(where), got, want)
	}
	f.expect(t, f.l, &datalayer.Query{Resource: r, Select: r.Columns()})
}

func (w *world) resourceOf(rec any) *resource.Resource {
	for _, r := range w.g.Resources {
		if r.Is(rec) {
			return r
		}
	}
	return nil
}
