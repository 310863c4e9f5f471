package datalayertest

import (
	"testing"

	"github.com/congago/conga/resource/expr"
)

// testWritten compares what SQL of the application says with what package expr does.
func testWritten(t *testing.T, db Database) {
	w := newWorld(t)
	w.addPosts(12)
	f := newFixture(t, db, w, nil)
	r := w.of("post")
	p := r.Probe().(*post)
	votes, score, title := expr.F(&p.Votes), expr.F(&p.Score), expr.F(&p.Title)
	for _, same := range []struct{ written, own expr.Bool }{
		{expr.Less(expr.SQL[int32](expr.Both("? + ?"), votes, expr.V(int32(1))), expr.V(int32(3))), expr.Less(expr.Add(votes, expr.V(int32(1))), expr.V(int32(3)))},
		{expr.Less(expr.SQL[float64](expr.Both("abs(?)"), score), expr.V(1.5)), expr.Less(expr.Abs(score), expr.V(1.5))},
		{expr.Equal(expr.SQL[string](expr.Both("coalesce(?, '?')"), expr.F(&p.Subtitle)), expr.V("?")), expr.IsNull(&p.Subtitle)},
		{expr.SQL[bool](expr.Both("? > ?"), title, expr.Concat(expr.V("p"), expr.V("o"))), expr.Less(expr.V("po"), title)},
		{expr.Not(expr.SQL[bool](expr.Both("? > 2 or ? is null"), expr.F(&p.Rank), expr.F(&p.Rank))), expr.Le(&p.Rank, new(2))},
	} {
		written, err := r.Resolve(same.written.Node())
		if err != nil {
			t.Fatal(err)
		}
		own, err := r.Resolve(same.own.Node())
		if err != nil {
			t.Fatal(err)
		}
		q := w.query("post")
		q.Where = own
		want, err := w.read(q, w.records[r])
		if err != nil {
			t.Fatal(err)
		}
		q.Where = written
		res, err := f.l.Read(f.ctx, q)
		if err != nil {
			t.Fatalf("%s: %v", expr.String(written), err)
		}
		if res.Len() != len(want.records) {
			t.Errorf("%s finds %d records, %s finds %d", expr.String(written), res.Len(), expr.String(own), len(want.records))
		}
	}
}
