package history_test

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/extension/history"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Recipe keeps what was done to it.
type Recipe struct {
	ID    uuid.UUID `conga:"primary"`
	Title string
	Tip   string `conga:"private"`

	Versions []RecipeVersion `conga:"has_many,key=RecordID"`
}

func (x *Recipe) Define(r *resource.Builder[Recipe]) {
	r.Read("list")
	r.Create("add").Accept(&x.Title)
	r.Update("edit").Accept(&x.Title)
	history.Use[RecipeVersion](r).Keep(history.Difference).Reveal(&x.Tip)
	r.Policy().AuthorizeIf(resource.Public)
}

// RecipeVersion is what one action did to a recipe.
type RecipeVersion struct {
	ID uuid.UUID `conga:"primary"`
	history.Fields[uuid.UUID]
}

func (v *RecipeVersion) Define(r *resource.Builder[RecipeVersion]) {
	history.Versions(r, &v.Fields)
	r.Read("list").Sort(expr.Asc(&v.At))
	r.Policy("list").AuthorizeIf(resource.Public)
}

func ExampleUse() {
	ctx := context.Background()
	layer, err := sqlite.Open(ctx, ":memory:")
	if err != nil {
		fmt.Println(err)
		return
	}
	app, err := conga.New(layer, resource.Of[Recipe](), resource.Of[RecipeVersion]())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer app.Close()
	recipes := conga.For[Recipe](app)
	f := recipes.Fields()
	recipe, _ := recipes.Create(ctx, "add", conga.Set(&f.Title, "Soup"))
	_, _ = recipes.Update(ctx, "edit", recipe, conga.Set(&f.Title, "Stew"))

	recipe, err = recipes.Get(ctx, recipe.ID, conga.Load(&f.Versions))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range recipe.Versions {
		fmt.Printf("%s by %s: %s\n", v.Kind, v.Action, v.Changes["title"])
	}
	// Output:
	// create by add: {"from":null,"to":"Soup"}
	// update by edit: {"from":"Soup","to":"Stew"}
}
