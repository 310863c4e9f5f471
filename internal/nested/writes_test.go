package nested

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Person is also who calls.
type Person struct {
	ID    uuid.UUID `conga:"primary"`
	Name  string    `validate:"required,max=20" conga:"unique,trim"`
	Email string    `validate:"omitempty,email"`
	Admin bool
}

func (p *Person) Define(r *resource.Builder[Person]) {
	r.Read("list").Primary()
	r.Create("join").Accept(&p.Name, &p.Email, &p.Admin)
	r.Update("edit").Accept(&p.Name, &p.Email)
	r.Policy().AuthorizeIf(resource.Public)
}

// Ticket has relationships of every kind.
type Ticket struct {
	ID       uuid.UUID `conga:"primary"`
	Title    string    `validate:"required,max=20" conga:"trim"`
	AuthorID uuid.UUID
	HelperID *uuid.UUID
	Made     time.Time `conga:"created"`

	Author   *Person   `conga:"belongs_to"`
	Helper   *Person   `conga:"belongs_to,on_delete=nilify"`
	Deadline *Deadline `conga:"has_one"`
	Comments []Comment `conga:"has_many"`
	Notes    []Note    `conga:"has_many"`
	Labels   []Label   `conga:"many_to_many,through=Labelling"`
}

func (t *Ticket) Define(r *resource.Builder[Ticket]) {
	r.Read("list").Primary()
	r.Create("open").Accept(&t.Title).
		Manage(&t.Author, resource.Append().By("name").OnNoMatch(resource.DoCreate)).
		Manage(&t.Helper, resource.Append()).
		Manage(&t.Deadline, resource.DirectControl()).
		Manage(&t.Comments, resource.DirectControl().OrderKey("Position")).
		Manage(&t.Notes, resource.Append()).
		Manage(&t.Labels, resource.AppendAndRemove().By("word").OnNoMatch(resource.DoCreate).JoinInputs("Weight"))
	r.Create("file").Primary().Accept(&t.Title, &t.AuthorID)
	r.Update("edit").Accept(&t.Title).
		Manage(&t.Author, resource.DirectControl().OnMissing(resource.DoIgnore)).
		Manage(&t.Helper, resource.AppendAndRemove()).
		Manage(&t.Deadline, resource.DirectControl()).
		Manage(&t.Comments, resource.DirectControl().OrderKey("Position")).
		Manage(&t.Notes, resource.AppendAndRemove()).
		Manage(&t.Labels, resource.AppendAndRemove().By("word").OnNoMatch(resource.DoCreate).JoinInputs("Weight"))
	r.Update("take").Manage(&t.Notes, resource.Remove())
	r.Policy().AuthorizeIf(resource.Public)
}

// Deadline is the one deadline of a ticket.
type Deadline struct {
	ID       int64     `conga:"primary"`
	Days     int       `validate:"min=1"`
	TicketID uuid.UUID `conga:"unique"`
	Ticket   *Ticket   `conga:"belongs_to"`
}

func (d *Deadline) Define(r *resource.Builder[Deadline]) {
	r.Read("list").Primary()
	r.Create("set").Accept(&d.Days)
	r.Update("move").Accept(&d.Days)
	r.Destroy("drop")
	r.Policy().AuthorizeIf(resource.Public)
}

// Comment has an order, replies, and rules of its own.
type Comment struct {
	ID       uuid.UUID `conga:"primary"`
	Body     string    `validate:"required,max=20" conga:"trim"`
	State    string    `validate:"oneof=new seen" conga:"default=new"`
	Position int
	Edits    int
	Hidden   bool
	Locked   bool
	TicketID uuid.UUID
	ByID     *uuid.UUID

	Ticket  *Ticket `conga:"belongs_to"`
	By      *Person `conga:"belongs_to"`
	Replies []Reply `conga:"has_many"`
}

