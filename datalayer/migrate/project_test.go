package migrate_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/datalayer/migrate"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
)

func newPostgres(t *testing.T) *world { t.Helper(); return newWorld(t, pgtest.Database(t)) }

func (w *world) tryRead(folder string) ([]*migrate.File, error) {
	return migrate.Read(os.DirFS(folder))
}

func (w *world) read(folder string) []*migrate.File {
	w.t.Helper()
	files, err := w.tryRead(folder)
	if err != nil {
		w.t.Fatal(err)
	}
	return files
}

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readText(t *testing.T, folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

type Club struct {
	ID   uuid.UUID `conga:"primary" doc:"who it is"`
	Name string    `validate:"required,max=80" conga:"unique"`
	Rank int32     `conga:"index"`

	Members []Member `conga:"has_many"`
}

func (c *Club) Define(r *resource.Builder[Club]) {
	r.Describe("people who meet")
	r.Index("clubs_lower_name", resource.SQL("lower(name)"), &c.Rank).Unique().Where("rank > 0").NullsNotDistinct()
	r.Constrain("clubs_sane", "rank < 1000 or name <> ''")
	r.Exclude("clubs_ranks", "using btree (rank with =) where (rank > 500)")
	r.Extension("pg_trgm")
	r.Statement(resource.Statement{
		Name: "named", Up: "create view named as select id, name from clubs", Down: "drop view named",
	})
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type Member struct {
	ID     int64 `conga:"primary"`
	ClubID *uuid.UUID
	BossID *int64
	State  string `validate:"oneof=in out" conga:"default=in"`

	Club *Club   `conga:"belongs_to,on_delete=nilify"`
	Boss *Member `conga:"belongs_to"`
}

func (m *Member) Define(r *resource.Builder[Member]) {
	r.Identity("place", &m.ClubID, &m.BossID)
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

func clubs(t *testing.T) []*resource.Resource {
	t.Helper()
	g, err := resource.Compile(resource.Of[Club](), resource.Of[Member]())
	if err != nil {
		t.Fatal(err)
	}
	return g.Resources
}

func (w *world) project(resources []*resource.Resource, files ...*migrate.File) *migrate.Project {
	p := &migrate.Project{Database: w.Database, Resources: resources, Files: files}
	w.t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			w.t.Error(err)
		}
	})
	return p
}

// TestEnsureTables: what an application creates at its start is what the
// migrations create.
func TestEnsureTables(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.project(clubs(t))
		for _, plain := range []bool{true, false} {
			w.clear()
			w.folder, p.Files = t.TempDir(), nil
			if err := w.layer().EnsureTables(t.Context(), p.Resources); err != nil {
				t.Fatal(err)
			}
			ensured := w.catalogue()
			w.make(p, "all", migrate.PlanOptions{Plain: plain})
			plan, err := p.Plan(t.Context(), migrate.PlanOptions{})
			if err == nil && !plan.Empty() {
				// Statements alone: the database does not tell which were run.
				if len(plan.Steps) != 1 || plan.Steps[0].Title != "run statement named" {
					t.Errorf("got a plan for what is there:\n%s", plan)
				}
			}
			adopted, err := p.Adopt(t.Context())
			if err != nil || len(adopted) != len(p.Files) {
				t.Errorf("got %d files adopted, %v, want %d", len(adopted), err, len(p.Files))
			}
			w.clear()
			w.up(p)
			if got := w.catalogue(); !slices.Equal(got, ensured) {
				t.Errorf("migrations and EnsureTables differ:\n%s", difference(ensured, got))
			}
			if err := w.layer().EnsureTables(t.Context(), p.Resources); err != nil {
				t.Fatal(err)
			}
			if got := w.catalogue(); !slices.Equal(got, ensured) {
				t.Errorf("EnsureTables after migrations changes:\n%s", difference(ensured, got))
			}
		}
	})
}

// TestLeft: without being told, nothing is dropped; what is left does not
// stand in the way of the application.
func TestLeft(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a := &model{tables: []*table{
			{name: "a", key: 5, columns: []*column{{name: "b", kind: 1}, {name: "c", kind: 1}}},
			{name: "d", key: 5, columns: []*column{{name: "e", kind: 1}}},
		}}
		for _, u := range a.tables {
			u.key = 8 // uuid
		}
		p := w.project(a.resources())
		w.make(p, "first", migrate.PlanOptions{})
		w.up(p)
		w.fill(a, 2)
		b := a.clone()
		b.tables = b.tables[:1]
		b.tables[0].columns = b.tables[0].columns[:1]
		p.Resources = b.resources()
		plan, _, err := p.New(t.Context(), "x", migrate.PlanOptions{})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(plan.Left)
		if want := []string{"column a.c", "table d"}; !slices.Equal(plan.Left, want) {
			t.Errorf("got left %v, want %v", plan.Left, want)
		}
		w.make(p, "second", migrate.PlanOptions{})
		w.up(p)
		if got := w.rows("select c from a"); len(got) != 2 || got[0] == "NULL" {
			t.Errorf("got %v, want the values of the column kept", got)
		}
		w.exec("insert into a (id, b) values ('0198b3a0-0000-7000-8000-999999999999', 'new')")
		if err := p.Check(t.Context()); err != nil {
			t.Errorf("check after leaving: %v", err)
		}
	})
}

