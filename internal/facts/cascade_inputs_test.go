package facts

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/form"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Voyage ends with a reason, which its legs are told.
type Voyage struct {
	ID   uuid.UUID `conga:"primary"`
	Over bool
	Legs []Leg `conga:"has_many"`
}

// Ending are the arguments of the action end.
type Ending struct {
	Reason string `validate:"max=20"`
}

func (v *Voyage) Define(r *resource.Builder[Voyage]) {
	me := resource.Actor[Clerk](r)
	r.Read("list").Primary()
	r.Create("begin")
	end := r.Update("end").Bulk()
	args := resource.Arguments[Ending](end)
	end.Change(resource.SetTo(&v.Over, true)).
		CascadeUpdate(&v.Legs, "stop", resource.Pass(func(x *Leg) *string { return &x.Reason }, expr.F(&args.Reason)),
			resource.Pass(func(x *Leg) *string { return &x.By }, expr.F(&me.Name)))
	r.Update("touch").Accept(&v.Over)
	r.Each(resource.Update).Only("touch").CascadeUpdate(&v.Legs, "stop", resource.Pass(func(x *Leg) *string { return &x.Reason }, expr.V("touched")))
	r.Policy().AuthorizeIf(resource.Public)
}

// Leg is a part of a voyage.
type Leg struct {
	ID       uuid.UUID `conga:"primary"`
	Reason   string    `validate:"max=10"`
	By       string
	VoyageID uuid.UUID
	Voyage   *Voyage `conga:"belongs_to"`
}

func (x *Leg) Define(r *resource.Builder[Leg]) {
	r.Read("list").Primary()
	r.Create("add").Accept(&x.VoyageID)
	r.Update("stop").Accept(&x.Reason, &x.By)
	r.Policy().AuthorizeIf(resource.Public)
}

func TestCascadesPassInputs(t *testing.T) {
	stores(t, func(t *testing.T, layer datalayer.Layer, seen *statements) {
		app := ok(conga.New(layer, resource.Of[Voyage](), resource.Of[Leg]()))(t)
		t.Cleanup(func() { _ = app.Close() })
		ctx := conga.WithActor(t.Context(), &Clerk{Name: "ann"})
		voyages, legs := conga.For[Voyage](app), conga.For[Leg](app)
		begin := func() *Voyage {
			v := ok(voyages.Create(ctx, "begin"))(t)
			for range 2 {
				ok(legs.Create(ctx, "add", conga.Set(&legs.Fields().VoyageID, v.ID)))(t)
			}
			return v
		}
		told := func(vs ...*Voyage) string {
			var out []string
			for _, v := range vs {
				for _, l := range ok(legs.Read(ctx, "list", conga.Where(expr.Is(&legs.Fields().VoyageID, v.ID))))(t).Items {
					out = append(out, l.Reason+"/"+l.By)
				}
			}
			return strings.Join(slices.Compact(out), " ")
		}
		a, b, c := begin(), begin(), begin()
		ok(voyages.Update(ctx, "end", a, conga.Args(&Ending{"storm"})))(t)
		if got := told(a, b); got != "storm/ann /" {
			t.Errorf("one: %s", got)
		}
		_, _, err := voyages.UpdateMany(ctx, "end", conga.Bulk{}, conga.To(a, conga.Args(&Ending{"x"})), conga.To(b, conga.Args(&Ending{"y"})), conga.To(c, conga.Args(&Ending{"x"})))
		if got := told(a, b, c); err != nil || got != "x/ann y/ann x/ann" {
			t.Errorf("many: %s, %v", got, err)
		}
		var counts []int
		for _, n := range []int{1, 5} {
			for range n {
				begin()
			}
			seen.take()
			ok(voyages.UpdateEvery(ctx, "end", expr.True(), conga.Args(&Ending{fmt.Sprint("every", n)})))(t)
			counts = append(counts, len(seen.take()))
		}
		if counts[0] != counts[1] || told(a, b, c) != "every5/ann" {
			t.Errorf("every: %v statements, told %s", counts, told(a, b, c))
		}
		if _, err := voyages.Update(ctx, "end", a, conga.Args(&Ending{"far too long"})); !hasIssue(err, "legs.reason", "max") {
			t.Errorf("what a leg refuses: %v", err)
		}
		ok(voyages.Update(ctx, "touch", b, conga.Set(&voyages.Fields().Over, false)))(t)
		if got := told(b); got != "touched/ann" {
			t.Errorf("by Each: %s", got)
		}
		f := ok(form.Update(voyages, "end", c))(t)
		if sent := ok(f.Submit(ctx, ok(form.Parse("reason=a+form"))(t)))(t); !sent || told(c) != "a form/ann" {
			t.Errorf("a form: %v %s", f.Issues(), told(c))
		}
		if sent := ok(f.Submit(ctx, ok(form.Parse("reason=far+too+long"))(t)))(t); sent || len(f.Issues()) != 1 || told(c) != "a form/ann" {
			t.Errorf("a form that a leg refuses: %v %s", f.Issues(), told(c))
		}
	})
}

// Trip has faults.
type Trip struct {
	ID    uuid.UUID `conga:"primary"`
	Name  string
	Stops []Stop `conga:"has_many"`
}

func (x *Trip) Define(r *resource.Builder[Trip]) {
	r.Read("list")
	r.Update("a").CascadeUpdate(&x.Stops, "skip", resource.Pass(func(s *Stop) *string { return &s.Name }, expr.F(&x.Name)))
	r.Update("b").CascadeUpdate(&x.Stops, "skip", resource.Pass(func(t *Trip) *string { return &t.Name }, expr.V("x")))
	r.Update("c").CascadeUpdate(&x.Stops, "skip", resource.Pass(func(s *Stop) *string { return &s.Other }, expr.V("x")))
	r.Update("d").CascadeUpdate(&x.Stops, "skip", resource.Pass(func(*Stop) *string { return new(string) }, expr.V("x")))
	r.Policy().AuthorizeIf(resource.Public)
}

// Stop is on a trip.
type Stop struct {
	ID          uuid.UUID `conga:"primary"`
	Name, Other string
	TripID      uuid.UUID
	Trip        *Trip `conga:"belongs_to"`
}

func (x *Stop) Define(r *resource.Builder[Stop]) {
	r.Read("list").Primary()
	r.Update("skip").Accept(&x.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

func TestInputsOfCascadesAreCheckedAtStart(t *testing.T) {
	_, err := resource.Compile(resource.Of[Trip](), resource.Of[Stop]())
	for _, want := range []string{"Trip.a: the value of Name in the cascade speaks of the record", "Trip.b: Stops leads to Stop, and the input of its cascade is a field of something else",
		"Trip.c: Stops cascades to skip of Stop, which does not accept Other", "Trip.d: an input of the cascade is no attribute of Stop"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlack %q", err, want)
		}
	}
}
