package postgres_test

import (
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/datalayertest"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/internal/pgtest"
)

// TestContract holds the layer against the contract of package datalayer.
func TestContract(t *testing.T) {
	datalayertest.Run(t, datalayertest.Database{
		Open: func(t *testing.T, o datalayer.Observer) datalayer.Layer {
			return open(t, pgtest.Database(t), postgres.Options{Observer: o})
		},
		Outage: func(t *testing.T) (l datalayer.Layer, stop, start func()) {
			server := pgtest.NewServer(t)
			l = open(t, server.URL(), postgres.Options{})
			order := func(do func() error) func() {
				return func() {
					t.Helper()
					if err := do(); err != nil {
						t.Fatal(err)
					}
				}
			}
			return l, order(server.Stop), order(server.Start)
		},
	})
}

// open connects to a database until the test ends.
func open(t testing.TB, url string, options postgres.Options) *postgres.Layer {
	t.Helper()
	l, err := postgres.OpenWith(t.Context(), url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}