// TestDrift finds what somebody changed by hand.
func TestDrift(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := w.project(clubs(t))
		w.make(p, "all", migrate.PlanOptions{Plain: true})
		w.up(p)
		w.exec("create index by_hand on members (state)")
		w.exec("create table elsewhere (a integer)")
		drift, err := p.Drift(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(drift.Steps) != 1 || drift.Steps[0].Title != "create index by_hand" || !slices.Equal(drift.Left, []string{"table elsewhere"}) {
			t.Errorf("got %s and left %v, want the index and the table", drift, drift.Left)
		}
	})
}

// TestSquash makes one file of several, which old databases need not run.
func TestSquash(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		all := clubs(t)
		p := w.project(all[:1])
		w.make(p, "club", migrate.PlanOptions{})
		p.Resources = all
		w.make(p, "member", migrate.PlanOptions{})
		w.up(p)
		want := w.catalogue()
		file, replaced, err := p.Squash(t.Context(), "")
		if err != nil || len(replaced) != len(p.Files) {
			t.Fatalf("got %d files replaced, %v, want %d", len(replaced), err, len(p.Files))
		}
		folder := t.TempDir()
		if err := migrate.Write(folder, file); err != nil {
			t.Fatal(err)
		}
		files := w.read(folder)
		if ran, err := w.Up(t.Context(), files, migrate.RunOptions{}); err != nil || len(ran) > 0 {
			t.Errorf("got %d files run, %v, want none on an old database", len(ran), err)
		}
		entries, err := migrate.Status(t.Context(), w.Database, files)
		if err != nil || len(entries) != 1 || entries[0].Applied.IsZero() {
			t.Errorf("got %+v, %v, want the squashed file alone", entries, err)
		}
		w.clear()
		if _, err := w.Up(t.Context(), files, migrate.RunOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := w.catalogue(); !slices.Equal(got, want) {
			t.Errorf("the squashed file makes another database:\n%s", difference(want, got))
		}
	})
}

// TestMerge: two branches that add files merge without a conflict.
func TestMerge(t *testing.T) {
	folder := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "init.defaultBranch=main"}, args...)...)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	add := func(path string) {
		t.Helper()
		if err := migrate.Write(folder, file(t, path, "-- +goose Up\nselect 1;\n")); err != nil {
			t.Fatal(err)
		}
		git("add", ".")
		git("commit", "-qm", path)
	}
	git("init", "-q")
	add("1_a.sql")
	git("checkout", "-qb", "branch")
	add("2_b.sql")
	git("checkout", "-q", "main")
	add("3_c.sql")
	git("merge", "-q", "--no-edit", "branch")
	files, err := migrate.Read(os.DirFS(folder))
	if err != nil || len(files) != 3 {
		t.Errorf("got %d files, %v, want 3", len(files), err)
	}
}

// TestCommands walks through the command line.
func TestCommands(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		folder := filepath.Join(t.TempDir(), "migrations")
		definitions := []resource.Definition{resource.Of[Club](), resource.Of[Member]()}
		run := func(code int, want string, args ...string) {
			t.Helper()
			var out bytes.Buffer
			p := migrate.Program{Definitions: definitions, Dir: folder, URL: w.address, Out: &out, Err: &out}
			if got := migrate.Main(args, p); got != code || !strings.Contains(out.String(), want) {
				t.Errorf("migrate %s: got %d, want %d; got\n%s\nwant %q in it", strings.Join(args, " "), got, code, &out, want)
			}
		}
		run(2, "usage", "")
		run(0, "create table clubs", "plan")
		run(1, "the migrations lack", "check")
		run(0, "_first_tables.sql", "new", "first tables")
		run(0, "nothing to write", "new", "second")
		run(0, "come to the model", "check")
		run(0, "not run", "status")
		run(0, "up ", "apply")
		run(0, "run all files", "apply")
		run(0, ": run 2", "status")
		run(0, "has all that the model needs", "plan")
		run(0, "what the files make of it", "drift")
		run(1, "would lose data", "down")
		run(0, "down ", "down", "-drop")
		run(0, "not run", "status")
		run(0, "", "lint")
	})
}
