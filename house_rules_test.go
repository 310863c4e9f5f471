package conga_test

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rules are what one file alone can break, in the order of the style page.
var rules = []struct {
	name  string
	check func(*file) []breach
}{
	{"reflect only in internal/structs", reflectElsewhere},
	{"SQL only in data layers", sqlElsewhere},
	{"no init functions", initFunctions},
	{"no blank imports with an effect", blankImports},
	{"no panics outside Must functions", panics},
	{"doc comments begin with the name", docComments},
	{"no package named for its contents", packageNames},
	{"no long file without a reason", longFiles},
}

// TestHouseRules holds every file against the rules.
func TestHouseRules(t *testing.T) {
	files := readModule(t)
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			for _, f := range files {
				report(t, rule.check(f))
			}
		})
	}
	t.Run("one package comment per package", func(t *testing.T) { report(t, packageComments(files)) })
}

func reflectElsewhere(f *file) (found []breach) {
	if f.test || within(f.dir, "internal/structs") {
		return nil
	}
	for _, spec := range f.syntax.Imports {
		if spec.Path.Value == `"reflect"` {
			found = append(found, f.breach(spec.Pos(), "only internal/structs imports reflect"))
		}
	}
	return found
}

// sql matches statements and subqueries, and leaves English alone: "select a
// room from the list" within a sentence, "cannot update: no field is set".
var sql = regexp.MustCompile(`(?is)` + strings.Join([]string{
	`(^|\()\s*(select|with)\b.*\bfrom\s+["\w(%]`,
	`\binsert\s+into\s+["\w%]+.*(\bvalues\b|\bselect\b|\()`,
	`\bupdate\s+["\w.%]+\s+(as\s+\w+\s+)?set\b.*=`,
	`\bdelete\s+from\s+["\w%]+`,
	`^\s*(create|alter|drop)\s+(table|(unique\s+)?index|schema|database)\s+["\w%]`,
}, "|"))

func sqlElsewhere(f *file) (found []breach) {
	if f.test || within(f.dir, "datalayer") || within(f.dir, "examples") || within(f.dir, "internal/pgtest") ||
		within(f.dir, "internal/benchmarks") {
		return nil
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		text, ok := literal(e)
		if !ok {
			return true
		}
		if sql.MatchString(text) {
			found = append(found, f.breach(n.Pos(), "only data layers write SQL: %.60q", text))
		}
		return false
	})
	return found
}

// literal returns the text of a string literal, or of a sum that holds one,
// with the parts that are not literal as x.
func literal(e ast.Expr) (text string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, isLeft := literal(e.X)
		right, isRight := literal(e.Y)
		if e.Op != token.ADD || !isLeft && !isRight {
			return "", false
		}
		if !isLeft {
			left = "x"
		}
		if !isRight {
			right = "x"
		}
		return left + right, true
	}
	return "", false
}

func initFunctions(f *file) (found []breach) {
	for _, decl := range f.syntax.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			found = append(found, f.breach(fn.Pos(), "no init functions: registries are values"))
		}
	}
	return found
}

// blankImports allows embed, which has no effect of its own, and the driver
// that database/sql knows by name only.
func blankImports(f *file) (found []breach) {
	for _, spec := range f.syntax.Imports {
		if spec.Name == nil || spec.Name.Name != "_" || spec.Path.Value == `"embed"` {
			continue
		}
		if spec.Path.Value == `"modernc.org/sqlite"` && f.dir == "datalayer/sqlite" {
			continue
		}
		found = append(found, f.breach(spec.Pos(), "no blank import of %s: its effect is invisible", spec.Path.Value))
	}
	return found
}

func panics(f *file) (found []breach) {
	if f.test {
		return nil
	}
	for _, decl := range f.syntax.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && strings.HasPrefix(strings.ToLower(fn.Name.Name), "must") {
			continue
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if name, ok := call.Fun.(*ast.Ident); ok && name.Name == "panic" {
				found = append(found, f.breach(call.Pos(), "no panic outside a Must function: return an error"))
			}
			return true
		})
	}
	return found
}

