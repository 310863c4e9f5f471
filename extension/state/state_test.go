package state_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/extension/state"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// Stage is the state of an order.
type Stage string

// Order has a machine.
type Order struct {
	ID    uuid.UUID `conga:"primary"`
	Stage Stage     `validate:"oneof=cart paid sent back lost" conga:"default=cart"`
	Note  string
}

// Define declares the transitions.
func (o *Order) Define(r *resource.Builder[Order]) {
	r.Read("list")
	r.Create("fill").Accept(&o.Note, &o.Stage)
	r.Update("note").Accept(&o.Note).Primary()
	r.Update("pay")
	r.Update("settle").Accept(&o.Stage)
	r.Destroy("forget")

	machine := state.Use(r, &o.Stage)
	machine.On("pay").From("cart").To("paid")
	machine.On("pay").From("lost").To("sent")
	machine.On("send").From("paid").To("sent")
	machine.On("settle").From("sent").To("back", "lost")
	machine.On("remark").From("paid", "sent")
	machine.On("scrap").To("lost")
	machine.On("forget").From("cart", "lost")
	r.Update("send") // declared after its transition
	r.Update("remark").Accept(&o.Note)
	r.Update("scrap")
	r.Policy("list", "fill", "note", "pay", "settle", "forget", "remark", "scrap").AuthorizeIf(resource.Public)
	r.Policy("send").AuthorizeIf(machine.Allows("send"))
}

func onStores(t *testing.T, f func(*testing.T, conga.Handle[Order])) {
	t.Helper()
	run := func(layer datalayer.Layer, err error) func(*testing.T) {
		return func(t *testing.T) {
			if err != nil {
				t.Fatal(err)
			}
			app, err := conga.NewWith(conga.Options{Log: slog.New(slog.DiscardHandler)}, layer, resource.Of[Order]())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = app.Close() })
			f(t, conga.For[Order](app))
		}
	}
	layer, err := sqlite.Open(context.Background(), ":memory:")
	t.Run("sqlite", run(layer, err))
	pg, err := postgres.Open(context.Background(), pgtest.Database(t))
	t.Run("postgres", run(pg, err))
}

func TestTransitions(t *testing.T) {
	onStores(t, func(t *testing.T, orders conga.Handle[Order]) {
		f := orders.Fields()
		to := func(s Stage) conga.Option { return conga.Set(&f.Stage, s) }
		tests := []struct {
			name    string
			actions []string
			chosen  Stage // of settle
			want    string
		}{
			{"one after the other", []string{"pay", "send"}, "", "sent"},
			{"out of order", []string{"settle"}, "back", "invalid: stage: cannot settle while it is cart"},
			{"twice", []string{"pay", "pay"}, "", "invalid: stage: cannot pay while it is paid"},
			{"another way", []string{"scrap", "pay"}, "", "sent"},
			{"chosen", []string{"pay", "send", "settle"}, "back", "back"},
			{"chosen wrongly", []string{"pay", "send", "settle"}, "cart", "invalid: stage: cannot settle from sent to cart"},
			{"not chosen", []string{"pay", "send", "settle"}, "", "invalid: stage: must be one of: back, lost"},
			{"no transition", []string{"note"}, "", "cart"},
			{"the state stays", []string{"pay", "remark"}, "", "paid"},
			{"the state is wrong", []string{"remark"}, "", "invalid: stage: cannot remark while it is cart"},
			{"by a policy", []string{"send"}, "", "forbidden"},
			{"from everywhere", []string{"scrap", "scrap"}, "", "lost"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				ctx := t.Context()
				o, err := orders.Create(ctx, "fill")
				for _, action := range tt.actions {
					var opts []conga.Option
					if action == "settle" && tt.chosen != "" {
						opts = append(opts, to(tt.chosen))
					}
					if err == nil {
						o, err = orders.Update(ctx, action, o, opts...)
					}
				}
				if got := outcome(o, err); got != tt.want {
					t.Errorf("%v: got %s, want %s", tt.actions, got, tt.want)
				}
			})
		}
	})
}

// outcome is the state, or the error in short.
func outcome(o *Order, err error) string {
	if err == nil {
		return string(o.Stage)
	}
	var e *conga.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	out := string(e.Kind)
	for _, i := range e.Issues {
		if i.Code != state.Code {
			out += " with code " + i.Code
		}
		out += ": " + i.Field() + ": " + i.Text()
	}
	return out
}

