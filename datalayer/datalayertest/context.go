package datalayertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource/expr"
)

// soon is how long a call may go on after its context has ended. It is far
// more than it takes, so that slow machines pass.
const soon = 5 * time.Second

func testContext(t *testing.T, db Database) {
	w := newWorld(t)
	w.addBlog()
	f := newFixture(t, db, w, nil)
	ended, cancel := context.WithCancel(f.ctx)
	cancel()
	for name, run := range f.calls() {
		if err := run(ended, f.l); !errors.Is(err, context.Canceled) {
			t.Errorf("%s with an ended context: %v, want %v", name, err, context.Canceled)
		}
	}
	if tx, err := f.l.Begin(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("begin with an ended context: %v, want %v", err, context.Canceled)
		if err == nil {
			_ = tx.Rollback(f.ctx)
		}
	}
	f.look(t, f.l)
	testEndedCommit(t, f, ended)
	testWaiting(t, f)
	testLong(t, db)
}

// calls are one call of each method; all are harmless when they do not run.
func (f *fixture) calls() map[string]func(context.Context, datalayer.Session) error {
	posts := f.of("post")
	return map[string]func(context.Context, datalayer.Session) error{
		"read": func(ctx context.Context, s datalayer.Session) error {
			_, err := s.Read(ctx, f.query("post"))
			return err
		},
		"insert": func(ctx context.Context, s datalayer.Session) error {
			return insert(ctx, s, posts, []any{newPost(700)})
		},
		"update": func(ctx context.Context, s datalayer.Session) error {
			_, err := s.Update(ctx, &datalayer.Update{Resource: posts,
				Set: []datalayer.Assignment{{Attribute: posts.Attribute("Title"), Value: lit("late")}}})
			return err
		},
		"delete": func(ctx context.Context, s datalayer.Session) error {
			_, err := s.Delete(ctx, &datalayer.Delete{Resource: posts})
			return err
		},
	}
}

// testEndedCommit commits with a context that has ended: nothing happens.
func testEndedCommit(t *testing.T, f *fixture, ended context.Context) {
	tx, err := f.l.Begin(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.calls()["update"](f.ctx, tx); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("commit with an ended context: %v, want %v", err, context.Canceled)
	}
	if err := tx.Rollback(ended); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("rollback with an ended context: %v", err)
	}
	f.look(t, f.l)
}

// testWaiting writes what an open transaction has changed: the call waits, and
// gives up when its context ends.
func testWaiting(t *testing.T, f *fixture) {
	tx, err := f.l.Begin(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.calls()["update"](f.ctx, tx); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"update", "delete"} {
		ctx, cancel := context.WithTimeout(f.ctx, 50*time.Millisecond)
		begun := time.Now()
		err := f.calls()[name](ctx, f.l)
		cancel()
		if took := time.Since(begun); took > soon || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s of locked records ends after %v with %v, want %v soon", name, took, err, context.DeadlineExceeded)
		}
	}
	if err := tx.Rollback(f.ctx); err != nil {
		t.Fatal(err)
	}
	f.look(t, f.l)
}

// testLong reads what takes long, and gives up.
func testLong(t *testing.T, db Database) {
	w := newWorld(t)
	w.add(&author{ID: 1, Name: "prolific"})
	for n := range 3000 {
		p := newPost(n)
		p.AuthorID = new(int64(1))
		w.add(p)
	}
	f := newFixture(t, db, w, nil)
	// Each post looks at all posts of its author.
	slow := expr.Call{Op: expr.OpEq, Args: []expr.Node{lit(int64(-1)), &expr.Aggregate{
		Kind: expr.AggregateCount, Path: []string{"Author", "Posts"},
		Where: call(expr.OpContains, call(expr.OpConcat, field("Title"), field("State")), expr.Field{Up: 1, Name: "Title"}),
	}}}
	ctx, cancel := context.WithTimeout(f.ctx, 30*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err := f.l.Read(ctx, &datalayer.Query{Resource: w.of("post"), Select: w.of("post").Columns(), Where: slow})
	if took := time.Since(begun); took > soon || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a long read ends after %v with %v, want %v soon", took, err, context.DeadlineExceeded)
	}
	f.expect(t, f.l, &datalayer.Query{Resource: w.of("author"), Select: w.of("author").Columns()})
}

func testOutage(t *testing.T, db Database) {
	w := newWorld(t)
	w.addBlog()
	l, stop, start := db.Outage(t)
	f := w.in(t, l)
	f.ensure(t)
	f.store(t, l)
	stop()
	if err := write(f, 800); !unavailable(err) {
		t.Errorf("insert during an outage: %v, want an *UnavailableError", err)
	}
	start()
	// Connections may have been lost; some calls may be needed to find out.
	var err error
	for range 10 {
		if err = write(f, 801); err == nil {
			break
		}
		if !unavailable(err) {
			t.Fatalf("insert after an outage: %v", err)
		}
	}
	if err != nil {
		t.Fatalf("insert after an outage: %v", err)
	}
	f.add(newPost(801))
	f.look(t, l)
}

func write(f *fixture, n int) error {
	if err := insert(f.ctx, f.l, f.of("post"), []any{newPost(n)}); err != nil {
		return fmt.Errorf("post %d: %w", n, err)
	}
	return nil
}

func unavailable(err error) bool {
	var u *datalayer.UnavailableError
	return errors.As(err, &u)
}
