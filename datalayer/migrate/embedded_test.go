package migrate_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/migrate"
	"github.com/congago/conga/resource"
)

// TestBookings: the embedded migrations of the example, from the table under
// its former name to the model.
func TestBookings(t *testing.T) {
	t.Parallel()
	w := newPostgres(t)
	files, err := migrate.Read(migrations)
	if err != nil {
		t.Fatal(err)
	}
	g, err := resource.Compile(Resources()...)
	if err != nil {
		t.Fatal(err)
	}
	p := w.project(g.Resources, files...)
	if err := p.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if ran, err := migrate.Up(t.Context(), w.address, migrations, migrate.RunOptions{}); err != nil || len(ran) != len(files) {
		t.Errorf("got %d files run, %v, want %d", len(ran), err, len(files))
	}
	migrated := w.catalogue()
	w.brokenIndex(g.Resources[0])
	w.clear()
	if err := w.layer().EnsureTables(t.Context(), g.Resources); err != nil {
		t.Fatal(err)
	}
	if got := w.catalogue(); !slices.Equal(got, migrated) {
		t.Errorf("EnsureTables and the migrations differ:\n%s", difference(migrated, got))
	}
}

// brokenIndex: what a declared unique index refuses is told by its attributes.
func (w *world) brokenIndex(r *resource.Resource) {
	w.t.Helper()
	room, layer := uuid.New(), w.layer()
	insert := func(day int) error {
		starts := time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)
		values := []any{uuid.New(), room, "open", "", starts, starts.Add(time.Hour)}
		_, err := layer.Insert(w.t.Context(), &datalayer.Insert{Resource: r, Columns: r.Columns(), Rows: [][]any{values}})
		return err
	}
	if err := insert(1); err != nil {
		w.t.Fatal(err)
	}
	var broken *datalayer.ConstraintError
	if err := insert(2); !errors.As(err, &broken) || broken.Kind != datalayer.Unique || len(broken.Attributes) != 1 || broken.Attributes[0].Name != "RoomID" {
		w.t.Errorf("got %v, want the room to be told as not unique", err)
	}
}
