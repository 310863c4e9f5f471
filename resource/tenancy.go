package resource

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// Tenancy says how the records of a resource are kept apart by tenant.
type Tenancy struct {
	// Attribute holds the tenant that a record belongs to. It is nil where
	// each tenant has a schema of its own.
	Attribute *Attribute
	// Optional resources can be used without a tenant, and then reach the
	// records of all of them.
	Optional bool
	// Where is the file and line of the declaration.
	Where string
}

// Schema reports whether each tenant has a schema of its own.
func (t *Tenancy) Schema() bool { return t != nil && t.Attribute == nil }

// Column is the attribute that holds the tenant of a record; nil where there
// is none. It may be asked of nil.
func (t *Tenancy) Column() *Attribute {
	if t == nil {
		return nil
	}
	return t.Attribute
}

// TenancyBuilder says more about the tenants of a resource.
type TenancyBuilder struct{ t *Tenancy }

// Tenant keeps the records apart by the attribute that field points at: each
// call runs for one tenant and finds that tenant's records alone, a new record
// gets it, and it never changes. A call without a tenant fails with Invalid
// and the code "tenant_required".
func (b *BuilderOf[P]) Tenant(field any) *TenancyBuilder {
	t := &Tenancy{Where: where()}
	if a := b.d.column("tenant", field); a != nil {
		t.Attribute = a
		b.d.tenant(t)
	}
	return &TenancyBuilder{t}
}

// TenantSchema keeps the records of each tenant in a schema of their own, which
// only PostgreSQL has; see TenantSchemaName for its name.
func (b *BuilderOf[P]) TenantSchema() { b.d.tenant(&Tenancy{Where: where()}) }

func (d *declaration) tenant(t *Tenancy) {
	if d.res.Tenant != nil {
		d.fault(codeTenant, "", "the tenant is declared twice", "the other is at "+d.res.Tenant.Where)
		return
	}
	d.res.Tenant = t
	if a := t.Attribute; a != nil {
		a.Immutable = true
	}
}

// Optional lets calls do without a tenant: they reach the records of all. What
// they create belongs to none where the attribute is a pointer, and else fails.
func (b *TenancyBuilder) Optional() { b.t.Optional = true }

// AnyTenant makes the action reach the records of all tenants, with a tenant
// and without. What is limited is what its policies limit, and what a client
// asks of tenants' records through a record that belongs to none.
func (b *ReadBuilderOf[P]) AnyTenant() *ReadBuilderOf[P] { b.a.AnyTenant = true; return b }

// AnyTenant makes the action reach the records of all tenants, with a tenant
// and without. A create may then accept the tenant as an input; where it is not
// given, the new record belongs to the tenant of the call.
func (b *WriteBuilderOf[P]) AnyTenant() *WriteBuilderOf[P] { b.a.AnyTenant = true; return b }

// AnyTenant lets the action run without a tenant.
func (b *GenericBuilder) AnyTenant() *GenericBuilder { b.a.AnyTenant = true; return b }

// IdentityBuilder says more about an identity.
type IdentityBuilder struct{ id *Identity }

// AllTenants makes the values appear once among the records of all tenants,
// instead of once for each.
func (b *IdentityBuilder) AllTenants() *IdentityBuilder { b.id.AllTenants = true; return b }

// AllTenants orders, and with Unique compares, the records of all tenants,
// instead of those of each.
func (x *Index) AllTenants() *Index { x.allTenants = true; return x }

// Columns are the attributes whose values together appear once: those of the
// identity and, unless it speaks of all tenants, the tenant's first.
func (id *Identity) Columns() []*Attribute {
	if id.tenant == nil || id.AllTenants || slices.Contains(id.Attributes, id.tenant) {
		return id.Attributes
	}
	return append([]*Attribute{id.tenant}, id.Attributes...)
}

