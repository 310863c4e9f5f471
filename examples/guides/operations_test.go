package guides_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource/expr"
	"github.com/congago/conga/telemetry"
)

// export writes the titles of all open tickets.
func export(ctx context.Context, app *conga.App, w *bytes.Buffer) error {
	tickets := conga.For[Ticket](app)
	f := tickets.Fields()
	for ticket, err := range tickets.Stream(ctx, "list", conga.Where(expr.Is(&f.State, "open"))) {
		if err != nil {
			return err
		}
		w.WriteString(ticket.Title + "\n")
	}
	return nil
}

func TestExport(t *testing.T) {
	d := openDesk(t)
	var out bytes.Buffer
	if err := export(as(t, d.ann), d.app, &out); err != nil || out.String() != d.printer.Title+"\n" {
		t.Errorf("got %q, %v", out.String(), err)
	}
	var chunks int
	list := conga.For[Ticket](d.app).Resource().Action("list")
	err := d.app.Stream(as(t, d.ann), &conga.Find{Action: list}, 1000, func(found *conga.Found) error {
		chunks++ // the rows are encoded here, as REST does it
		return nil
	})
	if err != nil || chunks != 1 {
		t.Errorf("got %d chunks, %v", chunks, err)
	}
}

func TestExplainedTickets(t *testing.T) {
	d := openDesk(t)
	ctx := as(t, d.bob)
	tickets := conga.For[Ticket](d.app)
	f := tickets.Fields()
	e, err := tickets.Explain(ctx, "list", conga.Where(expr.Is(&f.State, "open")), conga.Load(&f.Customer))
	if err != nil {
		t.Fatal(err)
	}
	t.Log(e) // statements, arguments, plans, hints
	if e.Flights != 1 {
		t.Errorf("got %d flights", e.Flights)
	}
}

func TestCountedStatements(t *testing.T) {
	d := openDesk(t)
	ctx := as(t, d.bob)
	tickets := conga.For[Ticket](d.app)
	ctx, count := conga.CountStatements(ctx)
	if _, err := tickets.Read(ctx, "list"); err != nil {
		t.Fatal(err)
	}
	if count() != 1 {
		t.Errorf("the list takes %d statements", count())
	}
}

// spanned is an application of which OpenTelemetry is told.
func spanned(store datalayer.Layer) error {
	durations, err := telemetry.Durations(otel.GetMeterProvider())
	if err != nil {
		return err
	}
	app, err := conga.NewWith(conga.Options{Tracers: []conga.Tracer{telemetry.Spans(otel.GetTracerProvider()), durations}}, store, Resources()...)
	if err != nil {
		return err
	}
	return app.Close()
}

func TestOpenTelemetry(t *testing.T) {
	store, err := sqlite.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	if err := spanned(store); err != nil {
		t.Error(err)
	}
}

// watched is an application whose calls are logged.
func watched(ctx context.Context, url string, development bool) (*conga.App, http.Handler, error) {
	store, err := postgres.Open(ctx, url)
	if err != nil {
		return nil, nil, err
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	app, err := conga.NewWith(conga.Options{Log: log, Tracers: []conga.Tracer{conga.LogCalls(log, slog.LevelInfo)}}, store, Resources()...)
	if err != nil {
		return nil, nil, err
	}
	var handler http.Handler = rest.New(app)
	if development {
		handler = api.ServerTiming(handler)
	}
	return app, handler, nil
}

// replicated is a store whose reads go to standbys.
func replicated(ctx context.Context, url, first, second string) (*postgres.Layer, error) {
	return postgres.OpenWith(ctx, url, postgres.Options{Replicas: []string{first, second}})
}

func TestOperations(t *testing.T) {
	url := pgtest.Database(t)
	app, handler, err := watched(t.Context(), url, true)
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	res := httptest.NewRecorder()
	handler.ServeHTTP(res, httptest.NewRequest("GET", "/api/tickets", nil))
	if !strings.Contains(res.Header().Get("Server-Timing"), "statements") {
		t.Errorf("got the header %v", res.Header())
	}
	store, err := replicated(t.Context(), url, url, url)
	if err != nil {
		t.Fatal(err)
	}
	d := openDesk(t)
	ctx := as(t, d.bob)
	tickets := conga.For[Ticket](d.app)
	fresh, err := tickets.Get(conga.ReadPrimary(ctx), d.printer.ID)
	if err != nil || fresh.Title != d.printer.Title {
		t.Errorf("got %v, %v", fresh, err)
	}
	f := tickets.Fields()
	err = d.app.Transact(ctx, func(ctx context.Context) error {
		ticket, err := tickets.Get(ctx, d.printer.ID)
		if err != nil {
			return err
		}
		_, err = tickets.Update(ctx, "edit", ticket, conga.Set(&f.Priority, min(5, ticket.Priority+1)))
		return err
	}, conga.Retries(3))
	if err != nil {
		t.Error(err)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}
