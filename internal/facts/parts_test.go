package facts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Tray is written with hooks around it, which the context of the call brings.
type Tray struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `conga:"unique" validate:"required"`
	Note string
}

type trayHooks struct {
	after func(ctx context.Context, name string) error
	ended func(ctx context.Context, name string, err error)
}

type trayKey struct{}

func (x *Tray) Define(r *resource.Builder[Tray]) {
	r.Read("list").Primary().Sort(expr.Asc(&x.Name)).MaxPage(1000)
	r.Create("put").Primary().Accept(&x.Name, &x.Note)
	r.Create("hooked").Accept(&x.Name).
		After(func(ctx context.Context, _ *resource.Changeset, rec *Tray) error {
			if h, _ := ctx.Value(trayKey{}).(*trayHooks); h != nil && h.after != nil {
				return h.after(ctx, rec.Name)
			}
			return nil
		}).
		AfterTransaction(func(ctx context.Context, c *resource.Changeset, _ *Tray, err error) {
			if h, _ := ctx.Value(trayKey{}).(*trayHooks); h != nil && h.ended != nil {
				h.ended(ctx, resource.Value(c, &x.Name), err)
			}
		})
	r.Update("rename").Primary().Accept(&x.Name, &x.Note)
	resource.Handle(r, "both", func(ctx context.Context, in *Pair) (*struct{}, error) {
		h := conga.For[Tray](conga.FromContext(ctx))
		for _, name := range []string{in.A, in.B} {
			if _, err := h.Create(ctx, "put", conga.Set(&h.Fields().Name, name)); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}).Transaction()
	r.Policy().AuthorizeIf(resource.Public)
}

// Pair is the input of the action both.
type Pair struct{ A, B string }

type trays struct {
	conga.Handle[Tray]
	f    *Tray
	app  *conga.App
	seen *statements
	told []string // events, by name
}

func onTrays(t *testing.T, f func(t *testing.T, x *trays)) {
	t.Helper()
	stores(t, func(t *testing.T, layer datalayer.Layer, seen *statements) {
		app := ok(conga.New(layer, resource.Of[Tray]()))(t)
		t.Cleanup(func() { _ = app.Close() })
		x := &trays{Handle: conga.For[Tray](app), app: app, seen: seen}
		x.f = x.Fields()
		app.Subscribe(t.Context(), x.Topic("", nil), func(e conga.Event) { x.told = append(x.told, e.Record.(*Tray).Name) })
		f(t, x)
	})
}

func (x *trays) put(ctx context.Context, action, name string) error {
	_, err := x.Create(ctx, action, conga.Set(&x.f.Name, name))
	return err
}

// want holds what is there, and what was told of, against the names.
func (x *trays) want(t *testing.T, names ...string) {
	t.Helper()
	var got []string
	for _, rec := range ok(x.Read(t.Context(), "list", conga.Limit(1000)))(t).Items {
		got = append(got, rec.Name)
	}
	told := slices.Clone(x.told)
	slices.Sort(told)
	if !slices.Equal(got, names) || !slices.Equal(told, names) {
		t.Errorf("there are %v, told of were %v, want %v", got, told, names)
	}
}

var errOver = errors.New("over")

func TestAPartIsUndoneAlone(t *testing.T) {
	onTrays(t, func(t *testing.T, x *trays) {
		err := x.app.Transact(t.Context(), func(ctx context.Context) error {
			if err := x.put(ctx, "put", "a"); err != nil {
				return err
			}
			err := x.app.Transact(ctx, func(ctx context.Context) error {
				if err := x.put(ctx, "put", "b"); err != nil {
					return err
				}
				if err := x.app.Transact(ctx, func(ctx context.Context) error { return x.put(ctx, "hooked", "c") }); err != nil {
					return err
				}
				return errOver
			})
			if !errors.Is(err, errOver) {
				t.Errorf("the part failed with %v", err)
			}
			if err := x.app.Transact(ctx, func(ctx context.Context) error { return x.put(ctx, "hooked", "d") }); err != nil {
				return err
			}
			if len(x.told) > 0 {
				t.Errorf("told of %v before the commit", x.told)
			}
			return x.put(ctx, "put", "e")
		})
		if err != nil {
			t.Fatal(err)
		}
		x.want(t, "a", "d", "e")
		x.told = nil
		if err = x.app.Transact(t.Context(), func(ctx context.Context) error {
			if err := x.app.Transact(ctx, func(ctx context.Context) error { return x.put(ctx, "put", "f") }); err != nil {
				return err
			}
			return errOver
		}); !errors.Is(err, errOver) || len(x.told) > 0 {
			t.Errorf("a part of what is undone: %v, told of %v", err, x.told)
		}
	})
}

func TestAHookMayGoOnAfterAnError(t *testing.T) {
	onTrays(t, func(t *testing.T, x *trays) {
		if err := x.put(t.Context(), "put", "taken"); err != nil {
			t.Fatal(err)
		}
		var ended []string
		h := &trayHooks{}
		h.ended = func(_ context.Context, name string, err error) {
			ended = append(ended, fmt.Sprintf("%s %v", name, conga.KindOf(err)))
		}
		h.after = func(ctx context.Context, name string) error {
			switch name {
			case "outer":
				if err := x.put(ctx, "put", "taken"); conga.KindOf(err) != conga.Conflict {
					t.Errorf("a name that is taken: %v", err)
				}
				if err := x.put(ctx, "hooked", "inner"); conga.KindOf(err) != conga.Invalid {
					t.Errorf("what a hook refuses: %v", err)
				}
				return x.put(ctx, "hooked", "kept")
			case "inner":
				if err := x.put(ctx, "hooked", "innermost"); err != nil {
					t.Error(err)
				}
				return resource.Fault(nil, "no", "is no good", nil)
			}
			return nil
		}
		ctx := context.WithValue(t.Context(), trayKey{}, h)
		if err := x.put(ctx, "hooked", "outer"); err != nil {
			t.Fatal(err)
		}
		x.want(t, "kept", "outer", "taken")
		slices.Sort(ended)
		if got := strings.Join(ended, ", "); got != "inner invalid, innermost invalid, kept , outer " {
			t.Errorf("hooks after the transaction were told of %s", got)
		}
	})
}

func TestManyRecordsAreOnePart(t *testing.T) {
	onTrays(t, func(t *testing.T, x *trays) {
		rows := func(names ...string) (out [][]conga.Option) {
			for _, name := range names {
				out = append(out, []conga.Option{conga.Set(&x.f.Name, name)})
			}
			return out
		}
		err := x.app.Transact(t.Context(), func(ctx context.Context) error {
			if err := x.put(ctx, "put", "a"); err != nil {
				return err
			}
			_, _, err := x.CreateMany(ctx, "put", conga.Bulk{}, rows("b", "c", "a", "d")...)
			if e, is := errors.AsType[*conga.BulkError](err); !is || e.Index != 2 || e.Reason.Kind != conga.Conflict {
				t.Errorf("all or none: %v", err)
			}
			recs, faults, err := x.CreateMany(ctx, "put", conga.Bulk{Partial: true}, rows("e", "a", "f")...)
			if err != nil || len(faults) != 1 || faults[0].Index != 1 || recs[2] == nil {
				t.Errorf("in part: %v, %v", faults, err)
			}
			if _, err := x.UpdateEvery(ctx, "rename", expr.True(), conga.Set(&x.f.Name, "same")); conga.KindOf(err) != conga.Conflict {
				t.Errorf("every: %v", err)
			}
			if _, err := conga.Call[struct{}](ctx, x.Handle, "both", &Pair{"g", "e"}); conga.KindOf(err) != conga.Conflict {
				t.Errorf("a generic action: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		x.want(t, "a", "e", "f")
	})
}

func TestContextsOfParts(t *testing.T) {
	onTrays(t, func(t *testing.T, x *trays) {
		err := x.app.Transact(t.Context(), func(outer context.Context) error {
			var late context.Context
			_ = x.app.Transact(outer, func(inner context.Context) error {
				late = inner
				if err := x.put(outer, "put", "undone"); err != nil { // what it does is of the part
					t.Error(err)
				}
				return errOver
			})
			if err := x.put(late, "put", "late"); err != nil { // the part is over: of what is around it
				t.Error(err)
			}
			func() {
				defer func() {
					if recover() == nil {
						t.Error("the panic is lost")
					}
				}()
				_ = x.app.Transact(outer, func(ctx context.Context) error {
					if err := x.put(ctx, "put", "spoiled"); err != nil {
						t.Error(err)
					}
					panic("over")
				})
			}()
			return x.put(outer, "put", "outer")
		})
		if err != nil {
			t.Fatal(err)
		}
		x.want(t, "late", "outer")
	})
}

// TestHooksAfterTheTransactionMayWrite: their context is that of the call,
// whose transaction is over.
func TestHooksAfterTheTransactionMayWrite(t *testing.T) {
	onTrays(t, func(t *testing.T, x *trays) {
		h := &trayHooks{ended: func(ctx context.Context, name string, _ error) {
			if err := x.put(ctx, "put", "after "+name); err != nil {
				t.Error(err)
			}
		}}
		if err := x.put(context.WithValue(t.Context(), trayKey{}, h), "hooked", "a"); err != nil {
			t.Fatal(err)
		}
		x.want(t, "a", "after a")
	})
}

// TestPartsCostNothingWhereThereAreNone: a savepoint travels with the first
// statement of its part, and there is none outside transactions.
func TestPartsCostNothingWhereThereAreNone(t *testing.T) {
	onTrays(t, func(t *testing.T, x *trays) {
		if !strings.Contains(t.Name(), "postgres") {
			return // SQLite does not tell observers how transactions begin and end
		}
		x.seen.take()
		for _, action := range []string{"put", "hooked"} {
			if err := x.put(t.Context(), action, action); err != nil {
				t.Fatal(err)
			}
			if sent := strings.Join(x.seen.take(), ";"); strings.Contains(sent, "savepoint") {
				t.Errorf("%s sent %s", action, sent)
			}
		}
		if err := x.app.Transact(t.Context(), func(ctx context.Context) error {
			x.seen.take()
			if err := x.app.Transact(ctx, func(context.Context) error { return nil }); err != nil {
				return err
			}
			if sent := x.seen.take(); len(sent) > 0 {
				t.Errorf("an empty part sent %q", sent)
			}
			for _, name := range []string{"a", "b"} {
				if err := x.put(ctx, "put", name); err != nil {
					return err
				}
			}
			var sent []string
			for _, sql := range x.seen.take() {
				words := append(strings.Fields(sql), "")
				sent = append(sent, strings.TrimSpace(words[0]+" "+words[1]))
			}
			if got := strings.Join(sent, ", "); got != "begin, savepoint conga_1, insert into, release savepoint, savepoint conga_1, insert into" {
				t.Errorf("two writes sent %s", got)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
