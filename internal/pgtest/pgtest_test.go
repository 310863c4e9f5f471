package pgtest_test

import (
	"context"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/congago/conga/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // it may be broken already
	return conn
}

func TestDatabaseIsFreshAndDropped(t *testing.T) {
	var urls [2]string
	t.Run("use", func(t *testing.T) {
		for i := range urls {
			urls[i] = pgtest.Database(t)
			// The connection stays open: dropping must not mind.
			conn, err := pgx.Connect(t.Context(), urls[i])
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Exec(t.Context(), "create table things (id int)"); err != nil {
				t.Errorf("database %d is not empty: %v", i, err)
			}
		}
	})
	if urls[0] == urls[1] {
		t.Errorf("two databases have one URL: %s", urls[0])
	}
	for _, u := range urls {
		if _, err := pgx.Connect(t.Context(), u); err == nil || !strings.Contains(err.Error(), "does not exist") {
			t.Errorf("connect to %s after its test: got error %v, want: does not exist", u, err)
		}
	}
}

func TestDatabaseInParallel(t *testing.T) {
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			connect(t, pgtest.Database(t))
		})
	}
}

func TestServerStopKillStart(t *testing.T) {
	server := pgtest.NewServer(t)
	conn := connect(t, server.URL())
	if _, err := conn.Exec(t.Context(), "create table kept as select 7 as n"); err != nil {
		t.Fatal(err)
	}
	ends := []struct {
		name string
		end  func() error
	}{{"stop", server.Stop}, {"kill", server.Kill}}
	for _, tt := range ends {
		t.Run(tt.name, func(t *testing.T) {
			conn := connect(t, server.URL())
			if err := tt.end(); err != nil {
				t.Fatal(err)
			}
			if err := conn.Ping(t.Context()); err == nil {
				t.Error("the connection survived its server")
			}
			if err := tt.end(); err == nil {
				t.Error("ending an ended server: want an error")
			}
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			var n int
			if err := connect(t, server.URL()).QueryRow(t.Context(), "select n from kept").Scan(&n); err != nil || n != 7 {
				t.Errorf("after start: got %d, %v, want 7", n, err)
			}
		})
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	connect(t, server.URL())
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err == nil {
		t.Error("starting a closed server: want an error")
	}
	if dir := folder(t, server.URL()); !gone(dir) {
		t.Errorf("%s is left behind", dir)
	}
}

func TestServerFromManyGoroutines(t *testing.T) {
	server := pgtest.NewServer(t)
	var restarts sync.WaitGroup
	for range 3 {
		restarts.Go(func() {
			if err := server.Kill(); err != nil {
				return // another goroutine was first
			}
			if err := server.Start(); err != nil {
				t.Errorf("start: %v", err)
			}
		})
	}
	restarts.Wait()
	connect(t, server.URL())
}

// folder returns the folder of the server with a URL.
func folder(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Query().Get("host") == "" {
		t.Fatalf("URL %q names no folder (%v)", address, err)
	}
	return u.Query().Get("host")
}

func gone(dir string) bool {
	_, err := os.Stat(dir)
	return os.IsNotExist(err)
}
