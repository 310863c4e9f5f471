// Package telemetry tells OpenTelemetry of what an application does: a span
// for each call of an action and for each of its statements, and how long calls
// take. Values, of inputs, arguments and records, are never part of it.
package telemetry

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
)

// name is the instrumentation scope of spans and metrics.
const name = "github.com/congago/conga"

// The attributes of spans and metrics. Those that begin with "db." and "error."
// are of OpenTelemetry's semantic conventions.
const (
	// Resource and Action are the names of what is called, Kind is "read", "create" and so on.
	Resource = attribute.Key("conga.resource")
	Action   = attribute.Key("conga.action")
	Kind     = attribute.Key("conga.kind")
	// Statements is the number of statements of a call.
	Statements = attribute.Key("conga.statements")
	// Error is the kind of the error with which a call ended: "forbidden".
	Error = attribute.Key("error.type")
	// Query is the text of a statement, with placeholders in the place of
	// values, and Operation its first word.
	Query     = attribute.Key("db.query.text")
	Operation = attribute.Key("db.operation.name")
)

// Spans is a tracer for conga.Options that makes a span for each call, named
// "Ticket.open", and within it one for each statement, named "insert". Calls that
// others make are spans within theirs. The status is an error where the application
// failed, that is for errors of kind Internal and Unavailable; the kinds of others
// are attributes.
func Spans(provider trace.TracerProvider) conga.Tracer {
	return spans{provider.Tracer(name)}
}

type spans struct{ tracer trace.Tracer }

// Begin begins the span of a call.
func (s spans) Begin(ctx context.Context, action *resource.Action) context.Context {
	ctx, _ = s.tracer.Start(ctx, action.Resource.Name+"."+action.Name, trace.WithAttributes(attributes(action)...))
	return datalayer.WithObserver(ctx, statements(s))
}

// End ends the span.
func (s spans) End(ctx context.Context, t *conga.Trace) {
	span := trace.SpanFromContext(ctx)
	span.SetAttributes(Statements.Int(t.Count))
	if kind := conga.KindOf(t.Err); kind != "" {
		span.SetAttributes(Error.String(string(kind)))
		if kind == conga.Internal || kind == conga.Unavailable {
			span.SetStatus(codes.Error, string(kind))
		}
	}
	span.End()
}

// statements makes the spans of statements.
type statements struct{ tracer trace.Tracer }

var _ datalayer.Timer = statements{}

// Statement does nothing: the span is made when it is known how long it is.
func (s statements) Statement(context.Context, string) {}

// Ended makes the span of a statement.
func (s statements) Ended(ctx context.Context, sql string, took time.Duration, err error) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return
	}
	now := time.Now()
	operation, _, _ := strings.Cut(sql, " ")
	_, span := s.tracer.Start(ctx, operation, trace.WithTimestamp(now.Add(-took)), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(Query.String(sql), Operation.String(operation)))
	if err != nil {
		span.SetStatus(codes.Error, "") // the text may hold values
	}
	span.End(trace.WithTimestamp(now))
}

// Durations is a tracer for conga.Options that records the histogram
// conga.call.duration, in seconds, by resource, action and kind of error.
func Durations(provider metric.MeterProvider) (conga.Tracer, error) {
	h, err := provider.Meter(name).Float64Histogram("conga.call.duration", metric.WithUnit("s"),
		metric.WithDescription("How long calls of actions take."))
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	return durations{h}, nil
}

type durations struct{ histogram metric.Float64Histogram }

// Begin does nothing.
func (d durations) Begin(ctx context.Context, _ *resource.Action) context.Context { return ctx }

// End records a call.
func (d durations) End(ctx context.Context, t *conga.Trace) {
	attrs := attributes(t.Action)
	if kind := conga.KindOf(t.Err); kind != "" {
		attrs = append(attrs, Error.String(string(kind)))
	}
	d.histogram.Record(ctx, t.Took.Seconds(), metric.WithAttributes(attrs...))
}

func attributes(a *resource.Action) []attribute.KeyValue {
	return []attribute.KeyValue{Resource.String(a.Resource.Name), Action.String(a.Name), Kind.String(string(a.Kind))}
}
