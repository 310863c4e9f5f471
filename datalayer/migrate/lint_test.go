package migrate_test

import (
	"strings"
	"testing"

	"github.com/congago/conga/datalayer/migrate"
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