// Identity is the identity of these attributes, in any order, or nil.
func (r *Resource) Identity(attributes []*Attribute) *Identity {
	for _, id := range r.Identities {
		same := len(id.Attributes) == len(attributes)
		for _, a := range attributes {
			same = same && slices.Contains(id.Attributes, a)
		}
		if same {
			return id
		}
	}
	return nil
}

// TenantKeys are the attributes of both ends of a BelongsTo that hold the
// tenant, which the database compares together with the key, so that it cannot
// lead from one tenant to another. They are nil where an end has none.
func (r *Relationship) TenantKeys() (source, destination *Attribute) {
	source, destination = r.Resource.Tenant.Column(), r.Target.Tenant.Column()
	if r.Kind != BelongsTo || source == nil || destination == nil || r.Source == source || r.Destination == destination {
		return nil, nil
	}
	return source, destination
}

// Strays reports whether the relationship could lead from a record of one
// tenant to those of others: no key that names a record of one tenant relates
// them, but a condition, or values that several tenants may have.
func (r *Relationship) Strays() bool {
	source, destination := r.Resource.Tenant.Column(), r.Target.Tenant.Column()
	switch {
	case r.all, source == nil, destination == nil, r.Kind == BelongsTo, r.Steps != nil, r.Source == source && r.Destination == destination:
		return false
	case r.Through != nil:
		return r.Source != r.Resource.Primary || r.Destination != r.Target.Primary
	}
	return r.Source != r.Resource.Primary
}

// SameTenant is the condition, with the scopes of the relationship, that the
// records at both ends belong to the same tenant, or both to none.
func (r *Relationship) SameTenant() expr.Node {
	source, destination := r.Resource.Tenant.Column(), r.Target.Tenant.Column()
	from := expr.Field{Up: len(r.Scopes()) - 1, Name: source.Name}
	to := expr.Field{Name: destination.Name}
	same := expr.Call{Op: expr.OpEq, Args: []expr.Node{to, from}}
	if !source.Type.Nullable || !destination.Type.Nullable {
		return same
	}
	none := func(f expr.Field) expr.Node { return expr.Call{Op: expr.OpIsNull, Args: []expr.Node{f}} }
	return expr.Call{Op: expr.OpOr, Args: []expr.Node{same, expr.And(none(to), none(from))}}
}

