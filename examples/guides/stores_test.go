package guides_test

import (
	"context"
	"crypto/rand"
	neturl "net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/congago/conga"
	"github.com/congago/conga/congatest"
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

// TestStatements: teams are joined, so people with their teams are one statement.
func TestStatements(t *testing.T) {
	app, statements := congatest.Counted(t, Resources()...)
	people := conga.For[Person](app)
	n := statements.Of(func() {
		if _, err := people.Read(t.Context(), "list", conga.Load(&people.Fields().Team)); err != nil {
			t.Fatal(err)
		}
	})
	if n != 1 {
		t.Errorf("got %d statements, want 1", n)
	}
}

// TestMatrix keeps who may do what in a file, where a change is seen in review.
func TestMatrix(t *testing.T) {
	agent := &Person{ID: uuid.MustParse("0190a0e4-0000-7000-8000-000000000001"), Agent: true}
	customer := &Person{ID: uuid.MustParse("0190a0e4-0000-7000-8000-000000000002")}
	congatest.MatrixFile(t, congatest.App(t, Resources()...),
		congatest.Actors{"agent": agent, "customer": customer, "nobody": nil}, "testdata/matrix.md")
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
