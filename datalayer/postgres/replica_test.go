package postgres_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource/expr"
)

// named is a database with the tables and one user of that name, by which
// tests know where a read went.
func named(t *testing.T, url, name string) string {
	t.Helper()
	c := newChat(t, url, postgres.Options{MaxConns: 1})
	c.put(t, name)
	return url
}

func (c *chat) put(t *testing.T, name string) {
	t.Helper()
	_, err := c.Insert(t.Context(), &datalayer.Insert{Resource: c.user, Columns: attributes(c.user, "ID", "Name"), Rows: [][]any{{id(1, 7), name}}})
	if err != nil {
		t.Fatal(err)
	}
}

// where is the name of the user that a session sees.
func (c *chat) where(ctx context.Context, s datalayer.Session) (string, error) {
	res, err := s.Read(ctx, &datalayer.Query{Resource: c.user, Select: attributes(c.user, "Name")})
	if err != nil {
		return "", err
	}
	name, err := res.Value(0, 0)
	if err != nil {
		return "", err
	}
	return name.(string), nil
}

func (c *chat) wantWhere(t *testing.T, ctx context.Context, s datalayer.Session, want string) {
	t.Helper()
	if got, err := c.where(ctx, s); err != nil || got != want {
		t.Errorf("read from %q (%v), want %q", got, err, want)
	}
}