func (c *Comment) Define(r *resource.Builder[Comment]) {
	me := resource.Actor[Person](r)
	r.Read("list").Primary().Sort(expr.Asc(&c.Position))
	r.Create("post").Accept(&c.Body, &c.State, &c.Hidden, &c.Locked).
		Change(resource.SetNullable(&c.ByID, &me.ID)).
		Validate(resource.Valid(expr.Not(expr.Is(&c.Body, "spam")), "must not be spam", &c.Body)).
		Manage(&c.Replies, resource.DirectControl())
	r.Update("edit").Accept(&c.Body, &c.State).
		Change(resource.SetExpr(&c.Edits, expr.Add(expr.F(&c.Edits), expr.V(1)))).
		Manage(&c.Replies, resource.DirectControl())
	r.Destroy("remove")
	r.Policy("list").AuthorizeIf(expr.Is(&c.Hidden, false)).AuthorizeIf(expr.Is(&me.Admin, true))
	r.Policy("post", "edit").AuthorizeIf(expr.Is(&c.Locked, false))
	r.Policy("remove").AuthorizeIf(resource.Public)
}

// Reply belongs to a comment.
type Reply struct {
	ID        int64  `conga:"primary"`
	Text      string `validate:"required,max=20" conga:"unique"`
	CommentID uuid.UUID
	Comment   *Comment `conga:"belongs_to,on_delete=cascade"`
}

func (p *Reply) Define(r *resource.Builder[Reply]) {
	r.Read("list").Primary()
	r.Create("send").Accept(&p.Text)
	r.Update("reword").Accept(&p.Text)
	r.Destroy("retract")
	r.Policy().AuthorizeIf(resource.Public)
}

// Note may be on a ticket or on none.
type Note struct {
	ID       uuid.UUID `conga:"primary"`
	Text     string
	TicketID *uuid.UUID
	Ticket   *Ticket `conga:"belongs_to"`
}

func (n *Note) Define(r *resource.Builder[Note]) {
	r.Read("list").Primary()
	r.Create("jot").Accept(&n.Text)
	r.Update("move")
	r.Policy().AuthorizeIf(resource.Public)
}

// Label is looked up by its word.
type Label struct {
	ID   uuid.UUID `conga:"primary"`
	Word string    `validate:"required,max=20" conga:"unique"`
}

func (l *Label) Define(r *resource.Builder[Label]) {
	r.Read("list").Primary().Sort(expr.Asc(&l.Word))
	r.Create("coin").Accept(&l.Word)
	r.Policy().AuthorizeIf(resource.Public)
}

// Labelling joins tickets and labels.
type Labelling struct {
	ID       uuid.UUID `conga:"primary"`
	Weight   int       `validate:"min=0,max=9"`
	TicketID uuid.UUID
	LabelID  uuid.UUID
	Ticket   *Ticket `conga:"belongs_to,on_delete=cascade"`
	Label    *Label  `conga:"belongs_to"`
}

func (l *Labelling) Define(r *resource.Builder[Labelling]) {
	r.Identity("pair", &l.TicketID, &l.LabelID)
	r.Read("list").Primary()
	r.Create("stick").Accept(&l.Weight)
	r.Update("weigh").Accept(&l.Weight)
	r.Destroy("peel")
	r.Policy().AuthorizeIf(resource.Public)
}

func body(d *desk, text string) conga.Option { return conga.Set(&d.comments.Fields().Body, text) }

func (d *desk) commentsOf(t *Ticket) []*Comment {
	d.Helper()
	c := d.comments.Fields()
	page, err := d.comments.Read(d.ctx, "", conga.Where(expr.Is(&c.TicketID, t.ID)))
	if err != nil {
		d.Fatal(err)
	}
	return page.Items
}

