package datalayertest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

func testInsert(t *testing.T, db Database) {
	w := newWorld(t)
	f := newFixture(t, db, w, nil)
	posts := w.of("post")
	// More rows than a statement of most databases has room for parameters.
	const many = 5000
	var rows []any
	for n := range many {
		rows = append(rows, newPost(n))
	}
	columns := posts.Columns()
	in := &datalayer.Insert{Resource: posts, Columns: columns, Return: []*resource.Attribute{posts.Primary, posts.Attribute("Title")}}
	for _, rec := range rows {
		in.Rows = append(in.Rows, row(columns, rec))
	}
	res, err := f.l.Insert(f.ctx, in)
	if err != nil {
		t.Fatalf("insert %d records: %v", many, err)
	}
	w.add(rows...)
	if res.Len() != many || len(res.Columns) != 2 || res.Count != -1 {
		t.Fatalf("insert %d records: %d came back in %d columns, count %d", many, res.Len(), len(res.Columns), res.Count)
	}
	for i, rec := range rows {
		if got, err := res.Value(i, 0); err != nil || got != rec.(*post).ID {
			t.Fatalf("row %d came back as %v, %v, want %v", i, got, err, rec.(*post).ID)
		}
		if got, err := res.Value(i, 1); err != nil || got != rec.(*post).Title {
			t.Fatalf("row %d came back with the title %v, %v, want %q", i, got, err, rec.(*post).Title)
		}
	}
	f.expect(t, f.l, &datalayer.Query{Resource: posts, Select: columns, Limit: 20, Count: true})

	// One row that breaks a constraint undoes all.
	for _, at := range []int{0, 2, many - 1} {
		bad := &datalayer.Insert{Resource: posts, Columns: columns}
		for n := range many {
			rec := newPost(10000 + n)
			if n == at {
				rec.ID = id('p', 3)
			}
			bad.Rows = append(bad.Rows, row(columns, rec))
		}
		if _, err := f.l.Insert(f.ctx, bad); err == nil {
			t.Errorf("insert with a primary key twice, in row %d, succeeds", at)
		}
		f.expect(t, f.l, &datalayer.Query{Resource: posts, Select: columns[:1], Limit: 1, Count: true})
	}
	testGenerated(t, f)
}

// testGenerated inserts records whose keys the database makes.
func testGenerated(t *testing.T, f *fixture) {
	a := f.of("author")
	name := a.Attribute("Name")
	names := []string{"n1", "n2", "n3"}
	in := &datalayer.Insert{
		Resource: a, Columns: []*resource.Attribute{name, a.Attribute("Active")},
		Return: []*resource.Attribute{a.Primary, name, a.Attribute("Age")},
	}
	for _, n := range names {
		in.Rows = append(in.Rows, []any{n, false})
	}
	seen := map[any]bool{}
	for range 2 {
		res, err := f.l.Insert(f.ctx, in)
		if err != nil {
			t.Fatalf("insert without keys: %v", err)
		}
		for i := range names {
			key, err := res.Value(i, 0)
			if err != nil || seen[key] || key == nil {
				t.Errorf("row %d has the key %v, %v, want a new one", i, key, err)
			}
			seen[key] = true
			if got, _ := res.Value(i, 1); got != in.Rows[i][0] {
				t.Errorf("row %d came back as %v, want %v", i, got, in.Rows[i][0])
			}
			if !res.Null(i, 2) {
				t.Errorf("row %d has an age that nobody gave", i)
			}
			in.Rows[i][0] = strings.Repeat(names[i], 2)
		}
	}
}

// matching are the records for which where holds.
func (f *fixture) matching(t *testing.T, r *resource.Resource, where expr.Node) []any {
	t.Helper()
	a, err := f.read(&datalayer.Query{Resource: r, Where: where}, f.records[r])
	if err != nil {
		t.Fatal(err)
	}
	return a.records
}

