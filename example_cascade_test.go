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

// Plan is a list of chores.
type Plan struct {
	ID   uuid.UUID `conga:"primary"`
	Name string
	Over bool

	Chores []Chore `conga:"has_many"`
}

func (p *Plan) Define(r *resource.Builder[Plan]) {
	r.Create("draw").Accept(&p.Name)
	r.Update("end").Change(resource.SetTo(&p.Over, true)).CascadeUpdate(&p.Chores, "cancel")
	r.Destroy("delete").CascadeDestroy(&p.Chores)
	r.Policy().AuthorizeIf(resource.Public)
}

// Chore is one of them.
type Chore struct {
	ID     uuid.UUID `conga:"primary"`
	State  string    `conga:"default=new"`
	PlanID uuid.UUID

	Plan *Plan `conga:"belongs_to"`
}

func (c *Chore) Define(r *resource.Builder[Chore]) {
	r.Read("list")
	r.Create("add").Accept(&c.PlanID)
	r.Update("cancel").Change(resource.SetTo(&c.State, "cancelled"))
	r.Destroy("remove")
	r.Policy().AuthorizeIf(resource.Public)
}

func Example_cascades() {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[Plan](), resource.Of[Chore]())
	if err != nil {
		log.Fatal(err)
	}
	defer app.Close()
	plans, chores := conga.For[Plan](app), conga.For[Chore](app)

	plan, err := plans.Create(ctx, "draw", conga.Set(&plans.Fields().Name, "Roof"))
	if err != nil {
		log.Fatal(err)
	}
	for range 2 {
		if _, err := chores.Create(ctx, "add", conga.Set(&chores.Fields().PlanID, plan.ID)); err != nil {
			log.Fatal(err)
		}
	}
	if _, err := plans.Update(ctx, "end", plan); err != nil {
		log.Fatal(err)
	}
	page, err := chores.Read(ctx, "list")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(page.Items[0].State, page.Items[1].State)

	if err := plans.Destroy(ctx, "delete", plan); err != nil {
		log.Fatal(err)
	}
	page, err = chores.Read(ctx, "list")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(page.Items), "chores")
	// Output:
	// cancelled cancelled
	// 0 chores
}
