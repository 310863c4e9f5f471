package datalayertest

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// lists has fields for lists of the fields of these names.
type lists struct {
	Body, State []string
	Stars       []int
	ByID        []int64
	ID          []uuid.UUID
	Done        []bool
	At          []time.Time
	Score       []float64
}

// testLists computes aggregates that are lists, of distinct values, and of
// other calculations.
func testLists(t *testing.T, db Database) {
	w := newWorld(t)
	w.addPosts(24)
	f := newFixture(t, db, w, nil)
	number := func(kind structs.Kind, a *expr.Aggregate) *resource.Attribute {
		return &resource.Attribute{Expr: a, Type: structs.Type{Kind: kind, Bits: 64, Nullable: true}}
	}
	list := func(name string, a *expr.Aggregate) *resource.Attribute {
		return &resource.Attribute{Expr: a, Type: structs.Of[lists]().Field(name).Type}
	}
	comments := []string{"Comments"}
	posts := w.query("post")
	posts.Select = posts.Select[:1]
	for _, distinct := range []bool{false, true} {
		for _, name := range []string{"Body", "Stars", "ByID", "ID"} {
			all := &expr.Aggregate{Kind: expr.AggregateList, Distinct: distinct, Path: comments, Of: field(name)}
			if !distinct {
				all.Sort = []expr.Order{{Node: field("Stars"), Descending: true}}
			}
			some := *all
			some.Where = call(expr.OpGt, field("Stars"), lit(int64(2)))
			posts.Select = append(posts.Select, list(name, all), list(name, &some),
				number(structs.Int, &expr.Aggregate{Kind: expr.AggregateCount, Distinct: distinct, Path: comments, Of: field(name)}))
		}
	}
	f.expect(t, f.l, posts)
	authors := w.query("author")
	authors.Select = authors.Select[:1]
	for _, kind := range []expr.AggregateKind{expr.AggregateSum, expr.AggregateAvg, expr.AggregateMin, expr.AggregateMax} {
		k := structs.Int
		if kind == expr.AggregateAvg {
			k = structs.Float
		}
		// Of an aggregate: how many comments the posts of an author have.
		authors.Select = append(authors.Select, number(k, &expr.Aggregate{Kind: kind, Path: []string{"Posts"}, Of: field("Replies")}),
			number(k, &expr.Aggregate{Kind: kind, Path: []string{"Posts"}, Of: call(expr.OpLength, field("Title"))}))
	}
	for _, name := range []string{"Done", "At", "Score", "State"} {
		authors.Select = append(authors.Select, list(name, &expr.Aggregate{Kind: expr.AggregateList, Path: []string{"Posts"}, Of: field(name)}),
			list(name, &expr.Aggregate{Kind: expr.AggregateList, Distinct: true, Path: []string{"Posts"}, Of: field(name)}))
	}
	f.expect(t, f.l, authors)
}
