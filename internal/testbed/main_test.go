//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/congago/conga/internal/pgtest"
)

func TestRun(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want int
	}{
		{"success", []string{"true"}, 0},
		{"failure", []string{"sh", "-c", "exit 7"}, 7},
		{"no such command", []string{"no-such-command-anywhere"}, 1},
		{"nothing to run", nil, 2},
		{"killed", []string{"sh", "-c", "kill -KILL $$"}, 1},
	}
	t.Setenv(pgtest.URLVariable, "postgres://somewhere/else")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := run(tt.args); got != tt.want {
				t.Errorf("run(%q) = %d (%v), want %d", tt.args, got, err, tt.want)
			}
		})
	}
}

func TestRunNamesItsServer(t *testing.T) {
	for _, given := range []string{"", "postgres://somewhere/else"} {
		t.Run("given "+given, func(t *testing.T) {
			t.Setenv(pgtest.URLVariable, given)
			seen := filepath.Join(t.TempDir(), "seen")
			if code, err := run([]string{"sh", "-c", `printf %s "$` + pgtest.URLVariable + `" > "$0"`, seen}); code != 0 {
				t.Fatalf("got exit code %d (%v), want 0", code, err)
			}
			got, err := os.ReadFile(seen)
			if err != nil {
				t.Fatal(err)
			}
			if given != "" && string(got) != given || !strings.HasPrefix(string(got), "postgres://") {
				t.Errorf("the command saw %q, given %q", got, given)
			}
		})
	}
}

// A signal reaches the command and what it has started itself.
func TestExecutePassesSignalsOn(t *testing.T) {
	signals := make(chan os.Signal, 1)
	signals <- syscall.SIGTERM
	started := time.Now()
	if code, err := execute([]string{"sh", "-c", "sleep 60 & wait; sleep 60"}, signals); code == 0 {
		t.Errorf("got exit code 0 (%v), want another", err)
	}
	if took := time.Since(started); took > 30*time.Second {
		t.Errorf("the command ended by itself, after %s", took)
	}
}
