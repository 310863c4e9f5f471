package guides_test

import (
	"context"
	"crypto/rand"
	neturl "net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
)

// freshDatabase makes an empty database in the server of url, gone when the test ends.
func freshDatabase(t testing.TB, url string) string {
	t.Helper()
	ctx := context.Background()
	admin, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	if _, err := admin.Exec(ctx, "create database "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec(ctx, "drop database "+name+" with (force)"); err != nil {
			t.Error(err)
		}
		admin.Close(ctx)
	})
	fresh, err := neturl.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	fresh.Path = "/" + name
	return fresh.String()
}

// TestPostgres runs the desk on PostgreSQL, twice on the same tables.
func TestPostgres(t *testing.T) {
	url := freshDatabase(t, pgtest.Database(t))
	for range 2 {
		store, err := postgres.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		app, err := conga.New(store, Resources()...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conga.For[Person](app).Read(t.Context(), "list"); err != nil {
			t.Error(err)
		}
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	}
}

// counter counts the statements of a data layer.
type counter struct{ n atomic.Int64 }

func (c *counter) Statement(context.Context, string) { c.n.Add(1) }

func TestStatements(t *testing.T) {
	var counted counter
	store, err := sqlite.OpenWith(t.Context(), ":memory:", sqlite.Options{Observer: &counted})
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(store, Resources()...)
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	before := counted.n.Load()
	f := conga.For[Person](app).Fields()
	if _, err := conga.For[Person](app).Read(t.Context(), "list", conga.Load(&f.Team)); err != nil {
		t.Fatal(err)
	}
	if n := counted.n.Load() - before; n != 1 {
		t.Errorf("got %d statements, want 1: teams are joined", n)
	}
}

// TestKeepTables shows that nothing is created when it is not wanted.
func TestKeepTables(t *testing.T) {
	store, err := sqlite.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.NewWith(conga.Options{KeepTables: true}, store, Resources()...)
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	if _, err := conga.For[Person](app).Read(t.Context(), "list"); err == nil {
		t.Error("there are tables")
	}
}