// docComments reads the exported names of public packages. The methods of
// applications (Define, Mount) explain themselves, so examples are left out.
// Within a group of constants or variables the group's comment may serve.
func docComments(f *file) (found []breach) {
	if f.test || within(f.dir, "examples") || f.syntax.Name.Name == "main" || slices.Contains(strings.Split(f.dir, "/"), "internal") {
		return nil
	}
	need := func(name *ast.Ident, doc *ast.CommentGroup) {
		if !name.IsExported() {
			return
		}
		words := strings.Fields(doc.Text())
		if len(words) == 0 || strings.TrimRight(words[0], ",:") != name.Name {
			found = append(found, f.breach(name.Pos(), "%s wants a doc comment that begins with its name", name.Name))
		}
	}
	for _, decl := range f.syntax.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil || ast.IsExported(receiver(decl.Recv.List[0].Type)) {
				need(decl.Name, decl.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					need(spec.Name, firstOf(spec.Doc, decl.Doc))
				case *ast.ValueSpec:
					if decl.Lparen.IsValid() && (decl.Doc != nil || spec.Comment != nil) && spec.Doc == nil {
						continue
					}
					need(spec.Names[0], firstOf(spec.Doc, decl.Doc))
				}
			}
		}
	}
	return found
}

func firstOf(a, b *ast.CommentGroup) *ast.CommentGroup {
	if a != nil {
		return a
	}
	return b
}

// receiver returns the name of a receiver's type, without its parameters.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	}
	return ""
}

func packageNames(f *file) []breach {
	name := strings.TrimSuffix(f.syntax.Name.Name, "_test")
	if slices.Contains([]string{"utils", "util", "common", "helpers", "helper", "types", "models", "base"}, name) {
		return []breach{f.breach(f.syntax.Name.Pos(), "package %s: name it for what it gives, not for what it contains", name)}
	}
	return nil
}

func longFiles(f *file) []breach {
	const limit = 800
	if f.lines <= limit {
		return nil
	}
	for _, group := range f.syntax.Comments {
		for _, c := range group.List {
			if reason, ok := strings.CutPrefix(c.Text, "// long:"); ok && strings.TrimSpace(reason) != "" {
				return nil
			}
		}
	}
	return []breach{f.breach(f.syntax.Package, "%d lines: split it by noun, or say why not in a comment, // long: reason", f.lines)}
}

func packageComments(files []*file) (found []breach) {
	first := make(map[string]*file) // the first file of each package, then the one with the comment
	for _, f := range files {
		if f.test {
			continue
		}
		other := first[f.dir]
		switch {
		case other == nil, other.syntax.Doc == nil && f.syntax.Doc != nil:
			first[f.dir] = f
		case f.syntax.Doc != nil && other.syntax.Name.Name == f.syntax.Name.Name:
			found = append(found, f.breach(f.syntax.Doc.Pos(), "second package comment; the first is in %s", other.name))
		}
	}
	for _, f := range files {
		if first[f.dir] != f {
			continue
		}
		begins := "Package " + f.syntax.Name.Name + " "
		if f.syntax.Name.Name == "main" {
			begins = "Command "
		}
		if !strings.HasPrefix(strings.ReplaceAll(f.syntax.Doc.Text(), "\n", " "), begins) {
			found = append(found, f.breach(f.syntax.Package, "the package wants a comment that begins with %q", begins))
		}
	}
	return found
}

func within(dir, room string) bool {
	return dir == room || strings.HasPrefix(dir, room+"/")
}

