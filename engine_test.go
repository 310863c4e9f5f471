package conga_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// The domain of the tests: a small shop desk.

type Person struct {
	ID      uuid.UUID `conga:"primary"`
	Name    string    `validate:"required,min=2,max=40" conga:"unique,trim"`
	Admin   bool
	Secret  string `conga:"private,sensitive"`
	Hidden  bool
	Tickets []Ticket `conga:"has_many,key=OwnerID"`
}

func (p *Person) Define(r *resource.Builder[Person]) {
	me := resource.Actor[Person](r)
	r.Read("list").Primary().Sort(expr.Asc(&p.Name))
	r.Create("add").Accept(&p.Name, &p.Admin, &p.Hidden)
	r.Update("rename").Accept(&p.Name)
	r.Policy("rename").AuthorizeIf(resource.ActorPresent)
	r.Policy("list").AuthorizeIf(expr.Is(&p.Hidden, false)).AuthorizeIf(expr.Is(&me.Admin, true))
	r.Policy("add").AuthorizeIf(resource.Public)
}

type Ticket struct {
	ID        uuid.UUID `conga:"primary"`
	Title     string    `validate:"required,max=50"`
	State     string    `validate:"oneof=open closed" conga:"default=open"`
	Votes     int       `validate:"min=0"`
	DueAt     *time.Time
	Number    *int `conga:"unique"`
	OwnerID   uuid.UUID
	CreatedAt time.Time `conga:"created"`
	UpdatedAt time.Time `conga:"updated"`
	Notes     int       `conga:"calculated"`
	Label     string    `conga:"calculated"`
	Mine      bool      `conga:"calculated"`

	Owner    *Person   `conga:"belongs_to"`
	Comments []Comment `conga:"has_many"`
}

type Least struct {
	Votes int `validate:"min=0,max=100" conga:"default=1"`
}

type Closing struct {
	Reason string `validate:"required,min=3"`
}

// hooks lets a test watch and disturb the phases of the actions.
type hooks struct {
	log  []string
	fail string
}

type hooksKey struct{}

func (h *hooks) at(ctx context.Context, phase string) error {
	if h, _ := ctx.Value(hooksKey{}).(*hooks); h != nil {
		h.log = append(h.log, phase)
		if h.fail == phase {
			return errors.New("disturbed")
		}
	}
	return nil
}

func (k *Ticket) Define(r *resource.Builder[Ticket]) {
	var h *hooks
	me := resource.Actor[Person](r)
	resource.Calculate(r, &k.Notes, expr.Count(&k.Comments))
	resource.Calculate(r, &k.Label, expr.Concat(expr.F(&k.State), expr.V(": "), expr.F(&k.Title)))
	resource.Calculate(r, &k.Mine, expr.Eq(&k.OwnerID, &me.ID))

	r.Read("list").Primary().Sort(expr.Desc(&k.Votes)).Page(3).MaxPage(10)
	popular := r.Read("popular")
	least := resource.Arguments[Least](popular)
	popular.Filter(expr.AtMost(expr.F(&least.Votes), expr.F(&k.Votes)))
	r.Create("file").Primary().Accept(&k.Title, &k.State, &k.Votes, &k.DueAt).
		Change(resource.Set(&k.OwnerID, &me.ID)).
		Validate(resource.Valid(expr.Lt(&k.Votes, 1000), "is not to be believed", &k.Votes))
	r.Create("put").Accept(&k.Number, &k.Title, &k.Votes).Upsert(&k.Number).Change(resource.Set(&k.OwnerID, &me.ID))
	r.Update("edit").Primary().Accept(&k.Title, &k.Votes, &k.DueAt)
	r.Update("vote").Change(resource.SetExpr(&k.Votes, expr.Add(expr.F(&k.Votes), expr.V(1))))
	closing := r.Update("close")
	in := resource.Arguments[Closing](closing)
	closing.Change(resource.SetTo(&k.State, "closed")).
		Validate(resource.Valid(expr.Is(&k.State, "open").Or(expr.Is(&k.State, "closed")), "must be open", &k.State)).
		Validate(resource.ValidateFunc(func(_ context.Context, c *resource.Changeset) error {
			if resource.Value(c, &in.Reason) == "because" {
				return resource.Fault(&in.Reason, "reason", "is no reason", nil)
			}
			return nil
		})).
		Before(func(ctx context.Context, _ *resource.Changeset) error { return h.at(ctx, "before") }).
		After(func(ctx context.Context, c *resource.Changeset, k *Ticket) error {
			return h.at(ctx, "after "+k.State)
		}).
		AfterTransaction(func(ctx context.Context, c *resource.Changeset, k *Ticket, err error) {
			_ = h.at(ctx, fmt.Sprintf("ended %v", err == nil))
		})
	r.Destroy("delete")
	resource.Handle(r, "cheer", func(ctx context.Context, in *Closing) (*Closing, error) {
		return &Closing{Reason: in.Reason + "!"}, nil
	})

	r.Policy("list", "popular", "cheer").AuthorizeIf(resource.Public)
	r.Policy("file", "put").AuthorizeIf(resource.ActorPresent)
	r.Bypass("edit", "close", "delete").AuthorizeIf(expr.Is(&me.Admin, true))
	r.Policy("edit", "close", "delete").AuthorizeIf(expr.Eq(&k.OwnerID, &me.ID))
	r.Policy("vote").ForbidIf(expr.Eq(&k.OwnerID, &me.ID)).AuthorizeIf(resource.ActorPresent)

	r.Publish("owner", &k.OwnerID)
}

