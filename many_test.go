package conga_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Setting has the identity of an upsert as its key.
type Setting struct {
	ID    string `conga:"primary"`
	Value string
}

func (s *Setting) Define(r *resource.Builder[Setting]) {
	r.Read("list")
	r.Update("edit")
	r.Create("put").Accept(&s.ID, &s.Value).Upsert(&s.ID)
	r.Policy().AuthorizeIf(resource.Public)
}

// Counter has a key that the database makes.
type Counter struct {
	ID    int64  `conga:"primary"`
	Name  string `conga:"unique"`
	Value int
}

func (c *Counter) Define(r *resource.Builder[Counter]) {
	r.Read("list")
	r.Update("edit")
	r.Create("put").Accept(&c.Name, &c.Value).Upsert(&c.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

// TestUpsertTellsWhetherTheRecordExisted asks where the key tells, and where
// neither the key nor a time of creation does.
func TestUpsertTellsWhetherTheRecordExisted(t *testing.T) {
	for name, open := range map[string]func() (datalayer.Layer, error){
		"sqlite":   func() (datalayer.Layer, error) { return sqlite.Open(t.Context(), ":memory:") },
		"postgres": func() (datalayer.Layer, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			app := must(conga.New(must(open())(t), resource.Of[Setting](), resource.Of[Counter]()))(t)
			t.Cleanup(func() { _ = app.Close() })
			for _, r := range app.Registry().Resources {
				var kinds []conga.EventKind
				app.Subscribe(t.Context(), conga.Topic(r, "", nil), func(e conga.Event) { kinds = append(kinds, e.Kind) })
				put := r.Action("put")
				for i, key := range []string{"a", "a", "b"} {
					w := &conga.Write{Action: put, Inputs: []conga.Input{{Attribute: put.Upsert[0], Value: key}}}
					got := must(app.Write(t.Context(), w))(t)
					if want := i == 1; got.Existed != want {
						t.Errorf("%s: write %d of %s: existed = %v, want %v", r.Name, i, key, got.Existed, want)
					}
				}
				if fmt.Sprint(kinds) != "[created updated created]" {
					t.Errorf("%s: events = %v", r.Name, kinds)
				}
			}
		})
	}
	onStores(t, func(t *testing.T, d *desk) {
		put := d.tickets.Resource().Action("put")
		write := func(number any, selected ...*resource.Attribute) bool {
			w := &conga.Write{Action: put, Return: conga.Selection{Select: selected}, Inputs: []conga.Input{
				{Attribute: put.Input("number"), Value: number}, {Attribute: put.Input("title"), Value: "T"}}}
			return must(d.app.Write(d.as(t, d.ann), w))(t).Existed
		}
		got := []bool{write(int64(1)), write(int64(1)), write(int64(1), put.Resource.Primary), write(int64(2)), write(nil), write(nil)}
		if fmt.Sprint(got) != "[false true true false false false]" {
			t.Errorf("existed = %v", got)
		}
	})
}

func TestIfUnchanged(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.tickets.Fields()
		first := d.file(t, d.ann, "First")
		edit := func(rec *Ticket, title string) (*Ticket, error) {
			return d.tickets.Update(d.as(t, d.ann), "edit", rec, conga.Set(&f.Title, title), conga.IfUnchanged())
		}
		second := must(edit(first, "Second"))(t)
		_, err := edit(first, "Lost")
		if !errors.Is(err, conga.ErrStale) || conga.KindOf(err) != conga.Conflict {
			t.Fatalf("a second update of the first = %v, want ErrStale", err)
		}
		if err := d.tickets.Destroy(d.as(t, d.ann), "delete", first, conga.IfUnchanged()); !errors.Is(err, conga.ErrStale) {
			t.Errorf("destroy of the first = %v, want ErrStale", err)
		}
		_, err = d.tickets.Update(d.as(t, d.ann), "close", first, conga.Args(&Closing{Reason: "done"}), conga.IfUnchanged())
		if !errors.Is(err, conga.ErrStale) {
			t.Errorf("an update with hooks of the first = %v, want ErrStale", err)
		}
		_, err = d.tickets.Update(d.as(t, d.bob), "edit", first, conga.Set(&f.Title, "Bob's"), conga.IfUnchanged())
		wantKind(t, err, conga.Forbidden) // and nothing about whether it changed
		if got := must(d.tickets.Get(t.Context(), first.ID))(t); got.Title != "Second" || got.State != "open" {
			t.Errorf("after refused writes: %+v", got)
		}
		closed := must(d.tickets.Update(d.as(t, d.ann), "close", second, conga.Args(&Closing{Reason: "done"}), conga.IfUnchanged()))(t)
		if err := d.tickets.Destroy(d.as(t, d.ann), "delete", closed, conga.IfUnchanged()); err != nil {
			t.Error(err)
		}
		_, err = edit(closed, "Gone")
		wantKind(t, err, conga.NotFound)
		p := d.people.Fields()
		_, err = d.people.Create(t.Context(), "add", conga.Set(&p.Name, "Eve"), conga.IfUnchanged())
		wantKind(t, err, conga.Internal) // people have no time of their last update
	})
}

