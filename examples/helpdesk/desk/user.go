package desk

import (
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Role is what somebody does at the help desk.
type Role string

// The roles.
const (
	Customer Role = "customer"
	Agent    Role = "agent"
	Admin    Role = "admin"
)

// staff holds for agents and admins.
func staff(u *User) expr.Bool { return expr.In(&u.Role, Agent, Admin) }

// User is somebody of an organisation.
type User struct {
	ID             uuid.UUID `conga:"primary"`
	OrganisationID uuid.UUID `conga:"private"`
	Name           string    `validate:"required,max=60" conga:"trim"`
	Email          string    `validate:"required,email" conga:"trim,unique"`
	Role           Role      `validate:"oneof=customer agent admin" conga:"default=customer"`
	JoinedAt       time.Time `conga:"created"`

	OpenTickets int `conga:"calculated" doc:"Tickets of this agent that are not closed."`

	Hidden resource.Hidden

	Organisation *Organisation `conga:"belongs_to"`
	Opened       []Ticket      `conga:"has_many,key=CustomerID"`
	Assigned     []Ticket      `conga:"has_many,key=AgentID"`
}

// Define says what can be done with users, and by whom.
func (u *User) Define(r *resource.Builder[User]) {
	me := resource.Actor[User](r)
	r.Tenant(&u.OrganisationID)
	resource.Calculate(r, &u.OpenTickets, expr.Count(&u.Assigned, func(t *Ticket) expr.Bool { return expr.IsNot(&t.State, Closed) }))

	r.Read("list").Primary().Sort(expr.Asc(&u.Name))
	r.Read("known").Private()
	r.Create("invite").Primary().Accept(&u.Name, &u.Email, &u.Role)
	r.Update("rename").Primary().Accept(&u.Name)
	r.Update("appoint").Accept(&u.Role)
	r.Create("seed").Private().Accept(&u.Name, &u.Email, &u.Role)

	r.Policy("list").AuthorizeIf(resource.ActorPresent)
	r.Policy("invite").AuthorizeIf(expr.Is(&me.Role, Admin))
	r.Policy("rename").AuthorizeIf(expr.Eq(&u.ID, &me.ID)).AuthorizeIf(expr.Is(&me.Role, Admin))
	r.Policy("appoint").
		ForbidIf(expr.Eq(&u.ID, &me.ID)). // nobody locks himself out
		AuthorizeIf(expr.Is(&me.Role, Admin))
	r.Policy("known", "seed").AuthorizeIf(resource.Always) // for the program itself

	r.FieldPolicy(&u.Email).AuthorizeIf(expr.Eq(&u.ID, &me.ID)).AuthorizeIf(staff(me))
	r.FieldPolicy().AuthorizeIf(resource.Always)
}
