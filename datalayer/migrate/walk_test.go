package migrate_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/congago/conga/datalayer/migrate"
)

// pairsFlag is for long walks: go test ./datalayer/migrate -run TestWalk -pairs 500.
var pairsFlag = flag.Uint("pairs", 0, "number of random pairs of models; 0 for few")

// TestWalk makes pairs of models at random and walks from one to the other,
// back and there again, with rows in the tables.
func TestWalk(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		p := &migrate.Project{Database: w.Database}
		t.Cleanup(func() {
			if err := p.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
		pairs := *pairsFlag
		if pairs == 0 {
			pairs = 40
			if w.postgres { // takes its time to create tables
				pairs = 12
			}
		}
		for seed := range uint64(pairs) {
			w.clear()
			w.folder = t.TempDir()
			w.walk(p, rand.New(rand.NewPCG(seed, 1)), seed)
			if t.Failed() {
				return
			}
		}
	})
}

func (w *world) clear() {
	w.t.Helper()
	if w.postgres {
		w.exec("drop schema public cascade")
		w.exec("create schema public")
		return
	}
	w.exec("pragma foreign_keys = off")
	for _, kind := range []string{"view", "table"} {
		for _, name := range w.rows("select name from sqlite_master where type = '" + kind + "' and name not like 'sqlite_%'") {
			w.exec("drop " + kind + " " + name)
		}
	}
}

func (w *world) walk(p *migrate.Project, r *rand.Rand, seed uint64) {
	t := w.t
	t.Helper()
	a := randomModel(r)
	b := a.mutate(r)
	options := migrate.PlanOptions{Drop: chance(r, 60), Plain: chance(r, 50)}

	p.Resources, p.Files = a.resources(), nil
	first := w.make(p, "first", options)
	w.up(p)
	w.fill(a, 4)
	before, rows := w.catalogue(), w.contents(a, a)

	p.Resources = b.resources()
	second := w.make(p, "second", options)
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("seed %d: "+format, append([]any{seed}, args...)...)
		for _, f := range append(first, second...) {
			t.Logf("%s\n%s", f.Path(), f.Format())
		}
	}
	for range 2 {
		if _, err := w.Up(t.Context(), p.Files, migrate.RunOptions{}); err != nil {
			fail("up: %v", err)
			return
		}
		if err := p.Check(t.Context()); err != nil {
			fail("check: %v", err)
		}
		plan, err := p.Plan(t.Context(), options)
		if err != nil || !plan.Empty() {
			fail("after up, the plan is not empty: %v\n%v", err, plan)
		}
		drift, err := p.Drift(t.Context())
		if err != nil || !drift.Empty() {
			fail("after up, there is drift: %v\n%v", err, drift)
		}
		if got, want := w.contents(a, b), w.shared(a, b, rows); !slices.Equal(got, want) {
			fail("after up, rows\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
		if t.Failed() {
			return
		}
		until := first[len(first)-1].Version
		if len(first) == 0 {
			until = "1"
		}
		if _, err := w.Down(t.Context(), p.Files, migrate.RunOptions{Until: until, Drop: true}); err != nil {
			fail("down: %v", err)
			return
		}
		if got := w.catalogue(); !slices.Equal(got, before) {
			fail("after down, the catalogue differs:\n%s", difference(before, got))
			return
		}
	}
}

// make plans and keeps what the model asks for.
func (w *world) make(p *migrate.Project, name string, o migrate.PlanOptions) []*migrate.File {
	w.t.Helper()
	_, files, err := p.New(w.t.Context(), name, o)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := migrate.Write(w.folder, files...); err != nil {
		w.t.Fatal(err)
	}
	read, err := migrate.Read(os.DirFS(w.folder))
	if err != nil {
		w.t.Fatal(err)
	}
	read = read[len(p.Files):]
	for i, f := range files {
		if !slices.Equal(read[i].Up, f.Up) || !slices.Equal(read[i].Down, f.Down) || read[i].NoTransaction != f.NoTransaction {
			w.t.Fatalf("what was read is not what was written:\n%s", f.Format())
		}
	}
	p.Files = append(p.Files, read...)
	return read
}

func (w *world) up(p *migrate.Project) {
	w.t.Helper()
	if _, err := w.Up(w.t.Context(), p.Files, migrate.RunOptions{}); err != nil {
		w.t.Fatal(err)
	}
}

// contents are the values of a's columns as they are stored under the model now.
func (w *world) contents(a, now *model) []string {
	var out []string
	for _, t := range a.tables {
		u := moved(now, t)
		if u == nil {
			continue
		}
		for _, c := range t.columns {
			if d := movedColumn(u, c); d != nil && sameStorage(c, d, w.postgres) {
				for _, row := range w.rows(fmt.Sprintf("select id, cast(%s as text) from %s where %s is not null", d.name, u.name, d.name)) {
					out = append(out, t.name+"."+c.name+"|"+row)
				}
			}
		}
	}
	return out
}

// shared leaves those of the rows whose columns are still there.
func (w *world) shared(a, b *model, rows []string) []string {
	var out []string
	for _, row := range rows {
		place, _, _ := strings.Cut(row, "|")
		tableName, name, _ := strings.Cut(place, ".")
		t := a.table(tableName)
		u := moved(b, t)
		if u == nil {
			continue
		}
		c := t.column(name)
		if d := movedColumn(u, c); d != nil && sameStorage(c, d, w.postgres) {
			out = append(out, row)
		}
	}
	return out
}

func sameStorage(c, d *column, postgres bool) bool {
	// Where NULL is no longer allowed, rows get a value that was not there.
	return (c.nullable == d.nullable || d.nullable) && (postgres || c.kind == d.kind)
}

func moved(m *model, t *table) *table {
	for _, u := range m.tables {
		if u.was == t.name {
			return u
		}
	}
	return m.table(t.name)
}

func movedColumn(t *table, c *column) *column {
	for _, d := range t.columns {
		if d.was == c.name {
			return d
		}
	}
	return t.column(c.name)
}

// difference are the lines of only one side.
func difference(want, got []string) string {
	var b strings.Builder
	for _, line := range want {
		if !slices.Contains(got, line) {
			b.WriteString("- " + line + "\n")
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			b.WriteString("+ " + line + "\n")
		}
	}
	return b.String()
}
