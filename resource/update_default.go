package resource

import "github.com/congago/conga/internal/structs"

// UpdateDefault makes the value of the field for updates in which it is
// missing and no change sets it, once for each write. Like the time of an
// "updated" field it is set only where something else changes, and also when an
// upsert changes the record that is there.
func UpdateDefault[P, V any](r *BuilderOf[P], field *V, f func() V) {
	a := r.d.attribute("", field)
	if a == nil {
		return
	}
	if fault, hint := a.unrenewable(r.d.c.calculated[a]); fault != "" {
		r.d.fault(codeField, a.Name, fault, hint)
		return
	}
	a.UpdateDefault = func() any { return structs.CanonicalOf(f()) }
}

// unrenewable says why the attribute can have no default of updates; empty
// where it can.
func (a *Attribute) unrenewable(calculated bool) (fault, hint string) {
	switch {
	case calculated || a.Expr != nil:
		return "is calculated and has no default", "give a stored field one"
	case a.Primary:
		return "is the primary key, which no update changes", ""
	case a.Stamp != NoStamp:
		return "is a time stamp and needs no default", "drop UpdateDefault, or the option created or updated"
	case a.Immutable:
		return "is immutable: no update changes it", "drop UpdateDefault, or the option immutable"
	case a.UpdateDefault != nil:
		return "has two defaults of updates", "keep one"
	}
	return "", ""
}

// checkRenewed refuses defaults of updates that would move records between tenants.
func (c *compiler) checkRenewed(r *Resource) {
	if a := r.Tenant.Column(); a != nil && a.UpdateDefault != nil {
		c.fault(codeTenant, r.label()+"."+a.Name, "is the tenant, which no update changes", "drop UpdateDefault")
	}
}

// Renew makes the defaults of updates for what is neither given nor set. They
// do not count as changes: the engine sets them beside those that there are.
func (c *Changeset) Renew() {
	for _, a := range c.Resource.Columns() {
		if a.UpdateDefault == nil || c.set[a.Index] || c.exprs[a] != nil {
			continue
		}
		if c.renewed == nil {
			c.renewed = map[*Attribute]any{}
		}
		c.renewed[a] = a.UpdateDefault()
	}
}

// Renewed is the default that an update which changes something sets, and
// whether there is one.
func (c *Changeset) Renewed(a *Attribute) (v any, ok bool) {
	v, ok = c.renewed[a]
	return v, ok
}