type Comment struct {
	ID       uuid.UUID `conga:"primary"`
	Text     string    `validate:"required"`
	Private  bool
	TicketID uuid.UUID
	Ticket   *Ticket `conga:"belongs_to,on_delete=cascade"`
}

func (c *Comment) Define(r *resource.Builder[Comment]) {
	me := resource.Actor[Person](r)
	r.Read("list").Primary().Sort(expr.Asc(&c.Text))
	r.Create("add").Accept(&c.Text, &c.Private, &c.TicketID)
	r.Policy("list").AuthorizeIf(expr.Is(&c.Private, false)).AuthorizeIf(expr.Eq(&c.Ticket.OwnerID, &me.ID))
	r.Policy("add").AuthorizeIf(expr.Eq(&c.Ticket.OwnerID, &me.ID)).AuthorizeIf(expr.Is(&c.Private, false))
}

// desk is an application of the test domain on one store.
type desk struct {
	app      *conga.App
	people   conga.Handle[Person]
	tickets  conga.Handle[Ticket]
	comments conga.Handle[Comment]
	ann, bob *Person
}

// onStores runs a test on each database.
func onStores(t *testing.T, f func(t *testing.T, d *desk)) {
	stores := map[string]func(t *testing.T) (datalayer.Layer, error){
		"sqlite":   func(t *testing.T) (datalayer.Layer, error) { return sqlite.Open(t.Context(), ":memory:") },
		"postgres": func(t *testing.T) (datalayer.Layer, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			layer, err := open(t)
			if err != nil {
				t.Fatal(err)
			}
			app, err := conga.New(layer, resource.Of[Person](), resource.Of[Ticket](), resource.Of[Comment]())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = app.Close() })
			d := &desk{app: app, people: conga.For[Person](app), tickets: conga.For[Ticket](app), comments: conga.For[Comment](app)}
			f2 := d.people.Fields()
			d.ann = must(d.people.Create(t.Context(), "add", conga.Set(&f2.Name, " Ann ")))(t)
			d.bob = must(d.people.Create(t.Context(), "add", conga.Set(&f2.Name, "Bob")))(t)
			f(t, d)
		})
	}
}