func TestNestedWrites(t *testing.T) {
	onDesks(t, func(d *desk) {
		f := d.tickets.Fields()
		c, p, dl, l := d.comments.Fields(), d.replies.Fields(), d.deadlines.Fields(), d.labels.Fields()
		tie := d.ties.Fields()
		red, err := d.labels.Create(d.ctx, "coin", conga.Set(&l.Word, "red"))
		if err != nil {
			d.Fatal(err)
		}
		note, err := d.notes.Create(d.ctx, "jot", conga.Set(&d.notes.Fields().Text, "n1"))
		if err != nil {
			d.Fatal(err)
		}
		a := d.mustOpen("a",
			conga.Nest(&f.Deadline, conga.Child(conga.Set(&dl.Days, 3))),
			conga.Nest(&f.Comments, conga.Child(body(d, " one ")), conga.Child(body(d, "two"), conga.Set(&c.State, "seen"),
				conga.Nest(&c.Replies, conga.Child(conga.Set(&p.Text, "r1")), conga.Child(conga.Set(&p.Text, "r2"))))),
			conga.Nest(&f.Notes, conga.ChildKey(note.ID)),
			conga.Nest(&f.Labels, conga.ChildKey(red.ID, conga.Set(&tie.Weight, 4)), conga.Child(conga.Set(&l.Word, "new"))))
		d.expect(a, "a by Ann in 3 0:one/new/0 1:two/seen/0(r1)(r2) [n1] #new #red")

		// The author by his name, or made.
		name := d.people.Fields()
		b, err := d.tickets.Create(d.ctx, "open", conga.Set(&f.Title, "b"), conga.Nest(&f.Author, conga.Child(conga.Set(&name.Name, "Ann"))),
			conga.Nest(&f.Labels, conga.Child(conga.Set(&l.Word, "red"))))
		if err != nil {
			d.Fatal(err)
		}
		d.expect(b, "b by Ann #red")
		b, err = d.tickets.Create(d.ctx, "open", conga.Set(&f.Title, "c"), conga.Nest(&f.Author, conga.Child(conga.Set(&name.Name, "Cid"))))
		if err != nil {
			d.Fatal(err)
		}
		d.expect(b, "c by Cid")

		// Updates, creates and destroys of each kind of relationship.
		two := d.commentsOf(a)[1]
		if err := d.edit(a, conga.Nest(&f.Comments, conga.Child(body(d, "zero")), conga.ChildKey(two.ID, conga.Set(&c.State, "new"),
			conga.Nest(&c.Replies)))); err != nil {
			d.Fatal(err)
		}
		d.expect(a, "a by Ann in 3 0:zero/new/0 1:two/new/1 [n1] #new #red")
		if err := d.edit(a, conga.Nest(&f.Deadline, conga.Child(conga.Set(&dl.Days, 9))), conga.Nest(&f.Helper, conga.ChildKey(d.ann.ID)),
			conga.Nest(&f.Labels, conga.Child(conga.Set(&l.Word, "blue")), conga.ChildKey(red.ID, conga.Set(&tie.Weight, 5))), conga.Nest(&f.Notes)); err != nil {
			d.Fatal(err)
		}
		d.expect(a, "a by Ann with Ann in 9 0:zero/new/0 1:two/new/1 #blue #red")
		ties, err := d.ties.Read(d.ctx, "", conga.Where(expr.Is(&tie.LabelID, red.ID).And(expr.Is(&tie.TicketID, a.ID))))
		if err != nil || len(ties.Items) != 1 || ties.Items[0].Weight != 5 {
			d.Errorf("the label is tied by %+v, %v", ties, err)
		}
		if err := d.edit(a, conga.Nest(&f.Author, conga.Child(conga.Set(&name.Email, "ann@example.com")))); err != nil {
			d.Fatal(err)
		}
		if err := d.edit(a, conga.Nest(&f.Helper), conga.Nest(&f.Deadline), conga.Nest(&f.Comments), conga.Nest(&f.Labels)); err != nil {
			d.Fatal(err)
		}
		d.expect(a, "a by Ann")
		if ann, err := d.people.Get(d.ctx, d.ann.ID); err != nil || ann.Email != "ann@example.com" {
			d.Errorf("the author is %+v, %v", ann, err)
		}
		// A missing input changes nothing.
		d.mustAdd(a, note)
		if err := d.edit(a, conga.Set(&f.Title, "z")); err != nil {
			d.Fatal(err)
		}
		d.expect(a, "z by Ann [n1]")
		if _, err := d.tickets.Update(d.ctx, "take", a, conga.Nest(&f.Notes, conga.ChildKey(note.ID))); err != nil {
			d.Fatal(err)
		}
		d.expect(a, "z by Ann")
	})
}

