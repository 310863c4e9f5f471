package conga_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// TestGroup groups tickets in Go.
func TestGroup(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.tickets.Fields()
		for i, state := range []string{"open", "open", "closed", "open"} {
			who := []*Person{d.ann, d.bob}[i%2]
			d.file(t, who, fmt.Sprint("t", i), conga.Set(&f.State, state), conga.Set(&f.Votes, i+1))
		}
		type byState struct {
			State string
			Count int
			Votes int
			Most  *int
			Mean  float64
			Ann   int
			First time.Time
		}
		var g byState
		groups := must(conga.Group(t.Context(), d.tickets, "list", &g,
			conga.By(&g.State, &f.State), conga.Counting(&g.Count), conga.Summing(&g.Votes, &f.Votes),
			conga.Highest(&g.Most, &f.Votes, expr.Lt(&f.Votes, 3)), conga.Averaging(&g.Mean, &f.Votes),
			conga.Counting(&g.Ann, expr.Is(&f.Owner.Name, "Ann")), conga.Lowest(&g.First, &f.CreatedAt),
			conga.Sort(expr.Desc(&g.Count)), conga.WithCount(),
		))(t)
		if len(groups.Items) != 2 || groups.Count != 2 || groups.More {
			t.Fatalf("groups: %+v", groups)
		}
		open, closed := groups.Items[0], groups.Items[1]
		if open.First.IsZero() || closed.First.IsZero() {
			t.Errorf("first: %v, %v", open.First, closed.First)
		}
		open.First, closed.First = time.Time{}, time.Time{}
		if two := 2; open.State != "open" || open.Count != 3 || open.Votes != 7 || *open.Most != two || open.Ann != 1 || open.Mean < 2.3 {
			t.Errorf("open: %+v", open)
		}
		if want := (byState{State: "closed", Count: 1, Votes: 3, Mean: 3, Ann: 1}); closed != want {
			t.Errorf("closed: %+v, want %+v", closed, want)
		}
		few := must(conga.Group(t.Context(), d.tickets, "list", &g, conga.By(&g.State, &f.State), conga.Counting(&g.Count),
			conga.Having(expr.Gt(&g.Count, 1)), conga.Where(expr.Gt(&f.Votes, 1))))(t)
		if len(few.Items) != 1 || few.Items[0].Count != 2 || few.Items[0].State != "open" {
			t.Errorf("having more than one: %+v", few.Items)
		}
	})
}

// TestGroupSeesWhatTheActorSees counts comments of which some are private.
func TestGroupSeesWhatTheActorSees(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		k := d.file(t, d.ann, "one")
		c := d.comments.Fields()
		for i := range 4 {
			must(d.comments.Create(d.as(t, d.ann), "add", conga.Set(&c.Text, fmt.Sprint(i/2)), conga.Set(&c.Private, i > 0), conga.Set(&c.TicketID, k.ID)))(t)
		}
		for _, tt := range []struct {
			who  *Person
			want string
		}{{d.ann, "[{0 2} {1 2}]"}, {d.bob, "[{0 1}]"}} {
			var g struct {
				Text  string
				Count int
			}
			groups := must(conga.Group(d.as(t, tt.who), d.comments, "list", &g, conga.By(&g.Text, &c.Text), conga.Counting(&g.Count)))(t)
			if got := fmt.Sprint(groups.Items); got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.who.Name, got, tt.want)
			}
			// Aggregates of related records count what the actor may read alone.
			f := d.tickets.Fields()
			var n struct{ Notes, Count int }
			notes := must(conga.Group(d.as(t, tt.who), d.tickets, "list", &n, conga.By(&n.Notes, &f.Notes), conga.Counting(&n.Count)))(t)
			if want := map[*Person]int{d.ann: 4, d.bob: 1}[tt.who]; len(notes.Items) != 1 || notes.Items[0].Notes != want {
				t.Errorf("%s: notes %+v, want %d", tt.who.Name, notes.Items, want)
			}
		}
	})
}

// TestGroupOfClients asks as REST and GraphQL do: what the actor may not see is NULL.
func TestGroupOfClients(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		p := d.people.Fields()
		hidden := must(d.people.Create(t.Context(), "add", conga.Set(&p.Name, "Hidden"), conga.Set(&p.Hidden, true)))(t)
		d.file(t, d.ann, "one")
		d.file(t, hidden, "two")
		r := d.tickets.Resource()
		name := *resource.For[Person](d.app.Registry()).Attribute("Name")
		name.Name, name.Expr, name.Type.Nullable = "owner", expr.Field{Path: []string{"Owner"}, Name: "Name"}, true
		n := *r.Attribute("Votes")
		n.Name = "n"
		g := &datalayer.Group{Keys: []*resource.Attribute{&name}, Aggregates: []datalayer.Aggregate{
			{Attribute: &n, Kind: expr.AggregateCount, Of: expr.Field{Path: []string{"Owner"}, Name: "Name"}},
		}}
		found := must(d.app.Find(t.Context(), &conga.Find{
			Action: r.Action("list"), Group: g, Selection: conga.Selection{Untrusted: true},
		}))(t)
		var got []string
		for row := range found.Len() {
			got = append(got, fmt.Sprint(must(found.Value(row, 0))(t), must(found.Value(row, 1))(t)))
		}
		if want := []string{"Ann1", "<nil> 0"}; !slices.Equal(got, want) {
			t.Errorf("owners: %q, want %q", got, want)
		}
		_, err := d.app.Find(t.Context(), &conga.Find{Action: r.Action("list"), Group: g, Page: conga.Page{Limit: 11}})
		wantIssue(t, err, "page.limit", "max")
		_, err = d.app.Find(t.Context(), &conga.Find{Action: r.Action("list"), Group: g, Page: conga.Page{After: "x"}})
		wantIssue(t, err, "page", "conflict")
	})
}

