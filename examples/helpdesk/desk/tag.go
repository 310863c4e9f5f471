package desk

import (
	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Tag marks tickets of one kind.
type Tag struct {
	ID             uuid.UUID `conga:"primary"`
	OrganisationID uuid.UUID `conga:"private"`
	Name           string    `validate:"required,max=30" conga:"unique,trim"`
	Uses           int       `conga:"calculated" doc:"The number of tickets with the tag."`

	Tickets []Ticket `conga:"many_to_many,through=Tagging"`
}

// Define says what can be done with tags, and by whom.
func (t *Tag) Define(r *resource.Builder[Tag]) {
	me := resource.Actor[User](r)
	r.Tenant(&t.OrganisationID)
	resource.Calculate(r, &t.Uses, expr.Count(&t.Tickets))

	r.Read("list").Primary().Sort(expr.Asc(&t.Name))
	r.Create("make").Primary().Accept(&t.Name)
	r.Destroy("delete").Primary()

	r.Policy("list").AuthorizeIf(resource.ActorPresent)
	r.Policy("make", "delete").AuthorizeIf(staff(me))
}

// Tagging says that a ticket has a tag.
type Tagging struct {
	ID             uuid.UUID `conga:"primary"`
	OrganisationID uuid.UUID `conga:"private"`
	TicketID       uuid.UUID
	TagID          uuid.UUID

	Ticket *Ticket `conga:"belongs_to,on_delete=cascade"`
	Tag    *Tag    `conga:"belongs_to,on_delete=cascade"`
}

// Define lets those who may see a ticket tag it.
func (t *Tagging) Define(r *resource.Builder[Tagging]) {
	me := resource.Actor[User](r)
	r.Tenant(&t.OrganisationID)
	r.Identity("once", &t.TicketID, &t.TagID)

	r.Read("list").Primary().Private()
	r.Create("attach").Private().Accept(&t.TicketID, &t.TagID)
	r.Destroy("detach").Private()

	r.Policy().AuthorizeIf(expr.Eq(&t.Ticket.CustomerID, &me.ID)).AuthorizeIf(staff(me))
}
