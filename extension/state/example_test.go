package state_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/extension/state"
	"github.com/congago/conga/resource"
)

// Article is written, reviewed and published.
type Article struct {
	ID    uuid.UUID `conga:"primary"`
	Title string
	State string `validate:"oneof=draft review published" conga:"default=draft"`
}

func (a *Article) Define(r *resource.Builder[Article]) {
	r.Read("list")
	r.Create("write").Accept(&a.Title)
	r.Update("edit").Accept(&a.Title).Primary()
	r.Update("submit")
	r.Update("decide").Accept(&a.State)

	machine := state.Use(r, &a.State)
	machine.On("edit").From("draft")
	machine.On("submit").From("draft").To("review")
	machine.On("decide").From("review").To("published", "draft")

	r.Policy("list", "write", "edit", "submit").AuthorizeIf(resource.Public)
	r.Policy("decide").AuthorizeIf(machine.Allows("decide"))
}

func ExampleUse() {
	ctx := context.Background()
	layer, err := sqlite.Open(ctx, ":memory:")
	if err != nil {
		fmt.Println(err)
		return
	}
	app, err := conga.New(layer, resource.Of[Article]())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer app.Close()
	articles := conga.For[Article](app)
	f := articles.Fields()

	article, _ := articles.Create(ctx, "write", conga.Set(&f.Title, "On Snow"))
	article, _ = articles.Update(ctx, "submit", article)
	fmt.Println(article.State)

	_, err = articles.Update(ctx, "edit", article, conga.Set(&f.Title, "On Ice"))
	if e, ok := errors.AsType[*conga.Error](err); ok {
		fmt.Println(e.Issues[0].Field(), e.Issues[0].Code, e.Issues[0].Text())
	}
	// Output:
	// review
	// state transition cannot edit while it is review
}

func ExampleChart_Mermaid() {
	registry, err := resource.Compile(resource.Of[Article]())
	if err != nil {
		fmt.Println(err)
		return
	}
	if chart, ok := state.Of(registry.Lookup("Article")); ok {
		fmt.Print(chart.Mermaid())
	}
	// Output:
	// stateDiagram-v2
	//     [*] --> draft
	//     draft --> draft: edit
	//     draft --> review: submit
	//     review --> published: decide
	//     review --> draft: decide
	//     published --> [*]
}
