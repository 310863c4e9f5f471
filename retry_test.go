package conga_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
)

func newDesk(t *testing.T, layer datalayer.Layer) *desk {
	t.Helper()
	app, err := conga.New(layer, resource.Of[Person](), resource.Of[Ticket](), resource.Of[Comment]())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close() })
	d := &desk{app: app, people: conga.For[Person](app), tickets: conga.For[Ticket](app), comments: conga.For[Comment](app)}
	f := d.people.Fields()
	d.ann = must(d.people.Create(t.Context(), "add", conga.Set(&f.Name, "Ann")))(t)
	d.bob = must(d.people.Create(t.Context(), "add", conga.Set(&f.Name, "Bob")))(t)
	return d
}

// TestTransactAgain has a transaction lose against a write that comes in between.
func TestTransactAgain(t *testing.T) {
	layer, err := postgres.Open(t.Context(), pgtest.Database(t)+"&default_transaction_isolation=serializable")
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, layer)
	f := d.tickets.Fields()
	k := d.file(t, d.ann, "Printer")
	tests := []struct {
		name    string
		options []conga.TransactOption
		losses  int
		runs    int
		kind    resource.ErrorKind
	}{
		{"without retries", nil, 1, 1, conga.Unavailable},
		{"with one", []conga.TransactOption{conga.Retries(1)}, 1, 2, ""},
		{"with three", []conga.TransactOption{conga.Retries(3)}, 3, 4, ""},
		{"not often enough", []conga.TransactOption{conga.Retries(2)}, 9, 3, conga.Unavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var events []conga.EventKind
			cancel := d.app.Subscribe(t.Context(), d.tickets.Topic("", nil), func(e conga.Event) {
				if e.Record.(*Ticket).Title == "mine" {
					events = append(events, e.Kind)
				}
			})
			defer cancel()
			runs := 0
			err := d.app.Transact(d.as(t, d.ann), func(ctx context.Context) error {
				runs++
				if _, err := d.tickets.Get(ctx, k.ID); err != nil {
					return err
				}
				if runs <= tt.losses {
					if _, err := d.tickets.Update(d.as(t, d.ann), "edit", k, conga.Set(&f.Title, "theirs")); err != nil {
						return err
					}
				}
				_, err := d.tickets.Update(ctx, "edit", k, conga.Set(&f.Title, "mine"))
				return err
			}, tt.options...)
			if conga.KindOf(err) != tt.kind || runs != tt.runs {
				t.Errorf("ran %d times and ended with %v, want %d times and %q", runs, err, tt.runs, tt.kind)
			}
			if want := map[bool][]conga.EventKind{true: {conga.Updated}}[tt.kind == ""]; !slices.Equal(events, want) {
				t.Errorf("events %v, want %v", events, want)
			}
		})
	}
	t.Run("a hook has seen the failure", func(t *testing.T) {
		h := &hooks{}
		runs := 0
		ctx := context.WithValue(d.as(t, d.ann), hooksKey{}, h)
		err := d.app.Transact(ctx, func(ctx context.Context) error {
			runs++
			if _, err := d.tickets.Get(ctx, k.ID); err != nil {
				return err
			}
			if _, err := d.tickets.Update(d.as(t, d.ann), "edit", k, conga.Set(&f.Title, "theirs")); err != nil {
				return err
			}
			_, err := d.tickets.Update(ctx, "close", k, conga.Args(&Closing{Reason: "done with it"}))
			return err
		}, conga.Retries(3))
		if wantKind(t, err, conga.Unavailable); runs != 1 || !slices.Contains(h.log, "ended false") {
			t.Errorf("ran %d times, hooks %q", runs, h.log)
		}
	})
}

// flaky is a layer that loses some conflicts.
type flaky struct {
	datalayer.Layer
	losses, calls int
}

var errLost = &datalayer.UnavailableError{Conflict: true, Cause: errors.New("lost")}

func (l *flaky) lose() error {
	l.calls++
	if l.losses--; l.losses >= 0 {
		return errLost
	}
	return nil
}

func (l *flaky) Update(ctx context.Context, w *datalayer.Update) (*datalayer.Result, error) {
	if err := l.lose(); err != nil {
		return nil, err
	}
	return l.Layer.Update(ctx, w)
}

func (l *flaky) Begin(ctx context.Context) (datalayer.Tx, error) {
	if err := l.lose(); err != nil {
		return nil, err
	}
	return l.Layer.Begin(ctx)
}

func TestWriteAgain(t *testing.T) {
	layer, err := sqlite.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	l := &flaky{Layer: layer}
	d := newDesk(t, l)
	k := d.file(t, d.ann, "Printer")
	ended, cancel := context.WithCancel(d.as(t, d.bob))
	cancel()
	tests := []struct {
		name, action string
		ctx          context.Context
		losses       int
		calls        int
		kind         resource.ErrorKind
	}{
		{"no conflict", "vote", d.as(t, d.bob), 0, 1, ""},
		{"two conflicts", "vote", d.as(t, d.bob), 2, 3, ""},
		{"three conflicts", "vote", d.as(t, d.bob), 3, 3, conga.Unavailable},
		{"an action with hooks", "close", d.as(t, d.ann), 1, 1, conga.Unavailable},
		{"a context that has ended", "vote", ended, 1, 1, conga.Unavailable},
	}
	for _, tt := range tests {
		l.losses, l.calls = tt.losses, 0
		var options []conga.Option
		if tt.action == "close" {
			options = []conga.Option{conga.Args(&Closing{Reason: "done with it"})}
		}
		before := must(d.tickets.Get(t.Context(), k.ID))(t)
		_, err := d.tickets.Update(tt.ctx, tt.action, k, options...)
		after := must(d.tickets.Get(t.Context(), k.ID))(t)
		if conga.KindOf(err) != tt.kind || l.calls != tt.calls || tt.action == "vote" && (after.Votes-before.Votes == 1) != (err == nil) {
			t.Errorf("%s: %d calls and %v, votes from %d to %d", tt.name, l.calls, err, before.Votes, after.Votes)
		}
	}
}
