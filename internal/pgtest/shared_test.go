package pgtest

import (
	"strings"
	"testing"
	"time"
)

func TestOld(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	tests := []struct {
		name string
		want bool
	}{
		{"conga_test_1799990000_abcdefghij", true},
		{"conga_test_1799999000_abcdefghij", false},
		{"conga_test_1800000001_abcdefghij", false},
		{"conga_test_1799990000", false},
		{"conga_test__abc", false},
		{"conga_test_mine", false},
		{"conga_test_my_own", false},
	}
	for _, tt := range tests {
		if got := old(tt.name, now); got != tt.want {
			t.Errorf("old(%q) = %t, want %t", tt.name, got, tt.want)
		}
	}
}

// A foreign server, found through the environment, keeps its own databases and
// loses ours: those of this process at its end, those of killed ones later.
func TestForeignServer(t *testing.T) {
	foreign := NewServer(t)
	t.Setenv(URLVariable, foreign.URL())
	const leftover, kept = "conga_test_1_abcdefghij", "conga_test_mine"
	for _, name := range []string{leftover, kept} {
		if err := execute(foreign.URL(), "create database "+name); err != nil {
			t.Fatal(err)
		}
	}

	var p process
	admin, err := p.server()
	if err != nil {
		t.Fatal(err)
	}
	if admin != foreign.URL() || p.own != nil {
		t.Errorf("the server is %s, want %s", admin, foreign.URL())
	}
	db, err := p.create(admin)
	if err != nil {
		t.Fatal(err)
	}
	if err := execute(db.url, "select 1"); err != nil {
		t.Errorf("use the new database: %v", err)
	}
	p.close()

	for name, want := range map[string]bool{leftover: false, kept: true, db.name: false} {
		err := execute(foreign.URL(), "alter database "+name+" connection limit 5")
		if got := err == nil; got != want {
			t.Errorf("database %s exists: %t (%v), want %t", name, got, err, want)
		}
	}
}

func TestUnusableURL(t *testing.T) {
	for _, address := range []string{"host=localhost user=me", "://", "postgres"} {
		if _, err := new(process).create(address); err == nil || !strings.Contains(err.Error(), URLVariable) {
			t.Errorf("create in %q: got error %v, want one that names %s", address, err, URLVariable)
		}
	}
}
