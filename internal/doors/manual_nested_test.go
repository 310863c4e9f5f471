package doors

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Pot is written with its lids, whose actions are manual.
type Pot struct {
	ID   uuid.UUID `conga:"primary"`
	Lids []Lid     `conga:"has_many"`
}

func (p *Pot) Define(r *resource.Builder[Pot]) {
	r.Read("list").Primary()
	r.Create("make").Manage(&p.Lids, resource.DirectControl())
	r.Update("fit").Manage(&p.Lids, resource.DirectControl())
	r.Policy().AuthorizeIf(resource.Public)
}

// Lid belongs to a pot.
type Lid struct {
	ID    uuid.UUID `conga:"primary"`
	Text  string
	Owner string
	PotID uuid.UUID
	Pot   *Pot `conga:"belongs_to"`
}

func (l *Lid) Define(r *resource.Builder[Lid]) {
	me := resource.Actor[Clerk](r)
	r.Read("list").Primary().Sort(expr.Asc(&l.Text))
	r.Create("put").Private().Accept(&l.Text, &l.Owner, &l.PotID)
	r.Update("write").Private().Accept(&l.Text)
	r.Destroy("remove").Private()
	r.Create("add").Primary().Accept(&l.Text, &l.Owner).Manual(func(ctx context.Context, c *resource.Changeset) (*Lid, error) {
		return conga.For[Lid](conga.FromContext(ctx)).Create(ctx, "put", conga.Set(&l.Text, resource.Value(c, &l.Text)),
			conga.Set(&l.Owner, resource.Value(c, &l.Owner)), conga.Set(&l.PotID, resource.Value(c, &l.PotID)))
	})
	r.Update("edit").Primary().Accept(&l.Text).Manual(func(ctx context.Context, c *resource.Changeset) (*Lid, error) {
		return conga.For[Lid](conga.FromContext(ctx)).Update(ctx, "write", c.Record.(*Lid), conga.Set(&l.Text, resource.Value(c, &l.Text)))
	})
	r.Destroy("drop").Primary().Manual(func(ctx context.Context, c *resource.Changeset) (*Lid, error) {
		rec := c.Record.(*Lid)
		return rec, conga.For[Lid](conga.FromContext(ctx)).Destroy(ctx, "remove", rec)
	})
	r.Policy("edit", "drop").AuthorizeIf(expr.Eq(&l.Owner, &me.Name))
	r.Policy("list", "put", "write", "remove", "add").AuthorizeIf(resource.Public)
}

func TestManualWritesOfRelatedRecords(t *testing.T) {
	for name, open := range map[string]func() (datalayer.Layer, error){
		"sqlite":   func() (datalayer.Layer, error) { return sqlite.Open(t.Context(), ":memory:") },
		"postgres": func() (datalayer.Layer, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			app := must(conga.New(must(open())(t), resource.Of[Pot](), resource.Of[Lid]()))(t)
			t.Cleanup(func() { _ = app.Close() })
			ctx := conga.WithActor(t.Context(), &Clerk{"ann"})
			pots, lids := conga.For[Pot](app), conga.For[Lid](app)
			f, l := pots.Fields(), lids.Fields()
			fit := func(pot *Pot, rows ...conga.Nesting) error {
				_, err := pots.Update(ctx, "fit", pot, conga.Nest(&f.Lids, rows...))
				return err
			}
			pot := must(pots.Create(ctx, "make", conga.Nest(&f.Lids,
				conga.Child(conga.Set(&l.Text, "a"), conga.Set(&l.Owner, "ann")),
				conga.Child(conga.Set(&l.Text, "b"), conga.Set(&l.Owner, "bob")))))(t)
			all := must(lids.Read(ctx, "list"))(t).Items
			if len(all) != 2 || all[0].PotID != pot.ID {
				t.Fatalf("made: %+v", all)
			}
			own := conga.ChildKey(all[0].ID, conga.Set(&l.Text, "mine"))
			foreign := conga.ChildKey(all[1].ID, conga.Set(&l.Text, "theirs"))
			if err := fit(pot, own, foreign); conga.KindOf(err) != conga.Forbidden {
				t.Errorf("an update of somebody else's: got %v", err)
			}
			if err := fit(pot, own); conga.KindOf(err) != conga.Forbidden {
				t.Errorf("a destroy of somebody else's: got %v", err)
			}
			if now := must(lids.Read(ctx, "list"))(t).Items; len(now) != 2 || now[0].Text != "a" || now[1].Text != "b" {
				t.Errorf("what was refused has changed records: %+v", now)
			}
			ctx = conga.WithActor(ctx, &Clerk{"bob"})
			if err := fit(pot, foreign); conga.KindOf(err) != conga.Forbidden {
				t.Errorf("a destroy of ann's: got %v", err)
			}
			must(lids.Create(ctx, "put", conga.Set(&l.Text, "c"), conga.Set(&l.Owner, "bob"), conga.Set(&l.PotID, must(pots.Create(ctx, "make"))(t).ID)))(t)
			other := must(lids.Read(ctx, "list", conga.Where(expr.Is(&l.Text, "c"))))(t).Items[0]
			if err := fit(&Pot{ID: other.PotID}, conga.Child(conga.Set(&l.Text, "d"), conga.Set(&l.Owner, "bob")), conga.ChildKey(other.ID, conga.Set(&l.Text, "e"))); err != nil {
				t.Error(err)
			}
			if err := fit(&Pot{ID: other.PotID}, conga.ChildKey(other.ID, conga.Set(&l.Text, "f"))); err != nil {
				t.Error(err)
			}
			if now := must(lids.Read(ctx, "list"))(t).Items; len(now) != 3 || now[2].Text != "f" {
				t.Errorf("what was allowed: got %+v", now)
			}
		})
	}
}
