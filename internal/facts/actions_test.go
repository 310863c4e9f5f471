package facts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
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

// Depot is where parcels lie.
type Depot struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required" conga:"unique"`
}

func (d *Depot) Define(r *resource.Builder[Depot]) {
	r.Read("list").Primary()
	r.Create("open").Accept(&d.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

// Clerk is who acts.
type Clerk struct{ Name string }

// Parcel is what the tests of actions write.
type Parcel struct {
	ID      uuid.UUID `conga:"primary"`
	Label   string    `validate:"required,max=20" conga:"default=unnamed"`
	Note    *string
	Weight  int
	Code    *int   `conga:"unique"`
	State   string `validate:"oneof=new sent lost" conga:"default=new"`
	DepotID *uuid.UUID
	Made    time.Time `conga:"created"`
	Changed time.Time `conga:"updated"`

	Depot *Depot `conga:"belongs_to"`
}

func (p *Parcel) Define(r *resource.Builder[Parcel]) {
	me := resource.Actor[Clerk](r)
	r.Read("list").Primary().Sort(expr.Asc(&p.Label)).MaxPage(1000)
	r.Create("add").Primary().Accept(&p.Label, &p.Note, &p.Weight, &p.Code, &p.State, &p.DepotID)
	r.Create("put").Accept(&p.Code, &p.Label, &p.Note).Upsert(&p.Code)
	r.Update("edit").Primary().Accept(&p.Label, &p.Note, &p.Weight, &p.DepotID)
	r.Update("load").Change(resource.Increment(&p.Weight, 10)).
		Validate(resource.Valid(expr.Is(&p.State, "new"), "must be new", &p.State)).
		Change(resource.SetTo(&p.State, "sent")).
		Validate(resource.Valid(expr.Is(&p.State, "sent"), "must be sent", &p.State))
	r.Update("move").Change(resource.SetExpr(&p.DepotID, expr.If(expr.Gt(&p.Weight, 5),
		expr.Nullable(expr.V(uuid.MustParse("00000000-0000-4000-8000-000000000001"))), expr.F(&p.DepotID))))
	r.Update("weigh").Accept(&p.Weight).
		Change(resource.ChangeFunc(func(context.Context, *resource.Changeset) error { return nil }))
	r.Update("guarded").Accept(&p.Label)
	r.Destroy("delete")
	r.Policy("guarded").AuthorizeIf(expr.Is(&me.Name, "boss"))
	r.Policy("list", "add", "put", "edit", "load", "move", "weigh", "delete").AuthorizeIf(resource.Public)
	r.Publish("depot", &p.DepotID)
}

// depot is an application of parcels on one store.
type depot struct {
	app     *conga.App
	depots  conga.Handle[Depot]
	parcels conga.Handle[Parcel]
	seen    *sent
}

// sent are the statements that a layer was sent.
type sent struct {
	mu   sync.Mutex
	list []string
}

func (s *sent) Statement(_ context.Context, sql string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, sql)
}

// count is the number of statements since the last call.
func (s *sent) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.list)
	s.list = nil
	return n
}

func onDepots(t *testing.T, f func(t *testing.T, d *depot)) {
	t.Helper()
	for name, open := range map[string]func(*testing.T, datalayer.Observer) (datalayer.Layer, error){
		"sqlite": func(t *testing.T, o datalayer.Observer) (datalayer.Layer, error) {
			return sqlite.OpenWith(t.Context(), ":memory:", sqlite.Options{Observer: o})
		},
		"postgres": func(t *testing.T, o datalayer.Observer) (datalayer.Layer, error) {
			return postgres.OpenWith(t.Context(), pgtest.Database(t), postgres.Options{Observer: o})
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen := &sent{}
			layer := ok(open(t, seen))(t)
			app := ok(conga.New(layer, resource.Of[Depot](), resource.Of[Parcel](), resource.Of[Hooked]()))(t)
			t.Cleanup(func() { _ = app.Close() })
			f(t, &depot{app, conga.For[Depot](app), conga.For[Parcel](app), seen})
		})
	}
}

func ok[V any](v V, err error) func(t *testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		if err != nil {
			t.Fatalf("%v (cause %v)", err, errors.Unwrap(err))
		}
		return v
	}
}

func (d *depot) add(t *testing.T, options ...conga.Option) *Parcel {
	t.Helper()
	return ok(d.parcels.Create(t.Context(), "add", options...))(t)
}