func must[V any](v V, err error) func(t *testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (d *desk) as(t *testing.T, p *Person) context.Context { return conga.WithActor(t.Context(), p) }

func (d *desk) file(t *testing.T, p *Person, title string, options ...conga.Option) *Ticket {
	t.Helper()
	f := d.tickets.Fields()
	return must(d.tickets.Create(d.as(t, p), "file", append(options, conga.Set(&f.Title, title))...))(t)
}

func wantKind(t *testing.T, err error, kind resource.ErrorKind) *conga.Error {
	t.Helper()
	var e *conga.Error
	if !errors.As(err, &e) || e.Kind != kind {
		t.Fatalf("error = %v (cause %v), want kind %s", err, errors.Unwrap(err), kind)
	}
	return e
}

func wantIssue(t *testing.T, err error, field, code string) {
	t.Helper()
	if e, ok := errors.AsType[*conga.Error](err); ok {
		for _, i := range e.Issues {
			if i.Field() == field && i.Code == code {
				return
			}
		}
	}
	t.Fatalf("error = %v, want an issue %s of %s", err, code, field)
}

func TestCreate(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.tickets.Fields()
		if d.ann.Name != "Ann" {
			t.Errorf("name = %q, want it trimmed", d.ann.Name)
		}
		k := d.file(t, d.ann, "Printer")
		if k.State != "open" || k.OwnerID != d.ann.ID || k.ID.Version() != 7 || k.DueAt != nil {
			t.Errorf("ticket = %+v", k)
		}
		if !k.CreatedAt.Equal(k.UpdatedAt) || k.CreatedAt.IsZero() {
			t.Errorf("created %v and updated %v differ", k.CreatedAt, k.UpdatedAt)
		}
		_, err := d.tickets.Create(t.Context(), "file", conga.Set(&f.Title, ""))
		wantKind(t, err, conga.Forbidden) // before anything is said about the input
		_, err = d.tickets.Create(d.as(t, d.ann), "file", conga.Set(&f.Votes, -1))
		wantIssue(t, err, "title", "required")
		wantIssue(t, err, "votes", "min")
		_, err = d.tickets.Create(d.as(t, d.ann), "file", conga.Set(&f.Title, "x"), conga.Set(&f.State, "lost"), conga.Set(&f.Votes, 5000))
		wantIssue(t, err, "state", "oneof")
		wantIssue(t, err, "votes", "invalid")
		_, err = d.tickets.Create(d.as(t, d.ann), "file", conga.Set(&f.Title, "x"), conga.Set(&f.OwnerID, d.bob.ID))
		wantIssue(t, err, "owner_id", "unknown")
		p := d.people.Fields()
		_, err = d.people.Create(t.Context(), "add", conga.Set(&p.Name, "Bob"))
		wantKind(t, err, conga.Conflict)
		wantIssue(t, err, "name", "unique")
	})
}

func TestUpdateAndDestroyObeyPolicies(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.tickets.Fields()
		k := d.file(t, d.ann, "Printer")
		due := time.Date(2030, 1, 2, 3, 4, 5, 678900000, time.UTC)
		k2 := must(d.tickets.Update(d.as(t, d.ann), "edit", k, conga.Set(&f.DueAt, &due)))(t)
		if k2.DueAt == nil || !k2.DueAt.Equal(due) || k2.Title != "Printer" || !k2.UpdatedAt.After(k.UpdatedAt) {
			t.Errorf("edited = %+v", k2)
		}
		k3 := must(d.tickets.Update(d.as(t, d.ann), "edit", k, conga.Set(&f.DueAt, nil)))(t)
		if k3.DueAt != nil {
			t.Errorf("due = %v, want null", k3.DueAt)
		}
		_, err := d.tickets.Update(d.as(t, d.bob), "edit", k, conga.Set(&f.Title, "Stolen"))
		wantKind(t, err, conga.Forbidden) // Bob can see it
		_, err = d.tickets.Update(t.Context(), "edit", k, conga.Set(&f.Title, "Stolen"))
		wantKind(t, err, conga.Forbidden)
		gone := *k
		gone.ID = uuid.New()
		_, err = d.tickets.Update(d.as(t, d.ann), "edit", &gone, conga.Set(&f.Title, "x"))
		wantKind(t, err, conga.NotFound)
		wantKind(t, d.tickets.Destroy(d.as(t, d.bob), "delete", k), conga.Forbidden)
		if err := d.tickets.Destroy(d.as(t, d.ann), "delete", k); err != nil {
			t.Fatal(err)
		}
		_, err = d.tickets.Get(t.Context(), k.ID)
		wantKind(t, err, conga.NotFound)
		d.file(t, d.ann, "Screen")
		for _, none := range []any{"", "x", nil, uuid.Nil, (*uuid.UUID)(nil)} { // no key is not any key
			_, err = d.tickets.Get(t.Context(), none)
			wantKind(t, err, conga.NotFound)
		}

		p := d.people.Fields()
		root := must(d.people.Create(t.Context(), "add", conga.Set(&p.Name, "Root"), conga.Set(&p.Admin, true)))(t)
		k = d.file(t, d.ann, "Mouse")
		if err := d.tickets.Destroy(d.as(t, root), "delete", k); err != nil {
			t.Errorf("bypass for admins: %v", err)
		}
	})
}

