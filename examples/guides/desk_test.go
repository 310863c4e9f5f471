// The code that the guides in docs/ show. TestSnippets looks here for every
// snippet; the tests beside it run what the guides promise.
package guides_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga"
	"github.com/congago/conga/congatest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Person is somebody who opens tickets, or answers them.
type Person struct {
	ID           uuid.UUID `conga:"primary"`
	Name         string    `validate:"required,min=2,max=40" conga:"unique,trim,immutable"`
	Email        *string   `validate:"email"`
	Agent        bool
	Admin        bool
	PasswordHash string     `conga:"private,sensitive"`
	TeamID       *uuid.UUID // may be null: not everybody is in a team

	Team    *Team    `conga:"belongs_to,on_delete=nilify"`
	Tickets []Ticket `conga:"has_many,key=CustomerID"`
}

func (p *Person) Define(r *resource.Builder[Person]) {
	r.Describe("Somebody who opens tickets, or answers them.")
	r.Plural("people") // what the rules say anyway

	r.Read("list").Primary().Sort(expr.Asc(&p.Name))
	r.Create("join").Primary().Accept(&p.Name, &p.Email)
	r.Create("hire").Private().Accept(&p.Name, &p.Agent, &p.Admin, &p.TeamID)

	r.Policy().AuthorizeIf(resource.Public)
}

type Team struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required" conga:"unique"`

	Members []Person `conga:"has_many"`
}

func (t *Team) Define(r *resource.Builder[Team]) {
	me := resource.Actor[Person](r)

	r.Read("list").Primary().Sort(expr.Asc(&t.Name))
	r.Create("found").Private().Accept(&t.Name)

	r.Policy("list").AuthorizeIf(expr.Is(&me.Agent, true))
	r.Policy("found").AuthorizeIf(resource.Always)
}

// Source is where a ticket came from. A struct without a tag of its own is
// stored as a JSON document.
type Source struct {
	Channel string `json:"channel" validate:"oneof=mail phone web"`
	Agent   string `json:"agent"`
}

// Ticket is what somebody needs help with.
type Ticket struct {
	ID         uuid.UUID  `conga:"primary"`
	Title      string     `validate:"required,max=80" conga:"trim" doc:"What is wrong, in a few words."`
	State      string     `validate:"oneof=open waiting solved" conga:"default=open"`
	Priority   int        `validate:"min=1,max=5" conga:"default=3,index"`
	DueAt      *time.Time // a pointer may be null
	Spent      time.Duration
	Fee        decimal.Decimal `validate:"gte=0"`
	Tags       []string        `validate:"max=5,dive,max=20"`
	Source     *Source
	Note       string `conga:"private"`
	Votes      int
	CustomerID uuid.UUID
	AgentID    *uuid.UUID
	OpenedAt   time.Time `conga:"created"`
	ChangedAt  time.Time `conga:"updated"`

	Overdue      bool       `conga:"calculated"`
	Heading      string     `conga:"calculated"`
	Answers      int        `conga:"calculated"`
	LastAnswerAt *time.Time `conga:"calculated"`
	LastAnswerBy *string    `conga:"calculated"`
	Mine         bool       `conga:"calculated"`

	Customer *Person   `conga:"belongs_to"`
	Agent    *Person   `conga:"belongs_to,on_delete=nilify"`
	Comments []Comment `conga:"has_many"`
	Labels   []Label   `conga:"many_to_many,through=Labelling"`
	Survey   *Survey   `conga:"has_one"`
}

// AtLeast is the argument of the read action urgent.
type AtLeast struct {
	Priority int `validate:"min=1,max=5" conga:"default=4"`
}

// Answer are the arguments of the action solve.
type Answer struct {
	Answer string `validate:"required,max=4000"`
	Hours  int    `validate:"min=0,max=100"`
}

func (t *Ticket) Define(r *resource.Builder[Ticket]) {
	me := resource.Actor[Person](r)
	t.calculations(r, me)
	t.reads(r, me)
	t.writes(r, me)
	t.policies(r, me)

	r.Identity("customer_title", &t.CustomerID, &t.Title)
	resource.Default(r, &t.Tags, func() []string { return []string{"new"} })
	r.Publish("customer", &t.CustomerID)
}

func (t *Ticket) calculations(r *resource.Builder[Ticket], me *Person) {
	resource.Calculate(r, &t.Heading, expr.Concat(expr.F(&t.State), expr.V(": "), expr.F(&t.Title)))
	resource.Calculate(r, &t.Mine, expr.If(expr.Eq(&t.CustomerID, &me.ID), expr.True(), expr.False()))
	resource.Calculate(r, &t.Overdue, expr.If(expr.IsNot(&t.State, "solved").And(
		expr.Less(expr.F(&t.DueAt), expr.Nullable(expr.Now()))), expr.True(), expr.False()))

	resource.Calculate(r, &t.Answers, expr.Count(&t.Comments))
	resource.Calculate(r, &t.LastAnswerAt, expr.Max(&t.Comments, func(c *Comment) *time.Time { return &c.At }))
	resource.Calculate(r, &t.LastAnswerBy, expr.First(&t.Comments,
		func(c *Comment) *string { return &c.Author.Name },
		func(c *Comment) []expr.Order { return []expr.Order{expr.Desc(&c.At)} },
		func(c *Comment) expr.Bool { return expr.Is(&c.Internal, false) }))
}

