package conga

import (
	"fmt"
	"log/slog"

	"github.com/congago/conga/internal/structs"
)

// LogValue is the input for logs, redacted where it is sensitive.
func (i Input) LogValue() slog.Value {
	if i.Attribute == nil {
		return slog.Value{}
	}
	return slog.GroupValue(slog.Any(i.Attribute.JSON, i.Attribute.Loggable(i.Value)))
}

// String is LogValue in one line.
func (i Input) String() string { return fmt.Sprint(i.LogValue()) }

// GoString is String.
func (i Input) GoString() string { return i.String() }

// LogValue is the write for logs: the action, the key and the inputs, those
// that are sensitive redacted.
func (w *Write) LogValue() slog.Value {
	out := []slog.Attr{slog.String("action", w.Action.Resource.Name+"."+w.Action.Name), slog.Any("key", w.Key)}
	for _, in := range w.Inputs {
		out = append(out, slog.Any(in.Attribute.JSON, in.Attribute.Loggable(in.Value)))
	}
	for _, n := range w.Nested {
		out = append(out, slog.Int(n.Managed.JSON, len(n.Records)))
	}
	return slog.GroupValue(out...)
}

// String is LogValue in one line.
func (w *Write) String() string { return fmt.Sprint(w.LogValue()) }

// GoString is String.
func (w *Write) GoString() string { return w.String() }

// LogValue is the read for logs: the action, the key and the arguments, those
// that are sensitive redacted; not its conditions.
func (f *Find) LogValue() slog.Value {
	out := []slog.Attr{slog.String("action", f.Action.Resource.Name+"."+f.Action.Name), slog.Any("key", f.Key)}
	for _, arg := range f.Action.Arguments {
		if v, given := f.Arguments[arg.Name]; given {
			out = append(out, slog.Any(arg.JSON, arg.Loggable(v)))
		}
	}
	return slog.GroupValue(out...)
}

// String is LogValue in one line.
func (f *Find) String() string { return fmt.Sprint(f.LogValue()) }

// GoString is String.
func (f *Find) GoString() string { return f.String() }

// LogValue is the event for logs, without the values of its record.
func (e Event) LogValue() slog.Value {
	out := []slog.Attr{slog.String("kind", string(e.Kind)), slog.Any("key", e.Key)}
	if e.Action != nil {
		out = append(out, slog.String("action", e.Action.Resource.Name+"."+e.Action.Name))
	}
	return slog.GroupValue(out...)
}

// String is LogValue in one line.
func (e Event) String() string { return fmt.Sprint(e.LogValue()) }

// GoString is String.
func (e Event) GoString() string { return e.String() }

// LogValue is a record for logs: its stored attributes, sensitive ones redacted.
//
//	slog.Info("signed up", "user", users.LogValue(user))
func (h HandleOf[P]) LogValue(rec P) slog.Value {
	if h.of.res == nil || structs.IsNil(rec) {
		return slog.Value{}
	}
	return h.of.res.LogRecord(rec)
}
