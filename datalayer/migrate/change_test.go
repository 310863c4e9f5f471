package migrate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/congago/conga/datalayer/migrate"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// TestDeclared walks between declarations that models made at random do not
// have: constraints, exclusions, statements and extensions.
func TestDeclared(t *testing.T) {
	with := func(s resource.Storage) []*resource.Resource {
		m := &model{tables: []*table{{name: "a", key: structs.Int, columns: []*column{{name: "b", kind: structs.Int, bits: 64}}}}}
		out := m.resources()
		out[0].Storage = s
		return out
	}
	view := func(text string) []*resource.Statement {
		return []*resource.Statement{{Name: "v", Up: "create view v as " + text, Down: "drop view v"}}
	}
	check := func(text string) *resource.Constraint { return &resource.Constraint{Name: "k", Text: text} }
	exclude := func(text string) *resource.Constraint {
		return &resource.Constraint{Name: "x", Exclude: true, Text: text}
	}
	tests := []struct {
		name   string
		before resource.Storage
		after  resource.Storage
	}{
		{"a statement is added", resource.Storage{}, resource.Storage{Statements: view("select b from a")}},
		{"a statement changes", resource.Storage{Statements: view("select b from a")}, resource.Storage{Statements: view("select id from a")}},
		{"a statement goes", resource.Storage{Statements: view("select b from a")}, resource.Storage{}},
		{"a check is added", resource.Storage{}, resource.Storage{Constraints: []*resource.Constraint{check("b > 0")}}},
		{"a check changes", resource.Storage{Constraints: []*resource.Constraint{check("b > 0")}},
			resource.Storage{Constraints: []*resource.Constraint{check("b >= 0")}}},
		{"an exclusion is added", resource.Storage{}, resource.Storage{Constraints: []*resource.Constraint{exclude("using btree (b with =)")}}},
		{"an exclusion changes", resource.Storage{Constraints: []*resource.Constraint{exclude("using btree (b with =)")}},
			resource.Storage{Constraints: []*resource.Constraint{exclude("using btree (b with =) where (b > 3)")}}},
		{"an exclusion goes", resource.Storage{Constraints: []*resource.Constraint{exclude("using btree (b with =)")}}, resource.Storage{}},
	}
	worlds(t, func(t *testing.T, w *world) {
		p := w.project(nil)
		for _, tt := range tests {
			for _, plain := range []bool{true, false} {
				w.clear()
				w.folder, p.Files = t.TempDir(), nil
				options := migrate.PlanOptions{Plain: plain}
				p.Resources = with(tt.before)
				first := w.make(p, "first", options)
				w.up(p)
				w.exec("insert into a (id, b) values (1, 1), (2, 2)")
				before := w.everything()
				p.Resources = with(tt.after)
				w.make(p, "second", options)
				w.up(p)
				if err := p.Check(t.Context()); err != nil {
					t.Errorf("%s: after up: %v", tt.name, err)
				}
				plan, err := p.Plan(t.Context(), options)
				if err != nil || !plan.Empty() {
					t.Errorf("%s: after up, the plan is not empty: %v\n%v", tt.name, err, plan)
				}
				if _, err := w.Down(t.Context(), p.Files, migrate.RunOptions{Until: first[len(first)-1].Version, Drop: true}); err != nil {
					t.Errorf("%s: down: %v", tt.name, err)
				}
				if got := w.everything(); !slices.Equal(got, before) {
					t.Errorf("%s: after down, the catalogue differs:\n%s", tt.name, difference(before, got))
				}
			}
		}
	})
}

// everything is the catalogue and the views.
func (w *world) everything() []string {
	if w.postgres {
		return append(w.catalogue(), w.rows("select viewname, definition from pg_views where schemaname = 'public'")...)
	}
	return append(w.catalogue(), w.rows("select name, sql from sqlite_master where type = 'view'")...)
}

// TestExpand: a column that must be given is first added without being
// forced; after the rows have got values by hand, the second file forces it.
func TestExpand(t *testing.T) {
	t.Parallel()
	w := newPostgres(t)
	m := &model{tables: []*table{{name: "a", key: structs.Int}}}
	p := w.project(m.resources())
	w.make(p, "first", migrate.PlanOptions{})
	w.up(p)
	w.exec("insert into a (id) values (1)")
	m.tables[0].columns = []*column{{name: "b", kind: structs.String}}
	p.Resources = m.resources()
	p.Resources[0].Attributes[1].Required = true
	second := w.make(p, "second", migrate.PlanOptions{})
	if len(second) != 2 || !strings.Contains(second[0].Format(), "fill it before the column is made not null") {
		t.Fatalf("got %d files, want one to expand and one to validate, and a note", len(second))
	}
	_, err := w.Up(t.Context(), p.Files, migrate.RunOptions{})
	if err == nil || !strings.Contains(err.Error(), "second_validate.sql: statement 3") {
		t.Errorf("got %v, want the validation to fail, since a row has no value", err)
	}
	w.exec("update a set b = 'by hand'")
	w.up(p)
	if err := p.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestSafe: on tables with rows, what would lock them goes the longer way.
func TestSafe(t *testing.T) {
	t.Parallel()
	w := newPostgres(t)
	m := &model{tables: []*table{
		{name: "a", key: structs.Int, columns: []*column{{name: "b", kind: structs.String, nullable: true}}},
		{name: "c", key: structs.Int},
	}}
	p := w.project(m.resources())
	w.make(p, "first", migrate.PlanOptions{})
	b := m.tables[0].columns[0]
	b.nullable, b.def, b.unique, b.rules = false, "x", true, []resource.Rule{{Name: "max", Param: "9"}}
	m.tables[0].columns = append(m.tables[0].columns, &column{name: "d", kind: structs.Int, bits: 64, nullable: true, to: "c"})
	p.Resources = m.resources()
	plan, files, err := p.New(t.Context(), "second", migrate.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		all.WriteString(f.Path()[15:] + "\n" + f.Format())
	}
	for _, want := range []string{
		"second.sql\n-- +goose Up\nset local lock_timeout = '5s'", "FOREIGN KEY (\"d\") REFERENCES \"c\" (\"id\") ON UPDATE NO ACTION ON DELETE NO ACTION NOT VALID",
		"\"b\" is not null) not valid", "second_validate.sql", "validate constraint \"a_d_fkey\"", "validate constraint \"a_b_check\"",
		"alter column \"b\" set not null;\nalter table \"a\" drop constraint \"a_b_not_null\"",
		"-- +goose NO TRANSACTION", "CREATE UNIQUE INDEX CONCURRENTLY \"a_b_key\"", "unique using index \"a_b_key\"", "CREATE INDEX CONCURRENTLY \"a_d_idx\"",
	} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("the files lack %s", want)
		}
	}
	if t.Failed() {
		t.Log(all.String())
	}
	for _, w := range plan.Lint() {
		if w.Code != "M11" { // the fill
			t.Errorf("what is made to be safe is not: %s", w)
		}
	}
}
