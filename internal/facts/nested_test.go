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

// NestBox has things in an order.
type NestBox struct {
	ID     uuid.UUID `conga:"primary"`
	To     string
	Things []NestEgg  `conga:"has_many"`
	Stamps []NestMark `conga:"many_to_many,through=NestMarking"`
}

func (p *NestBox) Define(r *resource.Builder[NestBox]) {
	r.Read("list").Primary()
	r.Create("pack").Accept(&p.To).Manage(&p.Things, resource.DirectControl().OrderKey("Place")).
		Manage(&p.Stamps, resource.Append().By("motif"))
	r.Update("repack").Accept(&p.To).Manage(&p.Things, resource.DirectControl().OrderKey("Place")).
		Manage(&p.Stamps, resource.AppendAndRemove().By("motif"))
	r.Policy().AuthorizeIf(resource.Public)
}

// NestEgg is in a parcel.
type NestEgg struct {
	ID        uuid.UUID `conga:"primary"`
	Name      string    `validate:"required"`
	Place     int
	NestBoxID uuid.UUID
	NestBox   *NestBox `conga:"belongs_to"`
}

func (t *NestEgg) Define(r *resource.Builder[NestEgg]) {
	r.Read("list").Primary().Sort(expr.Asc(&t.Place))
	r.Create("put").Accept(&t.Name)
	r.Update("rename").Accept(&t.Name)
	r.Destroy("take")
	r.Policy().AuthorizeIf(resource.Public)
}

// NestMark is looked up by its motif.
type NestMark struct {
	ID    uuid.UUID `conga:"primary"`
	Motif string    `conga:"unique"`
}

func (s *NestMark) Define(r *resource.Builder[NestMark]) {
	r.Read("list").Primary()
	r.Create("print").Accept(&s.Motif)
	r.Policy().AuthorizeIf(resource.Public)
}

// NestMarking joins parcels and stamps.
type NestMarking struct {
	ID         uuid.UUID `conga:"primary"`
	NestBoxID  uuid.UUID
	NestMarkID uuid.UUID
}

func (s *NestMarking) Define(r *resource.Builder[NestMarking]) {
	r.Read("list").Primary()
	r.Create("stick")
	r.Destroy("peel")
	r.Policy().AuthorizeIf(resource.Public)
}

func nestBoxes(t *testing.T, f func(t *testing.T, app *conga.App)) {
	stores(t, func(t *testing.T, layer datalayer.Layer, _ *statements) {
		app, err := conga.New(layer, resource.Of[NestBox](), resource.Of[NestEgg](), resource.Of[NestMark](), resource.Of[NestMarking]())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = app.Close() })
		f(t, app)
	})
}

// nestEggs are the names of what is in the parcels, in their order.
func nestEggs(t *testing.T, app *conga.App) ([]*NestEgg, string) {
	t.Helper()
	page, err := conga.For[NestEgg](app).Read(t.Context(), "")
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
	nestBoxes(t, func(t *testing.T, app *conga.App) {
		h, x := conga.For[NestBox](app), conga.For[NestEgg](app).Fields()
		f := h.Fields()
		thing := func(name string) conga.Option { return conga.Set(&x.Name, name) }
		p, err := h.Create(t.Context(), "pack", conga.Nest(&f.Things, conga.Child(thing("a")), conga.Child(thing("b")), conga.Child(thing("c"))))
		if err != nil {
			t.Fatal(err)
		}
		old, names := nestEggs(t, app)
		if names != "a b c" {
			t.Fatalf("made in the order %q", names)
		}
		_, err = h.Update(t.Context(), "repack", p, conga.Nest(&f.Things, conga.Child(thing("n1")), conga.ChildKey(old[2].ID),
			conga.Child(thing("n2")), conga.ChildKey(old[0].ID, thing("A")), conga.Child(thing("n3"))))
		if err != nil {
			t.Fatal(err)
		}
		if _, names = nestEggs(t, app); names != "n1 c n2 A n3" {
			t.Errorf("creates and updates are in the order %q", names)
		}
	})
}

// Behaviour 35 in docs/ash.md, for the primary key and for an identity.
func TestFact35LookupsAreNoFilters(t *testing.T) {
	nestBoxes(t, func(t *testing.T, app *conga.App) {
		stamps := conga.For[NestMark](app)
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
			req := httptest.NewRequest(http.MethodPost, "/api/nest_boxes", strings.NewReader(body))
			req.Header.Set("Content-Type", "application/json")
			api.ServeHTTP(res, req)
			if res.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s has the status %d: %s", body, res.Code, res.Body)
			}
		}
		f := conga.For[NestBox](app).Fields()
		_, err := conga.For[NestBox](app).Create(t.Context(), "pack", conga.Nest(&f.Stamps, conga.ChildKey(map[string]any{"not_equals": uuid.Nil})))
		if err == nil || errors.Is(err, &conga.Error{Kind: conga.Internal}) {
			t.Errorf("a map for a key gives %v", err)
		}
	})
}
