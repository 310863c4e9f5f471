package doors

import (
	"context"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// tenantDefinitions are the resources of an application with tenants: firms,
// users who belong to none, and tickets with a relationship of every kind.
func tenantDefinitions() []resource.Definition {
	return []resource.Definition{
		resource.Of[Firm](), resource.Of[User](), resource.Of[Queue](), resource.Of[Ticket](),
		resource.Of[Note](), resource.Of[Label](), resource.Of[Labelling](), resource.Of[Notice](),
	}
}

// Firm is a tenant.
type Firm struct {
	ID     uuid.UUID `conga:"primary"`
	Name   string    `validate:"required"`
	Open   int       `conga:"calculated"`
	Staffs bool      `conga:"calculated"`

	Tickets []Ticket `conga:"has_many"`
	Notes   []Note   `conga:"has_many"`
}

func (f *Firm) Define(r *resource.Builder[Firm]) {
	resource.Calculate(r, &f.Open, expr.Count(&f.Tickets))
	resource.Calculate(r, &f.Staffs, expr.Some(&f.Notes, func(n *Note) expr.Bool { return expr.IsNot(&n.Text, "") }))
	r.Read("list").Primary().Sort(expr.Asc(&f.Name))
	r.Read("noted").AnyTenant()
	r.Create("found").Private().Accept(&f.ID, &f.Name)
	r.Policy("list", "found").AuthorizeIf(resource.Public)
	r.Policy("noted").AuthorizeIf(expr.Some(&f.Notes, func(n *Note) expr.Bool { return expr.IsNot(&n.Text, "") }))
}

// User calls, and belongs to no tenant.
type User struct {
	ID      uuid.UUID `conga:"primary"`
	Name    string    `validate:"required"`
	Boss    bool
	Written int `conga:"calculated"`

	Notes []Note `conga:"has_many,key=AuthorID"`
}

func (u *User) Define(r *resource.Builder[User]) {
	resource.Calculate(r, &u.Written, expr.Count(&u.Notes))
	r.Read("list").Primary().Sort(expr.Asc(&u.Name))
	r.Create("add").Private().Accept(&u.ID, &u.Name, &u.Boss)
	r.Policy().AuthorizeIf(resource.Public)
}

// Queue holds tickets of its firm.
type Queue struct {
	ID     uuid.UUID `conga:"primary"`
	FirmID uuid.UUID
	Name   string `validate:"required,max=20" conga:"unique"`
	Global string `conga:"unique=all_tenants"`
	Size   int    `conga:"calculated"`

	Firm    *Firm    `conga:"belongs_to"`
	Tickets []Ticket `conga:"has_many"`
}

func (q *Queue) Define(r *resource.Builder[Queue]) {
	r.Tenant(&q.FirmID)
	resource.Calculate(r, &q.Size, expr.Count(&q.Tickets))
	r.Read("list").Primary().Sort(expr.Asc(&q.Name))
	r.Create("add").Accept(&q.Name).Change(resource.Set(&q.Global, &q.Name)).Private()
	r.Create("seed").Private().Accept(&q.ID, &q.Name, &q.Global)
	r.Update("rename").Accept(&q.Name)
	r.Destroy("close")
	r.Policy().AuthorizeIf(resource.Public)
}

// Ticket has a relationship of every kind.
type Ticket struct {
	ID       uuid.UUID `conga:"primary"`
	FirmID   uuid.UUID
	Number   int
	Code     string `validate:"max=10" conga:"unique"`
	Title    string `validate:"required,max=30"`
	State    string `validate:"omitempty,oneof=open done" conga:"default=open"`
	QueueID  *uuid.UUID
	ParentID *uuid.UUID
	AuthorID *uuid.UUID
	Notes    int     `conga:"calculated"`
	Newest   *string `conga:"calculated"`
	Siblings int     `conga:"calculated"`

	Firm     *Firm    `conga:"belongs_to"`
	Queue    *Queue   `conga:"belongs_to,on_delete=nilify"`
	Parent   *Ticket  `conga:"belongs_to,on_delete=cascade"`
	Author   *User    `conga:"belongs_to"`
	Children []Ticket `conga:"has_many,key=ParentID"`
	AllNotes []Note   `conga:"has_many"`
	Labels   []Label  `conga:"many_to_many,through=Labelling"`
	Notice   *Notice  `conga:"has_one"`
}

func (t *Ticket) Define(r *resource.Builder[Ticket]) {
	me := resource.Actor[User](r)
	r.Tenant(&t.FirmID)
	r.Identity("number", &t.Number, &t.State)
	resource.Calculate(r, &t.Notes, expr.Count(&t.AllNotes))
	resource.Calculate(r, &t.Newest, expr.Max(&t.AllNotes, func(n *Note) *string { return &n.Text }))
	resource.Calculate(r, &t.Siblings, expr.Count(&t.Queue.Tickets))
	r.Read("list").Primary().Sort(expr.Asc(&t.Number)).Page(20)
	r.Read("noted").Filter(expr.Some(&t.AllNotes, func(n *Note) expr.Bool { return expr.IsNot(&n.Text, "") }))
	r.Read("everywhere").AnyTenant().Sort(expr.Asc(&t.Title))
	r.Create("open").Primary().Bulk().Accept(&t.Number, &t.Code, &t.Title, &t.State, &t.QueueID, &t.ParentID)
	r.Create("put").Upsert(&t.Code).Accept(&t.Code, &t.Number, &t.Title, &t.QueueID)
	r.Create("seed").Private().Accept(&t.ID, &t.Number, &t.Code, &t.Title, &t.State, &t.QueueID, &t.ParentID, &t.AuthorID)
	r.Create("import").AnyTenant().Accept(&t.FirmID, &t.Number, &t.Code, &t.Title)
	r.Create("plan").Accept(&t.Number, &t.Code, &t.Title).
		Manage(&t.Queue, resource.Append().By("name").OnNoMatch(resource.DoCreate).CreateWith("add")).
		Manage(&t.Labels, resource.AppendAndRemove().By("name").OnNoMatch(resource.DoCreate).CreateWith("add").JoinWith("put", "", "")).
		Manage(&t.Children, resource.Append().By("code"))
	r.Update("replan").Accept(&t.Title).
		Manage(&t.Labels, resource.AppendAndRemove().By("name").OnNoMatch(resource.DoCreate).CreateWith("add").JoinWith("put", "", "remove")).
		Manage(&t.Children, resource.DirectControl())
	r.Update("edit").Primary().Bulk().Accept(&t.Number, &t.Code, &t.Title, &t.QueueID, &t.ParentID)
	r.Update("finish").Bulk().Change(resource.SetTo(&t.State, "done")).
		After(func(ctx context.Context, _ *resource.Changeset, t *Ticket) error {
			all, err := conga.For[Ticket](conga.FromContext(ctx)).Read(ctx, "list", conga.WithCount())
			if err == nil && all.Count == 0 {
				return resource.Fault(nil, "lost", "the ticket is lost", nil)
			}
			return err
		})
	r.Update("reset").AnyTenant().Change(resource.SetTo(&t.Title, "reset"))
	r.Destroy("drop").Bulk()
	resource.Handle(r, "tally", func(ctx context.Context, _ *struct{}) (*Tally, error) {
		all, err := conga.For[Ticket](conga.FromContext(ctx)).Read(ctx, "list", conga.WithCount())
		if err != nil {
			return nil, err
		}
		return &Tally{Tickets: int(all.Count)}, nil
	})
	r.Publish("queue", &t.QueueID)

	r.Policy("list", "noted", "open", "plan", "replan", "put", "seed", "tally").AuthorizeIf(resource.Public)
	r.Policy("everywhere", "import", "reset").AuthorizeIf(expr.Is(&me.Boss, true))
	// What its relatives are decides on a change.
	r.Policy("edit", "finish", "drop").AuthorizeIf(expr.Less(expr.V(0), expr.Count(&t.AllNotes))).AuthorizeIf(expr.IsNull(&t.ParentID))
}

// Tally is the result of a generic action.
type Tally struct{ Tickets int }

// Note is a note on a ticket, hidden or not.
type Note struct {
	ID       uuid.UUID `conga:"primary"`
	FirmID   uuid.UUID
	TicketID uuid.UUID
	AuthorID uuid.UUID
	Text     string `validate:"max=30"`
	Hidden   bool

	Firm   *Firm   `conga:"belongs_to"`
	Ticket *Ticket `conga:"belongs_to,on_delete=cascade"`
	Author *User   `conga:"belongs_to"`
}

func (n *Note) Define(r *resource.Builder[Note]) {
	me := resource.Actor[User](r)
	r.Tenant(&n.FirmID)
	r.Index("notes_text", &n.Text, &n.TicketID).Unique()
	r.Read("list").Primary().Sort(expr.Asc(&n.Text))
	r.Create("write").Accept(&n.Text, &n.TicketID, &n.Hidden).Change(resource.Set(&n.AuthorID, &me.ID))
	r.Create("seed").Private().Accept(&n.ID, &n.Text, &n.TicketID, &n.AuthorID, &n.Hidden)
	r.Destroy("burn")
	r.Policy("list").AuthorizeIf(expr.Is(&n.Hidden, false)).AuthorizeIf(expr.Eq(&n.AuthorID, &me.ID))
	r.Policy("seed", "burn").AuthorizeIf(resource.Public)
	r.Policy("write").AuthorizeIf(resource.ActorPresent)
}

// Label is put on tickets.
type Label struct {
	ID     uuid.UUID `conga:"primary"`
	FirmID uuid.UUID
	Name   string `validate:"required" conga:"unique"`

	Firm    *Firm    `conga:"belongs_to"`
	Tickets []Ticket `conga:"many_to_many,through=Labelling"`
}

func (l *Label) Define(r *resource.Builder[Label]) {
	r.Tenant(&l.FirmID)
	r.Read("list").Primary().Sort(expr.Asc(&l.Name))
	r.Create("add").Accept(&l.Name)
	r.Create("seed").Private().Accept(&l.ID, &l.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

// Labelling puts a label on a ticket.
type Labelling struct {
	ID       uuid.UUID `conga:"primary"`
	FirmID   uuid.UUID
	TicketID uuid.UUID
	LabelID  uuid.UUID

	Ticket *Ticket `conga:"belongs_to,on_delete=cascade"`
	Label  *Label  `conga:"belongs_to,on_delete=cascade"`
}

func (l *Labelling) Define(r *resource.Builder[Labelling]) {
	r.Tenant(&l.FirmID)
	r.Identity("pair", &l.TicketID, &l.LabelID)
	r.Read("list").Primary()
	r.Create("put").Accept(&l.TicketID, &l.LabelID)
	r.Destroy("remove")
	r.Create("seed").Private().Accept(&l.ID, &l.TicketID, &l.LabelID)
	r.Policy().AuthorizeIf(resource.Public)
}

// Notice can do without a tenant, and is the one of its ticket.
type Notice struct {
	ID       uuid.UUID `conga:"primary"`
	FirmID   *uuid.UUID
	TicketID *uuid.UUID
	Text     string

	Ticket *Ticket `conga:"belongs_to,on_delete=cascade"`
}

func (n *Notice) Define(r *resource.Builder[Notice]) {
	r.Tenant(&n.FirmID).Optional()
	r.Read("list").Primary().Sort(expr.Asc(&n.Text))
	r.Create("post").Accept(&n.Text, &n.TicketID)
	r.Create("seed").Private().Accept(&n.ID, &n.Text, &n.TicketID)
	r.Policy().AuthorizeIf(resource.Public)
}