// TestIfUnchangedOnce lets many change the same version: one gets through.
func TestIfUnchangedOnce(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.tickets.Fields()
		k := d.file(t, d.ann, "First")
		const writers = 8
		done := make(chan error, writers)
		for i := range writers {
			go func() {
				_, err := d.tickets.Update(d.as(t, d.ann), "edit", k, conga.Set(&f.Title, fmt.Sprint("T", i)), conga.IfUnchanged())
				done <- err
			}()
		}
		through := 0
		for range writers {
			switch err := <-done; {
			case err == nil:
				through++
			case !errors.Is(err, conga.ErrStale):
				t.Error(err)
			}
		}
		if through != 1 {
			t.Errorf("%d of %d updates of the same version got through", through, writers)
		}
	})
}

func TestCreateManyReportsAllFaults(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.tickets.Fields()
		row := func(title string, votes int) []conga.Option {
			return []conga.Option{conga.Set(&f.Title, title), conga.Set(&f.Votes, votes)}
		}
		_, _, err := d.tickets.CreateMany(d.as(t, d.ann), "file", conga.Bulk{}, row("a", 1), row("", 1), row("c", -1))
		e, ok := errors.AsType[*conga.BulkError](err)
		if !ok || e.Index != 1 || len(e.Others) != 1 || e.Others[0].Index != 2 {
			t.Fatalf("error = %+v, want faults of records 1 and 2", err)
		}
		wantIssue(t, e.Others[0], "votes", "min")
		_, _, err = d.tickets.CreateMany(t.Context(), "file", conga.Bulk{Partial: true}, row("a", 1), row("b", 1))
		wantKind(t, err, conga.Forbidden)
	})
}

// TestCreateManyTellsWhomTheDatabaseRefuses has one name that is taken.
func TestCreateManyTellsWhomTheDatabaseRefuses(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.people.Fields()
		var rows [][]conga.Option
		for _, name := range []string{"Eve", "Joe", "Bob", "Moe"} {
			rows = append(rows, []conga.Option{conga.Set(&f.Name, name)})
		}
		_, _, err := d.people.CreateMany(t.Context(), "add", conga.Bulk{}, rows...)
		e, ok := errors.AsType[*conga.BulkError](err)
		if !ok || e.Index != 2 || e.Reason.Kind != conga.Conflict {
			t.Errorf("error = %v, want a conflict of record 2", err)
		}
		if n := must(d.people.Read(t.Context(), "list", conga.WithCount()))(t).Count; n != 2 {
			t.Errorf("%d people, want 2", n)
		}
	})
}

func TestCreateManyUpserts(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		f := d.tickets.Fields()
		row := func(number int, title string) []conga.Option {
			return []conga.Option{conga.Set(&f.Number, &number), conga.Set(&f.Title, title)}
		}
		got, _, err := d.tickets.CreateMany(d.as(t, d.ann), "put", conga.Bulk{}, row(1, "a"), row(2, "b"), row(1, "c"))
		if err != nil || got[0].ID != got[2].ID || got[2].Title != "c" {
			t.Fatalf("upserts = %v, %v", got, err)
		}
		_, _, err = d.tickets.CreateMany(d.as(t, d.ann), "put", conga.Bulk{}, row(3, "d"), row(1, ""))
		if e, ok := errors.AsType[*conga.BulkError](err); !ok || e.Index != 1 {
			t.Errorf("error = %v, want one of record 1", err)
		}
		_, faults, err := d.tickets.CreateMany(d.as(t, d.bob), "put", conga.Bulk{Partial: true}, row(4, "e"), row(1, "stolen"))
		if err != nil || len(faults) != 1 || faults[0].Index != 1 || faults[0].Reason.Kind != conga.Forbidden {
			t.Errorf("partial upserts = %v, %v", faults, err)
		}
		if n := must(d.tickets.Read(t.Context(), "list", conga.WithCount()))(t).Count; n != 3 {
			t.Errorf("%d tickets, want 3", n)
		}
	})
}

