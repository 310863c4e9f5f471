package datalayertest

import (
	"slices"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// keepFirst leaves of the records with the same values the first.
func (w *world) keepFirst(q *datalayer.Query, a *answer) error {
	if q.Distinct == nil {
		return nil
	}
	at := func(rec any) place { return w.at(q.Resource, rec) }
	if err := sortBy(a.records, withPrimary(q.Resource, q.Distinct.Sort), at); err != nil {
		return err
	}
	on := make([]expr.Order, len(q.Distinct.On))
	for i, n := range q.Distinct.On {
		on[i].Node = n
	}
	var seen [][]any
	var kept []any
	for _, rec := range a.records {
		values, err := keysOf(at(rec), on)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(seen, func(other []any) bool { return compareKeys(values, other, on) == 0 }) {
			seen, kept = append(seen, values), append(kept, rec)
		}
	}
	a.records = kept
	return nil
}

func testDistinct(t *testing.T, db Database) {
	w := newWorld(t)
	w.addPosts(24)
	f := newFixture(t, db, w, nil)
	posts := w.of("post")
	on := [][]expr.Node{
		{field("State")},
		{field("Rank")},
		{field("Price"), field("Done")},
		{on("Name", "Author")},
		{field("Replies")},
		{call(expr.OpLength, field("Title"))},
		{field("ID")},
	}
	for _, on := range on {
		for i, sort := range sorts()[:10] {
			q := w.query("post")
			q.Distinct = &datalayer.Distinct{On: on, Sort: sort}
			q.Sort = sorts()[(i+3)%10]
			q.Count = true
			if i%2 == 0 {
				q.Where = call(expr.OpGt, field("Votes"), lit(int64(0)))
			}
			if i%3 == 0 {
				q.Limit, q.More, q.Offset = 3, true, i%2
			}
			if i == 4 {
				values, err := keysOf(w.at(posts, w.records[posts][3]), withPrimary(posts, q.Sort))
				if err != nil {
					t.Fatal(err)
				}
				q.Seek = &datalayer.Seek{Values: values}
			}
			f.expect(t, f.l, q)
			g := groupQuery(posts, &datalayer.Group{
				Keys:       []*resource.Attribute{keyColumn("done", field("Done"), structs.Bool)},
				Aggregates: []datalayer.Aggregate{aggregateOf("n", expr.AggregateCount, nil, structs.Int)},
			})
			g.Where, g.Distinct = q.Where, q.Distinct
			f.expect(t, f.l, g)
		}
	}
}
