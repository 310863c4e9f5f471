package queries

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// TestSQL computes by SQL of the application.
func TestSQL(t *testing.T) {
	libraries(t, func(l *library) {
		l.shelf()
		f := l.b
		one := must(l.books.Get(l.as("ann"), "a1", conga.With(&f.Loud, &f.Line)))(l)
		l.want("a calculation", one.Loud, "THE A1?")
		l.want("an aggregate", *one.Line, "a4-a3-a1")
		l.want("of what the actor sees", *must(l.books.Get(l.as("sue"), "a1", conga.With(&f.Line)))(l).Line, "a4-a3-a2-a1")
		l.want("a filter and a sort", l.ids("ann", conga.Where(expr.Less(expr.SQL[int](expr.Both("? % ?"), expr.F(&f.Price), expr.V(50)), expr.V(25))),
			conga.Sort(expr.By(expr.SQL[string](expr.Both("substr(?, 2)"), expr.F(&f.ID))), expr.Desc(&f.ID))), "b1 a1 a3 a4")
		l.want("filters of clients", l.get("bob", "/api/books?filter[loud]=THE%20B2&fields[book]=id", ""), `{"data":[{"id":"b2"}],"page":{"limit":50,"after":null,"before":null,"count":null}}`)
		var g struct {
			Odd bool
			N   int
		}
		groups := must(conga.Group(l.as("sue"), l.books, "list", &g, conga.ByValue(&g.Odd, expr.SQL[bool](expr.Both("? % 20 > 0"), expr.F(&f.Price))), conga.Counting(&g.N)))(l)
		l.want("groups", fmt.Sprint(groups.Items), "[{false 4} {true 4}]")

		now := time.Date(2024, 2, 29, 12, 0, 0, 1000, time.UTC)
		for what, same := range map[string]expr.Bool{
			"a time":     through(now),
			"a UUID":     through(uuid.New()),
			"a decimal":  through(decimal.RequireFromString("1.50")),
			"a float":    through(1.5),
			"a truth":    through(true),
			"a duration": through(time.Second),
			"a list":     through([]string{"a", "b"}),
			"bytes":      expr.Equal(expr.SQL[int](expr.Both("length(?)"), expr.V([]byte{1, 2, 3})), expr.V(3)),
		} {
			l.want(what, l.ids("ann", conga.Where(same), conga.Limit(1)), "a1")
		}
		l.want("what is NULL", l.ids("ann", conga.Where(expr.Not(expr.Distinct(expr.SQL[*int](expr.Both("nullif(?, ?)"), expr.F(&f.Price), expr.V(10)), expr.V[*int](nil))))), "a1")

		shouted := must(l.books.Update(l.as("ann"), "shout", one))(l)
		l.want("an update", shouted.Title, "THE A1")
		_, err := l.books.Update(l.as("ann"), "shout", l.book("a77", 1))
		l.want("its policy", fmt.Sprint(conga.KindOf(err)), fmt.Sprint(resource.Forbidden))
		_, err = l.books.Create(l.as("sue"), "add", conga.Set(&f.ID, "x"), conga.Set(&f.OwnerID, "sue"), conga.Set(&f.Title, "NEVER"))
		l.want("a policy of creates", fmt.Sprint(conga.KindOf(err)), fmt.Sprint(resource.Forbidden))
		if _, err := conga.Evaluate(l.as("ann"), l.books, expr.F(&f.Loud), one); err == nil || !strings.Contains(errors.Unwrap(err).Error(), "without the database") {
			l.Errorf("in memory: %v", err)
		}
	})
}

// through holds when a value comes through a fragment unchanged.
func through[T any](v T) expr.Bool {
	return expr.Not(expr.Distinct(expr.SQL[T](expr.Both("?"), expr.V(v)), expr.V(v)))
}

type Faulty struct {
	ID   int `conga:"primary"`
	Name string
	A    int      `conga:"calculated"`
	B    int      `conga:"calculated"`
	C    string   `conga:"calculated"`
	D    *int     `conga:"calculated"`
	All  []Faulty `conga:"has_many,key=-"`
}

func (x *Faulty) Define(r *resource.Builder[Faulty]) {
	resource.Calculate(r, &x.A, expr.SQL[int](expr.Fragment{PostgreSQL: "? + ?"}, expr.F(&x.ID)))
	resource.Calculate(r, &x.B, expr.SQL[int](expr.Fragment{}))
	resource.Calculate(r, &x.C, expr.SQL[string](expr.Fragment{PostgreSQL: "1; drop table x"}))
	resource.Calculate(r, &x.D, expr.AggregateSQL(&x.All, func(y *Faulty) expr.Value[int] { return expr.F(&y.ID) }))
	resource.Related(r, &x.All).Where(func(*Faulty) expr.Bool { return expr.True() })
	r.Read("list")
	r.Update("edit").Accept(&x.Name).Validate(resource.Valid(expr.SQL[bool](expr.Both("? > ''"), expr.F(&x.Name)), "no"))
	r.Policy().AuthorizeIf(resource.Public)
}

type Onesided struct {
	ID int `conga:"primary"`
}

func (x *Onesided) Define(r *resource.Builder[Onesided]) {
	r.Read("list").Filter(expr.SQL[bool](expr.Fragment{PostgreSQL: "true"}))
	r.Policy().AuthorizeIf(resource.Public)
}

// TestFaultsOfSQL are told at start.
func TestFaultsOfSQL(t *testing.T) {
	_, err := resource.Compile(resource.Of[Faulty]())
	for _, want := range []string{"it has 2 question marks, but 1 arguments", "has no SQL for any database", "it is no expression", "must return an expr.SQL"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	layer, err := sqlite.Open(context.Background(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = layer.Close() })
	_, err = conga.New(layer, resource.Of[Onesided]())
	if err == nil || !strings.Contains(err.Error(), "C008") || !strings.Contains(err.Error(), "there is no SQL for SQLite beside true") || !strings.Contains(err.Error(), "sql_test.go") {
		t.Errorf("got %v", err)
	}
}

type Named struct {
	ID   int `conga:"primary"`
	Name string
}

func (x *Named) Define(r *resource.Builder[Named]) {
	r.Index("names_reverse", resource.SQL("reverse(name)"))
	r.Read("list").Filter(expr.Equal(expr.SQL[string](expr.Fragment{PostgreSQL: "reverse(?)", SQLite: "?"}, expr.F(&x.Name)), expr.V("x")))
	r.Policy().AuthorizeIf(resource.Public)
}

// TestIndexesServeSQL has PostgreSQL find records by an index over the same SQL.
func TestIndexesServeSQL(t *testing.T) {
	layer, err := postgres.Open(t.Context(), pgtest.Database(t)+"&options=-c%20enable_seqscan%3Doff")
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(layer, resource.Of[Named]())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close() })
	plan, err := conga.For[Named](app).Explain(t.Context(), "list")
	if err != nil || !strings.Contains(plan.String(), "names_reverse") {
		t.Errorf("got %v, %v", plan, err)
	}
}
