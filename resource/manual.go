package resource

import "context"

// Manual has f store, change or remove the record instead of the engine: in
// another system, by SQL of its own, or through other actions. All else is as
// for any action: inputs are cast and validated, policies asked, changes and
// hooks run, in a transaction; the record of an update or destroy has been read
// and locked, and is in c.Record. What f returns is the record as it is now, or
// was before a destroy: hooks, events and answers have it. An error ends the
// call, as one of a hook does.
//
//go:noinline
func (b *WriteBuilderOf[P]) Manual(f func(ctx context.Context, c *Changeset) (P, error)) *WriteBuilderOf[P] {
	if !b.manual(f != nil, b.a.Manual != nil) {
		return b
	}
	b.a.Manual = func(ctx context.Context, c *Changeset) (any, error) {
		rec, err := f(ctx, c)
		var none P
		if any(rec) == any(none) {
			return nil, err
		}
		return rec, err
	}
	return b
}

// manual notes where the function of a manual action is; false when there is none.
func (b *actionBuilder) manual(there, twice bool) bool {
	switch {
	case !there:
		b.d.fault(codeAction, b.a.Name, "the manual action has no function", "")
		return false
	case twice:
		b.d.fault(codeAction, b.a.Name, "the action is manual twice", "the other function is at "+b.a.ManualAt)
	}
	b.a.ManualAt = where()
	return true
}

// checkManual refuses manual actions that the engine would have to store.
func (c *compiler) checkManual(r *Resource) {
	for _, a := range r.Actions {
		if a.Manual == nil {
			continue
		}
		refuse := func(message, hint string) {
			c.faults = append(c.faults, Diagnostic{Code: codeAction, Where: a.ManualAt, Field: r.label() + "." + a.Name, Message: message, Hint: hint})
		}
		if len(a.Upsert) > 0 {
			refuse("a manual action cannot be an upsert: its function stores the record", "leave out Upsert or Manual")
		}
		if a.Soft {
			refuse("a manual destroy cannot be soft: its function says what becomes of the record", "leave out Soft or Manual")
		}
	}
}
