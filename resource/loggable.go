package resource

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// Redacted stands for a sensitive value wherever values are shown to people.
const Redacted = "(sensitive)"

// Loggable is a value of the attribute, or of the argument, as logs may show
// it: Redacted where it is sensitive or has something sensitive in it.
func (a *Attribute) Loggable(v any) any {
	switch {
	case v == nil:
		return nil
	case a.Sensitive, a.Element != nil && a.Element.guards(nil), a.guards(nil):
		return Redacted
	}
	return v
}

// guards reports whether a document has a sensitive member at some depth.
func (a *Attribute) guards(seen []*Object) bool {
	if a.Union != nil {
		return slices.ContainsFunc(a.Union.Variants, func(v *Variant) bool { return v.Object.guards(seen) })
	}
	return a.Object != nil && a.Object.guards(seen)
}

func (o *Object) guards(seen []*Object) bool {
	if slices.Contains(seen, o) {
		return false
	}
	seen = append(slices.Clip(seen), o)
	return slices.ContainsFunc(o.Attributes, func(m *Attribute) bool {
		return m.Sensitive || m.guards(seen) || m.Element != nil && m.Element.guards(seen)
	})
}

// LogRecord is a record of r for logs: its stored attributes by their names in
// documents, sensitive ones redacted, lazy ones left out.
func (r *Resource) LogRecord(rec any) slog.Value {
	if rec == nil {
		return slog.Value{}
	}
	var out []slog.Attr
	for _, a := range r.EagerColumns() {
		if !r.Hides(rec, a) {
			out = append(out, slog.Any(a.JSON, a.Loggable(a.Get(rec))))
		}
	}
	return slog.GroupValue(out...)
}

// LogValue is the changeset for logs: the action, what is given and set, and
// what is wrong, with sensitive values redacted.
func (c *Changeset) LogValue() slog.Value {
	out := []slog.Attr{slog.String("action", c.Resource.Name+"."+c.Action.Name)}
	for _, a := range c.Resource.Attributes {
		if c.set[a.Index] {
			out = append(out, slog.Any(a.JSON, a.Loggable(c.values[a.Index])))
		}
	}
	for _, a := range c.Action.Arguments {
		if c.given[a.Index] {
			out = append(out, slog.Any(a.JSON, a.Loggable(c.arguments[a.Index])))
		}
	}
	for _, i := range c.issues {
		out = append(out, slog.String("issue", strings.TrimSpace(i.Field()+" "+i.Text())))
	}
	return slog.GroupValue(out...)
}

// String is LogValue in one line; so that no way of printing shows more.
func (c *Changeset) String() string { return fmt.Sprint(c.LogValue()) }

// GoString is String.
func (c *Changeset) GoString() string { return c.String() }
