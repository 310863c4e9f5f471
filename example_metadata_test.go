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

// Member signs up, and gets a token with which to come back.
type Member struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required"`
}

// Welcome is what a new member is told.
type Welcome struct {
	Token string
}

func (m *Member) Define(r *resource.Builder[Member]) {
	r.Read("list")
	signUp := r.Create("sign_up").Accept(&m.Name)
	welcome := resource.Metadata[Welcome](signUp)
	signUp.After(func(_ context.Context, c *resource.Changeset, m *Member) error {
		welcome.Of(c).Token = "token of " + m.Name
		return nil
	})
	r.Policy().AuthorizeIf(resource.Public)
}

func Example_metadata() {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[Member]())
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = app.Close() }()
	members := conga.For[Member](app)
	f := members.Fields()

	var welcome Welcome
	member, err := members.Create(ctx, "sign_up", conga.Set(&f.Name, "Ann"), conga.Metadata(&welcome))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(member.Name, "has the", welcome.Token)
	// Output:
	// Ann has the token of Ann
}
