package facts

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/congago/conga/datalayer/migrate"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
)

// Shelf1 and Book1 are the first version of two tables, the others later ones.
type Shelf1 struct {
	ID    int64  `conga:"primary"`
	Label string `conga:"unique"`
	Mark  string `conga:"unique=all_tenants"`
}

func (s *Shelf1) Define(r *resource.Builder[Shelf1]) { r.Table("shelves") }

type Book1 struct {
	ID      int64 `conga:"primary"`
	Title   string
	ShelfID *int64
	OtherID *int64
	Shelf   *Shelf1 `conga:"belongs_to,on_delete=nilify"`
	Other   *Book1  `conga:"belongs_to,on_delete=cascade"`
}

func (b *Book1) Define(r *resource.Builder[Book1]) { r.Table("books") }

// Shelf2 is Shelf1 with another name for an attribute of an identity.
type Shelf2 struct {
	ID   int64  `conga:"primary"`
	Name string `conga:"unique,was=label"`
	Mark string `conga:"unique=all_tenants"`
}

func (s *Shelf2) Define(r *resource.Builder[Shelf2]) { r.Table("shelves") }

// Shelf3 and Book3 are Shelf1 and Book1 with tenants.
type Shelf3 struct {
	ID     int64  `conga:"primary"`
	FirmID int64  `conga:"default=1"`
	Label  string `conga:"unique"`
	Mark   string `conga:"unique=all_tenants"`
}

func (s *Shelf3) Define(r *resource.Builder[Shelf3]) {
	r.Table("shelves")
	r.Tenant(&s.FirmID)
}

type Book3 struct {
	ID      int64 `conga:"primary"`
	FirmID  int64 `conga:"default=1"`
	Title   string
	ShelfID *int64
	OtherID *int64
	Shelf   *Shelf3 `conga:"belongs_to,on_delete=nilify"`
	Other   *Book3  `conga:"belongs_to,on_delete=cascade"`
}

func (b *Book3) Define(r *resource.Builder[Book3]) {
	r.Table("books")
	r.Tenant(&b.FirmID)
}

func modelOf(t *testing.T, definitions ...resource.Definition) []*resource.Resource {
	t.Helper()
	g, err := resource.Compile(definitions...)
	if err != nil {
		t.Fatal(err)
	}
	return g.Resources
}

// migrated is a project on a database of its own.
type migrated struct {
	*migrate.Project
	postgres bool
}

// onMigrations runs a test on each database.
func onMigrations(t *testing.T, f func(t *testing.T, m *migrated)) {
	for _, name := range []string{"PostgreSQL", "SQLite"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := filepath.Join(t.TempDir(), "facts.db")
			if name == "PostgreSQL" {
				address = pgtest.Database(t)
			}
			d, err := migrate.Open(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			m := &migrated{&migrate.Project{Database: d}, name == "PostgreSQL"}
			t.Cleanup(func() {
				_ = m.Close(context.Background())
				_ = d.Close()
			})
			f(t, m)
		})
	}
}

