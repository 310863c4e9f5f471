package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/datalayertest"
	"github.com/congago/conga/datalayer/sqlite"
)

func open(t *testing.T, path string, o sqlite.Options) *sqlite.Layer {
	t.Helper()
	l, err := sqlite.OpenWith(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return l
}

func TestContract(t *testing.T) {
	datalayertest.Run(t, datalayertest.Database{
		Open: func(t *testing.T, o datalayer.Observer) datalayer.Layer {
			return open(t, filepath.Join(t.TempDir(), "test.db"), sqlite.Options{Observer: o})
		},
		Outage: outage,
	})
}

// outage is that another process holds the lock for writing and does not let go.
func outage(t *testing.T) (l datalayer.Layer, stop, start func()) {
	path := filepath.Join(t.TempDir(), "busy.db")
	other := open(t, path, sqlite.Options{})
	var tx datalayer.Tx
	stop = func() {
		var err error
		if tx, err = other.Begin(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	start = func() {
		if err := tx.Rollback(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	return open(t, path, sqlite.Options{BusyTimeout: 20 * time.Millisecond}), stop, start
}
