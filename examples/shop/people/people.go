// Package people knows customers, and nothing of what they order.
package people

import (
	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Customer buys things.
type Customer struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required,max=80"`
}

// Define lets everybody read and add customers.
func (c *Customer) Define(r *resource.Builder[Customer]) {
	r.Read("list").Primary().Sort(expr.Asc(&c.Name))
	r.Create("add").Accept(&c.Name)
	r.Policy().AuthorizeIf(resource.Public)
}