// TestGroupFaults has mistakes of a programmer.
func TestGroupFaults(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.tickets.Fields()
		var g struct {
			State string
			Count int
			Mean  time.Duration
		}
		other := 0
		tests := []struct {
			want    string
			options []conga.Option
		}{
			{"nothing to group by", nil},
			{"no field of the row", []conga.Option{conga.Counting(&other)}},
			{"has two values", []conga.Option{conga.Counting(&g.Count), conga.Counting(&g.Count)}},
			{"has no value", []conga.Option{conga.Counting(&g.Count), conga.Having(expr.Is(&g.State, "x"))}},
			{"no sum of State", []conga.Option{conga.Summing(&g.State, &f.State)}},
			{"does not fit", []conga.Option{conga.Averaging(&g.Mean, &f.Votes)}},
			{"is no column", []conga.Option{conga.Counting(&g.Count), conga.Sort(expr.Asc(&f.Votes))}},
			{"to load for", []conga.Option{conga.Counting(&g.Count), conga.Load(&f.Owner)}},
			{"is no field", []conga.Option{conga.Counting(&g.Count, expr.Is(&other, 1))}},
		}
		for _, tt := range tests {
			_, err := conga.Group(t.Context(), d.tickets, "list", &g, tt.options...)
			e := wantKind(t, err, conga.Internal)
			if !strings.Contains(fmt.Sprint(e.Unwrap()), tt.want) && tt.want != "is no field" {
				t.Errorf("error: %v, want %q", e.Unwrap(), tt.want)
			}
		}
		if _, err := d.tickets.Read(t.Context(), "list", conga.Counting(&g.Count)); err == nil {
			t.Error("Read took Counting")
		}
	})
}

// TestTotals asks for single numbers.
func TestTotals(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.tickets.Fields()
		ctx := t.Context()
		some := conga.Where(expr.Gt(&f.Votes, 1))
		check := func(name string, got, want any, err error) {
			t.Helper()
			if err != nil || got != want {
				t.Errorf("%s: got %v, want %v (%v)", name, got, want, err)
			}
		}
		numbers := func(ctx context.Context, n, sum int, mean float64, exists bool) {
			t.Helper()
			got, err := d.tickets.Count(ctx, "list", some)
			check("count", got, n, err)
			yes, err := d.tickets.Exists(ctx, "list", some)
			check("exists", yes, exists, err)
			total, err := conga.Sum(ctx, d.tickets, "list", &f.Votes, some)
			check("sum", total, sum, err)
			avg, found, err := conga.Avg(ctx, d.tickets, "list", &f.Votes, some)
			check("avg", avg, mean, err)
			check("avg found", found, exists, nil)
		}
		numbers(ctx, 0, 0, 0, false)
		for i := range 4 {
			d.file(t, d.ann, fmt.Sprint(i), conga.Set(&f.Votes, i))
		}
		numbers(ctx, 2, 5, 2.5, true)
		low, found, err := conga.Min(ctx, d.tickets, "list", &f.Votes, some)
		check("min", low, 2, err)
		check("min found", found, true, nil)
		high, _, err := conga.Max(ctx, d.tickets, "list", &f.Title)
		check("max", high, "3", err)
		due, found, err := conga.Max(ctx, d.tickets, "list", &f.DueAt)
		check("due", due, (*time.Time)(nil), err)
		check("due found", found, false, nil)
		popular, err := d.tickets.Count(ctx, "popular", conga.Args(&Least{Votes: 3}))
		check("popular", popular, 1, err)
		_, err = d.tickets.Count(ctx, "nothing")
		wantKind(t, err, conga.Internal)
	})
}

// TestExplainGroup shows the one statement of a Group, with the policy in it.
func TestExplainGroup(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.comments.Fields()
		var g struct {
			Text  string
			Count int
		}
		e := must(conga.ExplainGroup(d.as(t, d.ann), d.comments, "list", &g, conga.By(&g.Text, &f.Text), conga.Counting(&g.Count)))(t)
		if len(e.Statements) != 1 || !strings.Contains(e.Statements[0].SQL, "group by 1") || !strings.Contains(e.Statements[0].SQL, `"private" = false`) {
			t.Errorf("explanation: %s", e)
		}
	})
}
