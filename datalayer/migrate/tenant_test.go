package migrate_test

import (
	"strings"
	"testing"

	"github.com/congago/conga/datalayer/migrate"
	"github.com/congago/conga/resource"
)

// Depot is for all tenants.
type Depot struct {
	ID   int64 `conga:"primary"`
	Name string
}

func (d *Depot) Define(r *resource.Builder[Depot]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

// Crate is in the schema of its tenant.
type Crate struct {
	ID      int64  `conga:"primary"`
	Label   string `conga:"unique"`
	DepotID int64
	Depot   *Depot `conga:"belongs_to"`
}

func (c *Crate) Define(r *resource.Builder[Crate]) {
	r.TenantSchema()
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

func tenantResources(t *testing.T, more ...resource.Definition) []*resource.Resource {
	t.Helper()
	g, err := resource.Compile(append([]resource.Definition{resource.Of[Depot](), resource.Of[Crate]()}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	return g.Resources
}

// TestTenantTablesLeftOut: tables that each tenant has are not among those of all.
func TestTenantTablesLeftOut(t *testing.T) {
	t.Parallel()
	w := newPostgres(t)
	p := w.project(tenantResources(t))
	plan, files, err := p.New(t.Context(), "first", migrate.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if text := plan.String(); len(files) != 1 || !strings.Contains(text, "depots") || strings.Contains(text, "crates") {
		t.Errorf("got %d files of\n%s", len(files), text)
	}
	if plan, err = p.Plan(t.Context(), migrate.PlanOptions{}); err != nil || strings.Contains(plan.String(), "crates") {
		t.Errorf("got %s, %v", plan, err)
	}
}
