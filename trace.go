package conga

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
)

// Tracer is told of every call of an action, also of those that hooks make
// within another one. Its methods may be called from many goroutines.
type Tracer interface {
	// Begin is called when a call begins. What happens in the call happens
	// with the context that it returns, so that spans can be put into it.
	Begin(ctx context.Context, action *resource.Action) context.Context
	// End is called with that context when the call has ended. The Trace
	// must not be changed.
	End(ctx context.Context, t *Trace)
}

// Trace is a call that has ended. It holds no inputs, arguments and values of records.
type Trace struct {
	Action *resource.Action
	Start  time.Time
	Took   time.Duration
	// Statements are those that were sent, in the order in which they ended:
	// the first hundred. Count is the number of all, Database the time that all took.
	Statements []StatementTrace
	Count      int
	Database   time.Duration
	// Err is what the call ended with; its kind is KindOf(Err). Causes of
	// errors may hold values that others must not see.
	Err error
}

// StatementTrace is a statement that has ended.
type StatementTrace struct {
	// SQL is the text; values are placeholders in it.
	SQL  string
	Took time.Duration
	// Err is the database's error; it may hold values.
	Err error
}

// tracedStatements is the number of statements that a Trace keeps.
const tracedStatements = 100

// traced begins a call; done must be called with its error.
func (a *App) traced(ctx context.Context, action *resource.Action) (_ context.Context, done func(error)) {
	if action.Timeout == 0 {
		return a.observed(ctx, action)
	}
	ctx, cancel := context.WithTimeout(ctx, action.Timeout)
	ctx, ended := a.observed(ctx, action)
	return ctx, func(err error) {
		cancel()
		ended(err)
	}
}

// observed tells the tracers of a call.
func (a *App) observed(ctx context.Context, action *resource.Action) (_ context.Context, done func(error)) {
	if len(a.options.Tracers) == 0 {
		return ctx, untraced
	}
	s := &statements{}
	own := make([]context.Context, len(a.options.Tracers))
	for i, t := range a.options.Tracers {
		ctx = t.Begin(ctx, action)
		own[i] = ctx
	}
	start := time.Now()
	return datalayer.WithObserver(ctx, s), func(err error) {
		took := time.Since(start)
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, t := range a.options.Tracers {
			t.End(own[i], &Trace{
				Action: action, Start: start, Took: took, Err: err,
				Statements: s.list, Count: s.count, Database: s.took,
			})
		}
	}
}

func untraced(error) {}

// statements keeps what one call has sent.
type statements struct {
	mu    sync.Mutex
	list  []StatementTrace
	count int
	took  time.Duration
}

var _ datalayer.Timer = (*statements)(nil)

// Statement counts a statement.
func (s *statements) Statement(context.Context, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
}

// Ended keeps a statement.
func (s *statements) Ended(_ context.Context, sql string, took time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took += took
	if len(s.list) < tracedStatements {
		s.list = append(s.list, StatementTrace{sql, took, err})
	}
}

// CountStatements is a context whose statements are counted, and their number
// so far, for tests that want it to stay what it is:
//
//	ctx, count := conga.CountStatements(ctx)
//	messages.Read(ctx, "list")
//	if count() != 1 { … }
//
// Statements that begin and end transactions count too.
func CountStatements(ctx context.Context) (context.Context, func() int) {
	c := &counter{}
	return datalayer.WithObserver(ctx, c), func() int { return int(c.n.Load()) }
}

type counter struct{ n atomic.Int64 }

// Statement counts a statement.
func (c *counter) Statement(context.Context, string) { c.n.Add(1) }

// LogCalls is a Tracer that writes a line for each call: resource, action,
// duration, number and duration of statements and, when it failed, the kind of the
// error. Calls that fail inside are logged as errors, those that could not be
// served as warnings, all others at the level. Where the logger takes
// slog.LevelDebug, each statement gets a line too. Values are never logged. A nil
// logger means slog.Default().
func LogCalls(logger *slog.Logger, level slog.Level) Tracer {
	if logger == nil {
		logger = slog.Default()
	}
	return callLog{logger, level}
}

type callLog struct {
	log   *slog.Logger
	level slog.Level
}

// Begin does nothing.
func (l callLog) Begin(ctx context.Context, _ *resource.Action) context.Context { return ctx }

// End writes the line.
func (l callLog) End(ctx context.Context, t *Trace) {
	level := l.level
	attrs := []slog.Attr{
		slog.String("resource", t.Action.Resource.Name), slog.String("action", t.Action.Name), slog.Duration("took", t.Took),
		slog.Int("statements", t.Count), slog.Duration("database", t.Database),
	}
	if kind := KindOf(t.Err); kind != "" {
		attrs = append(attrs, slog.String("error", string(kind)))
		switch kind {
		case Internal:
			level = max(level, slog.LevelError)
		case Unavailable:
			level = max(level, slog.LevelWarn)
		}
	}
	l.log.LogAttrs(ctx, level, "call", attrs...)
	if !l.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	for _, s := range t.Statements {
		l.log.LogAttrs(ctx, slog.LevelDebug, "statement", slog.String("sql", s.SQL), slog.Duration("took", s.Took), slog.Bool("failed", s.Err != nil))
	}
}

// ReadPrimary is a context whose reads see all that was committed before. It
// matters where a data layer has replicas, which lag behind: for what must show
// a write that has just been made. Reads within transactions and within writes
// do so anyway.
func ReadPrimary(ctx context.Context) context.Context { return datalayer.ReadPrimary(ctx) }
