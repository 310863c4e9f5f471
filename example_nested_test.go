package conga_test

import (
	"context"
	"fmt"
	"log"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Recipe is written with its steps and its tags.
type Recipe struct {
	ID    uuid.UUID `conga:"primary"`
	Title string    `validate:"required"`
	Steps []Step    `conga:"has_many"`
	Marks []Mark    `conga:"many_to_many,through=Marking"`
}

func (t *Recipe) Define(r *resource.Builder[Recipe]) {
	r.Read("list").Primary()
	r.Create("write").Accept(&t.Title).
		Manage(&t.Steps, resource.DirectControl().OrderKey("Place")).
		Manage(&t.Marks, resource.AppendAndRemove().By("word").OnNoMatch(resource.DoCreate))
	r.Update("revise").Accept(&t.Title).
		Manage(&t.Steps, resource.DirectControl().OrderKey("Place"))
	r.Policy().AuthorizeIf(resource.Public)
}

// Step is one step of a recipe.
type Step struct {
	ID       uuid.UUID `conga:"primary"`
	Text     string    `validate:"required,max=200"`
	Place    int
	RecipeID uuid.UUID
	Recipe   *Recipe `conga:"belongs_to,on_delete=cascade"`
}

func (s *Step) Define(r *resource.Builder[Step]) {
	r.Read("list").Primary().Sort(expr.Asc(&s.Place))
	r.Create("add").Accept(&s.Text)
	r.Update("reword").Accept(&s.Text)
	r.Destroy("remove")
	r.Policy().AuthorizeIf(resource.Public)
}

// Mark is a word that many recipes may have.
type Mark struct {
	ID   uuid.UUID `conga:"primary"`
	Word string    `validate:"required" conga:"unique"`
}

func (m *Mark) Define(r *resource.Builder[Mark]) {
	r.Read("list").Primary()
	r.Create("coin").Accept(&m.Word)
	r.Policy().AuthorizeIf(resource.Public)
}

// Marking ties recipes and marks together.
type Marking struct {
	ID       uuid.UUID `conga:"primary"`
	RecipeID uuid.UUID
	MarkID   uuid.UUID
}

func (m *Marking) Define(r *resource.Builder[Marking]) {
	r.Read("list").Primary()
	r.Create("add")
	r.Destroy("remove")
	r.Policy().AuthorizeIf(resource.Public)
}

func ExampleNest() {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[Recipe](), resource.Of[Step](), resource.Of[Mark](), resource.Of[Marking]())
	if err != nil {
		log.Fatal(err)
	}
	defer app.Close()

	recipes, steps := conga.For[Recipe](app), conga.For[Step](app)
	f, s, m := recipes.Fields(), steps.Fields(), conga.For[Mark](app).Fields()
	recipe, err := recipes.Create(ctx, "write", conga.Set(&f.Title, "Tea"),
		conga.Nest(&f.Steps, conga.Child(conga.Set(&s.Text, "Boil water.")), conga.Child(conga.Set(&s.Text, "Wait."))),
		conga.Nest(&f.Marks, conga.Child(conga.Set(&m.Word, "hot"))),
		conga.Load(&f.Steps))
	if err != nil {
		log.Fatal(err)
	}

	recipe, err = recipes.Update(ctx, "revise", recipe,
		conga.Nest(&f.Steps,
			conga.ChildKey(recipe.Steps[0].ID),
			conga.Child(conga.Set(&s.Text, "Add tea.")),
			conga.ChildKey(recipe.Steps[1].ID, conga.Set(&s.Text, "Wait three minutes."))),
		conga.Load(&f.Steps))
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range recipe.Steps {
		fmt.Println(step.Place, step.Text)
	}

	_, err = recipes.Update(ctx, "revise", recipe, conga.Nest(&f.Steps, conga.Child(conga.Set(&s.Text, ""))))
	fmt.Println(err)
	// Output:
	// 0 Boil water.
	// 1 Add tea.
	// 2 Wait three minutes.
	// invalid: steps.0.text is required
}
