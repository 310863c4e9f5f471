package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource/expr"
)

func (c *chat) all() *datalayer.Query {
	return &datalayer.Query{Resource: c.message, Select: attributes(c.message, "ID", "Body")}
}

func unavailable(t *testing.T, what string, err error) *datalayer.UnavailableError {
	t.Helper()
	var u *datalayer.UnavailableError
	if !errors.As(err, &u) {
		t.Fatalf("%s = %v, want an UnavailableError", what, err)
	}
	return u
}

// admin is a connection beside the layer's.
func (c *chat) admin(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

const terminate = `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()`

func TestConnectionKilled(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{MaxConns: 1})
	c.fill(t, 1)
	admin := c.admin(t)
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Read(t.Context(), c.all()); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec(t.Context(), terminate); err != nil {
		t.Fatal(err)
	}
	_, err = tx.Delete(t.Context(), &datalayer.Delete{Resource: c.message})
	if u := unavailable(t, "delete over a killed connection", err); u.InDoubt || u.Conflict {
		t.Errorf("delete = %+v", u)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Errorf("rollback = %v", err)
	}
	if res, err := c.Read(t.Context(), c.all()); err != nil || res.Len() != 2 {
		t.Fatalf("read afterwards = %v", err)
	}
}

func TestCommitInDoubt(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{MaxConns: 1})
	c.fill(t, 1)
	admin := c.admin(t)
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Delete(t.Context(), &datalayer.Delete{Resource: c.message}); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec(t.Context(), terminate); err != nil {
		t.Fatal(err)
	}
	if u := unavailable(t, "commit over a killed connection", tx.Commit(t.Context())); !u.InDoubt {
		t.Errorf("commit = %+v, want InDoubt", u)
	}
}

func TestCommitOfFailedTransaction(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{})
	c.fill(t, 1)
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = tx.Insert(t.Context(), &datalayer.Insert{Resource: c.user, Columns: attributes(c.user, "ID", "Name"), Rows: [][]any{{id(1, 9), "ann"}}})
	var broken *datalayer.ConstraintError
	if !errors.As(err, &broken) || broken.Kind != datalayer.Unique || len(broken.Attributes) != 1 || broken.Attributes[0].Name != "Name" {
		t.Fatalf("insert of a second ann = %v", err)
	}
	if err := tx.Commit(t.Context()); err == nil {
		t.Error("commit of a failed transaction gives no error")
	}
	if got := strings.Join(c.seen.take()[3:], "; "); !strings.HasPrefix(got, "begin; insert") || !strings.HasSuffix(got, "; commit") {
		t.Errorf("statements: %s", got)
	}
}

func TestPoolExhausted(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{MaxConns: 1, AcquireTimeout: 300 * time.Millisecond})
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Read(t.Context(), c.all())
	_ = unavailable(t, "read while all connections are busy", err)
	if _, err := c.Begin(t.Context()); err == nil {
		t.Error("a second transaction begins")
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(t.Context(), c.all()); err != nil {
		t.Errorf("read afterwards = %v", err)
	}
}

// hold locks all messages until the test ends.
func (c *chat) hold(t *testing.T) {
	t.Helper()
	tx, err := c.admin(t).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "lock table messages"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
}

func TestStatementTimeout(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{StatementTimeout: 300 * time.Millisecond})
	c.hold(t)
	_, err := c.Read(t.Context(), c.all())
	_ = unavailable(t, "read that takes too long", err)
}

func TestContextEnds(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{MaxConns: 2})
	c.hold(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := c.Read(ctx, c.all())
		done <- err
	}()
	waitForLock(t, c)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("read = %v, want the context's error", err)
	}
	if _, err := c.Read(ctx, c.all()); !errors.Is(err, context.Canceled) {
		t.Errorf("read with an ended context = %v", err)
	}
	if _, err := c.Read(t.Context(), &datalayer.Query{Resource: c.user}); err != nil {
		t.Errorf("read of another table = %v", err)
	}
	tx, err := c.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Read(t.Context(), &datalayer.Query{Resource: c.user}); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("commit with an ended context = %v", err)
	}
}

// waitForLock returns when a statement waits for the held table.
func waitForLock(t *testing.T, c *chat) {
	t.Helper()
	admin := c.admin(t)
	for {
		var waiting bool
		err := admin.QueryRow(t.Context(), "select exists (select from pg_locks where not granted)").Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
		if waiting {
			return
		}
	}
}