// TestCreateManyReturns asks for calculated attributes and related records.
func TestCreateManyReturns(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		r := d.tickets.Resource()
		file := r.Action("file")
		var ws []*conga.Write
		for _, title := range []string{"a", "b", "c"} {
			ws = append(ws, &conga.Write{Action: file, Inputs: []conga.Input{{Attribute: file.Input("title"), Value: title}},
				Return: conga.Selection{Select: []*resource.Attribute{r.Attribute("Label"), r.Attribute("Mine")},
					Load: []conga.Nested{{Relationship: r.Relationship("Owner")}, {Relationship: r.Relationship("Comments")}}}})
		}
		out := must(d.app.CreateMany(d.as(t, d.ann), ws, conga.Bulk{}))(t)
		for i, w := range out.Written {
			rec := must(w.Records())(t)[0].(*Ticket)
			if want := "open: " + string(rune('a'+i)); rec.Label != want || !rec.Mine || rec.Owner == nil || rec.Owner.Name != "Ann" || len(rec.Comments) != 0 {
				t.Errorf("record %d = %+v, want label %s", i, rec, want)
			}
		}
	})
}

func TestWriteEveryOfAClient(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		r := d.tickets.Resource()
		for i := range 4 {
			d.file(t, []*Person{d.ann, d.bob}[i%2], fmt.Sprint("T", i))
		}
		edit, closing := r.Action("edit"), r.Action("close")
		title := func(text string) *conga.Write {
			return &conga.Write{Action: edit, Inputs: []conga.Input{{Attribute: edit.Input("title"), Value: text}}}
		}
		comment := conga.Set(&d.comments.Fields().TicketID, must(d.tickets.Read(t.Context(), "list"))(t).Items[0].ID)
		owner := must(d.tickets.Read(t.Context(), "list"))(t).Items[0].OwnerID
		as := map[bool]*Person{true: d.ann, false: d.bob}[owner == d.ann.ID]
		other := map[bool]*Person{true: d.bob, false: d.ann}[owner == d.ann.ID]
		must(d.comments.Create(d.as(t, as), "add", comment, conga.Set(&d.comments.Fields().Text, "psst"), conga.Set(&d.comments.Fields().Private, true)))(t)
		commented := &expr.Aggregate{Kind: expr.AggregateExists, Path: []string{"Comments"}}
		none := expr.Call{Op: expr.OpNot, Args: []expr.Node{commented}}

		n, err := d.app.WriteEvery(d.as(t, as), title("mine"), conga.Every{Where: none, Untrusted: true})
		if err != nil || n != 1 {
			t.Errorf("tickets without comments = %d, %v; want the one", n, err)
		}
		n, err = d.app.WriteEvery(d.as(t, other), title("other"), conga.Every{Where: none, Untrusted: true})
		if err != nil || n != 2 {
			t.Errorf("tickets without comments = %d, %v; want both: the private comment is on another's", n, err)
		}
		for _, w := range []*conga.Write{title("too many"), {Action: closing, Inputs: []conga.Input{{Attribute: closing.Input("reason"), Value: "done"}}}} {
			n, err = d.app.WriteEvery(d.as(t, as), w, conga.Every{Max: 1})
			if conga.KindOf(err) != conga.Invalid || n != 0 {
				t.Errorf("%s of more than allowed = %d, %v", w.Action.Name, n, err)
			}
			n, err = d.app.WriteEvery(d.as(t, as), w, conga.Every{Max: 2})
			if err != nil || n != 2 {
				t.Errorf("%s of as many as allowed = %d, %v", w.Action.Name, n, err)
			}
		}
		events := 0
		d.app.Subscribe(t.Context(), d.tickets.Topic("", nil), func(conga.Event) { events++ })
		n, err = d.app.WriteEvery(d.as(t, as), &conga.Write{Action: edit}, conga.Every{})
		if err != nil || n != 2 || events != 0 {
			t.Errorf("an update that changes nothing = %d with %d events, %v", n, events, err)
		}
		_, err = d.app.WriteEvery(d.as(t, as), &conga.Write{Action: closing}, conga.Every{Where: expr.Literal{Value: false}})
		wantIssue(t, err, "reason", "required") // although no record matches
	})
}