func hasIssue(err error, field, code string) bool {
	e, found := errors.AsType[*conga.Error](err)
	return found && slices.ContainsFunc(e.Issues, func(i conga.Issue) bool { return i.Field() == field && i.Code == code })
}

func TestFact36StampsOfACreateAreEqual(t *testing.T) {
	onDepots(t, func(t *testing.T, d *depot) {
		p := d.add(t)
		if !p.Made.Equal(p.Changed) || p.Made.IsZero() {
			t.Errorf("made %v, changed %v", p.Made, p.Changed)
		}
	})
}

func TestFact37NullIsNotMissing(t *testing.T) {
	onDepots(t, func(t *testing.T, d *depot) {
		r := d.parcels.Resource()
		add := r.Action("add")
		write := func(field string, v any) error {
			_, err := d.app.Write(t.Context(), &conga.Write{Action: add, Inputs: []conga.Input{{Attribute: r.Attribute(field), Value: v}}})
			return err
		}
		if p := d.add(t); p.Label != "unnamed" || p.Note != nil {
			t.Errorf("missing values: %+v", p)
		}
		if err := write("Note", nil); err != nil {
			t.Error(err)
		}
		if err := write("Label", nil); !hasIssue(err, "label", "required") {
			t.Errorf("null for a required label with a default: %v", err)
		}
	})
}

// Behaviour 38, differently: all faults of an input are told together, what
// is missing too, so that a form shows them at once.
func TestFact38MissingInputsAreToldWithTheOthers(t *testing.T) {
	onDepots(t, func(t *testing.T, d *depot) {
		f := d.parcels.Fields()
		_, err := d.parcels.Create(t.Context(), "add", conga.Set(&f.Label, ""), conga.Set(&f.State, "eaten"))
		if !hasIssue(err, "label", "required") || !hasIssue(err, "state", "oneof") {
			t.Errorf("faults = %v", err)
		}
	})
}

func TestFact40AnUpsertKeepsTheTimeOfCreation(t *testing.T) {
	onDepots(t, func(t *testing.T, d *depot) {
		f := d.parcels.Fields()
		code, note := 7, "fragile"
		first := ok(d.parcels.Create(t.Context(), "put", conga.Set(&f.Code, &code), conga.Set(&f.Label, "a")))(t)
		second := ok(d.parcels.Create(t.Context(), "put", conga.Set(&f.Code, &code), conga.Set(&f.Label, "b"), conga.Set(&f.Note, &note)))(t)
		if second.ID != first.ID || !second.Made.Equal(first.Made) || !second.Changed.After(first.Changed) || second.Label != "b" {
			t.Errorf("first %+v, then %+v", first, second)
		}
	})
}

func TestFact41AnUnchangedUpdateKeepsItsTime(t *testing.T) {
	onDepots(t, func(t *testing.T, d *depot) {
		f := d.parcels.Fields()
		note := "fragile"
		p := d.add(t, conga.Set(&f.Note, &note), conga.Set(&f.Weight, 3))
		events := 0
		d.app.Subscribe(t.Context(), d.parcels.Topic("", nil), func(conga.Event) { events++ })
		d.seen.count()
		for _, action := range []string{"edit", "weigh"} { // in one statement, and with the record read
			if q := ok(d.parcels.Update(t.Context(), action, p, conga.Set(&f.Weight, 3)))(t); !q.Changed.Equal(p.Changed) {
				t.Errorf("%s: an unchanged update has moved %v to %v", action, p.Changed, q.Changed)
			}
			if action == "edit" && d.seen.count() != 1 {
				t.Error("the update was not one statement")
			}
		}
		if q := ok(d.parcels.Update(t.Context(), "edit", p, conga.Set(&f.Note, &note)))(t); !q.Changed.Equal(p.Changed) {
			t.Errorf("the present note has moved %v to %v", p.Changed, q.Changed)
		}
		if events != 0 {
			t.Errorf("%d events of updates that change nothing", events)
		}
		if q := ok(d.parcels.Update(t.Context(), "edit", p, conga.Set(&f.Note, nil)))(t); !q.Changed.After(p.Changed) || events != 1 {
			t.Errorf("no note: changed %v, %d events", q.Changed, events)
		}
	})
}