func (t *Ticket) reads(r *resource.Builder[Ticket], me *Person) {
	r.Read("list").Primary().Sort(expr.Desc(&t.OpenedAt)).Page(20).MaxPage(100).
		Groups(&t.State, &t.Priority, &t.OpenedAt, &t.Agent.Name).
		Aggregates(&t.Spent, &t.Fee, &t.CustomerID)
	r.Read("unassigned").Filter(expr.IsNull(&t.AgentID)).Sort(expr.Desc(&t.Priority), expr.Asc(&t.OpenedAt))
	r.Read("mine").Filter(expr.Eq(&t.CustomerID, &me.ID))

	urgent := r.Read("urgent")
	args := resource.Arguments[AtLeast](urgent)
	urgent.Filter(expr.AtMost(expr.F(&args.Priority), expr.F(&t.Priority)))
}

func (t *Ticket) writes(r *resource.Builder[Ticket], me *Person) {
	r.Create("open").Primary().Bulk().
		Accept(&t.Title, &t.Priority, &t.DueAt, &t.Tags).
		Change(resource.Set(&t.CustomerID, &me.ID)).
		Validate(resource.Valid(expr.Less(expr.Nullable(expr.Now()), expr.F(&t.DueAt)), "must be in the future", &t.DueAt))

	r.Update("edit").Primary().Bulk().Accept(&t.Title, &t.Priority, &t.DueAt, &t.Tags)

	r.Update("vote").Change(resource.SetExpr(&t.Votes, expr.Add(expr.F(&t.Votes), expr.V(1))))

	r.Update("take").
		Validate(resource.Valid(expr.IsNull(&t.AgentID), "has an agent already", &t.AgentID)).
		Change(resource.SetExpr(&t.AgentID, expr.Nullable(expr.F(&me.ID)))).
		Change(resource.SetTo(&t.State, "waiting").When(expr.Is(&t.State, "open")))

	solve := r.Update("solve").Describe("Answers a ticket and closes it.")
	in := resource.Arguments[Answer](solve)
	solve.Change(resource.SetTo(&t.State, "solved")).
		Change(resource.ChangeFunc(func(_ context.Context, c *resource.Changeset) error {
			hours := time.Duration(resource.Value(c, &in.Hours)) * time.Hour
			return resource.Put(c, &t.Spent, resource.Value(c, &t.Spent)+hours)
		})).
		Validate(resource.ValidateFunc(func(_ context.Context, c *resource.Changeset) error {
			if resource.Value(c, &in.Answer) == "no" {
				return resource.Fault(&in.Answer, "rude", "must be longer than {answer}", map[string]any{"answer": "no"})
			}
			return nil
		})).
		After(func(ctx context.Context, c *resource.Changeset, ticket *Ticket) error {
			comments := conga.For[Comment](conga.FromContext(ctx))
			f := comments.Fields()
			_, err := comments.Create(ctx, "add",
				conga.Set(&f.TicketID, ticket.ID), conga.Set(&f.Body, resource.Value(c, &in.Answer)))
			return err
		})

	r.Destroy("delete")

	resource.Handle(r, "summary", Summarize).Describe("Counts the tickets that the caller may see.")
}

// Period is the input of the action summary.
type Period struct {
	Since time.Time `validate:"required"`
}

// Summary is its result.
type Summary struct {
	Open, Solved int64
	Newest       *Ticket
}

// Summarize is the generic action summary of tickets.
func Summarize(ctx context.Context, in *Period) (*Summary, error) {
	tickets := conga.For[Ticket](conga.FromContext(ctx))
	f := tickets.Fields()
	since := expr.Ge(&f.OpenedAt, in.Since)
	open, err := tickets.Read(ctx, "list", conga.Where(since.And(expr.IsNot(&f.State, "solved"))), conga.Limit(1), conga.WithCount())
	if err != nil {
		return nil, err
	}
	solved, err := tickets.Read(ctx, "list", conga.Where(since.And(expr.Is(&f.State, "solved"))), conga.Limit(1), conga.WithCount())
	if err != nil {
		return nil, err
	}
	out := &Summary{Open: open.Count, Solved: solved.Count}
	if len(open.Items) > 0 {
		out.Newest = open.Items[0]
	}
	return out, nil
}

