package datalayertest

import (
	"errors"
	"sync"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource/expr"
)

func testTransactions(t *testing.T, db Database) {
	for _, commit := range []bool{true, false} {
		w := newWorld(t)
		w.addBlog()
		f := newFixture(t, db, w, nil)
		outside := newWorld(t)
		outside.addBlog()
		before := outside.in(t, f.l)

		tx, err := f.l.Begin(f.ctx)
		if err != nil {
			t.Fatal(err)
		}
		f.change(t, tx)
		f.look(t, tx)
		before.look(t, f.l)
		if commit {
			err = tx.Commit(f.ctx)
		} else {
			err = tx.Rollback(f.ctx)
		}
		if err != nil {
			t.Errorf("end of a transaction, commit %v: %v", commit, err)
		}
		if err := tx.Rollback(f.ctx); err != nil {
			t.Errorf("rollback after the end: %v", err)
		}
		if _, err := tx.Read(f.ctx, f.query("tag")); err == nil {
			t.Error("a transaction reads after its end")
		}
		if commit {
			f.look(t, f.l)
		} else {
			before.look(t, f.l)
		}
	}
	testIncrements(t, db)
}

// change writes in a session, and in the world.
func (f *fixture) change(t *testing.T, s datalayer.Session) {
	t.Helper()
	in := *f
	in.s = s
	posts := f.of("post")
	rec := newPost(500)
	if err := insert(f.ctx, s, posts, []any{rec}); err != nil {
		t.Fatal(err)
	}
	f.add(rec)
	in.update(t, &datalayer.Update{Resource: posts, Where: call(expr.OpEq, field("Done"), lit(true)), Return: posts.Columns(),
		Set: []datalayer.Assignment{{Attribute: posts.Attribute("Title"), Value: lit("within")}}})
	in.delete(t, &datalayer.Delete{Resource: posts, Where: call(expr.OpEq, field("State"), lit("gone"))})
}

// look reads all records, and those that others include.
func (f *fixture) look(t *testing.T, s datalayer.Session) {
	t.Helper()
	for _, r := range f.g.Resources {
		f.expect(t, s, &datalayer.Query{Resource: r, Select: r.Attributes, Count: true})
	}
	for _, q := range includes(f.world) {
		f.expect(t, s, q)
	}
}

// testIncrements lets several transactions read, lock and change one record:
// none is lost.
func testIncrements(t *testing.T, db Database) {
	w := newWorld(t)
	w.add(newPost(0))
	f := newFixture(t, db, w, nil)
	const workers, rounds = 4, 5
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for done := 0; done < rounds; {
				err := f.increment()
				var u *datalayer.UnavailableError
				switch {
				case err == nil:
					done++
				case errors.As(err, &u) && u.Conflict:
				default:
					t.Errorf("increment: %v", err)
					return
				}
			}
		})
	}
	wait.Wait()
	p := w.records[w.of("post")][0].(*post)
	p.Votes += workers * rounds
	f.expect(t, f.l, w.query("post"))
}

// increment adds one to the votes of the only post, in Go.
func (f *fixture) increment() error {
	posts := f.of("post")
	votes := posts.Attribute("Votes")
	tx, err := f.l.Begin(f.ctx)
	if err != nil {
		return err
	}
	res, err := tx.Read(f.ctx, &datalayer.Query{Resource: posts, Select: posts.Columns(), Lock: true})
	if err != nil {
		return errors.Join(err, tx.Rollback(f.ctx))
	}
	rec := posts.New()
	for col := range res.Columns {
		if err := res.Scan(0, col, rec); err != nil {
			return errors.Join(err, tx.Rollback(f.ctx))
		}
	}
	_, err = tx.Update(f.ctx, &datalayer.Update{Resource: posts, Set: []datalayer.Assignment{
		{Attribute: votes, Value: lit(votes.Get(rec).(int64) + 1)},
	}})
	if err != nil {
		return errors.Join(err, tx.Rollback(f.ctx))
	}
	return tx.Commit(f.ctx)
}
