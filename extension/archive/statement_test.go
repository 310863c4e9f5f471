package archive_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/resource/expr"
)

// statements keeps the first words of the statements that a layer sends.
type statements struct{ seen []string }

func (s *statements) Statement(_ context.Context, sql string) {
	first, _, _ := strings.Cut(sql, " ")
	s.seen = append(s.seen, strings.ToLower(first))
}

// An archival costs what a destroy costs, where nobody looks at the record.
func TestOneStatement(t *testing.T) {
	ctx, seen := t.Context(), &statements{}
	layer, err := sqlite.OpenWith(ctx, ":memory:", sqlite.Options{Observer: seen})
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(layer, definitions()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close() })
	projects, members := conga.For[Project](app), conga.For[Member](app)
	p, err := projects.Create(ctx, "make")
	if err != nil {
		t.Fatal(err)
	}
	f := members.Fields()
	m, err := members.Create(ctx, "join", conga.Set(&f.ProjectID, p.ID))
	if err != nil {
		t.Fatal(err)
	}
	seen.seen = nil
	if err := members.Destroy(ctx, "leave", m); err != nil {
		t.Fatal(err)
	}
	if want := []string{"update"}; !slices.Equal(seen.seen, want) {
		t.Errorf("Destroy sent %q, want %q", seen.seen, want)
	}
	seen.seen = nil
	if n, err := members.DestroyEvery(ctx, "leave", expr.True()); n != 0 || err != nil {
		t.Errorf("DestroyEvery: %d, %v", n, err)
	}
	if want := []string{"update"}; !slices.Equal(seen.seen, want) {
		t.Errorf("DestroyEvery sent %q, want %q", seen.seen, want)
	}
}
