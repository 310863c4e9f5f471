package migrate_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/congago/conga/datalayer/migrate"
	"github.com/congago/conga/internal/structs"
)

// TestLint holds single statements, in a file for PostgreSQL, against the rules.
func TestLint(t *testing.T) {
	const head = "set local lock_timeout = '5s';\n"
	tests := []struct {
		up   string
		want string // codes
	}{
		{`drop table users`, "M01"},
		{`alter table "users" drop column "age"`, "M01"},
		{`alter table users drop age`, "M01"},
		{`alter table users drop constraint age_check`, ""},
		{`alter table users alter column age drop not null`, ""},
		{`alter table users alter column age drop default`, ""},
		{`truncate users`, "M01"},
		{`alter table users rename to people`, "M02"},
		{`alter table users rename column a to b`, "M02"},
		{`alter table users rename constraint a to b`, ""},
		{`alter table users alter column a type bigint using a::bigint`, "M03"},
		{`alter table users alter column a set not null`, "M04"},
		{"alter table users validate constraint a_not_null;\nalter table users alter column a set not null", ""},
		{`alter table users add constraint x foreign key (a) references b (c)`, "M05"},
		{`alter table users add constraint x foreign key (a) references b (c) not valid`, ""},
		{`alter table users add check (a > 0)`, "M05"},
		{"alter table users add constraint x check (a > 0) not valid;\nalter table users validate constraint x", "M10"},
		{`create index i on users (a)`, "M06"},
		{`create unique index i on "users" (a)`, "M06"},
		{"create table users (a int);\ncreate index i on users (a)", ""},
		{`create index concurrently i on users (a)`, "M09"},
		{`alter table users add constraint u unique (a)`, "M07"},
		{`alter table users add constraint u unique using index u`, ""},
		{`alter table users add constraint u exclude using gist (a with =)`, "M07"},
		{`alter table users add column a uuid default gen_random_uuid()`, "M08"},
		{`alter table users add column a text default 'x' not null`, ""},
		{`alter table users add column a text not null`, "M12"},
		{`update users set a = 1`, "M11"},
		{`delete from users`, "M11"},
		{`vacuum full users`, "M13"},
		{`reindex table users`, "M13"},
		{`comment on table users is 'drop table x'`, ""},
		{`insert into users (a) values ('update users set')`, ""},
	}
	for _, tt := range tests {
		f, err := migrate.Parse("1_x.sql", "-- +goose Up\n"+head+tt.up+";\n-- +goose Down\n")
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, w := range migrate.Lint([]*migrate.File{f}, true) {
			codes = append(codes, w.Code)
			if w.Code != "M09" && w.Code != "M10" && w.Lock == "" && w.Code != "M12" {
				t.Errorf("%s: no lock is named", tt.up)
			}
			if w.Code != "M13" && w.Advice == "" {
				t.Errorf("%s: no advice is given", tt.up)
			}
		}
		if got := strings.Join(codes, " "); got != tt.want {
			t.Errorf("Lint(%q)\n got %s\nwant %s", tt.up, got, tt.want)
		}
	}
}

// TestLintTimeout wants a lock timeout where locks are taken.
func TestLintTimeout(t *testing.T) {
	f, err := migrate.Parse("1_x.sql", "-- +goose Up\nalter table users add column a text;\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := migrate.Lint([]*migrate.File{f}, true); len(got) != 1 || got[0].Code != "M14" {
		t.Errorf("got %v, want M14", got)
	}
}

// TestLintSQLite: tables that are made anew are not taken for dropped ones,
// but for what their columns lose.
func TestLintSQLite(t *testing.T) {
	w := newWorld(t, filepath.Join(t.TempDir(), "test.db"))
	m := &model{tables: []*table{{name: "a", key: structs.Int, columns: []*column{{name: "b", kind: structs.String}, {name: "c", kind: structs.String}}}}}
	p := w.project(m.resources())
	first := w.make(p, "first", migrate.PlanOptions{})
	if got := migrate.Lint(first, false); len(got) > 0 {
		t.Errorf("got %v for new tables", got)
	}
	w.up(p)
	codes := func(warnings []migrate.Warning) (out []string) {
		for _, w := range warnings {
			out = append(out, w.Code)
		}
		return out
	}
	m.tables[0].columns[0].unique = true
	p.Resources = m.resources()
	second := w.make(p, "second", migrate.PlanOptions{})
	if got := codes(migrate.Lint(second, false)); !slices.Equal(got, []string{"M15"}) {
		t.Errorf("got %v for a new constraint, want M15", got)
	}
	m.tables[0].columns = m.tables[0].columns[:1]
	p.Resources = m.resources()
	third := w.make(p, "third", migrate.PlanOptions{Drop: true})
	if got := codes(migrate.Lint(third, false)); !slices.Equal(got, []string{"M15", "M01"}) {
		t.Errorf("got %v for a dropped column, want M15 and M01", got)
	}
	pending, err := w.LintPending(t.Context(), p.Files)
	if got := codes(pending); err != nil || !slices.Equal(got, []string{"M15", "M15", "M01"}) {
		t.Errorf("got %v, %v for files not yet run", got, err)
	}
}