// to makes the migrations to a model and runs them: up, down and up again.
func (m *migrated) to(t *testing.T, resources []*resource.Resource) []*migrate.File {
	t.Helper()
	m.Resources = resources
	_, files, err := m.New(t.Context(), "step", migrate.PlanOptions{Drop: true})
	if err != nil {
		t.Fatal(err)
	}
	until := "1"
	if n := len(m.Files); n > 0 {
		until = m.Files[n-1].Version
	}
	folder := t.TempDir()
	if err := migrate.Write(folder, files...); err != nil {
		t.Fatal(err)
	}
	if files, err = migrate.Read(os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	m.Files = append(m.Files, files...)
	for range 2 {
		if _, err := m.Database.Up(t.Context(), m.Files, migrate.RunOptions{}); err != nil {
			t.Fatalf("up: %v\n%s", err, texts(files))
		}
		if err := m.Check(t.Context()); err != nil {
			t.Fatalf("%v\n%s", err, texts(files))
		}
		if _, err := m.Database.Down(t.Context(), m.Files, migrate.RunOptions{Until: until, Drop: true}); err != nil {
			t.Fatalf("down: %v\n%s", err, texts(files))
		}
	}
	if _, err := m.Database.Up(t.Context(), m.Files, migrate.RunOptions{}); err != nil {
		t.Fatalf("up: %v\n%s", err, texts(files))
	}
	plan, err := m.Plan(t.Context(), migrate.PlanOptions{Drop: true})
	if err != nil || !plan.Empty() {
		t.Fatalf("after up, the plan is %v (%v)", plan, err)
	}
	return files
}

func texts(files []*migrate.File) string {
	var b strings.Builder
	for _, f := range files {
		b.WriteString(f.Path() + "\n" + f.Format() + "\n")
	}
	return b.String()
}

// place is where a text begins in what the files do, -1 for nowhere.
func place(files []*migrate.File, text string) int {
	var up []string
	for _, f := range files {
		up = append(up, f.Up...)
	}
	return strings.Index(strings.ToLower(strings.Join(up, "\n")), strings.ToLower(text))
}

// TestFact76ARenamedAttributeOfAnIdentity is about behaviour 76 in docs/ash.md:
// the constraint follows the column, and the way down undoes it. PostgreSQL
// renames both in place, so that no index is built again.
func TestFact76ARenamedAttributeOfAnIdentity(t *testing.T) {
	onMigrations(t, func(t *testing.T, m *migrated) {
		m.to(t, modelOf(t, resource.Of[Shelf1]()))
		files := m.to(t, modelOf(t, resource.Of[Shelf2]()))
		if !m.postgres {
			return
		}
		column, constraint := place(files, "to \"name\""), place(files, "to \"shelves_name_key\"")
		if column < 0 || constraint < column || place(files, "drop") >= 0 {
			t.Errorf("the files are\n%s", texts(files))
		}
	})
}

// TestFact77WhatStaysIsLeftAlone is about behaviour 77 in docs/ash.md: what a
// change does not touch is not made again, such as the constraint of an
// identity over all tenants when a resource gets tenants.
func TestFact77WhatStaysIsLeftAlone(t *testing.T) {
	onMigrations(t, func(t *testing.T, m *migrated) {
		m.to(t, modelOf(t, resource.Of[Shelf1](), resource.Of[Book1]()))
		indexed := modelOf(t, resource.Of[Shelf1](), resource.Of[Book1]())
		indexed[1].Attribute("ShelfID").Indexed = false
		files := m.to(t, indexed)
		if place(files, "books_shelf_id_idx") < 0 || place(files, "fkey") >= 0 {
			t.Errorf("an index of a reference changes\n%s", texts(files))
		}
		files = m.to(t, modelOf(t, resource.Of[Shelf3](), resource.Of[Book3]()))
		if m.postgres && (place(files, "shelves_mark_key") >= 0 || place(files, "shelves_firm_id_label_key") < 0) {
			t.Errorf("a resource gets tenants\n%s", texts(files))
		}
	})
}

// TestFact78WhatOthersNeedComesFirst is about behaviour 78 in docs/ash.md: a
// unique index is there before the foreign key that needs it, what depends is
// dropped first, indexes that are built while others write have files of their
// own, and a check tells of what is not migrated yet.
func TestFact78WhatOthersNeedComesFirst(t *testing.T) {
	onMigrations(t, func(t *testing.T, m *migrated) {
		m.to(t, modelOf(t, resource.Of[Shelf1](), resource.Of[Book1]()))
		m.Resources = modelOf(t, resource.Of[Shelf3](), resource.Of[Book3]())
		if err := m.Check(t.Context()); err == nil {
			t.Error("the check passes with changes pending")
		}
		files := m.to(t, m.Resources)
		if m.postgres {
			unique, key := place(files, "unique using index \"shelves_firm_id_id_key\""), place(files, "add constraint \"books_firm_id_shelf_id_fkey\"")
			if unique < 0 || key < unique {
				t.Errorf("the foreign key comes before what it needs\n%s", texts(files))
			}
			for _, f := range files {
				if concurrent := strings.Count(strings.Join(f.Up, "\n"), "CREATE UNIQUE INDEX CONCURRENTLY"); concurrent > 1 || (concurrent > 0) && !f.NoTransaction {
					t.Errorf("%s builds %d indexes while others write", f.Path(), concurrent)
				}
			}
			if place(files, `on delete set null ("shelf_id")`) < 0 {
				t.Errorf("the tenant is set to null too\n%s", texts(files))
			}
		}
		back := m.to(t, modelOf(t, resource.Of[Shelf1](), resource.Of[Book1]()))
		if key, unique := place(back, `drop constraint "books_firm_id_shelf_id_fkey"`), place(back, `drop constraint "shelves_firm_id_id_key"`); m.postgres && (key < 0 || unique < key) {
			t.Errorf("the constraint is dropped before the key that needs it\n%s", texts(back))
		}
		// Keys go before the tables that they lead to; SQLite looks at none meanwhile.
		gone := m.to(t, nil)
		key, shelves := place(gone, `drop constraint "books_shelf_id_fkey"`), place(gone, `drop table "shelves"`)
		if shelves < 0 || m.postgres && (key < 0 || shelves < key) {
			t.Errorf("the tables are dropped as\n%s", texts(gone))
		}
	})
}
