package datalayertest

import (
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource/expr"
)

// testConditions states in words of its own what a few conditions find, and
// compares many others with the world.
func testConditions(t *testing.T, db Database) {
	w := newWorld(t)
	w.add(
		&author{ID: 1, Name: "ann", Age: new(30), Active: true},
		&author{ID: 2, Name: "Bob", Age: nil, Active: false, BossID: new(int64(1))},
		&author{ID: 3, Name: "cyd_%", Age: new(-7), Active: true, BossID: new(int64(2))},
	)
	f := newFixture(t, db, w, nil)
	a := w.of("author")
	x := a.Probe().(*author)
	tests := []struct {
		where expr.Bool
		want  []int64
	}{
		{expr.Is(&x.Name, "ann"), []int64{1}},
		{expr.IsNot(&x.Name, "ann"), []int64{2, 3}},
		{expr.Is(&x.Age, new(30)), []int64{1}},
		{expr.IsNot(&x.Age, new(30)), []int64{3}},
		{expr.Not(expr.Is(&x.Age, new(30))), []int64{3}},
		{expr.Is(&x.Age, nil), []int64{2}},
		{expr.IsNull(&x.Age), []int64{2}},
		{expr.NotNull(&x.Age), []int64{1, 3}},
		{expr.Lt(&x.Age, new(30)), []int64{3}},
		{expr.Ge(&x.Age, new(-7)), []int64{1, 3}},
		{expr.In(&x.Name, "Bob", "ann", "no"), []int64{1, 2}},
		{expr.In(&x.Age, new(30), nil), []int64{1}},
		{expr.Not(expr.In(&x.Age, new(30), nil)), nil},
		{expr.Not(expr.In(&x.Age)), []int64{1, 2, 3}},
		{expr.Is(&x.Active, true).And(expr.Is(&x.Age, new(30))), []int64{1}},
		{expr.Is(&x.Active, false).Or(expr.Is(&x.Age, new(30))), []int64{1, 2}},
		{expr.Not(expr.Is(&x.Active, true).And(expr.Is(&x.Age, new(30)))), []int64{2, 3}},
		{expr.Distinct(expr.F(&x.Age), expr.V(new(30))), []int64{2, 3}},
		{expr.Contains(&x.Name, "_%"), []int64{3}},
		{expr.Contains(&x.Name, "A"), nil},
		{expr.StartsWith(&x.Name, "B"), []int64{2}},
		{expr.EndsWith(&x.Name, "n"), []int64{1}},
		{expr.Equal(expr.Lower(expr.F(&x.Name)), expr.V("bob")), []int64{2}},
		{expr.Less(expr.Length(expr.F(&x.Name)), expr.V(4)), []int64{1, 2}},
		{expr.Equal(expr.Div(expr.Coalesce(expr.F(&x.Age), expr.V(9)), expr.V(2)), expr.V(-3)), []int64{3}},
		{expr.Equal(expr.Mod(expr.Coalesce(expr.F(&x.Age), expr.V(9)), expr.V(4)), expr.V(-3)), []int64{3}},
		{expr.Equal(expr.Div(expr.V(1), expr.Sub(expr.Coalesce(expr.F(&x.Age), expr.V(9)), expr.V(9))), expr.V(0)), []int64{1, 3}},
		{expr.Is(&x.Boss.Name, "ann"), []int64{2}},
		{expr.IsNull(&x.Boss.Age), []int64{1, 3}},
		{expr.Is(&x.Boss.Boss.Name, "ann"), []int64{3}},
		{expr.Some(&x.Reports), []int64{1, 2}},
		{expr.Not(expr.Some(&x.Reports, func(y *author) expr.Bool { return expr.IsNull(&y.Age) })), []int64{2, 3}},
		{expr.Some(&x.Reports, func(y *author) expr.Bool { return expr.Eq(&y.Active, &x.Active) }), nil},
		{expr.AtMost(expr.V(1), expr.Count(&x.Reports)), []int64{1, 2}},
		{expr.True(), []int64{1, 2, 3}},
		{expr.False(), nil},
		{expr.Of[bool](expr.Literal{}), nil},
		{expr.Not(expr.Of[bool](expr.Literal{})), nil},
	}
	for _, tt := range tests {
		where, err := a.Resolve(tt.where.Node())
		if err != nil {
			t.Fatalf("resolve %s: %v", expr.String(tt.where.Node()), err)
		}
		res, err := f.l.Read(f.ctx, &datalayer.Query{Resource: a, Select: a.Columns()[:1], Where: where})
		if err != nil {
			t.Errorf("%s: %v", expr.String(where), err)
			continue
		}
		if got, err := integers(res); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("authors where %s: got %v, want %v (%v)", expr.String(where), got, tt.want, err)
		}
	}
	testKinds(t, db)
}