func TestAWriteWithoutAKeyFindsNothing(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		d.file(t, d.ann, "Printer")
		for _, name := range []string{"edit", "delete"} {
			_, err := d.app.Write(d.as(t, d.ann), &conga.Write{Action: d.tickets.Resource().Action(name)})
			wantKind(t, err, conga.NotFound)
		}
		if n := len(must(d.tickets.Read(t.Context(), "list"))(t).Items); n != 1 {
			t.Errorf("%d tickets are left, want 1", n)
		}
	})
}

func TestAtomicUpdate(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		k := d.file(t, d.ann, "Printer")
		for range 3 {
			must(d.tickets.Update(d.as(t, d.bob), "vote", k))(t)
		}
		if got := must(d.tickets.Get(t.Context(), k.ID))(t).Votes; got != 3 {
			t.Errorf("votes = %d, want 3", got)
		}
		_, err := d.tickets.Update(d.as(t, d.ann), "vote", k)
		wantKind(t, err, conga.Forbidden)
	})
}

func TestHooksRunInOrderAndUndo(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		k := d.file(t, d.ann, "Printer")
		var events []conga.Event
		d.app.Subscribe(t.Context(), d.tickets.Topic("owner", d.ann.ID), func(e conga.Event) { events = append(events, e) })
		closeIt := func(h *hooks, reason string) (*Ticket, error) {
			ctx := context.WithValue(d.as(t, d.ann), hooksKey{}, h)
			return d.tickets.Update(ctx, "close", k, conga.Args(&Closing{Reason: reason}))
		}
		_, err := closeIt(&hooks{}, "")
		wantIssue(t, err, "reason", "required")
		_, err = closeIt(&hooks{}, "because")
		wantIssue(t, err, "reason", "reason")
		h := &hooks{fail: "after closed"}
		_, err = closeIt(h, "broken")
		wantKind(t, err, conga.Internal)
		if got := fmt.Sprint(h.log); got != "[before after closed ended false]" {
			t.Errorf("phases = %s", got)
		}
		if got := must(d.tickets.Get(t.Context(), k.ID))(t).State; got != "open" || len(events) != 0 {
			t.Errorf("state = %s with %d events after the rollback", got, len(events))
		}
		h = &hooks{}
		if _, err = closeIt(h, "broken"); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(h.log); got != "[before after closed ended true]" {
			t.Errorf("phases = %s", got)
		}
		if len(events) != 1 || events[0].Kind != conga.Updated || events[0].Record.(*Ticket).State != "closed" {
			t.Errorf("events = %+v", events)
		}
	})
}

func TestTransactHoldsEvents(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		events := 0
		d.app.Subscribe(t.Context(), d.tickets.Topic("", nil), func(conga.Event) { events++ })
		err := d.app.Transact(d.as(t, d.ann), func(ctx context.Context) error {
			f := d.tickets.Fields()
			if _, err := d.tickets.Create(ctx, "file", conga.Set(&f.Title, "One")); err != nil {
				return err
			}
			if events != 0 {
				t.Error("an event left before the commit")
			}
			return errors.New("no")
		})
		wantKind(t, err, conga.Internal)
		if got := len(must(d.tickets.Read(t.Context(), "list"))(t).Items); got != 0 || events != 0 {
			t.Errorf("%d tickets and %d events after a rollback", got, events)
		}
		if err := d.app.Transact(d.as(t, d.ann), func(ctx context.Context) error {
			f := d.tickets.Fields()
			_, err := d.tickets.Create(ctx, "file", conga.Set(&f.Title, "One"))
			return err
		}); err != nil || events != 1 {
			t.Errorf("commit: %v with %d events", err, events)
		}
	})
}

