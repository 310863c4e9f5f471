package conga_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
)

// tracer keeps what it is told.
type tracer struct {
	mu     sync.Mutex
	begun  []string
	traces []*conga.Trace
}

type spanKey struct{}

func (r *tracer) Begin(ctx context.Context, action *resource.Action) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	parent, _ := ctx.Value(spanKey{}).(string)
	span := parent + "/" + action.Resource.Name + "." + action.Name
	r.begun = append(r.begun, span)
	return context.WithValue(ctx, spanKey{}, span)
}

func (r *tracer) End(_ context.Context, t *conga.Trace) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.traces = append(r.traces, t)
}

// traced is a desk whose calls are traced.
func traced(t *testing.T, f func(t *testing.T, d *desk, r *tracer, log *bytes.Buffer)) {
	for name, open := range map[string]func() (datalayer.Layer, error){
		"sqlite":   func() (datalayer.Layer, error) { return sqlite.Open(t.Context(), ":memory:") },
		"postgres": func() (datalayer.Layer, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			layer, err := open()
			if err != nil {
				t.Fatal(err)
			}
			r, log := &tracer{}, &bytes.Buffer{}
			logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			app, err := conga.NewWith(conga.Options{Tracers: []conga.Tracer{r, conga.LogCalls(logger, slog.LevelInfo)}, Log: slog.New(slog.DiscardHandler)},
				layer, resource.Of[Person](), resource.Of[Ticket](), resource.Of[Comment]())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = app.Close() })
			d := &desk{app: app, people: conga.For[Person](app), tickets: conga.For[Ticket](app), comments: conga.For[Comment](app)}
			f(t, d, r, log)
		})
	}
}

func TestTracers(t *testing.T) {
	traced(t, func(t *testing.T, d *desk, r *tracer, log *bytes.Buffer) {
		people, comments := d.people.Fields(), d.comments.Fields()
		d.ann = must(d.people.Create(t.Context(), "add", conga.Set(&people.Name, "Topsecret")))(t)
		k := d.file(t, d.ann, "Printer")
		_, err := d.comments.Create(d.as(t, d.ann), "add", conga.Set(&comments.Text, "hello"), conga.Set(&comments.TicketID, k.ID))
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.tickets.Create(t.Context(), "file")
		wantKind(t, err, conga.Forbidden)
		ctx, count := conga.CountStatements(t.Context())
		tickets := d.tickets.Fields()
		if _, err := d.tickets.Read(ctx, "list", conga.Load(&tickets.Owner), conga.Load(&tickets.Comments)); err != nil {
			t.Fatal(err)
		}
		want := []struct {
			action     string
			statements int
			kind       resource.ErrorKind
		}{{"add", 1, ""}, {"file", 1, ""}, {"add", -1, ""}, {"file", 0, conga.Forbidden}, {"list", 2, ""}}
		if len(r.traces) != len(want) || strings.Join(r.begun, " ") != "/Person.add /Ticket.file /Comment.add /Ticket.file /Ticket.list" {
			t.Fatalf("got %d traces of %q", len(r.traces), r.begun)
		}
		for i, w := range want {
			got := r.traces[i]
			if w.statements < 0 { // a transaction, whose ends only some databases tell
				w.statements = got.Count
			}
			if got.Action.Name != w.action || got.Count != w.statements || len(got.Statements) != w.statements || conga.KindOf(got.Err) != w.kind ||
				got.Took <= 0 || got.Database > got.Took || (got.Count > 0) != (got.Database > 0) {
				t.Errorf("trace %d = %+v, want %+v", i, got, w)
			}
		}
		if count() != 2 {
			t.Errorf("counted %d statements of the read, want 2", count())
		}
		text := log.String()
		for _, part := range []string{"level=INFO msg=call resource=Person action=add took=", "statements=1 database=", "error=forbidden", "msg=statement sql=\"insert into"} {
			if !strings.Contains(text, part) {
				t.Errorf("%q is not in the log\n%s", part, text)
			}
		}
		if strings.Contains(text, "Topsecret") || strings.Contains(text, "hello") {
			t.Errorf("values are in the log\n%s", text)
		}
	})
}

// BenchmarkTrace reads without a tracer and with one.
func BenchmarkTrace(b *testing.B) {
	for name, tracers := range map[string][]conga.Tracer{"none": nil, "one": {conga.LogCalls(slog.New(slog.DiscardHandler), slog.LevelInfo)}} {
		b.Run(name, func(b *testing.B) {
			layer, err := sqlite.Open(b.Context(), ":memory:")
			if err != nil {
				b.Fatal(err)
			}
			defer layer.Close()
			app, err := conga.NewWith(conga.Options{Tracers: tracers}, layer, resource.Of[Person](), resource.Of[Ticket](), resource.Of[Comment]())
			if err != nil {
				b.Fatal(err)
			}
			find := &conga.Find{Action: app.Registry().Resources[0].PrimaryAction(resource.Read)}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := app.Find(b.Context(), find); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