func (t *Ticket) policies(r *resource.Builder[Ticket], me *Person) {
	r.Bypass().AuthorizeIf(expr.Is(&me.Admin, true))

	r.Policy("list", "unassigned", "mine", "urgent", "edit").
		AuthorizeIf(expr.Eq(&t.CustomerID, &me.ID)).
		AuthorizeIf(expr.Is(&me.Agent, true))
	r.Policy("open", "summary").AuthorizeIf(resource.ActorPresent)
	r.Policy("take", "solve").AuthorizeIf(expr.Is(&me.Agent, true))
	r.Policy("vote").
		ForbidIf(expr.Eq(&t.CustomerID, &me.ID)).
		AuthorizeIf(resource.ActorPresent)
	r.Policy("delete").AuthorizeIf(expr.False()) // nobody but admins
}

// Comment is one answer to a ticket.
type Comment struct {
	ID       uuid.UUID `conga:"primary"`
	Body     string    `validate:"required,max=4000"`
	Internal bool
	TicketID uuid.UUID `conga:"immutable"`
	AuthorID uuid.UUID
	At       time.Time `conga:"created,index"`

	Ticket *Ticket `conga:"belongs_to,on_delete=cascade"`
	Author *Person `conga:"belongs_to"`
}

func (c *Comment) Define(r *resource.Builder[Comment]) {
	me := resource.Actor[Person](r)

	r.Read("list").Primary().Sort(expr.Asc(&c.At))
	r.Create("add").Primary().Accept(&c.Body, &c.Internal, &c.TicketID).Change(resource.Set(&c.AuthorID, &me.ID))

	r.Policy("list").When(expr.Is(&c.Internal, true)).AuthorizeIf(expr.Is(&me.Agent, true))
	r.Policy("list", "add").
		AuthorizeIf(expr.Eq(&c.Ticket.CustomerID, &me.ID)).
		AuthorizeIf(expr.Is(&me.Agent, true))

	r.Publish("ticket", &c.TicketID)
}

// Label marks tickets.
type Label struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required" conga:"unique"`

	Tickets []Ticket `conga:"many_to_many,through=Labelling"`
}

func (l *Label) Define(r *resource.Builder[Label]) {
	r.Read("list").Primary().Sort(expr.Asc(&l.Name))
	r.Create("make").Private().Accept(&l.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

// Labelling says that a ticket has a label.
type Labelling struct {
	ID       uuid.UUID `conga:"primary"`
	TicketID uuid.UUID
	LabelID  uuid.UUID

	Ticket *Ticket `conga:"belongs_to,on_delete=cascade"`
	Label  *Label  `conga:"belongs_to,on_delete=cascade"`
}

func (l *Labelling) Define(r *resource.Builder[Labelling]) {
	r.Read("list").Private()
	r.Create("attach").Private().Accept(&l.TicketID, &l.LabelID)
	r.Policy().AuthorizeIf(resource.Always)
	r.Identity("once", &l.TicketID, &l.LabelID)
}

// Survey is what the customer says afterwards, once for each ticket.
type Survey struct {
	ID       uuid.UUID `conga:"primary"`
	Stars    int       `validate:"min=1,max=5"`
	TicketID uuid.UUID `conga:"unique"`

	Ticket *Ticket `conga:"belongs_to,on_delete=cascade"`
}

func (s *Survey) Define(r *resource.Builder[Survey]) {
	r.Read("list")
	r.Create("rate").Accept(&s.Stars, &s.TicketID).Upsert(&s.TicketID)
	r.Update("correct").Private().Accept(&s.Stars)
	r.Policy().AuthorizeIf(resource.Public)

	r.Index("worst_first", &s.Stars, resource.SQL("ticket_id desc"))
	r.Constrain("stars_are_few", "stars < 6")
}

// Resources are all resources of the help desk.
func Resources() []resource.Definition {
	return []resource.Definition{
		resource.Of[Person](), resource.Of[Team](), resource.Of[Ticket](), resource.Of[Comment](),
		resource.Of[Label](), resource.Of[Labelling](), resource.Of[Survey](),
	}
}

// desk is a help desk for one test.
type desk struct {
	app            *conga.App
	ann, bob, carl *Person // Ann is an agent, Bob and Carl are not
	printer        *Ticket // Bob's
}

// openDesk makes an application on a database of its own.
func openDesk(t testing.TB) *desk {
	t.Helper()
	app := congatest.App(t, Resources()...)
	people, tickets := conga.For[Person](app), conga.For[Ticket](app)
	p, f := people.Fields(), tickets.Fields()
	hire := func(name string, agent bool) *Person {
		person, err := people.Create(t.Context(), "hire", conga.Set(&p.Name, name), conga.Set(&p.Agent, agent))
		if err != nil {
			t.Fatal(err)
		}
		return person
	}
	d := &desk{app: app, ann: hire("Ann", true), bob: hire("Bob", false), carl: hire("Carl", false)}
	printer, err := tickets.Create(as(t, d.bob), "open", conga.Set(&f.Title, "The printer is on fire"))
	if err != nil {
		t.Fatal(err)
	}
	d.printer = printer
	return d
}

// as is the context of a test in which p calls.
func as(t testing.TB, p *Person) context.Context { return conga.WithActor(t.Context(), p) }
