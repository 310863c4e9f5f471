package history

import (
	"context"
	"errors"
	"fmt"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// Mode is what versions keep.
type Mode int

// The modes.
const (
	// ChangedOnly keeps the new values of what changed. A destroy that
	// removes the record keeps all that it had.
	ChangedOnly Mode = iota
	// Snapshot keeps the whole record as it is afterwards or, where it was
	// removed, as it was.
	Snapshot
	// Difference keeps {"from": …, "to": …} of what changed.
	Difference
)

// redacted stands for values that versions do not keep.
const redacted = `"redacted"`

// History declares more about the versions of a resource. It is used within
// Define alone.
type History[P any] struct {
	r *resource.BuilderOf[P]
	k *keeper
}

// Use writes a version of type V, whose resource has called Versions, after
// each create, update and destroy of the resource, in the same transaction,
// after the hooks of the action itself. An update that changes nothing but
// time stamps leaves none. It costs each write, or each batch of records that
// are written together, one statement more, and updates
// and destroys that are else one statement read their record first.
//
// Versions show as "redacted" what is sensitive or private in the record, and
// what its field policies may hide; Reveal is for what their readers may see.
func Use[V, P any](r *resource.BuilderOf[P]) *History[P] {
	k := &keeper{find: resource.For[V]}
	r.Verify(k.verify)
	r.Each().AfterBatch(func(ctx context.Context, cs []*resource.Changeset, records []P) error {
		list := make([]any, len(records))
		for i, record := range records {
			list[i] = record
		}
		return k.keep(ctx, cs, list)
	})
	return &History[P]{r, k}
}

// Keep sets what versions keep; without it, ChangedOnly.
func (h *History[P]) Keep(m Mode) *History[P] { h.k.mode = m; return h }

// Ignore leaves fields out of the versions: changes of them alone leave none.
func (h *History[P]) Ignore(fields ...any) *History[P] {
	h.k.ignore = append(h.k.ignore, fields...)
	return h
}

// Reveal keeps the values of private fields, and of those that field policies
// may hide. Sensitive ones are never kept.
func (h *History[P]) Reveal(fields ...any) *History[P] {
	h.k.reveal = append(h.k.reveal, fields...)
	return h
}

// keeper writes the versions of a resource.
type keeper struct {
	find           func(*resource.Registry) *resource.Resource
	mode           Mode
	ignore, reveal []any

	// What verify finds, before anything runs.
	action *resource.Action
	kept   []kept
}

// kept is an attribute that versions keep.
type kept struct {
	*resource.Attribute
	redacted bool
}

func (k *keeper) verify(g *resource.Registry, r *resource.Resource) error {
	versions := k.find(g)
	if versions == nil {
		return errors.New("the resource of its versions is not registered")
	}
	if _, ok := resource.Attached[marker](versions); !ok {
		return fmt.Errorf("%s keeps no versions: call history.Versions in its Define", versions.Name)
	}
	k.action = versions.Action(recording)
	if r.Tenant != nil && versions.Tenant == nil {
		return fmt.Errorf("%s has tenants, but %s has none: give it the tenant too", r.Name, versions.Name)
	}
	id := versions.Attribute("RecordID")
	if id.Type.Name != r.Primary.Type.Name {
		return fmt.Errorf("%s is for keys of type %s, but %s has %s", versions.Name, id.Type.Name, r.Name, r.Primary.Type.Name)
	}
	ignored, err := attributes(r, k.ignore)
	if err != nil {
		return err
	}
	revealed, err := attributes(r, k.reveal)
	if err != nil {
		return err
	}
	for _, attr := range r.Columns() {
		if !ignored[attr] && attr.Stamp == resource.NoStamp {
			k.kept = append(k.kept, kept{attr, attr.Loggable(true) == resource.Redacted || (attr.Private || r.Sight(attr) != nil) && !revealed[attr]})
		}
	}
	return nil
}

// attributes are those that pointers into the probe stand for.
func attributes(r *resource.Resource, fields []any) (map[*resource.Attribute]bool, error) {
	out := map[*resource.Attribute]bool{}
	for _, f := range fields {
		path, member, err := r.Find(f)
		attr, ok := member.(*resource.Attribute)
		if err != nil || !ok || len(path) > 0 {
			return nil, fmt.Errorf("a pointer of type %T is no attribute of %s itself", f, r.Name)
		}
		out[attr] = true
	}
	return out, nil
}

// keep writes the versions of records that were written together, by one
// statement. Each record is that after the write or, for a destroy that
// removes it, before it.
func (k *keeper) keep(ctx context.Context, cs []*resource.Changeset, records []any) error {
	app := conga.FromContext(ctx)
	// An action that reaches all tenants may have written records of several.
	var tenants []any
	ws := map[any][]*conga.Write{}
	for i, c := range cs {
		w, err := k.version(app, c, records[i])
		if err != nil {
			return err
		}
		if w == nil {
			continue
		}
		var tenant any
		if attr := c.Resource.Tenant.Column(); attr != nil {
			tenant = attr.Get(records[i])
		}
		if ws[tenant] == nil {
			tenants = append(tenants, tenant)
		}
		ws[tenant] = append(ws[tenant], w)
	}
	for _, tenant := range tenants {
		of := ctx
		if tenant != nil {
			of = conga.WithTenant(ctx, tenant)
		}
		_, err := app.CreateMany(of, ws[tenant], conga.Bulk{})
		if e, ok := errors.AsType[*conga.BulkError](err); ok {
			return e.Reason
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// version is the version of one write, nil for a write that leaves none.
func (k *keeper) version(app *conga.App, c *resource.Changeset, record any) (*conga.Write, error) {
	kind, before, after := happened(c, record)
	changes, changed, err := k.changes(before, after)
	if err != nil || !changed && kind == Updated {
		return nil, err
	}
	w := &conga.Write{Action: k.action, Return: conga.Selection{Select: []*resource.Attribute{k.action.Resource.Primary}}}
	give := func(name string, v any) {
		w.Inputs = append(w.Inputs, conga.Input{Attribute: k.action.Resource.Attribute(name), Value: v})
	}
	give("RecordID", c.Resource.Primary.Get(record))
	give("Kind", string(kind))
	give("Action", c.Action.Name)
	if id := actorID(app, c.Actor); id != "" {
		give("ActorID", id)
	}
	give("Changes", changes)
	return w, nil
}

// happened tells what was done, and the record before and after it; each is
// nil where there was none.
func happened(c *resource.Changeset, record any) (kind Kind, before, after any) {
	switch {
	case c.Action.Kind == resource.Destroy && c.Action.Soft:
		return Destroyed, c.Record, record
	case c.Action.Kind == resource.Destroy:
		return Destroyed, record, nil
	case c.Action.Kind == resource.Update:
		return Updated, c.Record, record
	}
	key, given := c.Changed(c.Resource.Primary)
	if len(c.Action.Upsert) > 0 && given && c.Resource.Primary.Get(record) != key {
		return Updated, nil, record // an upsert has found a record; what it was is not known
	}
	return Created, nil, record
}

// actorID is the primary key of the actor as text; it is empty where there is none.
func actorID(app *conga.App, actor any) string {
	if actor == nil {
		return ""
	}
	for _, r := range app.Registry().Resources {
		if r.Is(actor) {
			return wire.FormatText(r.Primary, r.Primary.Get(actor))
		}
	}
	return ""
}

// changes are what the mode keeps of a write; changed is false when the
// record is as it was.
func (k *keeper) changes(before, after any) (out Changes, changed bool, err error) {
	out = Changes{}
	for _, attr := range k.kept {
		from, err := attr.json(before)
		if err != nil {
			return nil, false, err
		}
		to, err := attr.json(after)
		if err != nil {
			return nil, false, err
		}
		same := from == to
		changed = changed || !same
		switch {
		case k.mode == Difference && !same:
			out[attr.JSON] = []byte(`{"from":` + attr.shown(from) + `,"to":` + attr.shown(to) + `}`)
		case k.mode == Difference:
		case after == nil:
			out[attr.JSON] = []byte(attr.shown(from))
		case k.mode == Snapshot || !same:
			out[attr.JSON] = []byte(attr.shown(to))
		}
	}
	return out, changed, nil
}

// json is the value that the record has, null where there is no record.
func (a kept) json(record any) (string, error) {
	if record == nil {
		return "null", nil
	}
	v := a.Get(record)
	if v == nil {
		return "null", nil
	}
	b, err := wire.AppendValue(nil, a.Type, v)
	return string(b), err
}

// shown is what a version has for the value.
func (a kept) shown(value string) string {
	if a.redacted && value != "null" {
		return redacted
	}
	return value
}
