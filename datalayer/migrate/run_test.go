package migrate_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/congago/conga/datalayer/migrate"
)

// file is a migration of the given statements.
func file(t *testing.T, path, text string) *migrate.File {
	t.Helper()
	f, err := migrate.Parse(path, text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestUpAtOnce: of several processes that start at once, each file is run by one.
func TestUpAtOnce(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		files := []*migrate.File{
			file(t, "1_a.sql", "-- +goose Up\ncreate table a (b integer);\n"),
			file(t, "2_b.sql", "-- +goose Up\ninsert into a (b) values (1);\n"),
		}
		var ran sync.Map
		var group sync.WaitGroup
		for range 4 {
			d, err := migrate.Open(t.Context(), w.address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			group.Go(func() {
				done, err := d.Up(t.Context(), files, migrate.RunOptions{})
				if err != nil {
					t.Error(err)
				}
				for _, f := range done {
					ran.Store(f.Version, true)
				}
			})
		}
		group.Wait()
		if got := w.rows("select b from a"); !slices.Equal(got, []string{"1"}) {
			t.Errorf("got rows %v, want one", got)
		}
	})
}

// TestFailure: a failing statement in the middle of a file leaves nothing of it.
func TestFailure(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		files := []*migrate.File{
			file(t, "1_a.sql", "-- +goose Up\ncreate table a (b integer);\n-- +goose Down\ndrop table a;\n"),
			file(t, "2_b.sql", "-- +goose Up\ncreate table c (d integer);\ncreate table a (b integer);\ncreate table e (f integer);\n"),
			file(t, "3_c.sql", "-- +goose Up\ncreate table g (h integer);\n"),
		}
		ran, err := w.Up(t.Context(), files, migrate.RunOptions{})
		var fault *migrate.StatementError
		if !errors.As(err, &fault) || fault.File != "2_b.sql" || fault.Number != 2 || fault.Kept || len(ran) != 1 {
			t.Fatalf("got %v after %d files, want statement 2 of 2_b.sql to fail, nothing kept", err, len(ran))
		}
		entries, err := migrate.Status(t.Context(), w.Database, files)
		if err != nil {
			t.Fatal(err)
		}
		if entries[0].Applied.IsZero() || !entries[1].Applied.IsZero() || !entries[2].Applied.IsZero() {
			t.Errorf("got status %+v, want the first file run alone", entries)
		}
		for _, line := range w.catalogue() {
			if strings.Contains(line, "|c|") || strings.Contains(line, "table|c") {
				t.Errorf("the table of the failed file is there: %s", line)
			}
		}
	})
}

// TestResume: a file without a transaction goes on at the statement that failed.
func TestResume(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		const head = "-- +goose NO TRANSACTION\n-- +goose Up\ncreate table a (b integer);\n"
		const down = "-- +goose Down\ndrop table c;\ndrop table a;\n"
		broken := file(t, "1_a.sql", head+"create table broken;\n"+down)
		_, err := w.Up(t.Context(), []*migrate.File{broken}, migrate.RunOptions{})
		var fault *migrate.StatementError
		if !errors.As(err, &fault) || fault.Number != 2 || !fault.Kept {
			t.Fatalf("got %v, want statement 2 to fail, and what was before kept", err)
		}
		entries, err := migrate.Status(t.Context(), w.Database, []*migrate.File{broken})
		if err != nil || !strings.Contains(entries[0].Partly, "1 of 2") {
			t.Fatalf("got %+v, %v, want 1 of 2 statements run", entries, err)
		}
		mended := file(t, "1_a.sql", head+"create table c (d integer);\n"+down)
		if _, err := w.Up(t.Context(), []*migrate.File{mended}, migrate.RunOptions{}); err != nil {
			t.Fatal(err)
		}
		w.rows("select d from c")
		if _, err := w.Down(t.Context(), []*migrate.File{mended}, migrate.RunOptions{}); err == nil {
			t.Fatal("down dropped tables without being told")
		}
		if _, err := w.Down(t.Context(), []*migrate.File{mended}, migrate.RunOptions{Drop: true}); err != nil {
			t.Fatal(err)
		}
		if got := w.catalogue(); len(got) > 0 {
			t.Errorf("after down, got %v", got)
		}
	})
}

