package conga_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// comment stores n comments on a ticket, past the actions: every tenth is private.
func (d *desk) comment(t testing.TB, k *Ticket, n int) {
	t.Helper()
	r := d.comments.Resource()
	w := &datalayer.Insert{Resource: r, Columns: r.Columns()}
	for i := range n {
		key := uuid.UUID{0: 1}
		binary.BigEndian.PutUint32(key[12:], uint32(i)) //nolint:gosec // a small number
		row := make([]any, len(w.Columns))
		for c, attr := range w.Columns {
			row[c] = map[string]any{"ID": key, "Text": fmt.Sprintf("comment %07d", i), "Private": i%10 == 0, "TicketID": k.ID}[attr.Name]
		}
		w.Rows = append(w.Rows, row)
		if len(w.Rows) == 5000 || i == n-1 {
			if _, err := d.app.Layer().Insert(t.Context(), w); err != nil {
				t.Fatal(err)
			}
			w.Rows = w.Rows[:0]
		}
	}
}

func TestStream(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		k := d.file(t, d.ann, "Printer")
		d.comment(t, k, 1203)
		f := d.comments.Fields()
		n, last := 0, ""
		for c, err := range d.comments.Stream(d.as(t, d.bob), "list", conga.Load(&f.Ticket)) {
			if err != nil {
				t.Fatal(err)
			}
			if c.Private || c.Text <= last || c.Ticket == nil || c.Ticket.ID != k.ID {
				t.Fatalf("comment %d = %+v, after %q", n, c, last)
			}
			last = c.Text
			n++
		}
		if n != 1203-121 {
			t.Errorf("bob streams %d comments, want those that are not private", n)
		}
		tests := []struct {
			name    string
			ctx     context.Context
			options []conga.Option
			want    int
		}{
			{"the owner sees all", d.as(t, d.ann), nil, 1203},
			{"a condition", d.as(t, d.ann), []conga.Option{conga.Where(expr.Is(&f.Private, true))}, 121},
			{"a limit beyond any page", d.as(t, d.ann), []conga.Option{conga.Limit(1100)}, 1100},
			{"a small limit, an offset", d.as(t, d.ann), []conga.Option{conga.Limit(7), conga.Offset(1200)}, 3},
			{"an order", d.as(t, d.ann), []conga.Option{conga.Sort(expr.Desc(&f.Text)), conga.Limit(600)}, 600},
		}
		for _, tt := range tests {
			n := 0
			for _, err := range d.comments.Stream(tt.ctx, "", tt.options...) {
				if err != nil {
					t.Fatalf("%s: %v", tt.name, err)
				}
				n++
			}
			if n != tt.want {
				t.Errorf("%s: %d comments, want %d", tt.name, n, tt.want)
			}
		}
		for _, opt := range []conga.Option{conga.WithCount(), conga.Before("x"), conga.Limit(-1), conga.After("x")} {
			for _, err := range d.comments.Stream(t.Context(), "", opt) {
				wantKind(t, err, conga.Invalid)
			}
		}
	})
}

func TestStreamBreaksOff(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		k := d.file(t, d.ann, "Printer")
		d.comment(t, k, 1203)
		for range 20 { // more often than there are connections
			for _, err := range d.comments.Stream(t.Context(), "list") {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		find := &conga.Find{Action: d.comments.Resource().Action("list")}
		stop := errors.New("enough")
		var cursor string
		err := d.app.Stream(t.Context(), find, 100, func(found *conga.Found) error {
			var err error
			cursor, err = found.Cursor(found.Len() - 1)
			return errors.Join(err, stop)
		})
		if !errors.Is(err, stop) {
			t.Errorf("a stream that was stopped ends with %v", err)
		}
		find.After = cursor
		n := 0
		err = d.app.Stream(t.Context(), find, 100, func(found *conga.Found) error {
			n += found.Len()
			return nil
		})
		if err != nil || n != 1203-121-100 {
			t.Errorf("the rest of a stream has %d comments (%v)", n, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		err = d.app.Stream(ctx, &conga.Find{Action: find.Action}, 100, func(*conga.Found) error {
			cancel()
			return nil
		})
		wantKind(t, err, conga.Unavailable)
		for range 20 {
			func() {
				defer func() { _ = recover() }()
				for range d.comments.Stream(t.Context(), "list") {
					panic("the body of a loop")
				}
			}()
		}
		if err := d.app.Transact(d.as(t, d.ann), func(ctx context.Context) error {
			for c, err := range d.comments.Stream(ctx, "list", conga.Limit(3)) {
				if err != nil {
					return err
				}
				if _, err := d.comments.Get(ctx, c.ID); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Errorf("a stream in a transaction: %v", err)
		}
	})
}

func TestStreamForbidden(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		for _, err := range conga.For[struct{}](d.app).Stream(t.Context(), "list") {
			wantKind(t, err, conga.Internal)
		}
		err := d.app.Stream(t.Context(), &conga.Find{Action: d.people.Resource().Action("list"), Key: uuid.New()}, 0, func(*conga.Found) error {
			t.Error("there is a record")
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestStreamTakesLittleMemory looks at the heap while many records go by.
func TestStreamTakesLittleMemory(t *testing.T) {
	const records = 60_000
	onStores(t, func(t *testing.T, d *desk) {
		d.comment(t, d.file(t, d.ann, "Printer"), records)
		var at []uint64
		rows := 0
		find := &conga.Find{Action: d.comments.Resource().PrimaryAction(resource.Read)}
		find.Load = []conga.Nested{{Relationship: d.comments.Resource().Relationship("Ticket")}}
		var out []byte
		err := d.app.Stream(d.as(t, d.ann), find, 1000, func(found *conga.Found) error {
			if rows%6_000 == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				at = append(at, m.HeapAlloc)
			}
			rows += found.Len()
			for i := range found.Len() {
				var err error
				if out, err = found.AppendJSON(out[:0], i, 1); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || rows != records {
			t.Fatalf("the stream ended with %v after %d records", err, rows)
		}
		const bound = 2 << 20
		for i, heap := range at {
			if heap > at[1]+bound {
				t.Errorf("the heap has %d bytes after %d records, %d after 6,000", heap, i*6_000, at[1])
			}
		}
		t.Logf("heap every 6,000 records: %d", at)
	})
}
