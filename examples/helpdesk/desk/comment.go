package desk

import (
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Source is how a comment came; one that was typed in has none.
type Source interface{ source() }

// Mail is an e-mail.
type Mail struct {
	From    string `validate:"required,email"`
	Subject string `validate:"max=200"`
}

// Phone is a call that somebody wrote down.
type Phone struct {
	Number string `validate:"required,e164"`
}

func (Mail) source()  {}
func (Phone) source() {}

// Comment is one answer to a ticket. Internal ones are notes among agents.
type Comment struct {
	ID             uuid.UUID `conga:"primary"`
	OrganisationID uuid.UUID `conga:"private"`
	Body           string    `validate:"required,max=4000" conga:"trim"`
	Internal       bool
	Source         Source
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
	resource.Union[Source](r).Variant("mail", Mail{}).Variant("phone", Phone{})

	r.Read("list").Primary().Sort(expr.Asc(&c.WrittenAt))
	r.Create("write").Primary().Accept(&c.Body, &c.Internal, &c.Source, &c.TicketID).Change(resource.Set(&c.AuthorID, &me.ID))
	r.Update("correct").Primary().Accept(&c.Body)
	r.Destroy("delete").Primary()

	r.Policy("list", "write").AuthorizeIf(expr.Eq(&c.Ticket.CustomerID, &me.ID)).AuthorizeIf(staff(me))
	r.Policy("list", "write").When(expr.Is(&c.Internal, true)).AuthorizeIf(staff(me))
	r.Policy("correct", "delete").AuthorizeIf(expr.Eq(&c.AuthorID, &me.ID))

	r.Publish("ticket", &c.TicketID)
}
