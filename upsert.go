package conga

import (
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
)

// conflict is what an upsert does with the record that is there already: it
// takes over what was given or set by changes, not what defaults filled in.
// Nobody changes by an upsert what he could not change by an update.
func (r *run) conflict() *datalayer.Conflict {
	if len(r.action.Upsert) == 0 {
		return nil
	}
	c := &datalayer.Conflict{Identity: r.action.Upsert}
	for _, attr := range r.res.Columns() {
		switch {
		case slices.Contains(c.Identity, attr), attr.Primary, attr.Stamp == resource.Created:
		case attr.Stamp == resource.Updated, slices.Contains(r.deliberate, attr):
			c.Update = append(c.Update, attr)
		}
	}
	if len(c.Update) == 0 {
		c.Update = c.Identity // so that the record comes back
	}
	if update := r.res.PrimaryAction(resource.Update); update != nil {
		v, allow := judge(r.b.decide(update))
		if v != allowed {
			c.Where = allow
		}
	}
	return c
}

// noteDeliberate remembers which attributes were given or set, before
// defaults are filled in.
func (r *run) noteDeliberate() {
	if len(r.action.Upsert) == 0 {
		return
	}
	for _, attr := range r.res.Columns() {
		if _, set := r.c.Changed(attr); set {
			r.deliberate = append(r.deliberate, attr)
		}
	}
}

// eventKind is what happened to the record: an upsert that found one has updated it.
func (r *run) eventKind() EventKind {
	given, ok := r.c.Changed(r.res.Primary)
	if len(r.action.Upsert) > 0 && ok && r.res.Primary.Get(r.record) != given {
		return Updated
	}
	return eventKinds[r.action.Kind]
}
