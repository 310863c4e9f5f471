package doors

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/extension/archive"
	"github.com/congago/conga/extension/history"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Vet is for all tenants.
type Vet struct {
	ID    int64  `conga:"primary"`
	Name  string `conga:"unique"`
	Cares int    `conga:"calculated"`
	Pets  []Pet  `conga:"has_many"`
}

func (v *Vet) Define(r *resource.Builder[Vet]) {
	resource.Calculate(r, &v.Cares, expr.Count(&v.Pets))
	r.Read("list").Primary()
	r.Create("add").Accept(&v.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

// Pet is in the schema of its tenant.
type Pet struct {
	ID    int64  `conga:"primary"`
	Name  string `validate:"required" conga:"unique"`
	VetID int64
	Toys  int   `conga:"calculated"`
	Vet   *Vet  `conga:"belongs_to"`
	Own   []Toy `conga:"has_many"`
}

func (p *Pet) Define(r *resource.Builder[Pet]) {
	r.TenantSchema()
	resource.Calculate(r, &p.Toys, expr.Count(&p.Own))
	r.Read("list").Primary().Sort(expr.Asc(&p.Name))
	r.Create("add").Accept(&p.Name, &p.VetID)
	r.Update("rename").Accept(&p.Name)
	r.Destroy("remove")
	r.Policy().AuthorizeIf(resource.Public)
}

// Toy belongs to a pet of the same schema.
type Toy struct {
	ID    int64 `conga:"primary"`
	Name  string
	PetID int64
	Pet   *Pet `conga:"belongs_to,on_delete=cascade"`
}

func (x *Toy) Define(r *resource.Builder[Toy]) {
	r.TenantSchema()
	r.Read("list").Primary()
	r.Create("add").Accept(&x.Name, &x.PetID)
	r.Policy().AuthorizeIf(resource.Public)
}

func schemaDefinitions() []resource.Definition {
	return []resource.Definition{resource.Of[Vet](), resource.Of[Pet](), resource.Of[Toy]()}
}

// TestTenantSchemas keeps each tenant in a schema of its own.
func TestTenantSchemas(t *testing.T) {
	layer := must(postgres.Open(t.Context(), pgtest.Database(t)))(t)
	app := must(conga.New(layer, schemaDefinitions()...))(t)
	t.Cleanup(func() { _ = app.Close() })
	vets, pets, toys := conga.For[Vet](app), conga.For[Pet](app), conga.For[Toy](app)
	vf, pf, yf := vets.Fields(), pets.Fields(), toys.Fields()
	vet := must(vets.Create(t.Context(), "add", conga.Set(&vf.Name, "doc")))(t)
	var heard []string
	for _, tenant := range []string{"north", "south", "north"} { // the third finds all there
		if err := app.CreateTenant(t.Context(), tenant); err != nil {
			t.Fatal(err)
		}
	}
	for i, tenant := range []string{"north", "south"} {
		ctx := conga.WithTenant(t.Context(), tenant)
		app.Subscribe(ctx, pets.Topic("", nil), func(e conga.Event) { heard = append(heard, tenant+" "+e.Record.(*Pet).Name) })
		rex := must(pets.Create(ctx, "add", conga.Set(&pf.Name, "rex"), conga.Set(&pf.VetID, vet.ID)))(t)
		if rex.ID != 1 {
			t.Errorf("the first pet of %s has the key %d", tenant, rex.ID)
		}
		for range i + 1 {
			must(toys.Create(ctx, "add", conga.Set(&yf.Name, "ball"), conga.Set(&yf.PetID, rex.ID)))(t)
		}
		if _, err := pets.Create(ctx, "add", conga.Set(&pf.Name, "rex"), conga.Set(&pf.VetID, vet.ID)); conga.KindOf(err) != conga.Conflict {
			t.Errorf("a second rex: %v", err)
		}
		if e := asError(errOf(pets.Create(ctx, "add", conga.Set(&pf.Name, "cat"), conga.Set(&pf.VetID, 99)))); e == nil || len(e.Issues) != 1 || e.Issues[0].Field() != "vet_id" {
			t.Errorf("a pet without a vet: %v", e)
		}
	}
	for i, tenant := range []string{"north", "south"} {
		ctx := conga.WithTenant(t.Context(), tenant)
		list := must(pets.Read(ctx, "list", conga.With(&pf.Toys), conga.Load(&pf.Vet), conga.Load(&pf.Own), conga.Where(expr.Is(&pf.Vet.Name, "doc"))))(t).Items
		if len(list) != 1 || list[0].Toys != i+1 || len(list[0].Own) != i+1 || list[0].Vet == nil {
			t.Errorf("%s has %+v", tenant, list)
		}
		found := must(vets.Read(ctx, "list", conga.With(&vf.Cares), conga.Load(&vf.Pets)))(t).Items
		if len(found) != 1 || found[0].Cares != 1 || len(found[0].Pets) != 1 {
			t.Errorf("%s sees %+v", tenant, found)
		}
		must(pets.Update(ctx, "rename", list[0], conga.Set(&pf.Name, tenant)))(t)
	}
	ctx := conga.WithTenant(t.Context(), "south")
	if err := pets.Destroy(ctx, "remove", &Pet{ID: 1}); err != nil {
		t.Error(err)
	}
	if n := len(must(toys.Read(ctx, ""))(t).Items); n != 0 {
		t.Errorf("%d toys are left", n)
	}
	if n := len(must(toys.Read(conga.WithTenant(t.Context(), "north"), ""))(t).Items); n != 1 {
		t.Errorf("the other tenant has %d toys", n)
	}
	want := []string{"north rex", "south rex", "north north", "south south", "south south"}
	if len(heard) != len(want) {
		t.Errorf("heard %v, want %v", heard, want)
	}
	for _, tenant := range []any{`x"; drop schema public; --`, nil, "a b"} {
		if _, err := pets.Read(conga.WithTenant(t.Context(), tenant), ""); conga.KindOf(err) != conga.Invalid {
			t.Errorf("tenant %v: %v", tenant, err)
		}
	}
	if _, err := vets.Read(t.Context(), "list", conga.With(&vf.Cares)); conga.KindOf(err) != conga.Invalid {
		t.Errorf("an aggregate without a tenant: %v", err)
	}
	small := must(sqlite.Open(t.Context(), ":memory:"))(t)
	t.Cleanup(func() { _ = small.Close() })
	if _, err := conga.New(small, schemaDefinitions()...); err == nil {
		t.Error("SQLite takes schemas for tenants")
	}
}

func errOf[V any](_ V, err error) error { return err }

// Deed is archived, and leaves versions.
type Deed struct {
	ID         uuid.UUID `conga:"primary"`
	FirmID     uuid.UUID
	Title      string
	ArchivedAt *time.Time
}

func (d *Deed) Define(r *resource.Builder[Deed]) {
	r.Tenant(&d.FirmID)
	r.Read("list").Primary()
	r.Create("add").Accept(&d.Title)
	r.Update("edit").AnyTenant().Accept(&d.Title)
	r.Destroy("remove")
	archive.Use(r, &d.ArchivedAt)
	history.Use[DeedVersion](r)
	r.Policy().AuthorizeIf(resource.Public)
}

// DeedVersion is a version of a deed.
type DeedVersion struct {
	ID     uuid.UUID `conga:"primary"`
	FirmID uuid.UUID
	history.Fields[uuid.UUID]
}

func (v *DeedVersion) Define(r *resource.Builder[DeedVersion]) {
	r.Tenant(&v.FirmID)
	history.Versions(r, &v.Fields)
	r.Read("list").Primary()
	r.Policy("list").AuthorizeIf(resource.Public)
}

// TestTenantExtensions archives records of two tenants and keeps their versions.
func TestTenantExtensions(t *testing.T) {
	layer := must(sqlite.Open(t.Context(), ":memory:"))(t)
	app := must(conga.New(layer, resource.Of[Deed](), resource.Of[DeedVersion]()))(t)
	t.Cleanup(func() { _ = app.Close() })
	deeds, versions := conga.For[Deed](app), conga.For[DeedVersion](app)
	f := deeds.Fields()
	firms := []uuid.UUID{uuid.New(), uuid.New()}
	for i, firm := range firms {
		ctx := conga.WithTenant(t.Context(), firm)
		d := must(deeds.Create(ctx, "add", conga.Set(&f.Title, "a")))(t)
		for _, from := range []context.Context{t.Context(), conga.WithTenant(ctx, firms[1-i])} {
			must(deeds.Update(from, "edit", d, conga.Set(&f.Title, uuid.NewString())))(t)
		}
		if err := deeds.Destroy(ctx, "remove", d); err != nil {
			t.Fatal(err)
		}
		if n := len(must(deeds.Read(ctx, "list"))(t).Items); n != 0 {
			t.Errorf("%d deeds are left", n)
		}
		if n := len(must(versions.Read(ctx, "list"))(t).Items); n != 4 {
			t.Errorf("firm %d has %d versions, want 4", i, n)
		}
	}
}