// TestHouseRulesBite shows each rule at work.
func TestHouseRulesBite(t *testing.T) {
	tests := []struct {
		rule, file, source string
		want               string // file:line of the breach; empty for none
	}{
		{"reflect only in internal/structs", "form/a.go", "package form\n\nimport \"reflect\"", "form/a.go:3"},
		{"reflect only in internal/structs", "form/a_test.go", "package form\n\nimport \"reflect\"", ""},
		{"reflect only in internal/structs", "internal/structs/a.go", "package structs\n\nimport \"reflect\"", ""},

		{"SQL only in data layers", "form/a.go", "package form\nvar q = `select *\nfrom t`", "form/a.go:2"},
		{"SQL only in data layers", "form/a.go", "package form\nvar q = `select ` + cols + ` from ` + t", "form/a.go:2"},
		{"SQL only in data layers", "form/a.go", "package form\nvar q = `exists (SELECT 1 FROM t)`", "form/a.go:2"},
		{"SQL only in data layers", "form/a.go", "package form\nvar q = f(`insert into t (a) values ($1)`)", "form/a.go:2"},
		{"SQL only in data layers", "form/a.go", "package form\nvar q = `update \"t\" set a = 1`", "form/a.go:2"},
		{"SQL only in data layers", "form/a.go", "package form\nvar q = `delete from t`", "form/a.go:2"},
		{"SQL only in data layers", "form/a.go", "package form\nvar q = `drop table t`", "form/a.go:2"},
		{"SQL only in data layers", "form/a.go", "package form\nvar q = `cannot update %s: no field is set`", ""},
		{"SQL only in data layers", "form/a.go", "package form\nvar q = `you may select a room from the list`", ""},
		{"SQL only in data layers", "datalayer/sqlite/a.go", "package sqlite\nvar q = `delete from t`", ""},
		{"SQL only in data layers", "form/a_test.go", "package form\nvar q = `delete from t`", ""},

		{"no init functions", "form/a.go", "package form\n\nfunc init() {}", "form/a.go:3"},
		{"no init functions", "form/a.go", "package form\n\nfunc (t T) init() {}", ""},

		{"no blank imports with an effect", "form/a.go", "package form\nimport _ \"image/png\"", "form/a.go:2"},
		{"no blank imports with an effect", "form/a.go", "package form\nimport _ \"embed\"", ""},
		{"no blank imports with an effect", "form/a.go", "package form\nimport _ \"modernc.org/sqlite\"", "form/a.go:2"},
		{"no blank imports with an effect", "datalayer/sqlite/a.go", "package sqlite\nimport _ \"modernc.org/sqlite\"", ""},

		{"no panics outside Must functions", "form/a.go", "package form\nfunc f() {\npanic(1)\n}", "form/a.go:3"},
		{"no panics outside Must functions", "form/a.go", "package form\nvar f = func() { panic(1) }", "form/a.go:2"},
		{"no panics outside Must functions", "form/a.go", "package form\nfunc MustF() { panic(1) }", ""},

		{"doc comments begin with the name", "form/a.go", "package form\nfunc F() {}", "form/a.go:2"},
		{"doc comments begin with the name", "form/a.go", "package form\n// Does things.\nfunc F() {}", "form/a.go:3"},
		{"doc comments begin with the name", "form/a.go", "package form\n// F does things.\nfunc F() {}", ""},
		{"doc comments begin with the name", "form/a.go", "package form\n// T is.\ntype T[P any] struct{}\nfunc (t *T[P]) M() {}", "form/a.go:4"},
		{"doc comments begin with the name", "form/a.go", "package form\ntype t struct{}\nfunc (t) M() {}", ""},
		{"doc comments begin with the name", "form/a.go", "package form\nconst (\n\tA = 1\n)", "form/a.go:3"},
		{"doc comments begin with the name", "form/a.go", "package form\n// Sizes.\nconst (\n\tA = 1\n)", ""},
		{"doc comments begin with the name", "form/a.go", "package form\nconst (\n\tA = 1 // the first\n)", ""},
		{"doc comments begin with the name", "form/a.go", "package form\nvar V int", "form/a.go:2"},
		{"doc comments begin with the name", "internal/wire/a.go", "package wire\nvar V int", ""},

		{"no package named for its contents", "form/a.go", "package utils", "form/a.go:1"},
		{"no package named for its contents", "form/a.go", "package form", ""},

		{"no long file without a reason", "form/a.go", "package form\n" + strings.Repeat("//\n", 800), "form/a.go:1"},
		{"no long file without a reason", "form/a.go", "package form\n// long: one switch\n" + strings.Repeat("//\n", 800), ""},
		{"no long file without a reason", "form/a.go", "package form\n" + strings.Repeat("//\n", 799), ""},

		{"one package comment", "form/a.go", "package form", "form/a.go:1"},
		{"one package comment", "form/a.go", "// Package form is.\npackage form", ""},
		{"one package comment", "form/a.go", "// A form.\npackage form", "form/a.go:2"},
		{"one package comment", "cmd/conga/a.go", "// Command conga is.\npackage main", ""},
	}
	for _, tt := range tests {
		f := parse(t, tt.file, tt.source)
		check := func(f *file) []breach { return packageComments([]*file{f}) }
		for _, rule := range rules {
			if rule.name == tt.rule {
				check = rule.check
			}
		}
		got := check(f)
		switch {
		case tt.want == "" && len(got) > 0:
			t.Errorf("%s: %q\n got %v, want no breach", tt.rule, tt.source, got)
		case tt.want != "" && (len(got) != 1 || !strings.HasPrefix(string(got[0]), tt.want+":")):
			t.Errorf("%s: %.80q\n got %v, want a breach at %s", tt.rule, tt.source, got, tt.want)
		}
	}
	twice := []*file{
		parse(t, "form/a.go", "// Package form is.\npackage form"),
		parse(t, "form/b.go", "package form"),
		parse(t, "form/c.go", "// Package form is too.\npackage form"),
	}
	if got := packageComments(twice); len(got) != 1 || !strings.HasPrefix(string(got[0]), "form/c.go:1:") {
		t.Errorf("two package comments: got %v, want a breach at form/c.go:1", got)
	}
}
