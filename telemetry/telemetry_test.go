package telemetry_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
	"github.com/congago/conga/telemetry"
)

type Note struct {
	ID     uuid.UUID `conga:"primary"`
	Text   string
	Secret string
}

func (n *Note) Define(r *resource.Builder[Note]) {
	r.Read("list").Primary()
	r.Create("write").Accept(&n.Text, &n.Secret).After(func(ctx context.Context, _ *resource.Changeset, n *Note) error {
		_, err := conga.For[Note](conga.FromContext(ctx)).Get(ctx, n.ID)
		return err
	})
	r.Create("break").Accept(&n.Text).After(func(context.Context, *resource.Changeset, *Note) error { panic("secret-in-panic") })
	r.Destroy("remove")
	r.Policy("list", "write", "break").AuthorizeIf(resource.Public)
	r.Policy("remove").AuthorizeIf(expr.False())
}

// world is an application with both tracers.
func world(t *testing.T) (conga.Handle[Note], *tracetest.SpanRecorder, *metric.ManualReader) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	recorder, reader := tracetest.NewSpanRecorder(), metric.NewManualReader()
	durations, err := telemetry.Durations(metric.NewMeterProvider(metric.WithReader(reader)))
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.NewWith(conga.Options{Tracers: []conga.Tracer{
		telemetry.Spans(sdk.NewTracerProvider(sdk.WithSpanProcessor(recorder))), durations,
	}}, store, resource.Of[Note]())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.Close() })
	return conga.For[Note](app), recorder, reader
}

func TestSpans(t *testing.T) {
	notes, recorder, _ := world(t)
	f := notes.Fields()
	if _, err := notes.Create(t.Context(), "write", conga.Set(&f.Text, "hello"), conga.Set(&f.Secret, "value-of-a-field")); err != nil {
		t.Fatal(err)
	}
	spans := recorder.Ended()
	var names []string
	for _, s := range spans {
		names = append(names, s.Name())
		for _, a := range s.Attributes() {
			if strings.Contains(a.Value.String(), "value-of-a-field") {
				t.Errorf("span %s tells a value: %v", s.Name(), a)
			}
		}
	}
	for _, want := range []string{"Note.write", "Note.list", "insert", "select"} {
		if !slices.Contains(names, want) {
			t.Errorf("spans: got %v, want %s among them", names, want)
		}
	}
	write, list, sel := span(t, spans, "Note.write"), span(t, spans, "Note.list"), span(t, spans, "select")
	if list.Parent().SpanID() != write.SpanContext().SpanID() {
		t.Error("the read of a hook is no span within that of the write")
	}
	if sel.Parent().SpanID() != list.SpanContext().SpanID() {
		t.Error("the statement of the read is no span within that of the read")
	}
	if sel.StartTime().Before(list.StartTime()) || sel.EndTime().After(list.EndTime()) {
		t.Errorf("statement from %v to %v, want it within the call from %v to %v", sel.StartTime(), sel.EndTime(), list.StartTime(), list.EndTime())
	}
	want := []attribute.KeyValue{telemetry.Resource.String("Note"), telemetry.Action.String("write"), telemetry.Kind.String("create")}
	for _, a := range want {
		if !slices.Contains(write.Attributes(), a) {
			t.Errorf("attributes: got %v, want %v among them", write.Attributes(), a)
		}
	}
}

// TestFailures: what the application cannot help is an error, what it refuses is none.
func TestFailures(t *testing.T) {
	notes, recorder, reader := world(t)
	if err := notes.Destroy(t.Context(), "remove", &Note{ID: uuid.New()}); conga.KindOf(err) != conga.Forbidden {
		t.Fatalf("remove: got %v, want forbidden", err)
	}
	if _, err := notes.Create(t.Context(), "break"); conga.KindOf(err) != conga.Internal {
		t.Fatalf("break: got %v, want internal", err)
	}
	tests := []struct {
		name, kind string
		code       codes.Code
	}{
		{"Note.remove", "forbidden", codes.Unset},
		{"Note.break", "internal", codes.Error},
	}
	for _, tt := range tests {
		s := span(t, recorder.Ended(), tt.name)
		if s.Status().Code != tt.code || !slices.Contains(s.Attributes(), telemetry.Error.String(tt.kind)) {
			t.Errorf("%s: got status %v and %v, want %v and %s", tt.name, s.Status(), s.Attributes(), tt.code, tt.kind)
		}
		if strings.Contains(s.Status().Description, "secret") {
			t.Errorf("%s tells why: %q", tt.name, s.Status().Description)
		}
	}
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	h, ok := data.ScopeMetrics[0].Metrics[0].Data.(metricdata.Histogram[float64])
	if !ok || len(h.DataPoints) != 2 {
		t.Fatalf("metrics: got %+v, want a histogram of two calls", data.ScopeMetrics)
	}
	for _, p := range h.DataPoints {
		if _, ok := p.Attributes.Value(telemetry.Error); !ok || p.Count != 1 {
			t.Errorf("data point: got %v, count %d; want one with the kind of the error", p.Attributes, p.Count)
		}
	}
}

// TestStatementFails: the span of a statement that fails does not say why.
func TestStatementFails(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	tracer := telemetry.Spans(sdk.NewTracerProvider(sdk.WithSpanProcessor(recorder)))
	registry, err := resource.Compile(resource.Of[Note]())
	if err != nil {
		t.Fatal(err)
	}
	list := resource.For[Note](registry).Action("list")
	ctx := tracer.Begin(t.Context(), list)
	datalayer.Watching(ctx, nil).Ended(ctx, "select 1", 0, context.DeadlineExceeded)
	tracer.End(ctx, &conga.Trace{Action: list})
	if s := span(t, recorder.Ended(), "select"); s.Status().Code != codes.Error || s.Status().Description != "" {
		t.Errorf("got status %+v, want an error without a text", s.Status())
	}
}

func span(t *testing.T, spans []sdk.ReadOnlySpan, name string) sdk.ReadOnlySpan {
	t.Helper()
	for _, s := range spans {
		if s.Name() == name {
			return s
		}
	}
	t.Fatalf("there is no span %s", name)
	return nil
}
