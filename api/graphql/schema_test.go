package graphql

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/congago/conga/resource"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestSDL(t *testing.T) {
	registry, err := resource.Compile(definitions()...)
	if err != nil {
		t.Fatal(err)
	}
	got := print(build(registry))
	golden := filepath.Join("testdata", "schema.graphql")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
		for i := range min(len(gotLines), len(wantLines)) {
			if gotLines[i] != wantLines[i] {
				t.Errorf("%s:%d (rewrite it with -update)\n got %s\nwant %s", golden, i+1, gotLines[i], wantLines[i])
				break
			}
		}
	}
	if _, err := gqlparser.LoadSchema(&ast.Source{Input: got}); err != nil {
		t.Errorf("the schema is not valid: %v", err)
	}
	for range 5 {
		if again := print(build(registry)); again != got {
			t.Fatal("the same model made two schemas")
		}
	}
}

func TestNames(t *testing.T) {
	tests := []struct{ in, want string }{
		{"roomId", "roomId"}, {"room-id", "room_id"}, {"2fa", "_2fa"}, {"__typename", "_typename"}, {"", "_"}, {"größe", "gr__e"},
	}
	for _, tt := range tests {
		if got := validName(tt.in); got != tt.want {
			t.Errorf("validName(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	n := newNames("Query")
	for i, want := range []string{"Query2", "Query3", "Mutation"} {
		wanted := []string{"Query", "Query", "Mutation"}[i]
		if got := n.claim(wanted); got != want {
			t.Errorf("claim(%q) = %q, want %q", wanted, got, want)
		}
	}
}

func TestConstants(t *testing.T) {
	tests := []struct {
		in   []string
		want string
	}{
		{[]string{"open", "in progress", "wontFix"}, "OPEN IN_PROGRESS WONT_FIX"},
		{[]string{"a", "A"}, ""},
		{[]string{"1", "2"}, ""},
		{[]string{"true", "maybe"}, ""},
		{[]string{"ä"}, ""},
	}
	for _, tt := range tests {
		got := ""
		for i, c := range constants(tt.in) {
			if i > 0 {
				got += " "
			}
			got += c
		}
		if got != tt.want {
			t.Errorf("constants(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
