package congatest

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/resource"
)

// App is an application of the resources on a private SQLite database that is
// gone when the test ends. Faults in the declarations fail the test.
func App(t testing.TB, definitions ...resource.Definition) *conga.App {
	t.Helper()
	app, _ := Counted(t, definitions...)
	return app
}

// Counted is App with a counter of the statements that it sends.
func Counted(t testing.TB, definitions ...resource.Definition) (*conga.App, *Statements) {
	t.Helper()
	n := &Statements{}
	store, err := sqlite.OpenWith(t.Context(), ":memory:", sqlite.Options{Observer: n})
	if err != nil {
		t.Fatalf("open a store: %v", err)
	}
	app, err := conga.New(store, definitions...)
	if err != nil {
		_ = store.Close()
		t.Fatalf("make the application:\n%v", err)
	}
	t.Cleanup(func() {
		if err := app.Close(); err != nil {
			t.Errorf("close the application: %v", err)
		}
	})
	return app, n
}

// Statements counts statements. It is a datalayer.Observer, and may be used
// from many goroutines.
type Statements struct{ n atomic.Int64 }

// Statement counts one.
func (s *Statements) Statement(context.Context, string) { s.n.Add(1) }

// Of is the number of statements that f sends.
func (s *Statements) Of(f func()) int {
	before := s.n.Load()
	f()
	return int(s.n.Load() - before)
}
