package sqltext

import (
	"fmt"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
)

// tenancy is whose records a statement sees.
type tenancy struct {
	datalayer.Tenant
	// place is the number of the argument with the tenant; 0 before it is written.
	place int
}

// of makes the statement that of a tenant.
func (w *writer) of(t datalayer.Tenant) *writer {
	w.tenancy.Tenant = t
	return w
}

// source writes the table of a resource in a FROM clause: that of the tenant
// or, where records of several tenants share one, the part that is the
// tenant's. Every table that a statement reads is written here, so that none
// can be forgotten.
func (w *writer) source(res *resource.Resource) {
	tenant := w.limit(res)
	if tenant == nil {
		w.target(res)
		return
	}
	w.str("(select * from ")
	w.target(res)
	w.str(" where ")
	w.ident(tenant.Column)
	w.str(" = ")
	w.tenant()
	w.str(")")
}

// plain writes the table of a record as a whole, with its alias; the
// conjunction that owns the record limits it.
func (w *writer) plain(r *record) {
	w.target(r.res)
	w.buf = append(w.buf, ' ')
	w.alias(r)
}

// target writes the name of a table.
func (w *writer) target(res *resource.Resource) {
	if res.Tenant.Schema() {
		w.schema()
	}
	w.ident(res.Table)
}

func (w *writer) schema() {
	if w.tenancy.ID == nil {
		w.missing()
		return
	}
	name, err := resource.TenantSchemaName(w.tenancy.ID)
	if err != nil {
		w.fail("%w", err)
		return
	}
	w.ident(name)
	w.str(".")
}

func (w *writer) missing() {
	if w.err == nil {
		w.err = fmt.Errorf("write SQL: %w", datalayer.ErrTenant)
	}
}

// limit is the attribute by which the records of a resource are limited to
// those of the tenant, or nil.
func (w *writer) limit(res *resource.Resource) *resource.Attribute {
	tenant := res.Tenant.Column()
	switch {
	case tenant == nil, w.tenancy.Any:
		return nil
	case w.tenancy.ID != nil:
		return tenant
	case !res.Tenant.Optional:
		w.missing()
	}
	return nil
}

// tenant writes the placeholder of the tenant, the same at each place.
func (w *writer) tenant() {
	if w.tenancy.place == 0 {
		w.args = append(w.args, w.tenancy.ID)
		w.tenancy.place = len(w.args)
	}
	w.buf = append(w.buf, w.d.placeholder)
	w.int(w.tenancy.place)
	if t := w.d.casts[kindOf(w.tenancy.ID)]; t != "" {
		w.str("::", t)
	}
}

// ofTenant limits the record whose table is named as a whole.
func (c *conjunction) ofTenant() {
	if c.own == nil {
		return
	}
	if tenant := c.w.limit(c.own.res); tenant != nil {
		c.next()
		c.w.column(c.own, tenant)
		c.w.str(" = ")
		c.w.tenant()
	}
}

// holds reports whether an identity tells the records apart that the statement sees.
func (w *writer) holds(res *resource.Resource, id *resource.Identity) bool {
	return id.AllTenants || res.Tenant.Column() == nil || !w.tenancy.Any && w.tenancy.ID != nil
}

// belonging refuses new records that are not the tenant's.
func (w *writer) belonging(in *datalayer.Insert) {
	tenant := w.limit(in.Resource)
	if tenant == nil {
		return
	}
	at := slices.Index(in.Columns, tenant)
	for _, row := range in.Rows {
		if at < 0 || at >= len(row) || row[at] != w.tenancy.ID {
			w.fail("a record of %s belongs to another tenant", in.Resource.Name)
			return
		}
	}
}
