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

// Bank is a system that keeps payments of its own.
type Bank struct{ fees map[uuid.UUID]int }

// Pay carries out a payment and tells the fee.
func (b *Bank) Pay(_ context.Context, id uuid.UUID, cents int) (fee int, err error) {
	if cents > 1000 {
		return 0, &resource.Error{Kind: resource.Conflict, Message: "the account has not enough money"}
	}
	b.fees[id] = cents / 100
	return b.fees[id], nil
}

// Payment is made by a bank; here is a copy.
type Payment struct {
	ID    uuid.UUID `conga:"primary"`
	Cents int       `validate:"min=1"`
	Fee   int
}

func (p *Payment) Define(r *resource.Builder[Payment]) {
	bank := &Bank{map[uuid.UUID]int{}}
	r.Read("list").Primary()
	r.Create("copy").Private().Accept(&p.ID, &p.Cents, &p.Fee)
	r.Create("pay").Primary().Accept(&p.Cents).
		Manual(func(ctx context.Context, c *resource.Changeset) (*Payment, error) {
			id, cents := resource.Value(c, &p.ID), resource.Value(c, &p.Cents)
			fee, err := bank.Pay(ctx, id, cents)
			if err != nil {
				return nil, err
			}
			payments := conga.For[Payment](conga.FromContext(ctx))
			f := payments.Fields()
			return payments.Create(ctx, "copy", conga.Set(&f.ID, id), conga.Set(&f.Cents, cents), conga.Set(&f.Fee, fee))
		})
	r.Policy().AuthorizeIf(resource.Public)
}

func Example_manual() {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[Payment]())
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = app.Close() }()
	payments := conga.For[Payment](app)
	f := payments.Fields()

	for _, cents := range []int{700, 0, 2000} {
		paid, err := payments.Create(ctx, "pay", conga.Set(&f.Cents, cents))
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(paid.Cents, paid.Fee)
	}
	// Output:
	// 700 7
	// invalid: cents must be at least 1
	// conflict: the account has not enough money
}
