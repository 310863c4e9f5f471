package guides_test

import (
	"context"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/congatest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Recipe is a resource of docs/resources.md, whose related records a search engine finds.
type Recipe struct {
	ID      string   `conga:"primary"`
	Title   string   `validate:"required"`
	Similar []Recipe `conga:"has_many,key=-"`
	Slug    string   `conga:"calculated"`
	Longest *int     `conga:"calculated"`
}

func (x *Recipe) Define(r *resource.Builder[Recipe]) {
	resource.RelatedFunc(r, &x.Similar, suggest, &x.Title)
	resource.Calculate(r, &x.Slug, expr.SQL[string](expr.Fragment{
		PostgreSQL: "regexp_replace(lower(?), '[^a-z]+', '-', 'g')",
		SQLite:     "replace(lower(?), ' ', '-')",
	}, expr.F(&x.Title)))
	resource.Calculate(r, &x.Longest, expr.AggregateSQL(expr.Records[Recipe](), func(y *Recipe) expr.Value[int] {
		return expr.SQL[int](expr.Both("max(length(?))"), expr.F(&y.Title))
	}))
	r.Read("list").Primary().Sort(expr.Asc(&x.ID))
	r.Create("add").Accept(&x.ID, &x.Title).
		Validate(resource.Valid(expr.Not(expr.Exists(func(y *Recipe) expr.Bool {
			return expr.Equal(expr.Lower(expr.F(&y.Title)), expr.Lower(expr.F(&x.Title))).And(expr.Not(expr.Eq(&y.ID, &x.ID)))
		})), "is taken", &x.Title))
	r.Policy().AuthorizeIf(resource.Public)
}

func suggest(ctx context.Context, recipes []*Recipe) ([][]string, error) {
	titles := make([]string, len(recipes))
	for i, x := range recipes {
		titles[i] = x.Title
	}
	return engine.Similar(ctx, titles) // the keys of similar recipes, best first, for each title
}

// engine stands for a search engine.
var engine lookup

type lookup struct{}

func (lookup) Similar(_ context.Context, titles []string) ([][]string, error) {
	out := make([][]string, len(titles))
	for i := range titles {
		out[i] = []string{"soup", "salad"}
	}
	return out, nil
}

func TestFoundByCode(t *testing.T) {
	recipes := conga.For[Recipe](congatest.App(t, resource.Of[Recipe]()))
	f := recipes.Fields()
	for _, id := range []string{"salad", "soup"} {
		if _, err := recipes.Create(t.Context(), "add", conga.Set(&f.ID, id), conga.Set(&f.Title, id)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := recipes.Create(t.Context(), "add", conga.Set(&f.ID, "soup2"), conga.Set(&f.Title, "Soup"))
	congatest.Fails(t, err, resource.Invalid, "title:invalid")
	page, err := recipes.Read(t.Context(), "list", conga.Load(&f.Similar, conga.Limit(1)), conga.With(&f.Slug, &f.Longest))
	if err != nil || len(page.Items) != 2 || page.Items[0].Similar[0].ID != "soup" || page.Items[0].Slug != "salad" || *page.Items[0].Longest != 5 {
		t.Errorf("got %v, %v", page, err)
	}
}
