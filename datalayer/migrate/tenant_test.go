package migrate_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/congago/conga"
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

// WeighedCrate is Crate as a later version has it.
type WeighedCrate struct {
	ID      int64  `conga:"primary"`
	Label   string `conga:"unique"`
	Weight  int
	DepotID int64
	Depot   *Depot `conga:"belongs_to"`
}

func (c *WeighedCrate) Define(r *resource.Builder[WeighedCrate]) {
	r.Table("crates")
	r.TenantSchema()
	r.Extension("citext")
	r.Read("list").Primary()
	r.Create("pack").Accept(&c.Label, &c.DepotID)
	r.Policy().AuthorizeIf(resource.Public)
}

// shell is the command line of migrations in a test.
type shell struct {
	*world
	definitions []resource.Definition
}

// run runs a command, which must end with the code and tell the texts; one
// after "not " it must not.
func (s *shell) run(code int, args string, texts ...string) {
	s.t.Helper()
	var out bytes.Buffer
	p := migrate.Program{Definitions: s.definitions, Dir: s.folder, URL: s.address, Out: &out, Err: &out}
	got := migrate.Main(strings.Fields(args), p)
	for _, text := range texts {
		unwanted, not := strings.CutPrefix(text, "not ")
		if got == code && strings.Contains(out.String(), unwanted) != not {
			continue
		}
		s.t.Errorf("migrate %s: got code %d, want %d and %q in\n%s", args, got, code, text, &out)
	}
}

// application is conga's application on the migrated database.
func (s *shell) application() *conga.App {
	s.t.Helper()
	o := conga.Options{KeepTables: true, CreateSchema: migrate.CreateSchema(s.address, os.DirFS(s.folder), migrate.RunOptions{})}
	app, err := conga.NewWith(o, s.layer(), s.definitions...)
	if err != nil {
		s.t.Fatal(err)
	}
	return app
}

func (s *shell) columns(schema string) string {
	s.t.Helper()
	return strings.Join(s.rows("select column_name::text from information_schema.columns where table_name = 'crates' and table_schema = '"+schema+"'"), " ")
}

