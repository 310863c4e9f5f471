package conga_test

import (
	"context"
	"fmt"
	"log"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/resource"
)

// Guest is on a list, once.
type Guest struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required" conga:"unique"`
}

func (g *Guest) Define(r *resource.Builder[Guest]) {
	r.Read("list")
	r.Create("invite").Accept(&g.Name).
		OnError(func(_ context.Context, e *resource.Error) {
			for i, issue := range e.Issues {
				if issue.Code == "unique" {
					e.Issues[i].Message = "is on the list already"
				}
			}
		})
	r.Policy().AuthorizeIf(resource.Public)
}

func Example_errorHandler() {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[Guest]())
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = app.Close() }()
	guests := conga.For[Guest](app)
	f := guests.Fields()

	for range 2 {
		_, err = guests.Create(ctx, "invite", conga.Set(&f.Name, "Ann"))
	}
	fmt.Println(err)
	// Output:
	// conflict: name is on the list already
}
