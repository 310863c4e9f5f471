package conga_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/resource/expr"
)

// TestManyWritesTakeFewStatements counts statements for few and for many records.
func TestManyWritesTakeFewStatements(t *testing.T) {
	onCrates(t, func(t *testing.T, h conga.Handle[Crate], sent func() int) {
		f := h.Fields()
		var rows [][]conga.Option
		for i := range 60 {
			rows = append(rows, []conga.Option{conga.Set(&f.Name, fmt.Sprint("c", i)), conga.Set(&f.Count, i)})
		}
		recs, _, err := h.CreateMany(t.Context(), "add", conga.Bulk{}, rows...)
		if err != nil {
			t.Fatal(err)
		}
		counts := func(name string, f func(n int) error) {
			t.Helper()
			var took []int
			for _, n := range []int{3, 60} {
				sent()
				if err := f(n); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				took = append(took, sent())
			}
			if took[0] != took[1] {
				t.Errorf("%s takes %v statements for 3 and for 60 records", name, took)
			}
		}
		counts("changes of one's own", func(n int) error {
			var changes []conga.Change[Crate]
			for i, rec := range recs[:n] {
				changes = append(changes, conga.To(rec, conga.Set(&f.Name, fmt.Sprint("n", n, i))))
			}
			_, _, err := h.UpdateMany(t.Context(), "slow", conga.Bulk{}, changes...)
			return err
		})
		counts("every, with a function", func(n int) error {
			_, err := h.UpdateEvery(t.Context(), "slow", expr.Lt(&f.Count, n), conga.Set(&f.Name, fmt.Sprint("e", n)))
			return err
		})
		counts("every, with a validation", func(n int) error {
			_, err := h.UpdateEvery(t.Context(), "fill", expr.Lt(&f.Count, n), conga.Set(&f.Left, &n))
			return err
		})
		if got := must(h.Get(t.Context(), recs[1].ID))(t); *got.Left != 60 || got.Name != "e60" {
			t.Errorf("filled: %+v", got)
		}
	})
}

func TestUpdateManyTellsWhichFail(t *testing.T) {
	onCrates(t, func(t *testing.T, h conga.Handle[Crate], _ func() int) {
		f := h.Fields()
		var recs []*Crate
		for i := range 4 {
			recs = append(recs, must(h.Create(t.Context(), "add", conga.Set(&f.Name, fmt.Sprint("c", i))))(t))
		}
		must(h.Update(t.Context(), "shut", recs[2]))(t)
		must(h.Update(t.Context(), "versioned", recs[3]))(t)
		locked := conga.Set(&f.Name, "locked")
		_, _, err := h.UpdateMany(t.Context(), "shut", conga.Bulk{}, conga.To(recs[0]), conga.To(recs[2], locked))
		if e, ok := errors.AsType[*conga.BulkError](err); !ok || e.Index != 1 {
			t.Errorf("error = %v, want one of record 1", err)
		}
		if got := must(h.Get(t.Context(), recs[0].ID))(t); got.State != "open" {
			t.Errorf("all or none: %+v", got)
		}
		out, faults, err := h.UpdateMany(t.Context(), "shut", conga.Bulk{Partial: true}, conga.To(recs[0]), conga.To(recs[2], locked),
			conga.Change[Crate]{Key: uuid.New()}, conga.Change[Crate]{Key: recs[1].ID.String()})
		if err != nil || len(faults) != 2 || faults[0].Index != 1 || faults[1].Index != 2 || faults[1].Reason.Kind != conga.NotFound {
			t.Fatalf("faults = %v, %v", faults, err)
		}
		if out[0].State != "shut" || out[1] != nil || out[2] != nil || out[3].State != "shut" {
			t.Errorf("records = %v", out)
		}
		_, _, err = h.UpdateMany(t.Context(), "versioned", conga.Bulk{}, conga.To(recs[2], locked), conga.To(recs[3], locked))
		if e, ok := errors.AsType[*conga.BulkError](err); !ok || e.Index != 1 || !errors.Is(err, conga.ErrStale) {
			t.Errorf("a version that is gone: %v", err)
		}
		_, _, err = h.UpdateMany(t.Context(), "count", conga.Bulk{}, conga.To(recs[0]), conga.To(recs[0]))
		if got := must(h.Get(t.Context(), recs[0].ID))(t); err != nil || got.Count != 6 {
			t.Errorf("twice the same: %+v, %v", got, err)
		}
		n, faults, err := h.DestroyMany(t.Context(), "delete", conga.Bulk{Partial: true}, recs)
		if err != nil || n != 1 || len(faults) != 3 {
			t.Errorf("destroyed %d, %v, %v; want the open one", n, faults, err)
		}
	})
}
