package form_test

import (
	"context"
	"fmt"
	"log"
	"net/url"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/form"
	"github.com/congago/conga/resource"
)

// Guest signs the book.
type Guest struct {
	ID    uuid.UUID `conga:"primary"`
	Name  string    `validate:"required,max=20" conga:"unique,trim"`
	Email string    `validate:"omitempty,email"`
}

func (g *Guest) Define(r *resource.Builder[Guest]) {
	r.Read("list")
	r.Create("sign").Accept(&g.Name, &g.Email)
	r.Policy().AuthorizeIf(resource.Public)
}

func Example() {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[Guest]())
	if err != nil {
		log.Fatal(err)
	}
	defer app.Close()

	f, err := form.Create(conga.For[Guest](app), "sign")
	if err != nil {
		log.Fatal(err)
	}
	// The visitor has typed an address; the name is untouched yet.
	typing, err := form.Parse("name=&_unused_name=&email=ann&_target=email")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Validate(ctx, typing), f.Valid(), f.Errors("name"), f.Errors("email"))

	// After a submit all inputs count as used.
	ok, err := f.Submit(ctx, typing)
	fmt.Println(ok, err, f.Errors("name"))

	ok, err = f.Submit(ctx, form.Of(url.Values{"name": {" Ann "}, "email": {"ann@example.com"}}))
	fmt.Println(ok, err, form.Result[Guest](f).Name)

	// A conflict with another record is the visitor's to mend.
	ok, err = f.Submit(ctx, form.Of(url.Values{"name": {"Ann"}}))
	fmt.Println(ok, err, f.Errors("name"))
	// Output:
	// <nil> false [] [must be an e-mail address]
	// false <nil> [is required]
	// true <nil> Ann
	// false <nil> [has already been taken]
}