func TestReadPagesBothWays(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.tickets.Fields()
		for i := range 8 {
			d.file(t, d.ann, fmt.Sprint("T", i), conga.Set(&f.Votes, i/2))
		}
		titles := func(r *conga.Records[Ticket]) (s string) {
			for _, k := range r.Items {
				s += k.Title
			}
			return s
		}
		p1 := must(d.tickets.Read(t.Context(), "list", conga.WithCount()))(t)
		if titles(p1) != "T6T7T4" || p1.Count != 8 || p1.Before != "" || p1.After == "" {
			t.Fatalf("page 1 = %s %+v", titles(p1), p1)
		}
		p2 := must(d.tickets.Read(t.Context(), "list", conga.After(p1.After)))(t)
		p3 := must(d.tickets.Read(t.Context(), "list", conga.After(p2.After)))(t)
		if titles(p2) != "T5T2T3" || titles(p3) != "T0T1" || p3.After != "" {
			t.Fatalf("pages = %s, %s", titles(p2), titles(p3))
		}
		back := must(d.tickets.Read(t.Context(), "list", conga.Before(p3.Before)))(t)
		if titles(back) != titles(p2) || back.After == "" || back.Before == "" {
			t.Errorf("back = %s", titles(back))
		}
		_, err := d.tickets.Read(t.Context(), "list", conga.Sort(expr.Asc(&f.Title)), conga.After(p1.After))
		wantIssue(t, err, "page.after", "cursor")
		_, err = d.tickets.Read(t.Context(), "list", conga.Limit(11))
		wantIssue(t, err, "page.limit", "max")
	})
}

func TestCalculationsAndLoadsObeyPolicies(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f, c, p := d.tickets.Fields(), d.comments.Fields(), d.people.Fields()
		ghost := must(d.people.Create(t.Context(), "add", conga.Set(&p.Name, "Ghost"), conga.Set(&p.Hidden, true)))(t)
		k := d.file(t, d.ann, "Printer")
		d.file(t, ghost, "Haunted")
		for i, text := range []string{"b", "a", "c"} {
			must(d.comments.Create(d.as(t, d.ann), "add", conga.Set(&c.Text, text), conga.Set(&c.TicketID, k.ID), conga.Set(&c.Private, i == 2)))(t)
		}
		_, err := d.comments.Create(d.as(t, d.bob), "add", conga.Set(&c.Text, "x"), conga.Set(&c.TicketID, k.ID), conga.Set(&c.Private, true))
		wantKind(t, err, conga.Forbidden) // decided by the database, inside the transaction
		read := func(actor *Person) *Ticket {
			return must(d.tickets.Get(d.as(t, actor), k.ID, conga.With(&f.Notes, &f.Label, &f.Mine),
				conga.Load(&f.Comments), conga.Load(&f.Owner)))(t)
		}
		got := read(d.ann)
		if got.Notes != 3 || got.Label != "open: Printer" || !got.Mine || len(got.Comments) != 3 || got.Comments[0].Text != "a" || got.Owner.Name != "Ann" {
			t.Errorf("for the owner: %+v", got)
		}
		got = read(d.bob)
		if got.Notes != 2 || got.Mine || len(got.Comments) != 2 {
			t.Errorf("for others: %+v", got)
		}
		all := must(d.tickets.Read(t.Context(), "list", conga.Load(&f.Owner), conga.Sort(expr.Asc(&f.Title))))(t)
		if all.Items[0].Owner != nil || all.Items[1].Owner == nil {
			t.Errorf("a hidden owner is shown, or a public one is not: %+v", all.Items)
		}
		byCalc := must(d.tickets.Read(t.Context(), "list", conga.Where(expr.Gt(&f.Notes, 1).And(expr.Is(&f.Label, "open: Printer")))))(t)
		if len(byCalc.Items) != 1 {
			t.Errorf("%d tickets by calculation, want 1", len(byCalc.Items))
		}
	})
}

