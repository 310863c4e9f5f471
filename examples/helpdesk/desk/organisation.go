package desk

import (
	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Organisation is a tenant: the customers and agents of one help desk.
type Organisation struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required,max=60" conga:"unique,trim"`
}

// Define shows people their own organisation alone.
func (o *Organisation) Define(r *resource.Builder[Organisation]) {
	me := resource.Actor[User](r)

	r.Read("list").Primary()
	r.Read("known").Private()
	r.Create("found").Private().Accept(&o.Name)

	r.Policy("list").AuthorizeIf(expr.Eq(&o.ID, &me.OrganisationID))
	r.Policy("known", "found").AuthorizeIf(resource.Always) // for the program itself
}
