package facts

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

func TestWhyAFieldIsHidden(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		f := o.employees.Fields()
		bob, ann := o.people["bob"], o.people["ann"]
		as := func(e *Employee) context.Context { return conga.WithActor(t.Context(), e) }
		for _, tt := range []struct {
			name  string
			actor *Employee
			field any
			rec   *Employee
			want  conga.Verdict
			said  string
		}{
			{"his own", bob, &f.Salary, bob, conga.Allowed, "Employee.Salary: allowed"},
			{"another's", bob, &f.Salary, ann, conga.Refused, "this policy refuses"},
			{"any", bob, &f.Salary, nil, conga.Filtered, "allow"},
			{"of the head", &Employee{Role: "head"}, &f.Salary, ann, conga.Allowed, "bypass"},
			{"what all see", bob, &f.Name, ann, conga.Allowed, "Employee.Name: allowed"},
			{"the key", bob, &f.ID, ann, conga.Allowed, "Employee.ID: allowed"},
		} {
			d := ok(o.employees.WhyField(as(tt.actor), tt.field, tt.rec))(t)
			if d.Verdict != tt.want || !strings.Contains(d.String(), tt.said) || d.Verdict == conga.Refused && d.Responsible == nil {
				t.Errorf("%s: %s, want %s and %q", tt.name, d, tt.want, tt.said)
			}
		}
		if _, err := o.employees.WhyField(t.Context(), &f.Boss.Name, nil); conga.KindOf(err) != conga.Internal {
			t.Errorf("a field of another record: %v", err)
		}
	})
}

// Rack has binders, which a policy looks at when they are given with it.
type Rack struct {
	ID      uuid.UUID `conga:"primary"`
	Name    string
	HallID  *uuid.UUID
	Binders []Binder `conga:"has_many"`
	Hall    *Hall    `conga:"belongs_to"`
}

type Binder struct {
	ID     uuid.UUID `conga:"primary"`
	Title  string
	RackID uuid.UUID
	Rack   *Rack `conga:"belongs_to"`
}

type Hall struct {
	ID   uuid.UUID `conga:"primary"`
	Name string
}

func (x *Hall) Define(r *resource.Builder[Hall]) {
	r.Read("list").Primary()
	r.Create("add").Accept(&x.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

func (v *Binder) Define(r *resource.Builder[Binder]) {
	r.Read("list").Primary().MaxPage(2).Page(2)
	r.Create("add").Accept(&v.Title, &v.RackID)
	r.Policy().AuthorizeIf(resource.Public)
}

func (s *Rack) Define(r *resource.Builder[Rack]) {
	r.Read("list").Primary().Sort(expr.Asc(&s.Name))
	r.Create("build").Accept(&s.Name).Manage(&s.Binders, resource.Creating()).Manage(&s.Hall, resource.Creating())
	r.Policy("list").AuthorizeIf(resource.Public)
	r.Policy("build").ForbidIf(resource.IsChanging(&s.Binders).And(resource.ActorAbsent)).
		ForbidIf(resource.IsChanging(&s.HallID).And(resource.ActorAbsent)).AuthorizeIf(resource.Public)
}

func library(t *testing.T, layer datalayer.Layer) *conga.App {
	app := ok(conga.New(layer, resource.Of[Rack](), resource.Of[Binder](), resource.Of[Hall]()))(t)
	t.Cleanup(func() { _ = app.Close() })
	return app
}

func TestPoliciesSeeManagedInputs(t *testing.T) {
	stores(t, func(t *testing.T, layer datalayer.Layer, _ *statements) {
		app := library(t, layer)
		shelves, f, vf, rf := conga.For[Rack](app), conga.For[Rack](app).Fields(), conga.For[Binder](app).Fields(), conga.For[Hall](app).Fields()
		somebody := conga.WithActor(t.Context(), &Clerk{"ann"})
		binders := conga.Nest(&f.Binders, conga.Child(conga.Set(&vf.Title, "x")))
		room := conga.Nest(&f.Hall, conga.Child(conga.Set(&rf.Name, "x")))
		for _, tt := range []struct {
			name    string
			ctx     context.Context
			options []conga.Option
			allowed bool
		}{
			{"nothing", t.Context(), nil, true},
			{"binders of nobody", t.Context(), []conga.Option{binders}, false},
			{"binders of somebody", somebody, []conga.Option{binders}, true},
			{"a room of nobody", t.Context(), []conga.Option{room}, false},
			{"a room of somebody", somebody, []conga.Option{room}, true},
		} {
			_, err := shelves.Create(tt.ctx, "build", append(tt.options, conga.Set(&f.Name, tt.name))...)
			if tt.allowed != (err == nil) || err != nil && conga.KindOf(err) != conga.Forbidden {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
	})
}

// TestStreamsTellOfCutLists: what a page tells by a header, a stream tells by a
// trailer, because only its end knows.
func TestStreamsTellOfCutLists(t *testing.T) {
	stores(t, func(t *testing.T, layer datalayer.Layer, _ *statements) {
		app := library(t, layer)
		shelves, f, vf := conga.For[Rack](app), conga.For[Rack](app).Fields(), conga.For[Binder](app).Fields()
		somebody := conga.WithActor(t.Context(), &Clerk{"ann"})
		site := httptest.NewServer(rest.New(app, rest.Options{}))
		defer site.Close()
		for i, want := range []string{"", "binders"} {
			var nested []conga.Nesting
			for range 2 + i {
				nested = append(nested, conga.Child(conga.Set(&vf.Title, "x")))
			}
			ok(shelves.Create(somebody, "build", conga.Set(&f.Name, "s"), conga.Nest(&f.Binders, nested...)))(t)
			for _, query := range []string{"include=binders", "include=hall", ""} {
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL+"/api/racks?"+query, nil)
				req.Header.Set("Accept", "application/x-ndjson")
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, resp.Body); err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close()
				got := resp.Trailer.Get("Include-Cut")
				if query != "include=binders" {
					want = ""
				}
				if got != want || slices.Contains(resp.Header["Include-Cut"], "binders") {
					t.Errorf("%q: the trailer is %q, want %q", query, got, want)
				}
			}
		}
	})
}
