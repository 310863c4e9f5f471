// Package pgtest gives tests a PostgreSQL.
//
// Database is what nearly every test wants: the URL of a fresh, empty
// database, gone when the test ends. It lives in the server named by
// CONGA_TEST_DATABASE_URL, or else in a server that pgtest starts for the test
// binary, in a folder of its own, from whatever PostgreSQL is installed.
// NewServer gives a test a private server, to stop, kill and start at will.
//
// Nothing is left behind, however the test process ends: see keeper.sh.
package pgtest

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
)

// URLVariable names the environment variable with the URL of a server to
// create the databases in. Its user must be allowed to create databases.
const URLVariable = "CONGA_TEST_DATABASE_URL"

// Database creates an empty database and returns its URL. The database is
// dropped, along with connections still open to it, when t and its subtests
// have ended. Text sorts bytewise in it unless the server of
// CONGA_TEST_DATABASE_URL says otherwise, and the server's zone is UTC.
//
// The test fails if there is no PostgreSQL. Tests that run in parallel may
// call Database at once.
func Database(t testing.TB) string {
	t.Helper()
	admin, err := shared.server()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	db, err := shared.create(admin)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := shared.drop(db); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return db.url
}

// Main runs the tests of m, tidies up and exits, for a package whose TestMain
// has nothing else to do:
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// Packages need not call it. With it, the server is gone before the process
// is, not a moment later, and Ctrl-C also drops the databases in the server of
// CONGA_TEST_DATABASE_URL. Without it, those fall to a later run, an hour on.
func Main(m *testing.M) {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		shared.close()
		os.Exit(130)
	}()
	code := m.Run()
	shared.close()
	os.Exit(code)
}