// lines are the rows of a result of a write, which come in any order.
func lines(t *testing.T, r *resource.Resource, res *datalayer.Result) []string {
	t.Helper()
	text, err := dump(&datalayer.Query{Resource: r, Select: res.Columns}, res)
	if err != nil {
		t.Fatalf("the result is broken: %v", err)
	}
	return sortedLines(text)
}

func sortedLines(text string) []string {
	out := strings.Split(strings.TrimSuffix(text, "]"), "\n")
	slices.Sort(out)
	return out
}

// wantLines is the same for records.
func (f *fixture) wantLines(t *testing.T, r *resource.Resource, columns []*resource.Attribute, records []any) []string {
	t.Helper()
	return sortedLines(f.text(t, &answer{q: &datalayer.Query{Resource: r, Select: columns}, records: records}))
}

// text is an answer as text.
func (f *fixture) text(t *testing.T, a *answer) string {
	t.Helper()
	var b strings.Builder
	if err := f.writeAnswer(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// update changes records in the database and in the world, and compares the answers.
func (f *fixture) update(t *testing.T, u *datalayer.Update) {
	t.Helper()
	records := f.matching(t, u.Resource, u.Where)
	values := make([][]any, len(records))
	for i, rec := range records {
		for _, set := range u.Set {
			v, err := expr.Eval(set.Value, f.at(u.Resource, rec))
			if err != nil {
				t.Fatal(err)
			}
			values[i] = append(values[i], v)
		}
	}
	res, err := f.s.Update(f.ctx, u)
	if err != nil {
		t.Errorf("update where %s: %v", expr.String(u.Where), err)
		return
	}
	for i, rec := range records {
		for j, set := range u.Set {
			if err := set.Attribute.Set(rec, values[i][j]); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.sameLines(t, "update", u.Where, lines(t, u.Resource, res), f.wantLines(t, u.Resource, u.Return, records))
	f.expect(t, f.s, &datalayer.Query{Resource: u.Resource, Select: u.Resource.Columns()})
}

func (f *fixture) sameLines(t *testing.T, what string, where expr.Node, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s where %s returns\n got %s\nwant %s", what, expr.String(where), strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// conditions are conditions on posts: by fields, by related records, by aggregates.
func conditions() []expr.Node {
	return []expr.Node{
		call(expr.OpEq, field("ID"), lit(id('p', 7))),
		call(expr.OpLt, field("Rank"), lit(int64(2))),
		call(expr.OpNot, call(expr.OpLt, field("Rank"), lit(int64(2)))),
		call(expr.OpEq, on("Name", "Author"), lit("author1")),
		call(expr.OpEq, on("Active", "Author", "Boss"), lit(true)),
		call(expr.OpGt, field("Replies"), lit(int64(2))),
		&expr.Aggregate{Kind: expr.AggregateExists, Path: []string{"Tags"}, Where: call(expr.OpEq, field("Word"), lit("sql"))},
		call(expr.OpGt, &expr.Aggregate{Kind: expr.AggregateCount, Path: []string{"Author", "Posts"}, Where: call(expr.OpEq, field("Done"), expr.Field{Up: 1, Name: "Done"})}, lit(int64(2))),
		call(expr.OpEq, field("Title"), lit("nothing")),
		lit(false),
		nil,
	}
}

func testChanges(t *testing.T, db Database) {
	for i, where := range conditions() {
		w := newWorld(t)
		w.addBlog()
		f := newFixture(t, db, w, nil)
		posts := w.of("post")
		f.update(t, &datalayer.Update{
			Resource: posts, Where: where, Return: posts.Columns(),
			Set: []datalayer.Assignment{
				{Attribute: posts.Attribute("Title"), Value: lit("changed")},
				{Attribute: posts.Attribute("Subtitle"), Value: lit(nil)},
				{Attribute: posts.Attribute("Discount"), Value: lit(decimal.New(int64(i), -2))},
				{Attribute: posts.Attribute("SeenAt"), Value: lit(day.Add(time.Minute))},
			},
		})
		f.delete(t, &datalayer.Delete{Resource: posts, Where: where, Return: posts.Columns()})
		f.delete(t, &datalayer.Delete{Resource: w.of("comment"), Where: call(expr.OpEq, on("Title", "Post"), lit("beta"))})
	}
}

// delete removes records from the database and from the world, and compares the answers.
func (f *fixture) delete(t *testing.T, d *datalayer.Delete) {
	t.Helper()
	records := f.matching(t, d.Resource, d.Where)
	want := f.wantLines(t, d.Resource, d.Return, records)
	res, err := f.s.Delete(f.ctx, d)
	if err != nil {
		t.Errorf("delete where %s: %v", expr.String(d.Where), err)
		return
	}
	if len(d.Return) > 0 {
		f.sameLines(t, "delete", d.Where, lines(t, d.Resource, res), want)
	}
	f.remove(d.Resource, records)
	for _, r := range f.g.Resources {
		f.expect(t, f.s, &datalayer.Query{Resource: r, Select: r.Columns()})
	}
}

// remove takes records out of the world, and what cascades with them.
func (w *world) remove(r *resource.Resource, records []any) {
	if len(records) == 0 {
		return
	}
	w.records[r] = slices.DeleteFunc(w.records[r], func(rec any) bool { return slices.Contains(records, rec) })
	for _, other := range w.g.Resources {
		for _, rel := range other.Relationships {
			if rel.Kind != resource.BelongsTo || rel.Target != r {
				continue
			}
			var orphans []any
			for _, rec := range w.records[other] {
				if slices.ContainsFunc(records, func(gone any) bool { return equal(rel.Source.Get(rec), rel.Destination.Get(gone)) }) {
					orphans = append(orphans, rec)
				}
			}
			if rel.OnDelete == resource.Cascade {
				w.remove(other, orphans)
				continue
			}
			for _, rec := range orphans {
				_ = rel.Source.Set(rec, nil)
			}
		}
	}
}

func testAssignments(t *testing.T, db Database) {
	w := newWorld(t)
	w.addBlog()
	f := newFixture(t, db, w, nil)
	posts := w.of("post")
	set := func(name string, v expr.Node) datalayer.Assignment {
		return datalayer.Assignment{Attribute: posts.Attribute(name), Value: v}
	}
	for _, where := range conditions()[:5] {
		f.update(t, &datalayer.Update{Resource: posts, Where: where, Return: posts.Columns(), Set: []datalayer.Assignment{
			set("Title", call(expr.OpCoalesce, field("Subtitle"), lit("none"))),
			set("Subtitle", field("Title")),
			set("Votes", call(expr.OpAdd, field("Votes"), lit(int64(1)))),
			set("Rank", call(expr.OpMul, field("Votes"), lit(int64(2)))),
			set("At", call(expr.OpCoalesce, field("SeenAt"), field("At"))),
			set("SeenAt", field("At")),
			set("Price", call(expr.OpCoalesce, field("Discount"), field("Price"))),
			set("Discount", field("Price")),
			set("Done", call(expr.OpNot, field("Done"))),
			set("Took", call(expr.OpAdd, field("Took"), field("Took"))),
			set("Score", call(expr.OpDiv, field("Score"), lit(2.0))),
		}})
	}
	f.update(t, &datalayer.Update{Resource: posts, Return: posts.Columns(), Set: []datalayer.Assignment{
		set("Subtitle", on("Name", "Author")),
		set("Rank", &expr.Aggregate{Kind: expr.AggregateSum, Path: []string{"Comments"}, Of: field("Stars")}),
		set("Done", call(expr.OpIf, call(expr.OpGt, field("Rank"), lit(int64(1))), lit(true), lit(false))),
	}})
}
