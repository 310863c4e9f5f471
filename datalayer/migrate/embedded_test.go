package migrate_test

import (
	"slices"
	"testing"

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
	w.clear()
	if err := w.layer().EnsureTables(t.Context(), g.Resources); err != nil {
		t.Fatal(err)
	}
	if got := w.catalogue(); !slices.Equal(got, migrated) {
		t.Errorf("EnsureTables and the migrations differ:\n%s", difference(migrated, got))
	}
}