func TestFact42AValidationSeesWhatCameBeforeIt(t *testing.T) {
	onDepots(t, func(t *testing.T, d *depot) {
		p := d.add(t)
		d.seen.count()
		q := ok(d.parcels.Update(t.Context(), "load", p))(t)
		if q.State != "sent" || q.Weight != 10 || d.seen.count() != 1 {
			t.Errorf("loaded = %+v, want it in one statement", q)
		}
		_, err := d.parcels.Update(t.Context(), "load", p)
		if !hasIssue(err, "state", "invalid") {
			t.Errorf("a second time: %v", err)
		}
		if q = ok(d.parcels.Get(t.Context(), p.ID))(t); q.Weight != 10 {
			t.Errorf("a refused update has changed %+v", q)
		}
	})
}

func TestFact43ABrokenKeyIsToldOfAnExpressionToo(t *testing.T) {
	onDepots(t, func(t *testing.T, d *depot) {
		f := d.parcels.Fields()
		p := d.add(t, conga.Set(&f.Weight, 9))
		if _, err := d.parcels.Update(t.Context(), "move", p); !hasIssue(err, "depot_id", "exists") {
			t.Errorf("a depot that is not there: %v", err)
		}
	})
}

func TestFact52BothTopicsOfAChangeAreTold(t *testing.T) {
	onDepots(t, func(t *testing.T, d *depot) {
		f, g := d.parcels.Fields(), d.depots.Fields()
		a := ok(d.depots.Create(t.Context(), "open", conga.Set(&g.Name, "a")))(t)
		b := ok(d.depots.Create(t.Context(), "open", conga.Set(&g.Name, "b")))(t)
		p := d.add(t, conga.Set(&f.DepotID, &a.ID), conga.Set(&f.Label, "whole"))
		var got []string
		for _, at := range []*Depot{a, b} {
			d.app.Subscribe(t.Context(), d.parcels.Topic("depot", at.ID), func(e conga.Event) {
				got = append(got, at.Name+" "+e.Record.(*Parcel).Label)
			})
		}
		ok(d.parcels.Update(t.Context(), "edit", p, conga.Set(&f.DepotID, &b.ID), conga.Select(&f.Weight)))(t)
		slices.Sort(got)
		if fmt.Sprint(got) != "[a whole b whole]" {
			t.Errorf("told: %v", got)
		}
		got = nil
		ok(d.parcels.Update(t.Context(), "edit", p, conga.Set(&f.DepotID, nil)))(t)
		ok(d.parcels.Update(t.Context(), "edit", p, conga.Set(&f.Weight, 1)))(t)
		if fmt.Sprint(got) != "[b whole]" {
			t.Errorf("told of no depot: %v", got)
		}
	})
}

// labels are parcels with these labels, and with numbers of their own.
func (d *depot) labels(t *testing.T, names ...string) []*Parcel {
	t.Helper()
	f := d.parcels.Fields()
	var out []*Parcel
	for _, name := range names {
		out = append(out, d.add(t, conga.Set(&f.Label, name)))
	}
	return out
}

func TestFact44StoppingFinishesTheBatch(t *testing.T) {
	onDepots(t, func(t *testing.T, d *depot) {
		f := d.parcels.Fields()
		var rows [][]conga.Option
		for i := range 9 {
			label := fmt.Sprint("p", i)
			if i == 3 || i == 4 {
				label = "far too long for a label of a parcel"
			}
			rows = append(rows, []conga.Option{conga.Set(&f.Label, label)})
		}
		recs, faults, err := d.parcels.CreateMany(t.Context(), "add", conga.Bulk{Batch: 3, Partial: true, Stop: true}, rows...)
		if err != nil || len(faults) != 2 || faults[0].Index != 3 || faults[1].Index != 4 {
			t.Fatalf("faults = %v, %v", faults, err)
		}
		if recs[5] == nil || recs[6] != nil {
			t.Errorf("the running batch ends, and no other begins: %v", recs)
		}
		if n := ok(d.parcels.Read(t.Context(), "list", conga.WithCount()))(t).Count; n != 4 {
			t.Errorf("%d parcels, want 4", n)
		}
		count := ok(d.parcels.CreateSeq(t.Context(), "add", conga.Bulk{Batch: 3, Partial: true, Stop: true}, slices.Values(rows)))(t)
		if count.Written != 4 || len(count.Errors) != 2 || count.Errors[1].Index != 4 {
			t.Errorf("a sequence: %d written, %v", count.Written, count.Errors)
		}
		_, err = d.parcels.CreateSeq(t.Context(), "add", conga.Bulk{Batch: 3}, slices.Values(rows))
		if e, isBulk := errors.AsType[*conga.BulkError](err); !isBulk || e.Index != 3 {
			t.Errorf("all or none: %v", err)
		}
		if n := ok(d.parcels.Read(t.Context(), "list", conga.WithCount()))(t).Count; n != 8 {
			t.Errorf("%d parcels, want 8", n)
		}
	})
}

