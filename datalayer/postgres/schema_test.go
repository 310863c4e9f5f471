package postgres_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
)

// TestSchemaWhoseNameNeedsQuotes makes tables in it, and finds them there again.
func TestSchemaWhoseNameNeedsQuotes(t *testing.T) {
	url := pgtest.Database(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `create schema "My Schema"`); err != nil {
		t.Fatal(err)
	}
	sep := "?"
	if strings.Contains(url, "?") {
		sep = "&"
	}
	l, err := postgres.Open(t.Context(), url+sep+`search_path=%22My%20Schema%22`)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	g, err := resource.Compile(resource.Of[User](), resource.Of[Room](), resource.Of[Message]())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := l.EnsureTables(t.Context(), g.Resources); err != nil {
			t.Fatal(err)
		}
	}
	var tables int
	err = conn.QueryRow(t.Context(), `select count(*) from pg_tables where schemaname = 'My Schema'`).Scan(&tables)
	if err != nil || tables != 3 {
		t.Errorf("%d tables in the schema, %v; want 3", tables, err)
	}
}
