package desk

import (
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Comment is one answer to a ticket. Internal ones are notes among agents.
type Comment struct {
	ID             uuid.UUID `conga:"primary"`
	OrganisationID uuid.UUID `conga:"private"`
	Body           string    `validate:"required,max=4000" conga:"trim"`
	Internal       bool
	TicketID       uuid.UUID `conga:"immutable"`
	AuthorID       uuid.UUID
	WrittenAt      time.Time `conga:"created,index"`

	Ticket *Ticket `conga:"belongs_to,on_delete=cascade"`
	Author *User   `conga:"belongs_to"`
}

// Define says what can be done with comments, and by whom.
func (c *Comment) Define(r *resource.Builder[Comment]) {
	me := resource.Actor[User](r)
	r.Tenant(&c.OrganisationID)

	r.Read("list").Primary().Sort(expr.Asc(&c.WrittenAt))
	r.Create("write").Primary().Accept(&c.Body, &c.Internal, &c.TicketID).Change(resource.Set(&c.AuthorID, &me.ID))
	r.Update("correct").Primary().Accept(&c.Body)
	r.Destroy("delete").Primary()

	r.Policy("list", "write").AuthorizeIf(expr.Eq(&c.Ticket.CustomerID, &me.ID)).AuthorizeIf(staff(me))
	r.Policy("list", "write").When(expr.Is(&c.Internal, true)).AuthorizeIf(staff(me))
	r.Policy("correct", "delete").AuthorizeIf(expr.Eq(&c.AuthorID, &me.ID))

	r.Publish("ticket", &c.TicketID)
}