func TestClosed(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := c.Read(t.Context(), c.all())
	_ = unavailable(t, "read of a closed layer", err)
	if _, err := postgres.Open(t.Context(), "postgres://nobody@127.0.0.1:1/none"); err == nil {
		t.Error("a server that is not there can be opened")
	} else {
		_ = unavailable(t, "open without a server", err)
	}
}

func TestConstraints(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{})
	c.fill(t, 2)
	insert := func(room any, body string, likes any) error {
		_, err := c.Insert(t.Context(), &datalayer.Insert{Resource: c.message, Columns: c.message.Columns(),
			Rows: [][]any{{id(9, 9), body, room, id(1, 1), likes, start}}})
		return err
	}
	tests := []struct {
		name       string
		err        error
		kind       datalayer.ConstraintKind
		attribute  string
		referenced bool
	}{
		{"no such room", insert(id(9, 9), "x", int64(1)), datalayer.ForeignKey, "RoomID", false},
		{"no room", insert(nil, "x", int64(1)), datalayer.NotNull, "RoomID", false},
		{"body too long", insert(id(2, 1), strings.Repeat("ä", 4001), int64(1)), datalayer.CheckRule, "Body", false},
		{"negative likes", insert(id(2, 1), strings.Repeat("ä", 4000), int64(-1)), datalayer.CheckRule, "Likes", false},
		{"zero byte", insert(id(2, 1), "a\x00b", int64(1)), datalayer.CheckRule, "", false},
		{"likes out of range", insert(id(2, 1), "x", int64(1)<<40), datalayer.CheckRule, "", false},
		{"room with messages", func() error {
			_, err := c.Delete(t.Context(), &datalayer.Delete{Resource: c.room})
			return err
		}(), datalayer.ForeignKey, "", true},
	}
	for _, tt := range tests {
		var broken *datalayer.ConstraintError
		if !errors.As(tt.err, &broken) {
			t.Errorf("%s: %v, want a ConstraintError", tt.name, tt.err)
			continue
		}
		got := ""
		if len(broken.Attributes) == 1 {
			got = broken.Attributes[0].Name
		}
		if broken.Kind != tt.kind || got != tt.attribute || broken.Referenced != tt.referenced || broken.Name == "" && tt.kind != datalayer.NotNull && got != "" {
			t.Errorf("%s: %+v, attribute %q, want %+v", tt.name, broken, got, tt)
		}
	}
}

// TestTableChanges alters a table under statements that are prepared.
func TestTableChanges(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{MaxConns: 1})
	c.fill(t, 1)
	admin := c.admin(t)
	q := &datalayer.Query{Resource: c.message, Select: c.message.Columns(), Count: true}
	inTx := func() error {
		tx, err := c.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = tx.Read(t.Context(), q)
		if rolled := tx.Rollback(t.Context()); rolled != nil {
			t.Fatal(rolled)
		}
		return err
	}
	for _, to := range []string{"bigint", "smallint"} {
		if _, err := c.Read(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if _, err := admin.Exec(t.Context(), "alter table messages alter likes type "+to); err != nil {
			t.Fatal(err)
		}
		if to == "bigint" {
			if _, err := c.Read(t.Context(), q); err != nil {
				t.Errorf("read after a change = %v", err)
			}
			continue
		}
		if u := unavailable(t, "read in a transaction after a change", inTx()); !u.Conflict {
			t.Errorf("read = %+v, want Conflict", u)
		}
		if err := inTx(); err != nil {
			t.Errorf("the next transaction = %v", err)
		}
	}
}

// TestDeadlock makes two transactions write the same record in
// opposite orders.
func TestDeadlock(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{})
	c.fill(t, 1)
	rename := func(tx datalayer.Tx, n byte) error {
		_, err := tx.Update(t.Context(), &datalayer.Update{Resource: c.room, Where: is("ID", id(2, n)),
			Set: []datalayer.Assignment{{Attribute: c.room.Attribute("Name"), Value: expr.Literal{Value: "x"}}}})
		return err
	}
	var txs [2]datalayer.Tx
	for i := range txs {
		tx, err := c.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		txs[i] = tx
		if err := rename(tx, byte(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	errs := make(chan error, 2)
	for i, tx := range txs {
		go func() {
			errs <- rename(tx, byte(2-i))
			_ = tx.Rollback(t.Context())
		}()
	}
	lost := 0
	for range txs {
		if err := <-errs; err != nil {
			lost++
			if u := unavailable(t, "update in a deadlock", err); !u.Conflict {
				t.Errorf("update = %+v, want Conflict", u)
			}
		}
	}
	if lost != 1 {
		t.Errorf("%d of two transactions lost, want one", lost)
	}
}
