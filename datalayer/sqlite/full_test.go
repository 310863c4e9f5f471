package sqlite_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/sqlite"
)

// TestDatabaseFull fills a database to its largest size: what was
// acknowledged stays, what is refused is unavailable and leaves nothing, and
// once there is room the same layer goes on.
func TestDatabaseFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "full.db")
	fillUp(t, path,
		func(l *sqlite.Layer) error { return l.ExecWriter(t.Context(), "pragma max_page_count = 40") },
		func(l *sqlite.Layer) error { return l.ExecWriter(t.Context(), "pragma max_page_count = 4000") })
}

// fillUp writes until there is no room left, which limit makes scarce, and
// again after makeRoom.
func fillUp(t *testing.T, path string, limit, makeRoom func(*sqlite.Layer) error) {
	l, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	r := items(t)
	ensure(t, l, r)
	if err := limit(l); err != nil {
		t.Fatal(err)
	}
	var acknowledged []string
	write := func(s datalayer.Session) error {
		n := len(acknowledged)
		name := fmt.Sprintf("%04d-%s", n, strings.Repeat("x", 3000))
		err := add(t.Context(), s, r, name, fmt.Sprint(n+1))
		if err == nil {
			acknowledged = append(acknowledged, name)
		}
		return err
	}
	check := func(when string, l *sqlite.Layer) {
		t.Helper()
		if got, want := names(t, l, r), strings.Join(acknowledged, " "); got != want {
			t.Fatalf("%s: %d bytes of names are there, %d were acknowledged", when, len(got), len(want))
		}
	}

	for err = write(l); err == nil; err = write(l) {
		if len(acknowledged) > 10_000 {
			t.Fatal("the database does not get full")
		}
	}
	if len(acknowledged) == 0 {
		t.Fatalf("not one record fits: %v", err)
	}
	for range 3 { // also the writes that follow
		var u *datalayer.UnavailableError
		if !errors.As(err, &u) || u.Conflict || u.InDoubt {
			t.Fatalf("a write to a full database: got %v, want unavailable, without conflict or doubt", err)
		}
		check("full", l)
		err = write(l)
	}
	refuseTransaction(t, l, write, &acknowledged)
	check("after a transaction that found no room", l)

	if err := makeRoom(l); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if err := write(l); err != nil {
			t.Fatalf("with room again: %v", err)
		}
	}
	check("with room again", l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	check("opened anew", again)
}

// refuseTransaction writes within a transaction until there is no room, or the
// commit finds none: nothing of it remains.
func refuseTransaction(t *testing.T, l *sqlite.Layer, write func(datalayer.Session) error, acknowledged *[]string) {
	t.Helper()
	before := len(*acknowledged)
	tx, err := l.Begin(t.Context())
	if err == nil {
		for err == nil && len(*acknowledged) < before+1000 {
			err = write(tx)
		}
		if err == nil {
			err = tx.Commit(t.Context())
		}
		if undo := tx.Rollback(t.Context()); undo != nil {
			t.Fatal(undo)
		}
	}
	if _, ok := errors.AsType[*datalayer.UnavailableError](err); !ok {
		t.Fatalf("a transaction on a full database: got %v, want unavailable", err)
	}
	*acknowledged = (*acknowledged)[:before]
}
