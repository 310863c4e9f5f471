package resource

import (
	"slices"

	"github.com/congago/conga/internal/structs"
)

// EagerColumns are the stored attributes that are read when nobody says which:
// all but the lazy ones, in declared order. The slice must not be changed.
func (r *Resource) EagerColumns() []*Attribute { return r.eager }

// Unread reports whether rec may lack the value of a lazy attribute: it is the
// zero value there, as in every record that was read without it.
func (a *Attribute) Unread(rec any) bool {
	return a.Lazy && structs.SameValue(a.Get(rec), a.Type.Zero())
}

// Partial reports whether rec may lack the value of some lazy attribute.
func (r *Resource) Partial(rec any) bool {
	if len(r.eager) == len(r.columns) || rec == nil {
		return false
	}
	for _, a := range r.columns {
		if a.Unread(rec) {
			return true
		}
	}
	return false
}

// checkLazy refuses lazy attributes without which a record cannot be told
// apart, found again or related to others.
func (c *compiler) checkLazy(r *Resource) {
	version := r.Version()
	for _, a := range r.Attributes {
		at := r.label() + "." + a.Name
		switch {
		case !a.Lazy:
		case a.Primary || a == r.Tenant.Column() || a == version || a.Stamp != NoStamp:
			c.fault(codeTag, at, "lazy cannot be a key, a tenant, a version or a time stamp", "drop the option lazy")
		case c.calculated[a]:
			c.fault(codeTag, at, "lazy has no effect: a calculation is read only when it is named anyway", "drop the option lazy")
		case c.relates(a):
			c.fault(codeTag, at, "lazy cannot be the key of a relationship", "drop the option lazy")
		}
	}
}

// relates reports whether a relationship compares the attribute.
func (c *compiler) relates(a *Attribute) bool {
	for _, r := range c.resources {
		for _, rel := range r.Relationships {
			if a == rel.Source || a == rel.Destination || a == rel.ThroughSource || a == rel.ThroughDestination {
				return true
			}
		}
	}
	return false
}

// freeze notes what does not change any more.
func (r *Resource) freeze() {
	r.columns = slices.Clip(r.Columns())
	isLazy := func(a *Attribute) bool { return a.Lazy }
	r.eager = r.columns
	if slices.ContainsFunc(r.columns, isLazy) {
		r.eager = slices.Clip(slices.DeleteFunc(slices.Clone(r.columns), isLazy))
	}
}
