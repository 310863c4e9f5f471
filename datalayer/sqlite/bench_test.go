package sqlite_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

type Entry struct {
	ID    uuid.UUID `conga:"primary"`
	Title string
	Votes int
	At    time.Time `conga:"index"`
}

func (e *Entry) Define(r *resource.Builder[Entry]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

// entries is a layer with a table of that many entries.
func entries(b *testing.B, n int) (*sqlite.Layer, *resource.Resource) {
	b.Helper()
	g, err := resource.Compile(resource.Of[Entry]())
	if err != nil {
		b.Fatal(err)
	}
	l, err := sqlite.Open(b.Context(), ":memory:")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	if err := l.EnsureTables(b.Context(), g.Resources); err != nil {
		b.Fatal(err)
	}
	r := g.Resources[0]
	if n > 0 {
		if _, err := l.Insert(b.Context(), batch(r, n)); err != nil {
			b.Fatal(err)
		}
	}
	return l, r
}

func batch(r *resource.Resource, n int) *datalayer.Insert {
	w := &datalayer.Insert{Resource: r, Columns: r.Columns(), Return: r.Columns()}
	for i := range n {
		at := time.Date(2024, 1, 1, 0, 0, i, 0, time.UTC)
		w.Rows = append(w.Rows, []any{uuid.Must(uuid.NewV7()), fmt.Sprint("entry ", i), int64(i), at})
	}
	return w
}

func BenchmarkRead(b *testing.B) {
	l, r := entries(b, 1000)
	byKey := func(n int) expr.Node {
		return expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Field{Name: "Votes"}, expr.Literal{Value: int64(n)}}}
	}
	for _, bb := range []struct {
		name string
		q    *datalayer.Query
	}{
		{"one", &datalayer.Query{Resource: r, Select: r.Columns(), Where: byKey(5), Limit: 1}},
		{"page of 50", &datalayer.Query{Resource: r, Select: r.Columns(), Sort: []expr.Order{{Node: expr.Field{Name: "At"}, Descending: true}}, Limit: 50, More: true}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			var out []byte
			for b.Loop() {
				res, err := l.Read(b.Context(), bb.q)
				if err != nil {
					b.Fatal(err)
				}
				out = out[:0]
				for row := range res.Len() {
					for col := range res.Columns {
						if out, err = res.AppendJSON(out, row, col); err != nil {
							b.Fatal(err)
						}
					}
				}
			}
		})
	}
}

func BenchmarkInsert(b *testing.B) {
	for _, n := range []int{1, 100, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l, r := entries(b, 0)
			for b.Loop() {
				b.StopTimer()
				w := batch(r, n)
				b.StartTimer()
				if _, err := l.Insert(b.Context(), w); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkUpdateInTransaction(b *testing.B) {
	l, r := entries(b, 10)
	set := []datalayer.Assignment{{Attribute: r.Attribute("Votes"), Value: expr.Literal{Value: int64(1)}}}
	for b.Loop() {
		tx, err := l.Begin(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := tx.Update(b.Context(), &datalayer.Update{Resource: r, Set: set}); err != nil {
			b.Fatal(err)
		}
		if err := tx.Commit(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
