package conga_test

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A room is one package, or with a final /* or /... a folder of packages, and
// what it may import of ours: floors ("0-2"), rooms by name, or "public" for
// every room that is not internal. A star stands for one folder and makes each
// such folder a room of its own, with all that lies below it.
//
// It is the floor that makes a range: "0-2" is every room on these floors.
// Nobody may import a room beside the house, unless by name, tests aside.
type room struct {
	floor int
	name  string
	may   string
}

const beside = -1 // test support and measurement: on no floor

// house is the floor plan: strictly downwards, siblings never meet. A package
// without a row fails the test; a new row wants a reason in its review.
var house = []room{
	{0, "resource/expr", ""},
	{0, "internal/structs", ""},
	{0, "internal/inflect", ""},

	{1, "resource", "0"},

	{2, "internal/wire", "0-1"},
	{2, "translation", "0-1"},
	{2, "datalayer", "0-1"},
	{2, "extension/archive", "0-1"},
	{2, "extension/state", "0-1"},

	{3, "datalayer/internal/sqltext", "0-2"},
	{3, "conga", "0-2"},

	{4, "datalayer/postgres", "0-3"},
	{4, "datalayer/sqlite", "0-3"},
	{4, "datalayer/datalayertest", "0-3"},
	{4, "datalayer/migrate", "0-3"},
	{4, "form", "conga 0-2"},
	{4, "api", "conga 0-2"},
	{4, "extension/history", "conga 0-2"},
	{4, "telemetry", "conga 0-2"},
	{4, "live/client", ""},
	{4, "live/internal/*", "0-2"},

	{5, "api/rest", "api conga 0-2"},
	{5, "api/graphql", "api conga 0-2"},
	{5, "live", "live/client live/internal/* form conga 0-2"},
	{5, "live/livetest", "live live/internal/* form conga 0-2"},

	{6, "cmd/conga/...", "public internal/wire"},
	{6, "examples/*", "public"},

	{beside, "congatest", "conga datalayer/sqlite 0-2"},
	{beside, "internal/pgtest", ""},
	{beside, "internal/browser", ""},
	{beside, "internal/testbed", "internal/pgtest internal/browser"},
	{beside, "internal/doors", ""},   // tests alone, which may import any room
	{beside, "internal/facts", ""},   // likewise
	{beside, "internal/nested", ""},  // likewise
	{beside, "internal/queries", ""}, // likewise
	{beside, "internal/unions", ""},  // likewise
	{beside, "internal/benchmarks/...", "*"},
}

// module is our import path, the room "conga".
const module = "github.com/congago/conga"

// TestHouse holds every import against the floor plan. Tests may import any
// room but the applications on top, and but the benchmarks.
func TestHouse(t *testing.T) {
	report(t, checkImports(readModule(t)))
}

func checkImports(files []*file) []breach {
	var breaches []breach
	for _, f := range files {
		here, ok := roomOf(f.dir)
		if !ok {
			breaches = append(breaches, f.breach(f.syntax.Package, "package %s is in no room: add it to the table in house_test.go", f.dir))
			continue
		}
		for _, spec := range f.syntax.Imports {
			target, ours := ownImport(spec)
			if !ours {
				continue
			}
			there, ok := roomOf(target)
			switch {
			case !ok: // told at its package clause
			case f.test && !there.top(), here.mayImport(there):
			case here == there && here.holds(f.dir) == here.holds(target):
			default:
				breaches = append(breaches, f.breach(spec.Pos(), "%s (floor %s) may not import %s (floor %s): it may import %s",
					here.name, here.label(), there.name, there.label(), here.allowance()))
			}
		}
	}
	return breaches
}

// ownImport returns the name of an imported package within our module.
func ownImport(spec *ast.ImportSpec) (name string, ours bool) {
	imported, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return "", false
	}
	if imported == module {
		return "conga", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// roomOf returns the room of a package, the most exact row first.
func roomOf(pkg string) (room, bool) {
	for _, r := range house {
		if r.name == pkg {
			return r, true
		}
	}
	for _, r := range house {
		if r.holds(pkg) != "" {
			return r, true
		}
	}
	return room{}, false
}

// holds returns the folder, within the pattern of r, that pkg belongs to:
// live/internal/tmpl for both live/internal/tmpl and live/internal/tmpl/parse.
// It is empty if r does not hold pkg.
func (r room) holds(pkg string) string {
	if base, ok := strings.CutSuffix(r.name, "/..."); ok {
		if pkg == base || strings.HasPrefix(pkg, base+"/") {
			return base
		}
		return ""
	}
	if base, ok := strings.CutSuffix(r.name, "/*"); ok {
		rest, below := strings.CutPrefix(pkg, base+"/")
		if !below {
			return ""
		}
		first, _, _ := strings.Cut(rest, "/")
		return path.Join(base, first)
	}
	if pkg == r.name {
		return pkg
	}
	return ""
}

// mayImport reads the third column of the table.
func (r room) mayImport(other room) bool {
	for word := range strings.FieldsSeq(r.may) {
		low, high, isRange := floors(word)
		switch {
		case word == "*", word == other.name:
			return true
		case word == "public":
			if other.floor != beside && !other.top() && !slices.Contains(strings.Split(other.name, "/"), "internal") {
				return true
			}
		case isRange && low <= other.floor && other.floor <= high:
			return true
		}
	}
	return false
}

// floors reads "2" and "0-2".
func floors(word string) (low, high int, ok bool) {
	from, to, isRange := strings.Cut(word, "-")
	if !isRange {
		to = from
	}
	low, errLow := strconv.Atoi(from)
	high, errHigh := strconv.Atoi(to)
	return low, high, errLow == nil && errHigh == nil
}

// top reports whether nobody at all imports r.
func (r room) top() bool {
	return r.floor == 6 || r.name == "internal/benchmarks/..."
}

func (r room) label() string {
	if r.floor == beside {
		return "none"
	}
	return strconv.Itoa(r.floor)
}

func (r room) allowance() string {
	if r.may == "" {
		return "nothing of ours"
	}
	return r.may
}

// TestHouseTable finds rows that no longer mean anything.
func TestHouseTable(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range house {
		if seen[r.name] {
			t.Errorf("room %s has two rows", r.name)
		}
		seen[r.name] = true
	}
	for _, r := range house {
		for word := range strings.FieldsSeq(r.may) {
			low, high, isRange := floors(word)
			switch {
			case word == "*", word == "public", seen[word]:
			case !isRange:
				t.Errorf("room %s may import %s, which is no room", r.name, word)
			case low > high, r.floor != beside && high >= r.floor:
				t.Errorf("room %s on floor %d may import floors %s: want lower floors", r.name, r.floor, word)
			}
		}
	}
}

// TestHouseBites shows the floor plan at work.
func TestHouseBites(t *testing.T) {
	tests := []struct {
		file, imports string
		want          bool // a breach
	}{
		{"resource/expr/a.go", "resource", true},
		{"resource/a.go", "resource/expr", false},
		{"resource/a_test.go", "conga", false},
		{"resource/a_test.go", "examples/chat", true},
		{"a.go", "datalayer", false},
		{"a.go", "datalayer/postgres", true},
		{"datalayer/postgres/a.go", "datalayer/internal/sqltext", false},
		{"datalayer/postgres/a.go", "datalayer/sqlite", true},
		{"form/a.go", "conga", false},
		{"form/a.go", "internal/wire", false},
		{"api/rest/a.go", "api", false},
		{"api/rest/a.go", "api/graphql", true},
		{"live/a.go", "form", false},
		{"live/a.go", "live/internal/tmpl", false},
		{"live/a.go", "api", true},
		{"live/internal/tmpl/a.go", "live/internal/tmpl/parse", false},
		{"live/internal/tmpl/a.go", "live/internal/frame", true},
		{"live/internal/tmpl/a.go", "live", true},
		{"cmd/conga/a.go", "live", false},
		{"cmd/conga/new/a.go", "cmd/conga/files", false},
		{"cmd/conga/a.go", "internal/inflect", true},
		{"examples/chat/a.go", "examples/chat/pages", false},
		{"examples/chat/a.go", "examples/blog", true},
		{"examples/chat/a.go", "congatest", true},
		{"examples/chat/a_test.go", "congatest", false},
		{"examples/chat/a_test.go", "examples/chat/pages", false},
		{"examples/chat/a_test.go", "examples/blog", true},
		{"api/a.go", "internal/pgtest", true},
		{"api/a_test.go", "internal/pgtest", false},
		{"internal/benchmarks/a.go", "examples/chat", false},
		{"attic/a.go", "conga", true},
	}
	for _, tt := range tests {
		imported := module + "/" + tt.imports
		if tt.imports == "conga" {
			imported = module
		}
		f := parse(t, tt.file, fmt.Sprintf("package p\nimport _ %q\n", imported))
		if got := checkImports([]*file{f}); (len(got) > 0) != tt.want {
			t.Errorf("%s imports %s: got breaches %v, want any: %t", tt.file, tt.imports, got, tt.want)
		}
	}
}