func TestBeginAndEnd(t *testing.T) {
	onStores(t, func(t *testing.T, orders conga.Handle[Order]) {
		ctx := t.Context()
		f := orders.Fields()
		_, err := orders.Create(ctx, "fill", conga.Set(&f.Stage, Stage("sent")))
		if got, want := outcome(nil, err), "invalid: stage: cannot begin as sent"; got != want {
			t.Errorf("create: got %s, want %s", got, want)
		}
		o, err := orders.Create(ctx, "fill", conga.Set(&f.Stage, Stage("cart")))
		if err != nil {
			t.Fatal(err)
		}
		for action, want := range map[string]bool{"send": false, "pay": true} {
			if ok, err := orders.Can(ctx, action, o); err != nil || ok != want {
				t.Errorf("Can %s: %t, %v, want %t", action, ok, err, want)
			}
		}
		if o, err = orders.Update(ctx, "pay", o); err != nil {
			t.Fatal(err)
		}
		err = orders.Destroy(ctx, "forget", o)
		if got, want := outcome(nil, err), "invalid: stage: cannot forget while it is paid"; got != want {
			t.Errorf("destroy: got %s, want %s", got, want)
		}
		n, err := orders.UpdateEvery(ctx, "scrap", expr.True())
		if err != nil || n != 1 {
			t.Errorf("UpdateEvery: %d, %v", n, err)
		}
		if err := orders.Destroy(ctx, "forget", o); err != nil {
			t.Errorf("destroy: %v", err)
		}
	})
}

func TestChart(t *testing.T) {
	g, err := resource.Compile(resource.Of[Order]())
	if err != nil {
		t.Fatal(err)
	}
	chart, ok := state.Of(resource.For[Order](g))
	if !ok {
		t.Fatal("no chart")
	}
	want := `stateDiagram-v2
    [*] --> cart
    cart --> paid: pay
    lost --> sent: pay
    paid --> sent: send
    sent --> back: settle
    sent --> lost: settle
    paid --> paid: remark
    sent --> sent: remark
    cart --> lost: scrap
    paid --> lost: scrap
    lost --> lost: scrap
    sent --> lost: scrap
    back --> lost: scrap
    cart --> cart: forget
    lost --> lost: forget
`
	if got := chart.Mermaid(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	odd := &state.Chart{Initial: []string{"not yet"}, Transitions: []*state.Transition{{Action: "say", From: []string{"not yet"}, To: []string{`"end"`}}}}
	want = `stateDiagram-v2
    state "not yet" as s0
    state "#quot;end#quot;" as s1
    [*] --> s0
    s0 --> s1: say
    s1 --> [*]
`
	if got := odd.Mermaid(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Loose goes around its machine.
type Loose struct {
	ID    uuid.UUID `conga:"primary"`
	Name  string    `conga:"unique"`
	State string    `validate:"oneof=on off"`
}

// Define makes mistakes.
func (l *Loose) Define(r *resource.Builder[Loose]) {
	r.Update("edit").Accept(&l.State)
	r.Update("force").Change(resource.SetTo(&l.State, "off"))
	r.Update("stop").Accept(&l.State).Primary()
	r.Destroy("end")
	r.Create("put").Accept(&l.Name, &l.State).Upsert(&l.Name)
	machine := state.Use(r, &l.State)
	machine.On("stop").From("on").To("of")
	machine.On("halt").To("off")
	machine.On("end").From("on").To("off")
	r.Policy().AuthorizeIf(machine.Allows("start"))
}

func TestFaults(t *testing.T) {
	_, err := resource.Compile(resource.Of[Loose]())
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"no state of State is the first",
		"a condition asks for the action start, which is no transition",
		`State cannot be "of": its rule has on, off`,
		"action edit sets the state, but is no transition",
		"action force sets the state, but is no transition",
		"action stop sets the state that its transition sets",
		"action end removes the record, so it enters no state",
		"action put would set the state of a record that is there already",
		`Loose.halt: there is no such action of a kind that changes records`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("diagnostics lack %q:\n%v", want, err)
		}
	}
}

// Of several writers at once, one takes the record out of its state.
func TestAtOnce(t *testing.T) {
	onStores(t, func(t *testing.T, orders conga.Handle[Order]) {
		o, err := orders.Create(t.Context(), "fill")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var done, refused atomic.Int32
		for range 6 {
			wg.Go(func() {
				switch _, err := orders.Update(t.Context(), "pay", o); outcome(o, err) {
				case "cart": // o is as it was
					done.Add(1)
				case "invalid: stage: cannot pay while it is paid":
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if done.Load() != 1 || refused.Load() != 5 {
			t.Errorf("%d done, %d refused; want 1 and 5", done.Load(), refused.Load())
		}
	})
}
