package resource_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
)

// Depot declares the cascades that the test wants to see refused.
type Depot struct {
	ID     uuid.UUID `conga:"primary"`
	Firm   int64
	Code   string
	MainID *uuid.UUID

	Main   *Depot  `conga:"belongs_to"`
	Crates []Crate `conga:"has_many"`
	First  []Crate `conga:"has_many"`
	Coded  []Crate `conga:"has_many,source=Code,key=Code"`
	Routes []Route `conga:"has_many"`
	Towns  []Topic `conga:"many_to_many,through=Route,target_key=TownID"`
}

var depotCase func(*Depot, *resource.Builder[Depot])

func (d *Depot) Define(r *resource.Builder[Depot]) {
	r.Tenant(&d.Firm)
	resource.Related(r, &d.First).Limit(1)
	depotCase(d, r)
	r.Policy().AuthorizeIf(resource.Public)
}

type Crate struct {
	ID      uuid.UUID `conga:"primary"`
	Firm    int64
	Code    string
	DepotID uuid.UUID
	Depot   *Depot `conga:"belongs_to"`
}

type Reason struct {
	Why string `validate:"required"`
}

func (c *Crate) Define(r *resource.Builder[Crate]) {
	r.Tenant(&c.Firm)
	r.Update("seal")
	resource.Arguments[Reason](r.Update("open"))
	r.Destroy("burn")
	r.Destroy("sink")
	r.Policy().AuthorizeIf(resource.Public)
}

type Route struct {
	ID      uuid.UUID `conga:"primary"`
	Firm    int64
	DepotID uuid.UUID
	TownID  uuid.UUID
}

func (o *Route) Define(r *resource.Builder[Route]) {
	r.Tenant(&o.Firm)
	r.Destroy("close")
	r.Policy().AuthorizeIf(resource.Public)
}

func TestCascadeRefuses(t *testing.T) {
	tests := []struct {
		name   string
		define func(*Depot, *resource.Builder[Depot])
		want   string
	}{
		{"good", func(d *Depot, r *resource.Builder[Depot]) {
			r.Destroy("raze").CascadeDestroy(&d.Routes).CascadeDestroy(&d.Crates, "sink")
			r.Update("shut").CascadeUpdate(&d.Crates, "seal")
			r.Each(resource.Destroy).CascadeDestroy(&d.Routes, "close")
		}, ""},
		{"create", func(d *Depot, r *resource.Builder[Depot]) {
			r.Create("build").CascadeDestroy(&d.Routes)
		}, "a create has no related records to cascade to"},
		{"each create", func(d *Depot, r *resource.Builder[Depot]) {
			r.Each().CascadeDestroy(&d.Routes)
		}, "a create has no related records to cascade to"},
		{"attribute", func(d *Depot, r *resource.Builder[Depot]) {
			r.Destroy("raze").CascadeDestroy(&d.MainID)
		}, "MainID is no relationship"},
		{"two actions", func(d *Depot, r *resource.Builder[Depot]) {
			r.Destroy("raze").CascadeDestroy(&d.Crates, "burn", "sink")
		}, "a cascade runs one action, not burn and sink"},
		{"many to many", func(d *Depot, r *resource.Builder[Depot]) {
			r.Destroy("raze").CascadeDestroy(&d.Towns)
		}, "Towns is a many_to_many, to which nothing cascades (cascade to the records of Route, by a has_many)"},
		{"belongs to", func(d *Depot, r *resource.Builder[Depot]) {
			r.Destroy("raze").CascadeDestroy(&d.Main)
		}, "Main is a belongs_to, to which nothing cascades"},
		{"limit", func(d *Depot, r *resource.Builder[Depot]) {
			r.Destroy("raze").CascadeDestroy(&d.First, "burn")
		}, "First is related by more than keys and a filter of its own fields"},
		{"other tenants", func(d *Depot, r *resource.Builder[Depot]) {
			r.Destroy("raze").CascadeDestroy(&d.Coded, "burn")
		}, "Coded could lead to records of other tenants"},
		{"several actions", func(d *Depot, r *resource.Builder[Depot]) {
			r.Destroy("raze").CascadeDestroy(&d.Crates)
		}, "Crates needs a primary destroy action of Crate"},
		{"no such action", func(d *Depot, r *resource.Builder[Depot]) {
			r.Destroy("raze").CascadeDestroy(&d.Crates, "sin")
		}, `Crates cascades to sin, which is no destroy action of Crate (did you mean "sink"?)`},
		{"other kind", func(d *Depot, r *resource.Builder[Depot]) {
			r.Update("shut").CascadeUpdate(&d.Crates, "sink")
		}, "Crates cascades to sink, which is no update action of Crate"},
		{"inputs", func(d *Depot, r *resource.Builder[Depot]) {
			r.Update("shut").CascadeUpdate(&d.Crates, "open")
		}, "Crates cascades to open of Crate, which needs the input why"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			depotCase = tt.define
			_, err := resource.Compile(resource.Of[Depot](), resource.Of[Crate](), resource.Of[Route](), resource.Of[Topic]())
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var ds resource.Diagnostics
			if !errors.As(err, &ds) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
				return
			}
			if len(ds) != 1 || !strings.HasPrefix(ds[0].Where, "cascade_test.go:") {
				t.Errorf("no place, or too many faults: %v", err)
			}
		})
	}
}