func (d *desk) mustAdd(t *Ticket, n *Note) {
	d.Helper()
	if err := d.edit(t, conga.Nest(&d.tickets.Fields().Notes, conga.ChildKey(n.ID))); err != nil {
		d.Fatal(err)
	}
}

func TestNestedFaults(t *testing.T) {
	onDesks(t, func(d *desk) {
		f, c, p, l := d.tickets.Fields(), d.comments.Fields(), d.replies.Fields(), d.labels.Fields()
		long := strings.Repeat("x", 21)
		_, err := d.open("", conga.Nest(&f.Comments, conga.Child(body(d, "ok")), conga.Child(),
			conga.Child(body(d, long), conga.Nest(&c.Replies, conga.Child(conga.Set(&p.Text, "ok")), conga.Child(conga.Set(&p.Text, long))))))
		d.refused(err, conga.Invalid, "title required", "comments.1.body required", "comments.2.body max", "comments.2.replies.1.text max")
		_, err = d.open("a", conga.Nest(&f.Comments, conga.Child(body(d, "spam"))))
		d.refused(err, conga.Invalid, "comments.0.body invalid")
		_, err = d.open("a", conga.Nest(&f.Labels, conga.ChildKey(uuid.New()), conga.Child(conga.Set(&l.Word, ""))))
		d.refused(err, conga.Invalid, "labels.0 not_found", "labels.1.word required")
		_, err = d.open("a", conga.Nest(&f.Notes, conga.ChildKey(uuid.New())))
		d.refused(err, conga.Invalid, "notes.0 not_found")
		_, err = d.tickets.Create(d.ctx, "open", conga.Set(&f.Title, "a"))
		d.refused(err, conga.Invalid, "author required")
		_, err = d.open("a", conga.Nest(&f.Comments, conga.Child(body(d, "a"), conga.Set(&c.Locked, true))))
		d.refused(err, conga.Forbidden, "comments.0 forbidden")
		// What the database refuses names the record, though it was one of several.
		_, err = d.open("a", conga.Nest(&f.Comments, conga.Child(body(d, "a"), conga.Nest(&c.Replies, conga.Child(conga.Set(&p.Text, "x")))),
			conga.Child(body(d, "b"), conga.Nest(&c.Replies, conga.Child(conga.Set(&p.Text, "y")), conga.Child(conga.Set(&p.Text, "x"))))))
		d.refused(err, conga.Conflict, "comments.1.replies.1.text unique")
		if all, err := d.tickets.Read(d.ctx, ""); err != nil || len(all.Items) != 0 {
			d.Errorf("something is left: %v, %v", all, err)
		}
		a := d.mustOpen("a", conga.Nest(&f.Comments, conga.Child(body(d, "one"))))
		one := d.commentsOf(a)[0]
		d.refused(d.edit(a, conga.Nest(&f.Comments, conga.ChildKey(one.ID), conga.ChildKey(one.ID))), conga.Invalid, "comments.1 twice")
		d.refused(d.edit(a, conga.Nest(&f.Comments, conga.ChildKey(one.ID, conga.Set(&c.Hidden, true)))), conga.Invalid, "comments.0.hidden unknown")
		d.refused(d.edit(a, conga.Nest(&f.Author)), conga.Invalid, "author required")
		d.expect(a, "a by Ann 0:one/new/0")
		_, err = d.tickets.Update(d.ctx, "take", a, conga.Nest(&f.Comments))
		d.refused(err, conga.Invalid, "comments unknown")
	})
}

// What the actor may not see is not found, not counted and not destroyed.
func TestNestedSight(t *testing.T) {
	onDesks(t, func(d *desk) {
		f, c := d.tickets.Fields(), d.comments.Fields()
		a := d.mustOpen("a", conga.Nest(&f.Comments, conga.Child(body(d, "seen")), conga.Child(body(d, "unseen"), conga.Set(&c.Hidden, true))))
		hidden := d.commentsOf(a)[1]
		bob := conga.WithActor(d.Context(), d.person("Bob", false))
		_, err := d.tickets.Update(bob, "edit", a, conga.Nest(&f.Comments, conga.ChildKey(hidden.ID, body(d, "x"))))
		d.refused(err, conga.Invalid, "comments.0 not_found")
		if _, err := d.tickets.Update(bob, "edit", a, conga.Nest(&f.Comments)); err != nil {
			d.Fatal(err)
		}
		d.expect(a, "a by Ann 1:unseen/new/0")
		// Another ticket's comment is no match.
		b := d.mustOpen("b")
		d.refused(d.edit(b, conga.Nest(&f.Comments, conga.ChildKey(hidden.ID))), conga.Invalid, "comments.0 not_found")
	})
}

