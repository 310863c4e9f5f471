package facts

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Parcel has things in an order.
type Parcel struct {
	ID     uuid.UUID `conga:"primary"`
	To     string
	Things []Thing `conga:"has_many"`
	Stamps []Stamp `conga:"many_to_many,through=Sticking"`
}

func (p *Parcel) Define(r *resource.Builder[Parcel]) {
	r.Read("list").Primary()
	r.Create("pack").Accept(&p.To).Manage(&p.Things, resource.DirectControl().OrderKey("Place")).
		Manage(&p.Stamps, resource.Append().By("motif"))
	r.Update("repack").Accept(&p.To).Manage(&p.Things, resource.DirectControl().OrderKey("Place")).
		Manage(&p.Stamps, resource.AppendAndRemove().By("motif"))
	r.Policy().AuthorizeIf(resource.Public)
}

// Thing is in a parcel.
type Thing struct {
	ID       uuid.UUID `conga:"primary"`
	Name     string    `validate:"required"`
	Place    int
	ParcelID uuid.UUID
	Parcel   *Parcel `conga:"belongs_to"`
}

func (t *Thing) Define(r *resource.Builder[Thing]) {
	r.Read("list").Primary().Sort(expr.Asc(&t.Place))
	r.Create("put").Accept(&t.Name)
	r.Update("rename").Accept(&t.Name)
	r.Destroy("take")
	r.Policy().AuthorizeIf(resource.Public)
}

// Stamp is looked up by its motif.
type Stamp struct {
	ID    uuid.UUID `conga:"primary"`
	Motif string    `conga:"unique"`
}

func (s *Stamp) Define(r *resource.Builder[Stamp]) {
	r.Read("list").Primary()
	r.Create("print").Accept(&s.Motif)
	r.Policy().AuthorizeIf(resource.Public)
}

// Sticking joins parcels and stamps.
type Sticking struct {
	ID       uuid.UUID `conga:"primary"`
	ParcelID uuid.UUID
	StampID  uuid.UUID
}

func (s *Sticking) Define(r *resource.Builder[Sticking]) {
	r.Read("list").Primary()
	r.Create("stick")
	r.Destroy("peel")
	r.Policy().AuthorizeIf(resource.Public)
}

func parcels(t *testing.T, f func(t *testing.T, app *conga.App)) {
	stores(t, func(t *testing.T, layer datalayer.Layer, _ *statements) {
		app, err := conga.New(layer, resource.Of[Parcel](), resource.Of[Thing](), resource.Of[Stamp](), resource.Of[Sticking]())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = app.Close() })
		f(t, app)
	})
}

// things are the names of what is in the parcels, in their order.
func things(t *testing.T, app *conga.App) ([]*Thing, string) {
	t.Helper()
	page, err := conga.For[Thing](app).Read(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, x := range page.Items {
		names = append(names, x.Name)
	}
	return page.Items, strings.Join(names, " ")
}

// Behaviour 50 in docs/ash.md.
func TestFact50InputOrderIsKept(t *testing.T) {
	parcels(t, func(t *testing.T, app *conga.App) {
		h, x := conga.For[Parcel](app), conga.For[Thing](app).Fields()
		f := h.Fields()
		thing := func(name string) conga.Option { return conga.Set(&x.Name, name) }
		p, err := h.Create(t.Context(), "pack", conga.Nest(&f.Things, conga.Child(thing("a")), conga.Child(thing("b")), conga.Child(thing("c"))))
		if err != nil {
			t.Fatal(err)
		}
		old, names := things(t, app)
		if names != "a b c" {
			t.Fatalf("made in the order %q", names)
		}
		_, err = h.Update(t.Context(), "repack", p, conga.Nest(&f.Things, conga.Child(thing("n1")), conga.ChildKey(old[2].ID),
			conga.Child(thing("n2")), conga.ChildKey(old[0].ID, thing("A")), conga.Child(thing("n3"))))
		if err != nil {
			t.Fatal(err)
		}
		if _, names = things(t, app); names != "n1 c n2 A n3" {
			t.Errorf("creates and updates are in the order %q", names)
		}
	})
}

// Behaviour 35 in docs/ash.md, for the primary key and for an identity.
func TestFact35LookupsAreNoFilters(t *testing.T) {
	parcels(t, func(t *testing.T, app *conga.App) {
		stamps := conga.For[Stamp](app)
		if _, err := stamps.Create(t.Context(), "print", conga.Set(&stamps.Fields().Motif, "swan")); err != nil {
			t.Fatal(err)
		}
		api := rest.New(app, rest.Options{})
		for _, body := range []string{
			`{"stamps":[{"id":{"not_equals":"0198b3a0-0000-7000-8000-000000000001"}}]}`,
			`{"stamps":[{"id":{"ne":"x"}}]}`,
			`{"stamps":[{"motif":{"contains":"s"}}]}`,
			`{"stamps":[["swan"]]}`,
			`{"stamps":{"motif":"swan"}}`,
			`{"stamps":[{"filter":{"motif":"swan"}}]}`,
		} {
			res := httptest.NewRecorder()
			req := httptest.NewRequest(http.MethodPost, "/api/parcels", strings.NewReader(body))
			req.Header.Set("Content-Type", "application/json")
			api.ServeHTTP(res, req)
			if res.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s has the status %d: %s", body, res.Code, res.Body)
			}
		}
		f := conga.For[Parcel](app).Fields()
		_, err := conga.For[Parcel](app).Create(t.Context(), "pack", conga.Nest(&f.Stamps, conga.ChildKey(map[string]any{"not_equals": uuid.Nil})))
		if err == nil || errors.Is(err, &conga.Error{Kind: conga.Internal}) {
			t.Errorf("a map for a key gives %v", err)
		}
	})
}