// TestTenants takes the schemas of three tenants from the first files to later ones and back.
func TestTenants(t *testing.T) {
	t.Parallel()
	s := &shell{newPostgres(t), []resource.Definition{resource.Of[Depot](), resource.Of[Crate]()}}
	s.run(0, "new first -plain", "first.sql", filepath.Join(s.folder, "tenants")+"/")
	s.run(0, "check", "The migrations come to", "The migrations of tenants come to")
	s.run(0, "apply", "up ")
	app := s.application()
	for _, tenant := range []string{"a", "b", "a"} {
		if err := app.CreateTenant(t.Context(), tenant); err != nil {
			t.Fatal(err)
		}
	}
	if got, public := s.columns("tenant_b"), s.columns("public"); got != "depot_id id label" || public != "" {
		t.Errorf("the tenant's table has %q, and that of all %q", got, public)
	}
	s.run(0, "status", "2, of which 0")
	s.run(0, "plan", "schema tenant_a:\nThe database has all", "schema tenant_b:\nThe database has all")
	s.run(0, "drift", "schema tenant_a:\nThe database is what")
	s.run(0, "adopt", "not taken for run")

	s.definitions = []resource.Definition{resource.Of[Depot](), resource.Of[WeighedCrate]()}
	s.run(1, "check", "create extension citext")
	s.run(0, "plan", "schema tenant_a:\n", "add column crates.weight")
	s.run(0, "new weigh", "weigh.sql", filepath.Join(s.folder, "tenants")+"/")
	files, err := migrate.ReadTenants(os.DirFS(s.folder))
	if err != nil || len(files) != 2 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		if text := f.Format(); regexp.MustCompile(`tenant|public|extension`).MatchString(text) {
			t.Errorf("%s speaks of what is outside of a schema:\n%s", f.Path(), text)
		}
	}
	if first := files[0].Format(); !strings.Contains(first, `REFERENCES "depots"`) {
		t.Errorf("no key leads to the tables for all:\n%s", first)
	}
	s.run(0, "new again", "The migrations come to", "The migrations of tenants come to")
	s.run(0, "lint", "not M03")
	s.run(0, "status", "schema tenant_a:", "2, of which 2")
	s.exec(`alter table tenant_a.crates add column weight text`)
	s.run(1, "apply", "schema tenant_a: ", "schema tenant_b: up", `column "weight"`)
	s.run(0, "status", "schema tenant_a:", "not schema tenant_b:", "2, of which 1")
	s.run(1, "drift", "schema tenant_a:\nsomebody has", "schema tenant_b:\nThe database is what")
	s.exec(`alter table tenant_a.crates drop column weight`)
	if _, err := migrate.Up(t.Context(), s.address, os.DirFS(s.folder), migrate.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.application().CreateTenant(t.Context(), "c"); err != nil {
		t.Fatal(err)
	}
	s.run(0, "status", "3, of which 0")
	s.packs("c")
	for _, schema := range []string{"tenant_a", "tenant_b", "tenant_c"} {
		if got := s.columns(schema); got != "depot_id id label weight" {
			t.Errorf("%s has %q", schema, got)
		}
	}

	s.run(1, "down", "schema tenant_a: ", "would lose data")
	s.run(0, "down -drop", "schema tenant_a: down", "schema tenant_c: down")
	if a, c := s.columns("tenant_a"), s.columns("tenant_c"); a != c || a != "depot_id id label" {
		t.Errorf("after down there are %q and %q", a, c)
	}
	s.run(0, "down -drop -to 0", "schema tenant_b: down", "first.sql")
	if got := s.rows("select tablename::text from pg_tables where schemaname not in ('pg_catalog', 'information_schema') and tablename <> 'conga_migrations'"); len(got) > 0 {
		t.Errorf("after down -to 0 there are %v", got)
	}
	s.run(0, "apply", "up ")
	s.run(0, "squash", "removed "+filepath.Join(s.folder, "tenants"))
	s.run(0, "apply", "has run all files")
	s.run(0, "status", "3, of which 0")
	s.run(0, "sum", "")
}

// packs writes a record of the tenant.
func (s *shell) packs(tenant string) {
	s.t.Helper()
	s.exec("insert into depots (id, name) overriding system value values (7, 'north')")
	crates := conga.For[WeighedCrate](s.application())
	f := crates.Fields()
	ctx := conga.WithTenant(s.t.Context(), tenant)
	for id, want := range map[int64]resource.ErrorKind{7: "", 8: conga.Invalid} {
		_, err := crates.Create(ctx, "pack", conga.Set(&f.Label, fmt.Sprint(id)), conga.Set(&f.DepotID, id))
		if conga.KindOf(err) != want {
			s.t.Errorf("a crate in depot %d: %v", id, err)
		}
	}
	s.exec("delete from " + resource.TenantSchemaPrefix + tenant + ".crates")
}

// TestAdoptTenants: schemas that applications made themselves come under the migrations.
func TestAdoptTenants(t *testing.T) {
	t.Parallel()
	s := &shell{newPostgres(t), []resource.Definition{resource.Of[Depot](), resource.Of[Crate]()}}
	app, err := conga.New(s.layer(), s.definitions...)
	if err != nil {
		t.Fatal(err)
	}
	if err := app.CreateTenant(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	s.run(0, "new first", "tenants")
	s.run(1, "apply", "already exists")
	s.run(0, "adopt", "schema tenant_a:\ntaken for run")
	s.run(0, "apply", "has run all files")
	s.run(0, "drift", "schema tenant_a:\nThe database is what")
}

// TestTenantsSQLite: SQLite, which has no schemas, says so.
func TestTenantsSQLite(t *testing.T) {
	t.Parallel()
	s := &shell{newWorld(t, filepath.Join(t.TempDir(), "test.db")), []resource.Definition{resource.Of[Depot](), resource.Of[Crate]()}}
	s.run(1, "new first", "SQLite has no schemas")
}
