package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/congago/conga/datalayer/migrate"
	"github.com/congago/conga/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// blog is a schema with something of all that gen resources writes.
const blog = `-- +goose Up
create table people (
	id KEY primary key,
	name text not null,
	password_hash text not null,
	boss_id TYPE,
	constraint people_name_key unique (name),
	constraint people_boss_id_fkey foreign key (boss_id) references people (id) on delete set null
);
create index people_boss_id_idx on people (boss_id);
create table posts (
	id KEY primary key,
	title text not null,
	state text not null,
	likes BIG not null,
	author_id TYPE not null,
	editor TYPE,
	constraint posts_author_id_title_key unique (author_id, title),
	constraint posts_likes_check check (likes >= 0),
	constraint posts_author_id_fkey foreign key (author_id) references people (id) on delete cascade,
	constraint posts_editor_fkey foreign key (editor) references people (id)
);
create index posts_author_id_idx on posts (author_id);
create index posts_editor_idx on posts (editor);
create index posts_lower on posts (lower(title)) where likes > 10;
-- +goose Down
`

// TestGenResources writes structs for a database, and finds with conga migrate
// that the database is what they need.
func TestGenResources(t *testing.T) {
	tests := []struct{ name, url, key, typ, big string }{
		{"SQLite", filepath.Join(t.TempDir(), "blog.db"), "integer not null", "integer", "integer"},
		{"PostgreSQL", pgtest.Database(t), "uuid", "uuid", "bigint"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.NewReplacer("KEY", tt.key, "TYPE", tt.typ, "BIG", tt.big).Replace(blog)
			f, err := migrate.Parse("1_blog.sql", text)
			if err != nil {
				t.Fatal(err)
			}
			d, err := migrate.Open(t.Context(), tt.url)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if _, err := d.Up(t.Context(), []*migrate.File{f}, migrate.RunOptions{}); err != nil {
				t.Fatal(err)
			}
			// Within the module, so that the package finds conga.
			dir, err := os.MkdirTemp(".", "testdata-gen")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			conga(t, 0, "written", "gen", "resources", "-url", tt.url, "-dir", dir, "-package", "blog")
			person, err := os.ReadFile(filepath.Join(dir, "person.go"))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"`json:\"-\" conga:\"sensitive\"`", "conga:\"belongs_to,on_delete=nilify\"", "conga:\"unique\"", "conga:\"has_many"} {
				if !strings.Contains(string(person), want) {
					t.Errorf("person.go lacks %s:\n%s", want, person)
				}
			}
			conga(t, 0, "has all that the model needs", "migrate", "plan", "-resources", "./"+dir, "-url", tt.url, "-dir", t.TempDir())
			conga(t, 1, "refused before", "explain", "-resources", "./"+dir, "-url", tt.url, "GET /planets")
			conga(t, 0, "kept", "gen", "resources", "-url", tt.url, "-dir", dir, "-package", "blog")
		})
	}
}

// TestUsage: what is not understood is told.
func TestUsage(t *testing.T) {
	conga(t, 2, "usage: conga")
	conga(t, 2, "usage: conga", "fly")
	conga(t, 2, "-resources", "migrate", "plan")
	conga(t, 0, "usage: conga explain", "explain", "-h")
	conga(t, 2, "-resources", "explain", "GET /rooms")
	conga(t, 1, "there is no database", "gen", "resources", "-url", "")
}

func conga(t *testing.T, code int, want string, args ...string) {
	t.Helper()
	var out bytes.Buffer
	if got := run(t.Context(), args, &out, &out); got != code || !strings.Contains(out.String(), want) {
		t.Errorf("conga %s: got %d, want %d; got\n%s\nwant %q in it", strings.Join(args, " "), got, code, &out, want)
	}
}

func TestCutFlag(t *testing.T) {
	tests := []struct{ in, value, rest string }{
		{"plan -resources ./a -drop", "./a", "plan -drop"},
		{"plan --resources=./a x", "./a", "plan x"},
		{"-resources=./a", "./a", ""},
		{"resources plan -resource y", "", "resources plan -resource y"},
	}
	for _, tt := range tests {
		value, rest := cutFlag(strings.Fields(tt.in), "resources")
		if value != tt.value || strings.Join(rest, " ") != tt.rest {
			t.Errorf("cutFlag(%q): got %q and %q, want %q and %q", tt.in, value, rest, tt.value, tt.rest)
		}
	}
}
