package conga_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// file is one parsed .go file of the module.
type file struct {
	name   string // from the root, with slashes
	dir    string // the package's name within the module; "conga" for the root
	test   bool
	lines  int
	syntax *ast.File
	fset   *token.FileSet
}

// breach is one broken rule, as file:line and what is wrong.
type breach string

func (f *file) breach(at token.Pos, format string, args ...any) breach {
	return breach(fmt.Sprintf("%s:%d: ", f.name, f.fset.Position(at).Line) + fmt.Sprintf(format, args...))
}

func report(t *testing.T, breaches []breach) {
	t.Helper()
	for _, b := range breaches {
		t.Error(b)
	}
}

// readModule parses all .go files of the module; nested modules, testdata and
// hidden folders are not part of it.
func readModule(t *testing.T) []*file {
	t.Helper()
	var files []*file
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && skipped(name):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files = append(files, parse(t, filepath.ToSlash(name), string(source)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func skipped(dir string) bool {
	base := filepath.Base(dir)
	if base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func parse(t *testing.T, name, source string) *file {
	t.Helper()
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	dir := path.Dir(name)
	if dir == "." {
		dir = "conga"
	}
	return &file{
		name:   name,
		dir:    dir,
		test:   strings.HasSuffix(name, "_test.go"),
		lines:  strings.Count(source, "\n"),
		syntax: syntax,
		fset:   fset,
	}
}