// TestChanged: a file that was changed after it was run is refused.
func TestChanged(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		folder := t.TempDir()
		f := file(t, "1_a.sql", "-- +goose Up\ncreate table a (b integer);\n")
		if err := migrate.Write(folder, f); err != nil {
			t.Fatal(err)
		}
		read := w.read(folder)
		if _, err := w.Up(t.Context(), read, migrate.RunOptions{}); err != nil {
			t.Fatal(err)
		}
		write(t, folder, "1_a.sql", "-- +goose Up\ncreate table a (c integer);\n")
		if _, err := w.tryRead(folder); err == nil || !strings.Contains(err.Error(), "has changed") {
			t.Errorf("got %v, want the checksum to fail", err)
		}
		if err := migrate.Sum(folder); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Up(t.Context(), w.read(folder), migrate.RunOptions{}); err == nil || !strings.Contains(err.Error(), "has changed since it was run") {
			t.Errorf("got %v, want the changed file refused", err)
		}
	})
}

// TestLate: a file of a merged branch is run even if a later one was.
func TestLate(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		early := file(t, "1_a.sql", "-- +goose Up\ncreate table a (b integer);\n")
		late := file(t, "2_b.sql", "-- +goose Up\ncreate table c (d integer);\n")
		if _, err := w.Up(t.Context(), []*migrate.File{late}, migrate.RunOptions{}); err != nil {
			t.Fatal(err)
		}
		both := []*migrate.File{early, late}
		entries, err := migrate.Status(t.Context(), w.Database, both)
		if err != nil || !entries[0].Late {
			t.Errorf("got %+v, %v, want the first file late", entries, err)
		}
		ran, err := w.Up(t.Context(), both, migrate.RunOptions{})
		if err != nil || len(ran) != 1 || ran[0] != early {
			t.Errorf("got %v, %v, want the late file run", ran, err)
		}
	})
}

// TestLockTimeout: a file that cannot get its lock in time is tried again.
func TestLockTimeout(t *testing.T) {
	t.Parallel()
	w := newPostgres(t)
	w.exec("create table a (b integer)")
	tx, err := w.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "lock table a"); err != nil {
		t.Fatal(err)
	}
	f := file(t, "1_a.sql", "-- +goose Up\nset local lock_timeout = '50ms';\nalter table a add column c integer;\n")
	waited := make(chan bool, 10)
	options := migrate.RunOptions{Pause: 1, Log: func(line string) {
		if strings.HasPrefix(line, "waiting") {
			waited <- true
		}
	}}
	done := make(chan error, 1)
	go func() {
		_, err := w.Up(context.Background(), []*migrate.File{f}, options)
		done <- err
	}()
	<-waited
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.rows("select c from a")
}

// TestEmbedded runs files as an application does at its start.
func TestEmbedded(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		folder := t.TempDir()
		if err := migrate.Write(folder, file(t, "1_a.sql", "-- +goose Up\ncreate table a (b integer);\n")); err != nil {
			t.Fatal(err)
		}
		embedded := fstest.MapFS{}
		for _, name := range []string{"1_a.sql", "conga.sum"} {
			embedded[name] = &fstest.MapFile{Data: []byte(readText(t, folder, name))}
		}
		for _, want := range []int{1, 0} {
			ran, err := migrate.Up(t.Context(), w.address, embedded, migrate.RunOptions{})
			if err != nil || len(ran) != want {
				t.Fatalf("got %d files, %v, want %d", len(ran), err, want)
			}
		}
	})
}

// TestSchemas runs the same files in a schema for each tenant.
func TestSchemas(t *testing.T) {
	t.Parallel()
	w := newPostgres(t)
	files := []*migrate.File{file(t, "1_a.sql", "-- +goose Up\ncreate table a (b integer);\n")}
	for _, name := range []string{"tenant_a", `Tenant "B"`} {
		tenant, err := w.Schema(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		ran, err := tenant.Up(t.Context(), files, migrate.RunOptions{})
		if err != nil || len(ran) != 1 {
			t.Errorf("got %v, %v, want the file run in %s", ran, err, name)
		}
		_ = tenant.Close()
	}
	if got := w.rows("select schemaname from pg_tables where tablename = 'a'"); len(got) != 2 {
		t.Errorf("got tables in %v, want both schemas", got)
	}
}