func TestFact45ARefusedBulkIsOneError(t *testing.T) {
	onDepots(t, func(t *testing.T, d *depot) {
		f := d.parcels.Fields()
		d.labels(t, "a", "b", "c")
		_, err := d.parcels.UpdateEvery(t.Context(), "guarded", expr.True(), conga.Set(&f.Label, "x"))
		if conga.KindOf(err) != conga.Forbidden {
			t.Errorf("error = %v", err)
		}
		if _, is := errors.AsType[*conga.BulkError](err); is {
			t.Errorf("the error is about one record: %v", err)
		}
	})
}

func TestFact47EachChangedRecordIsToldOnce(t *testing.T) {
	onDepots(t, func(t *testing.T, d *depot) {
		f := d.parcels.Fields()
		recs := d.labels(t, "a", "b", "c", "d")
		told := map[uuid.UUID]int{}
		d.app.Subscribe(t.Context(), d.parcels.Topic("", nil), func(e conga.Event) { told[e.Key.(uuid.UUID)]++ })
		ctx := context.WithValue(t.Context(), inHook{}, func(ctx context.Context) error {
			if len(told) > 0 {
				t.Error("an event left before the commit")
			}
			_, err := d.parcels.UpdateEvery(ctx, "edit", expr.IsNot(&f.Label, "d"), conga.Set(&f.Weight, 7))
			return err
		})
		hooks := conga.For[Hooked](d.app)
		ok(hooks.Create(ctx, "add"))(t)
		if told[recs[0].ID] != 1 || told[recs[1].ID] != 1 || told[recs[2].ID] != 1 || told[recs[3].ID] != 0 {
			t.Errorf("told = %v", told)
		}
		clear(told)
		_, _, err := d.parcels.UpdateMany(t.Context(), "edit", conga.Bulk{}, conga.To(recs[0], conga.Set(&f.Weight, 8)),
			conga.To(recs[1], conga.Set(&f.Weight, 7)), conga.To(recs[3], conga.Set(&f.Label, "e")))
		if err != nil || told[recs[0].ID] != 1 || told[recs[1].ID] != 0 || told[recs[3].ID] != 1 {
			t.Errorf("of many: told = %v, %v; want all but the second, which has the weight already", told, err)
		}
	})
}

func TestFact48EventsAreWholeWhateverIsReturned(t *testing.T) {
	onDepots(t, func(t *testing.T, d *depot) {
		f := d.parcels.Fields()
		d.labels(t, "a", "b")
		var got []string
		d.app.Subscribe(t.Context(), d.parcels.Topic("", nil), func(e conga.Event) {
			got = append(got, fmt.Sprint(e.Record.(*Parcel).Label, e.Record.(*Parcel).Weight))
		})
		ok(d.parcels.UpdateEvery(t.Context(), "edit", expr.True(), conga.Set(&f.Weight, 5)))(t)
		ok(d.parcels.CreateSeq(t.Context(), "add", conga.Bulk{}, slices.Values([][]conga.Option{{conga.Set(&f.Label, "c")}})))(t)
		slices.Sort(got)
		if fmt.Sprint(got) != "[a5 b5 c0]" {
			t.Errorf("events = %v", got)
		}
	})
}

// inHook is the key of what the hooks of Hooked do.
type inHook struct{}

// Hooked runs what the test puts into the context.
type Hooked struct {
	ID uuid.UUID `conga:"primary"`
}

func (h *Hooked) Define(r *resource.Builder[Hooked]) {
	r.Read("list").Primary()
	r.Create("add").After(func(ctx context.Context, _ *resource.Changeset, _ *Hooked) error {
		if f, _ := ctx.Value(inHook{}).(func(context.Context) error); f != nil {
			return f(ctx)
		}
		return nil
	})
	r.Policy().AuthorizeIf(resource.Public)
}
