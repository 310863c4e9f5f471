package desk

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/extension/history"
	"github.com/congago/conga/extension/state"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// State is how far a ticket has come.
type State string

// The states.
const (
	Open    State = "open"
	Waiting State = "waiting" // for the customer
	Solved  State = "solved"
	Closed  State = "closed"
)

// Attachment is a file that belongs to a ticket; it lives elsewhere.
type Attachment struct {
	Name string `json:"name" validate:"required,max=120"`
	URL  string `json:"url" validate:"required,http_url"`
	Size int    `json:"size" validate:"min=1,max=50000000"`
}

// Ticket is what somebody needs help with.
type Ticket struct {
	ID             uuid.UUID    `conga:"primary"`
	OrganisationID uuid.UUID    `conga:"private"`
	Title          string       `validate:"required,max=80" conga:"trim"`
	Body           string       `validate:"max=4000"`
	State          State        `validate:"oneof=open waiting solved closed" conga:"default=open,index"`
	Priority       int          `validate:"min=1,max=5" conga:"default=3"`
	Attachments    []Attachment `validate:"max=5,dive"`
	CustomerID     uuid.UUID
	AgentID        *uuid.UUID
	Spent          time.Duration `doc:"The time that agents have spent."`
	OpenedAt       time.Time     `conga:"created,index"`
	ChangedAt      time.Time     `conga:"updated"`

	Answers      int        `conga:"calculated" doc:"The number of comments that the customer sees."`
	LastAnswerAt *time.Time `conga:"calculated"`
	Urgent       bool       `conga:"calculated" doc:"Of high priority, and nobody has taken it."`

	Customer *User           `conga:"belongs_to"`
	Agent    *User           `conga:"belongs_to"`
	Comments []Comment       `conga:"has_many"`
	Latest   *Comment        `conga:"has_one" doc:"The newest comment."`
	Tags     []Tag           `conga:"many_to_many,through=Tagging"`
	Versions []TicketVersion `conga:"has_many,key=RecordID"`
}

// Work is the argument of the action solve.
type Work struct {
	Hours  int    `validate:"min=0,max=100"`
	Answer string `validate:"max=4000" doc:"A last comment, if not empty."`
}

// Define says what can be done with tickets, and by whom.
func (t *Ticket) Define(r *resource.Builder[Ticket]) {
	me := resource.Actor[User](r)
	r.Tenant(&t.OrganisationID)
	t.values(r)
	t.reads(r, me)
	t.writes(r, me)
	t.policies(r, me)
	r.Publish("customer", &t.CustomerID)
	history.Use[TicketVersion](r).Keep(history.Difference)
}

func (t *Ticket) values(r *resource.Builder[Ticket]) {
	public := func(c *Comment) expr.Bool { return expr.Is(&c.Internal, false) }
	resource.Calculate(r, &t.Answers, expr.Count(&t.Comments, public))
	resource.Calculate(r, &t.LastAnswerAt, expr.Max(&t.Comments, func(c *Comment) *time.Time { return &c.WrittenAt }, public))
	resource.Calculate(r, &t.Urgent, expr.Ge(&t.Priority, 4).And(expr.IsNull(&t.AgentID)))
}

func (t *Ticket) reads(r *resource.Builder[Ticket], me *User) {
	r.Read("list").Primary().Sort(expr.Desc(&t.OpenedAt)).Page(20).MaxPage(100).
		Groups(&t.State, &t.Priority, &t.Agent.Name, &t.OpenedAt).Aggregates(&t.Spent, &t.Priority)
	r.Read("mine").Filter(expr.Eq(&t.CustomerID, &me.ID)).Sort(expr.Desc(&t.OpenedAt))
	r.Read("queue").Describe("What waits for an agent, the most urgent first.").
		Filter(expr.Is(&t.State, Open).And(expr.IsNull(&t.AgentID))).
		Sort(expr.Desc(&t.Priority), expr.Asc(&t.OpenedAt))
}

func (t *Ticket) writes(r *resource.Builder[Ticket], me *User) {
	r.Create("open").Primary().
		Accept(&t.Title, &t.Body, &t.Priority, &t.Attachments).
		Manage(&t.Tags, resource.AppendAndRemove()).
		Manage(&t.Comments, resource.Creating()).
		Change(resource.Set(&t.CustomerID, &me.ID))
	r.Update("edit").Primary().
		Accept(&t.Title, &t.Body, &t.Priority, &t.Attachments).
		Manage(&t.Tags, resource.AppendAndRemove())
	r.Update("take").
		Validate(resource.Valid(expr.IsNull(&t.AgentID), "has an agent already", &t.AgentID)).
		Change(resource.SetNullable(&t.AgentID, &me.ID))
	r.Update("ask").Describe("Waits for the customer.").Manage(&t.Comments, resource.Creating())
	r.Update("reopen")
	r.Update("close")

	solve := r.Update("solve")
	in := resource.Arguments[Work](solve)
	solve.Change(resource.ChangeFunc(func(_ context.Context, c *resource.Changeset) error {
		return resource.Put(c, &t.Spent, resource.Value(c, &t.Spent)+time.Duration(resource.Value(c, &in.Hours))*time.Hour)
	})).After(func(ctx context.Context, c *resource.Changeset, ticket *Ticket) error {
		if resource.Value(c, &in.Answer) == "" {
			return nil
		}
		comments := conga.For[Comment](conga.FromContext(ctx))
		f := comments.Fields()
		_, err := comments.Create(ctx, "write", conga.Set(&f.TicketID, ticket.ID), conga.Set(&f.Body, resource.Value(c, &in.Answer)))
		return err
	})
	r.Destroy("delete").Primary()

	machine := state.Use(r, &t.State)
	machine.On("take").From(Open, Waiting)
	machine.On("ask").From(Open).To(Waiting)
	machine.On("solve").From(Open, Waiting).To(Solved)
	machine.On("reopen").From(Waiting, Solved).To(Open)
	machine.On("close").From(Solved).To(Closed)

	resource.Handle(r, "workload", Workload).Describe("How much each agent has to do.")
}

func (t *Ticket) policies(r *resource.Builder[Ticket], me *User) {
	mine := expr.Eq(&t.CustomerID, &me.ID)
	r.Policy("list", "mine", "edit", "reopen", "close").AuthorizeIf(mine).AuthorizeIf(staff(me))
	r.Policy("open").AuthorizeIf(resource.ActorPresent)
	r.Policy("queue", "take", "ask", "solve", "workload").AuthorizeIf(staff(me))
	r.Policy("delete").AuthorizeIf(expr.Is(&me.Role, Admin))
	r.Policy("edit").When(expr.Is(&t.State, Closed)).AuthorizeIf(expr.Is(&me.Role, Admin))
}

// TicketVersion is what one action did to a ticket.
type TicketVersion struct {
	ID             uuid.UUID `conga:"primary"`
	OrganisationID uuid.UUID `conga:"private"`
	history.Fields[uuid.UUID]
}

// Define shows the paper trail to agents.
func (v *TicketVersion) Define(r *resource.Builder[TicketVersion]) {
	me := resource.Actor[User](r)
	r.Tenant(&v.OrganisationID)
	history.Versions(r, &v.Fields)
	r.Read("list").Primary().Sort(expr.Asc(&v.At))
	r.Policy("list").AuthorizeIf(staff(me))
}