func TestReplicas(t *testing.T) {
	one, two := named(t, pgtest.Database(t), "one"), named(t, pgtest.Database(t), "two")
	c := newChat(t, pgtest.Database(t), postgres.Options{Replicas: []string{one, two}})
	c.put(t, "primary")
	seen := map[string]int{}
	for range 10 {
		name, err := c.where(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		seen[name]++
	}
	if seen["one"] != 5 || seen["two"] != 5 {
		t.Errorf("reads went to %v, want the replicas in turn", seen)
	}
	c.wantWhere(t, datalayer.ReadPrimary(t.Context()), c, "primary")
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.wantWhere(t, t.Context(), tx, "primary")
	if err := tx.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
	for ctx, want := range map[context.Context]bool{t.Context(): false, datalayer.ReadPrimary(t.Context()): true} {
		err := c.Stream(ctx, &datalayer.Query{Resource: c.user, Select: attributes(c.user, "Name")}, 10, func(res *datalayer.Result) error {
			if name, err := res.Value(0, 0); err != nil || (name == "primary") != want {
				t.Errorf("streamed from %v (%v)", name, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestReplicaLagsBehind has a replica without the tables: the primary answers.
func TestReplicaLagsBehind(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{Replicas: []string{pgtest.Database(t)}})
	c.put(t, "primary")
	c.wantWhere(t, t.Context(), c, "primary")
	rows := 0
	err := c.Stream(t.Context(), &datalayer.Query{Resource: c.user, Select: c.user.Columns()}, 10, func(res *datalayer.Result) error {
		rows += res.Len()
		return nil
	})
	if err != nil || rows != 1 {
		t.Errorf("streamed %d rows (%v), want that of the primary", rows, err)
	}
}

// TestStreamAfterChange streams with a statement that was prepared before a
// column changed.
func TestStreamAfterChange(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{MaxConns: 1})
	c.fill(t, 3)
	admin := c.admin(t)
	for _, change := range []string{"", "alter table messages alter likes type bigint", "alter table messages alter body type varchar(100)"} {
		if change != "" {
			if _, err := admin.Exec(t.Context(), change); err != nil {
				t.Fatal(err)
			}
		}
		rows := 0
		err := c.Stream(t.Context(), &datalayer.Query{Resource: c.message, Select: c.message.Columns()}, 2, func(res *datalayer.Result) error {
			for i := range res.Len() {
				if _, err := res.Value(i, 4); err != nil {
					return err
				}
			}
			rows += res.Len()
			return nil
		})
		if err != nil || rows != 4 {
			t.Errorf("after %q: %d rows, %v", change, rows, err)
		}
	}
}

func TestReplicaStops(t *testing.T) {
	server := pgtest.NewServer(t)
	named(t, server.URL(), "replica")
	c := newChat(t, pgtest.Database(t), postgres.Options{Replicas: []string{server.URL()}, RetryReplica: time.Millisecond})
	c.put(t, "primary")
	c.wantWhere(t, t.Context(), c, "replica")
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		c.wantWhere(t, t.Context(), c, "primary")
	}
	err := c.Stream(t.Context(), &datalayer.Query{Resource: c.user, Select: attributes(c.user, "Name")}, 10, func(*datalayer.Result) error { return nil })
	if err != nil {
		t.Errorf("stream: %v", err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	for range 5000 { // it is asked again every millisecond
		if name, err := c.where(t.Context(), c); err != nil || name == "replica" {
			if err != nil {
				t.Error(err)
			}
			return
		}
	}
	t.Error("the replica is back, but nobody asks it")
}

func TestReplicaURL(t *testing.T) {
	_, err := postgres.OpenWith(t.Context(), pgtest.Database(t), postgres.Options{Replicas: []string{"postgres://%"}})
	if err == nil {
		t.Error("a replica with a broken URL is no fault")
	}
}

// either is a URL with both servers, for the one that can be written to.
func either(t *testing.T, a, b *pgtest.Server) string {
	t.Helper()
	hosts := make([]string, 2)
	for i, s := range []*pgtest.Server{a, b} {
		u, err := url.Parse(s.URL())
		if err != nil {
			t.Fatal(err)
		}
		hosts[i] = u.Query().Get("host")
	}
	q := url.Values{"host": {hosts[0] + "," + hosts[1]}, "port": {"5432,5432"}, "target_session_attrs": {"read-write"}}
	return "postgres://postgres@/postgres?" + q.Encode()
}

// TestFailover kills the first of two servers: calls go on with the second.
func TestFailover(t *testing.T) {
	first, second := pgtest.NewServer(t), pgtest.NewServer(t)
	named(t, second.URL(), "second")
	named(t, first.URL(), "first")
	c := newChat(t, either(t, first, second), postgres.Options{})
	c.wantWhere(t, t.Context(), c, "first")
	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	c.eventually(t, "second")
}

// TestDemotion makes the first of two servers read-only, as one that has
// become a standby is: writes fail as unavailable and then go to the second.
func TestDemotion(t *testing.T) {
	first, second := pgtest.NewServer(t), pgtest.NewServer(t)
	named(t, second.URL(), "second")
	named(t, first.URL(), "first")
	c := newChat(t, either(t, first, second), postgres.Options{MaxConns: 1})
	c.wantWhere(t, t.Context(), c, "first")
	admin, err := pgx.Connect(t.Context(), first.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	for _, sql := range []string{"alter system set default_transaction_read_only = on", "select pg_reload_conf()"} {
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for range 1000 { // the reload takes a moment
		_, err := c.Update(t.Context(), &datalayer.Update{Resource: c.user,
			Set: []datalayer.Assignment{{Attribute: c.user.Attribute("Name"), Value: expr.Literal{Value: "renamed"}}}})
		if err != nil {
			_ = unavailable(t, "a write to a server that has become read-only", err)
		}
		if name, err := c.where(t.Context(), c); err == nil && name == "second" {
			return
		}
	}
	t.Error("writes still go to the server that is read-only")
}

// eventually reads until it succeeds; until then the database is unavailable.
func (c *chat) eventually(t *testing.T, want string) {
	t.Helper()
	var err error
	for range 20 {
		var got string
		if got, err = c.where(t.Context(), c); err == nil {
			if got != want {
				t.Errorf("read from %q, want %q", got, want)
			}
			return
		}
		_ = unavailable(t, "a read after the server has gone", err)
	}
	t.Errorf("no read succeeds: %v", err)
}