func TestVisibleAndCan(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		k := d.file(t, d.ann, "Printer")
		for _, tt := range []struct {
			actor  *Person
			action string
			want   bool
		}{{d.ann, "edit", true}, {d.bob, "edit", false}, {d.bob, "vote", true}, {d.ann, "vote", false}, {d.bob, "cheer", true}} {
			if got := must(d.tickets.Can(d.as(t, tt.actor), tt.action, k))(t); got != tt.want {
				t.Errorf("%s can %s = %v, want %v", tt.actor.Name, tt.action, got, tt.want)
			}
		}
		hidden := &Person{ID: uuid.New(), Name: "H", Hidden: true}
		if must(d.app.Visible(d.as(t, d.ann), d.people.Resource(), hidden, nil))(t) {
			t.Error("a hidden person is visible")
		}
	})
}

func TestGenericAction(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		out, err := conga.Call[Closing](t.Context(), d.tickets, "cheer", &Closing{Reason: "yes"})
		if err != nil || out.Reason != "yes!" {
			t.Errorf("Call = %+v, %v", out, err)
		}
		_, err = conga.Call[Closing](t.Context(), d.tickets, "cheer", &Closing{Reason: "y"})
		wantIssue(t, err, "reason", "min")
	})
}

func TestCreateMany(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f, c := d.tickets.Fields(), d.comments.Fields()
		events := 0
		d.app.Subscribe(t.Context(), d.tickets.Topic("", nil), func(conga.Event) { events++ })
		row := func(title string) []conga.Option { return []conga.Option{conga.Set(&f.Title, title)} }
		var rows [][]conga.Option
		for i := range 25 {
			rows = append(rows, row(fmt.Sprint("T", i)))
		}
		got, _, err := d.tickets.CreateMany(d.as(t, d.ann), "file", conga.Bulk{Batch: 10}, rows...)
		if err != nil || len(got) != 25 || got[24].Title != "T24" || events != 25 {
			t.Fatalf("CreateMany = %d records, %d events, %v", len(got), events, err)
		}
		_, _, err = d.tickets.CreateMany(d.as(t, d.ann), "file", conga.Bulk{Batch: 2}, row("A"), row("B"), row("C"), row(""))
		var be *conga.BulkError
		if !errors.As(err, &be) || be.Index != 3 {
			t.Fatalf("error = %v, want one for record 3", err)
		}
		wantIssue(t, err, "title", "required")
		got, faults, err := d.tickets.CreateMany(d.as(t, d.ann), "file", conga.Bulk{Batch: 2, Partial: true}, row("A"), row(""), row("C"))
		if err != nil || len(faults) != 1 || faults[0].Index != 1 || got[0] == nil || got[1] != nil || got[2] == nil {
			t.Errorf("partial = %v, %v, %v", got, faults, err)
		}
		n := must(d.tickets.Read(t.Context(), "list", conga.WithCount()))(t).Count
		if n != 27 {
			t.Errorf("%d tickets, want 27: all or none, and the partial two", n)
		}
		note := func(text string, private bool) []conga.Option {
			return []conga.Option{conga.Set(&c.Text, text), conga.Set(&c.TicketID, got[0].ID), conga.Set(&c.Private, private)}
		}
		_, _, err = d.comments.CreateMany(d.as(t, d.bob), "add", conga.Bulk{}, note("a", false), note("b", true))
		wantKind(t, err, conga.Forbidden)
		_, faults, err = d.comments.CreateMany(d.as(t, d.bob), "add", conga.Bulk{Partial: true}, note("a", false), note("b", true))
		if err != nil || len(faults) != 1 || faults[0].Index != 1 {
			t.Errorf("partial with a refused record = %v, %v", faults, err)
		}
	})
}