var schemaName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,56}$`)

// TenantSchemaPrefix begins the names of the schemas of tenants.
const TenantSchemaPrefix = "tenant_"

// TenantSchemaName is the name of the schema of a tenant, given as its
// canonical value: "tenant_" and the value. It fails for values of other
// characters than letters, digits, underscores and hyphens, and for long ones.
func TenantSchemaName(tenant any) (string, error) {
	text := fmt.Sprint(tenant)
	if !schemaName.MatchString(text) {
		return "", fmt.Errorf("%q cannot be part of the name of a schema", text)
	}
	return TenantSchemaPrefix + text, nil
}

// checkTenancy refuses what would let records of different tenants meet, and
// gives identities and indexes the tenant.
func (c *compiler) checkTenancy() {
	var first *Resource
	for _, r := range c.resources {
		if r.Tenant == nil {
			c.checkGlobal(r)
			continue
		}
		if a := r.Tenant.Attribute; a != nil {
			if first == nil {
				first = r
			}
			c.checkTenantAttribute(r, first)
			for _, id := range r.Identities {
				id.tenant = a
			}
			for _, x := range r.Storage.Indexes {
				x.ofTenant(a)
			}
		}
		for _, a := range r.Actions {
			c.checkTenantAction(r, a)
		}
		for _, rel := range r.Relationships {
			c.checkTenants(rel)
		}
	}
}

func (c *compiler) tenantFault(r *Resource, where, member, message, hint string) {
	field := r.label()
	if member != "" {
		field += "." + member
	}
	c.faults = append(c.faults, Diagnostic{Code: codeTenant, Where: where, Field: field, Message: message, Hint: hint})
}

func (c *compiler) checkTenantAttribute(r, first *Resource) {
	t, a := r.Tenant, r.Tenant.Attribute
	switch a.Type.Kind {
	case structs.UUID, structs.Int, structs.String:
	default:
		c.tenantFault(r, t.Where, a.Name, "a tenant is a uuid.UUID, an integer or a string", "")
	}
	if b := first.Tenant.Attribute; b.Type.Kind != a.Type.Kind {
		c.tenantFault(r, t.Where, a.Name, "tenants of "+r.Name+" and of "+first.Name+" have different types", "a call has one tenant for all resources")
	}
	if !t.Optional && a.Type.Nullable {
		c.tenantFault(r, t.Where, a.Name, "the tenant of a record can be null", "use the type without a pointer, or declare the tenant Optional")
	}
}

// ofTenant lets a btree begin with the tenant.
func (x *Index) ofTenant(tenant *Attribute) {
	has := slices.ContainsFunc(x.Parts, func(p IndexPart) bool { return p.Attribute == tenant })
	if has || x.allTenants || x.Method != "" && x.Method != "btree" {
		return
	}
	x.Parts = append([]IndexPart{{Attribute: tenant}}, x.Parts...)
	x.tenant = tenant
}

// Declared are the attributes that the index orders by, without the tenant
// that it was given.
func (x *Index) Declared() []*Attribute {
	var out []*Attribute
	for _, p := range x.Parts {
		if p.Attribute != nil && p.Attribute != x.tenant {
			out = append(out, p.Attribute)
		}
	}
	return out
}

func (c *compiler) checkTenantAction(r *Resource, a *Action) {
	tenant := r.Tenant.Attribute
	if tenant == nil {
		if a.AnyTenant && a.Kind != Generic {
			c.tenantFault(r, a.Where, a.Name, "no statement reaches the schemas of all tenants", "keep the tenant in an attribute: r.Tenant(&x.OrganizationID)")
		}
		return
	}
	if a.AnyTenant && a.Kind == Create {
		return
	}
	hint := "the tenant of the call is put in; an action marked AnyTenant may choose it"
	if a.Accepts(tenant) {
		c.tenantFault(r, a.Where, a.Name, "the tenant "+tenant.Name+" cannot be an input", hint)
	}
	for _, s := range a.Steps {
		if s.Set == tenant {
			c.tenantFault(r, a.Where, a.Name, "the tenant "+tenant.Name+" cannot be set", hint)
		}
	}
}

// checkGlobal refuses relationships whose keys could tell, or point at,
// records of a tenant from one that belongs to none.
func (c *compiler) checkGlobal(r *Resource) {
	for _, rel := range r.Relationships {
		if rel.Kind == BelongsTo && rel.Target.Tenant != nil {
			c.tenantFault(r, "", rel.Name, r.Name+" has no tenant, but belongs to "+rel.Target.Name+", which has one",
				"give it the tenant too")
		}
		c.checkThrough(rel)
	}
}

// checkTenants refuses a relationship between two ways to keep tenants apart.
func (c *compiler) checkTenants(rel *Relationship) {
	r, target := rel.Resource, rel.Target
	c.checkThrough(rel)
	if target.Tenant == nil || r.Tenant.Schema() == target.Tenant.Schema() {
		return
	}
	c.tenantFault(r, r.Tenant.Where, rel.Name, "one of "+r.Name+" and "+target.Name+" has schemas for tenants, the other an attribute",
		"use one of them for both")
}

func (c *compiler) checkThrough(rel *Relationship) {
	if rel.Through == nil || rel.Through.Tenant != nil || rel.Resource.Tenant == nil || rel.Target.Tenant == nil {
		return
	}
	c.tenantFault(rel.Resource, "", rel.Name, "the join resource "+rel.Through.Name+" has no tenant, but what it joins has", "give it the tenant too")
}

// OfTenant is the condition that a record belongs to the tenant; nil where
// the records of r are not told apart by an attribute.
func (r *Resource) OfTenant(tenant any) expr.Node {
	a := r.Tenant.Column()
	if a == nil {
		return nil
	}
	return expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Field{Name: a.Name}, expr.Literal{Value: tenant}}}
}