// integers are the values of the first column.
func integers(res *datalayer.Result) ([]int64, error) {
	var out []int64
	for i := range res.Len() {
		v, err := res.Value(i, 0)
		if err != nil {
			return nil, err
		}
		n, _ := v.(int64)
		out = append(out, n)
	}
	return out, nil
}

// testKinds compares fields of all kinds with constants by all comparisons.
func testKinds(t *testing.T, db Database) {
	w := newWorld(t)
	w.addBlog()
	f := newFixture(t, db, w, nil)
	constants := map[string]any{
		"Title": "beta", "Subtitle": "alpha", "Votes": int64(1), "Rank": int64(2), "Score": 0.5,
		"Price": decimal.New(5, 0), "Discount": decimal.New(-30, -2), "At": day.Add(2 * time.Hour),
		"SeenAt": day.Add(2 * time.Microsecond), "Done": true, "Took": 2 * time.Second, "Hash": []byte{1}, "ID": id('p', 7),
		"AuthorID": int64(3), "Replies": int64(2), "Stars": int64(3),
	}
	for name, v := range constants {
		for _, op := range []expr.Op{expr.OpEq, expr.OpNe, expr.OpLt, expr.OpLe, expr.OpGt, expr.OpGe, expr.OpDistinct} {
			for _, where := range []expr.Node{
				call(op, field(name), lit(v)), call(op, lit(v), field(name)), call(op, field(name), field(name)),
				call(expr.OpNot, call(op, call(expr.OpCoalesce, field(name), lit(v)), lit(v))),
			} {
				q := w.query("post")
				q.Select, q.Where = q.Select[:1], where
				f.expect(t, f.l, q)
			}
		}
		q := w.query("post")
		q.Select, q.Where = q.Select[:1], call(expr.OpIn, field(name), expr.List{Values: []any{nil, v}})
		f.expect(t, f.l, q)
		q.Where = call(expr.OpNot, call(expr.OpIn, field(name), expr.List{Values: []any{v}}))
		f.expect(t, f.l, q)
	}
	for _, op := range []expr.Op{expr.OpContains, expr.OpStartsWith, expr.OpEndsWith} {
		for _, part := range append(slices.Clone(titles), "%", "_", "*", "a", "A", "]", "^", `\`, "本") {
			q := w.query("post")
			q.Select, q.Where = q.Select[:2], call(op, field("Title"), lit(part))
			f.expect(t, f.l, q)
			q.Where = call(op, lit("x"+part+"%y"), field("Subtitle"))
			f.expect(t, f.l, q)
		}
	}
	testAggregates(t, f)
}

// testAggregates filters by aggregates, and selects them.
func testAggregates(t *testing.T, f *fixture) {
	stars := &expr.Aggregate{Path: []string{"Comments"}, Of: field("Stars")}
	for _, kind := range []expr.AggregateKind{
		expr.AggregateCount, expr.AggregateExists, expr.AggregateMin, expr.AggregateMax, expr.AggregateSum, expr.AggregateAvg, expr.AggregateFirst,
	} {
		for _, where := range []expr.Node{nil, call(expr.OpNe, field("Body"), expr.Field{Up: 1, Name: "Title"}), lit(false)} {
			agg := *stars
			agg.Kind, agg.Where = kind, where
			agg.Sort = []expr.Order{{Node: field("Body"), Descending: true}}
			want := lit(int64(2))
			switch kind {
			case expr.AggregateExists:
				want = lit(true)
			case expr.AggregateAvg:
				want = lit(2.0)
			}
			for _, op := range []expr.Op{expr.OpEq, expr.OpDistinct} {
				q := f.query("post")
				q.Where = call(op, &agg, want)
				f.expect(t, f.l, q)
			}
		}
	}
	for _, of := range []string{"Title", "Price", "Discount", "At", "SeenAt", "Took", "Done", "ID", "Hash", "Score"} {
		for _, kind := range []expr.AggregateKind{expr.AggregateMin, expr.AggregateMax, expr.AggregateFirst} {
			attr := *f.of("post").Attribute(of)
			attr.Expr = &expr.Aggregate{Kind: kind, Path: []string{"Posts"}, Of: field(of), Sort: []expr.Order{by(field("Votes"))}}
			attr.Type.Nullable = true
			attr.Name = ""
			q := f.query("author")
			q.Select = append(slices.Clone(q.Select), &attr)
			f.expect(t, f.l, q)
		}
	}
}
