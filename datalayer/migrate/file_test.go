package migrate_test

import (
	"slices"
	"testing"

	"github.com/congago/conga/datalayer/migrate"
)

// TestParse reads what goose reads.
func TestParse(t *testing.T) {
	tests := []struct {
		text     string
		up, down []string
		fault    bool
	}{
		{"-- +goose Up\ncreate table a (b int);\n-- +goose Down\ndrop table a;\n", []string{"create table a (b int)"}, []string{"drop table a"}, false},
		{"-- a comment\n\n-- +goose up\nselect 1; -- one\n\nselect\n  2;\n", []string{"select 1", "select\n  2"}, nil, false},
		{"-- +goose Up\n-- +goose StatementBegin\ncreate function f() as $$\nbegin;\nend;\n$$;\n-- +goose StatementEnd\n",
			[]string{"create function f() as $$\nbegin;\nend;\n$$"}, nil, false},
		{"--+goose Up\r\nselect 1;\r\n", []string{"select 1"}, nil, false},
		{"select 1;\n", nil, nil, true},
		{"-- +goose Up\nselect 1\n", nil, nil, true},
		{"-- +goose Up\n-- +goose StatementBegin\nselect 1;\n", nil, nil, true},
		{"-- +goose Up\n-- +goose StatementEnd\n", nil, nil, true},
		{"-- +goose Sideways\n", nil, nil, true},
		{"", nil, nil, true},
	}
	for _, tt := range tests {
		f, err := migrate.Parse("20260102030405_x.sql", tt.text)
		if (err != nil) != tt.fault {
			t.Errorf("Parse(%q): got error %v, want one: %t", tt.text, err, tt.fault)
		}
		if err == nil && (!slices.Equal(f.Up, tt.up) || !slices.Equal(f.Down, tt.down)) {
			t.Errorf("Parse(%q)\n got %q and %q\nwant %q and %q", tt.text, f.Up, f.Down, tt.up, tt.down)
		}
	}
	for _, path := range []string{"x.sql", "1.sql", "1_x.txt", "a1_x.sql", "_x.sql"} {
		if _, err := migrate.Parse(path, "-- +goose Up\n"); err == nil {
			t.Errorf("Parse(%q): got no error", path)
		}
	}
}

// FuzzParse: what is read and written again is read the same.
func FuzzParse(f *testing.F) {
	f.Add("-- +goose Up\ncreate table a (b int);\n-- +goose Down\ndrop table a;\n")
	f.Add("-- +goose NO TRANSACTION\n-- +goose Up\n-- +goose StatementBegin\na;\nb;\n-- +goose StatementEnd\n")
	f.Add("-- conga:statement {\"name\":\"a\",\"up\":\"b\",\"down\":\"c\"}\n-- conga:loses x\n-- +goose Up\n-- t\nselect 1; -- ;\n")
	f.Fuzz(func(t *testing.T, text string) {
		first, err := migrate.Parse("1_x.sql", text)
		if err != nil {
			return
		}
		second, err := migrate.Parse("1_x.sql", first.Format())
		if err != nil {
			t.Fatalf("%v\n%s", err, first.Format())
		}
		if !slices.Equal(first.Up, second.Up) || !slices.Equal(first.Down, second.Down) || first.NoTransaction != second.NoTransaction {
			t.Errorf("read %q %q\nagain %q %q\n%s", first.Up, first.Down, second.Up, second.Down, first.Format())
		}
	})
}
