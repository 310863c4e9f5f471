package datalayertest

import (
	"errors"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource/expr"
)

// testParts begins parts of a transaction, and parts of these, and undoes some.
func testParts(t *testing.T, db Database) {
	for _, commit := range []bool{true, false} {
		for _, fails := range []bool{true, false} {
			w := newWorld(t)
			w.addBlog()
			f := newFixture(t, db, w, nil)
			tx, err := f.l.Begin(f.ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(f.ctx) }()
			f.goesOn(t, tx, 600)
			outer := f.part(t, tx)
			f.goesOn(t, outer, 601)
			inner := f.part(t, outer)
			if fails {
				rec := newPost(601) // is there already
				var broken *datalayer.ConstraintError
				if err := insert(f.ctx, inner, f.of("post"), []any{rec}); !errors.As(err, &broken) || broken.Kind != datalayer.Unique {
					t.Errorf("the same post again: %v", err)
				}
			} else if err := insert(f.ctx, inner, f.of("post"), []any{newPost(602)}); err != nil {
				t.Fatal(err)
			}
			undo(t, f, inner)
			f.look(t, outer)
			f.goesOn(t, outer, 603)
			last := f.part(t, outer)
			if !commit {
				if _, err := last.Delete(f.ctx, &datalayer.Delete{Resource: f.of("post"), Where: call(expr.OpEq, field("Done"), lit(true))}); err != nil {
					t.Fatal(err)
				}
				undo(t, f, last)
			} else {
				f.goesOn(t, last, 604)
				keep(t, f, last)
			}
			f.look(t, outer)
			keep(t, f, outer)
			empty := f.part(t, tx)
			keep(t, f, empty)
			undo(t, f, f.part(t, tx))
			f.goesOn(t, tx, 605)
			keep(t, f, tx)
			f.look(t, f.l)
		}
	}
	testUndoneParts(t, db)
}

// testUndoneParts undoes a part with all that its parts have done.
func testUndoneParts(t *testing.T, db Database) {
	w := newWorld(t)
	w.addBlog()
	f := newFixture(t, db, w, nil)
	tx, err := f.l.Begin(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	outer := f.part(t, tx)
	inner := f.part(t, outer)
	if err := insert(f.ctx, inner, f.of("post"), []any{newPost(610)}); err != nil {
		t.Fatal(err)
	}
	if err := outer.Commit(f.ctx); err == nil {
		t.Error("a part ends before the part of it")
	}
	keep(t, f, inner)
	if err := inner.Commit(f.ctx); err == nil {
		t.Error("a part ends twice")
	}
	undo(t, f, inner)
	undo(t, f, outer)
	f.goesOn(t, tx, 611)
	f.look(t, tx)
	keep(t, f, tx)
	f.look(t, f.l)
}

// part begins a part.
func (f *fixture) part(t *testing.T, tx datalayer.Tx) datalayer.Tx {
	t.Helper()
	n, ok := tx.(datalayer.Nester)
	if !ok {
		t.Fatalf("%T has no parts", tx)
	}
	p, err := n.Begin(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// goesOn adds a post in the session and in the world.
func (f *fixture) goesOn(t *testing.T, s datalayer.Session, id int) {
	t.Helper()
	rec := newPost(id)
	if err := insert(f.ctx, s, f.of("post"), []any{rec}); err != nil {
		t.Fatal(err)
	}
	f.add(rec)
}

func keep(t *testing.T, f *fixture, tx datalayer.Tx) {
	t.Helper()
	if err := tx.Commit(f.ctx); err != nil {
		t.Fatal(err)
	}
}

func undo(t *testing.T, f *fixture, tx datalayer.Tx) {
	t.Helper()
	if err := tx.Rollback(f.ctx); err != nil {
		t.Fatal(err)
	}
}
