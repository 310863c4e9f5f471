package pgtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// install makes a folder that looks like one with PostgreSQL's binaries.
func install(t *testing.T, folder string, names ...string) string {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestFindBinaries(t *testing.T) {
	all := []string{"initdb", "pg_ctl", "postgres"}
	tests := []struct {
		name    string
		prepare func(t *testing.T, root string) (path string)
		want    string // below root; empty for none
	}{
		{"nowhere", func(t *testing.T, root string) string { return "" }, ""},
		{"newest version", func(t *testing.T, root string) string {
			for _, v := range []string{"9", "15", "17"} {
				install(t, filepath.Join(root, "lib", v, "bin"), all...)
			}
			return ""
		}, "lib/17/bin"},
		{"incomplete version", func(t *testing.T, root string) string {
			install(t, filepath.Join(root, "lib/15/bin"), all...)
			install(t, filepath.Join(root, "lib/17/bin"), "initdb")
			return ""
		}, "lib/15/bin"},
		{"path first", func(t *testing.T, root string) string {
			install(t, filepath.Join(root, "lib/17/bin"), all...)
			return install(t, filepath.Join(root, "mine"), all...)
		}, "mine"},
		{"link in path", func(t *testing.T, root string) string {
			real := install(t, filepath.Join(root, "real"), all...)
			path := install(t, filepath.Join(root, "mine"))
			if err := os.Symlink(filepath.Join(real, "initdb"), filepath.Join(path, "initdb")); err != nil {
				t.Fatal(err)
			}
			return path
		}, "real"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", tt.prepare(t, root))
			got, err := findIn([]string{filepath.Join(root, "lib/*/bin")})
			if tt.want == "" {
				if err == nil || strings.Contains(err.Error(), "\n") {
					t.Errorf("got %q and error %v, want an error of one line", got, err)
				}
				return
			}
			if want := filepath.Join(root, tt.want); err != nil || got != want {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		})
	}
}