func TestUpdateAndDestroyEvery(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.tickets.Fields()
		for i := range 6 {
			d.file(t, []*Person{d.ann, d.bob}[i%2], fmt.Sprint("T", i))
		}
		events := 0
		d.app.Subscribe(t.Context(), d.tickets.Topic("", nil), func(conga.Event) { events++ })
		n, err := d.tickets.UpdateEvery(d.as(t, d.ann), "edit", expr.StartsWith(&f.Title, "T"), conga.Set(&f.Title, "Ann's"))
		if err != nil || n != 3 || events != 3 {
			t.Fatalf("UpdateEvery = %d with %d events, %v; want Ann's three", n, events, err)
		}
		_, err = d.tickets.UpdateEvery(d.as(t, d.ann), "edit", expr.True(), conga.Set(&f.Title, ""))
		wantIssue(t, err, "title", "required")
		h := &hooks{}
		ctx := context.WithValue(d.as(t, d.bob), hooksKey{}, h)
		n, err = d.tickets.UpdateEvery(ctx, "close", expr.True(), conga.Args(&Closing{Reason: "done"}))
		if err != nil || n != 3 || len(h.log) != 9 {
			t.Fatalf("UpdateEvery with hooks = %d with phases %v, %v", n, h.log, err)
		}
		n, err = d.tickets.DestroyEvery(d.as(t, d.bob), "delete", expr.Is(&f.State, "closed"))
		if err != nil || n != 3 {
			t.Fatalf("DestroyEvery = %d, %v", n, err)
		}
		if _, err = d.tickets.DestroyEvery(t.Context(), "delete", expr.True()); conga.KindOf(err) != conga.Forbidden {
			t.Errorf("DestroyEvery by nobody = %v", err)
		}
	})
}

func TestUpsert(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.tickets.Fields()
		var kinds []conga.EventKind
		d.app.Subscribe(t.Context(), d.tickets.Topic("", nil), func(e conga.Event) { kinds = append(kinds, e.Kind) })
		seven := 7
		put := func(who *Person, options ...conga.Option) (*Ticket, error) {
			return d.tickets.Create(d.as(t, who), "put", append(options, conga.Set(&f.Number, &seven))...)
		}
		first := must(put(d.ann, conga.Set(&f.Title, "First"), conga.Set(&f.Votes, 5)))(t)
		second := must(put(d.ann, conga.Set(&f.Title, "Second")))(t)
		if second.ID != first.ID || second.Title != "Second" || second.Votes != 5 || !second.CreatedAt.Equal(first.CreatedAt) || !second.UpdatedAt.After(first.UpdatedAt) {
			t.Errorf("second = %+v\nafter   %+v", second, first)
		}
		_, err := put(d.bob, conga.Set(&f.Title, "Stolen"))
		wantKind(t, err, conga.Forbidden)
		if got := must(d.tickets.Get(t.Context(), first.ID))(t); got.Title != "Second" || got.OwnerID != d.ann.ID {
			t.Errorf("after a refused upsert: %+v", got)
		}
		if fmt.Sprint(kinds) != "[created updated]" {
			t.Errorf("events = %v", kinds)
		}
	})
}

func TestReadArguments(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.tickets.Fields()
		for i := range 3 {
			d.file(t, d.ann, fmt.Sprint("T", i), conga.Set(&f.Votes, i))
		}
		count := func(options ...conga.Option) int {
			return len(must(d.tickets.Read(t.Context(), "popular", options...))(t).Items)
		}
		if a, b := count(), count(conga.Args(&Least{Votes: 2})); a != 2 || b != 1 {
			t.Errorf("popular = %d by default, %d with two votes; want 2 and 1", a, b)
		}
		_, err := d.tickets.Read(t.Context(), "popular", conga.Args(&Least{Votes: 101}))
		wantIssue(t, err, "votes", "max")
	})
}

func TestWhatTheActorMayNotSeeHeCannotChange(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		p := d.people.Fields()
		ghost := must(d.people.Create(t.Context(), "add", conga.Set(&p.Name, "Ghost"), conga.Set(&p.Hidden, true)))(t)
		_, err := d.people.Update(d.as(t, d.ann), "rename", ghost, conga.Set(&p.Name, "Found"))
		wantKind(t, err, conga.NotFound)
		if got := must(d.people.Update(d.as(t, d.ann), "rename", d.bob, conga.Set(&p.Name, "Rob")))(t); got.Name != "Rob" {
			t.Errorf("name = %q", got.Name)
		}
	})
}

func TestATypedNilIsNobody(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.tickets.Fields()
		_, err := d.tickets.Create(d.as(t, nil), "file", conga.Set(&f.Title, "x"))
		wantKind(t, err, conga.Forbidden)
		if actor := conga.ActorFrom(d.as(t, nil)); actor != nil {
			t.Errorf("actor = %#v", actor)
		}
	})
}