// The number of statements is that of the kinds of writes, not of the records.
func TestNestedStatements(t *testing.T) {
	onDesks(t, func(d *desk) {
		f, c, p, l := d.tickets.Fields(), d.comments.Fields(), d.replies.Fields(), d.labels.Fields()
		n := 0
		text := func() string { n++; return fmt.Sprint("t", n) }
		open := func(parents, children int) int {
			var rows [][]conga.Option
			for range parents {
				var comments, labels []conga.Nesting
				for range children {
					var replies []conga.Nesting
					for range children {
						replies = append(replies, conga.Child(conga.Set(&p.Text, text())))
					}
					comments = append(comments, conga.Child(body(d, text()), conga.Nest(&c.Replies, replies...)))
					labels = append(labels, conga.Child(conga.Set(&l.Word, text())))
				}
				rows = append(rows, []conga.Option{conga.Set(&f.Title, text()), conga.Nest(&f.Author, conga.ChildKey(d.ann.ID)),
					conga.Nest(&f.Comments, comments...), conga.Nest(&f.Labels, labels...)})
			}
			d.sql.take()
			if _, _, err := d.tickets.CreateMany(d.ctx, "open", conga.Bulk{}, rows...); err != nil {
				d.Fatal(err)
			}
			return len(d.sql.take())
		}
		if few, many := open(2, 2), open(5, 4); few != many {
			d.Errorf("%d statements for few records, %d for many", few, many)
		}
		a := d.mustOpen("a")
		edit := func(children int) int {
			var fresh, old []conga.Nesting
			for range children {
				fresh = append(fresh, conga.Child(body(d, text())), conga.Child(body(d, text())))
			}
			if err := d.edit(a, conga.Nest(&f.Comments, fresh...)); err != nil {
				d.Fatal(err)
			}
			for i, c := range d.commentsOf(a) {
				if i%2 == 0 {
					old = append(old, conga.ChildKey(c.ID, body(d, text())), conga.Child(body(d, text())))
				}
			}
			d.sql.take()
			if err := d.edit(a, conga.Nest(&f.Comments, old...)); err != nil {
				d.Fatal(err)
			}
			return len(d.sql.take())
		}
		if few, many := edit(2), edit(9); few != many {
			d.Errorf("%d statements for few records, %d for many", few, many)
		}
	})
}

// Events of related records leave with that of the record, when all is written.
func TestNestedEvents(t *testing.T) {
	onDesks(t, func(d *desk) {
		f := d.tickets.Fields()
		var got []string
		for _, r := range d.app.Registry().Resources {
			defer d.app.Subscribe(d.Context(), conga.Topic(r, "", nil), func(e conga.Event) {
				got = append(got, fmt.Sprint(e.Resource.Type, " ", e.Action.Name))
			})()
		}
		a := d.mustOpen("a", conga.Nest(&f.Comments, conga.Child(body(d, "one")), conga.Child(body(d, "two"))))
		one := d.commentsOf(a)[0]
		if err := d.edit(a, conga.Set(&f.Title, "b"), conga.Nest(&f.Comments, conga.ChildKey(one.ID, body(d, "x")), conga.Child(body(d, "three")))); err != nil {
			d.Fatal(err)
		}
		_, err := d.open("", conga.Nest(&f.Comments, conga.Child(body(d, "one"))))
		d.refused(err, conga.Invalid, "title required")
		const want = "comment post, comment post, ticket open, comment remove, comment edit, comment post, ticket edit"
		if strings.Join(got, ", ") != want {
			d.Errorf("got the events %q, want %q", strings.Join(got, ", "), want)
		}
	})
}
