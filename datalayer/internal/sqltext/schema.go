package sqltext

import (
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// Table is what the database needs for a resource.
type Table struct {
	Name       string
	Columns    []Column
	Uniques    []Unique
	Checks     []Check
	References []Reference
	Indexes    []Index
	// Folded are the identities and indexes over attributes that ignore case.
	Folded []*resource.Index
	// Constraints are those that the resource declares itself; of SQLite they
	// are part of the table alone.
	Constraints []*resource.Constraint
	// Resource is what the table is for.
	Resource *resource.Resource
}

// Column is a column of a table.
type Column struct {
	Name      string
	Attribute *resource.Attribute
	NotNull   bool
	Primary   bool
	// Identity tells that the database makes the values: 1, 2, 3.
	Identity bool
}

// Unique says that the values of some columns together appear once.
type Unique struct {
	Name    string
	Columns []string
}

// Check is a condition that all rows fulfil.
type Check struct {
	Name      string
	Attribute *resource.Attribute
}

// Reference is a foreign key. It refers to the primary key of another table.
type Reference struct {
	Name, Column        string
	Table, TargetColumn string
	OnDelete            resource.OnDelete
	// Tenant and TargetTenant are columns that must agree too; empty without.
	Tenant, TargetTenant string
}

// Index serves searches by a column.
type Index struct {
	Name   string
	Column string
	// Method is the access method of PostgreSQL, empty for the usual one.
	Method string
	// Tenant is a column that comes first; empty without.
	Tenant string
}

// Tables are the tables of the resources: those that others refer to come
// before them, except where references go in circles.
func (d *Dialect) Tables(resources []*resource.Resource) []Table {
	var out []Table
	seen := map[*resource.Resource]bool{}
	var visit func(r *resource.Resource)
	visit = func(r *resource.Resource) {
		if seen[r] {
			return
		}
		seen[r] = true
		for _, rel := range r.Relationships {
			if rel.Kind == resource.BelongsTo && slices.Contains(resources, rel.Target) {
				visit(rel.Target)
			}
		}
		out = append(out, d.table(r))
	}
	for _, r := range resources {
		visit(r)
	}
	return out
}

func (d *Dialect) table(r *resource.Resource) Table {
	t := Table{Name: r.Table, Constraints: d.constraints(r), Resource: r}
	for _, a := range r.Columns() {
		t.Columns = append(t.Columns, Column{
			Name: a.Column, Attribute: a, NotNull: !a.Type.Nullable,
			Primary: a.Primary, Identity: numbers(a),
		})
		if len(d.conditions(a)) > 0 {
			t.Checks = append(t.Checks, Check{checkName(r, a), a})
		}
		switch {
		case !a.Indexed || a.Primary || identifies(r, a):
		case a.IgnoresCase:
			t.Folded = append(t.Folded, foldedIndex(name(r.Table, a.Column, "idx"), a))
		default:
			if x, ok := d.index(r, a); ok {
				t.Indexes = append(t.Indexes, x)
			}
		}
	}
	for _, id := range r.Identities {
		u := Unique{Name: uniqueName(r, id)}
		if slices.ContainsFunc(id.Columns(), ignoresCase) {
			t.Folded = append(t.Folded, foldedIndex(u.Name, id.Columns()...).Unique())
			continue
		}
		for _, a := range id.Columns() {
			u.Columns = append(u.Columns, a.Column)
		}
		t.Uniques = append(t.Uniques, u)
	}
	t.Uniques = append(t.Uniques, tenantKey(r)...)
	for _, rel := range r.Relationships {
		if rel.Kind != resource.BelongsTo {
			continue
		}
		for _, ref := range d.references(rel) {
			if !slices.Contains(t.References, ref) {
				t.References = append(t.References, ref)
			}
		}
	}
	return t
}

// index is that of an attribute; there is none over the elements of a list in
// JSON. It begins with the tenant, by which all searches are limited.
func (d *Dialect) index(r *resource.Resource, a *resource.Attribute) (x Index, ok bool) {
	tenant := r.Tenant.Column()
	switch {
	case a.Type.Kind == structs.List:
		return Index{Name: name(r.Table, a.Column, "idx"), Column: a.Column, Method: "gin"}, d.arrays
	case tenant != nil:
		return Index{Name: name(r.Table, tenant.Column, a.Column, "idx"), Column: a.Column, Tenant: tenant.Column}, true
	}
	return Index{Name: name(r.Table, a.Column, "idx"), Column: a.Column}, true
}

// identifies reports whether an identity of r has an index that begins with a.
func identifies(r *resource.Resource, a *resource.Attribute) bool {
	if a == r.Tenant.Column() && !a.Primary {
		return true // see tenantKey
	}
	for _, id := range r.Identities {
		if len(id.Attributes) == 1 && id.Attributes[0] == a {
			return true
		}
	}
	return false
}

// tenantKey is the constraint over tenant and primary key: it says nothing
// new, but references that compare tenants need it, and it is an index of the
// tenant.
func tenantKey(r *resource.Resource) []Unique {
	tenant := r.Tenant.Column()
	if tenant == nil || tenant.Primary {
		return nil
	}
	return []Unique{{tenantKeyName(r), []string{tenant.Column, r.Primary.Column}}}
}

func tenantKeyName(r *resource.Resource) string {
	return name(r.Table, r.Tenant.Column().Column, r.Primary.Column, "key")
}

// references are the foreign keys of a relationship: one or, where the tenant
// is part of it, at most two. The plain one is needed where a record without a
// tenant refers to another, which a key with a NULL in it lets pass; and on
// SQLite, which cannot set a part of a key to NULL, to do so.
func (d *Dialect) references(rel *resource.Relationship) []Reference {
	plain := Reference{
		Name: referenceName(rel), Column: rel.Source.Column, OnDelete: rel.OnDelete,
		Table: rel.Target.Table, TargetColumn: rel.Destination.Column,
	}
	source, destination := rel.TenantKeys()
	if source == nil {
		return []Reference{plain}
	}
	both := plain
	both.Name, both.Tenant, both.TargetTenant = tenantReferenceName(rel), source.Column, destination.Column
	switch {
	case !d.alters && rel.OnDelete == resource.Nilify:
		both.OnDelete = resource.Restrict
	case !source.Type.Nullable:
		return []Reference{both}
	}
	return []Reference{plain, both}
}

func tenantReferenceName(rel *resource.Relationship) string {
	return name(rel.Resource.Table, rel.Resource.Tenant.Column().Column, rel.Source.Column, "fkey")
}

func uniqueName(r *resource.Resource, id *resource.Identity) string {
	parts := []string{r.Table}
	for _, a := range id.Columns() {
		parts = append(parts, a.Column)
	}
	return name(append(parts, "key")...)
}

func checkName(r *resource.Resource, a *resource.Attribute) string {
	return name(r.Table, a.Column, "check")
}

func referenceName(rel *resource.Relationship) string {
	return name(rel.Resource.Table, rel.Source.Column, "fkey")
}

// name joins the parts by underscores. PostgreSQL knows names of up to 63
// bytes; longer ones end in a hash of what is cut off.
func name(parts ...string) string {
	var out []byte
	for i, p := range parts {
		if i > 0 {
			out = append(out, '_')
		}
		out = append(out, p...)
	}
	const longest = 63
	if len(out) <= longest {
		return string(out)
	}
	h := fnv.New32a()
	_, _ = h.Write(out)
	end := "_" + strconv.FormatUint(uint64(h.Sum32()), 36) + "_" + parts[len(parts)-1]
	return string(out[:longest-len(end)]) + end
}

// Constraint finds out what a constraint of the table of r speaks of: its kind
// and attributes. ok is false where no resource has made it.
func Constraint(r *resource.Resource, constraint string) (kind datalayer.ConstraintKind, attributes []*resource.Attribute, ok bool) {
	if constraint == r.Table+"_pkey" {
		return datalayer.Unique, []*resource.Attribute{r.Primary}, true
	}
	for _, id := range r.Identities {
		if uniqueName(r, id) == constraint {
			return datalayer.Unique, id.Attributes, true
		}
	}
	if len(tenantKey(r)) > 0 && tenantKeyName(r) == constraint {
		return datalayer.Unique, []*resource.Attribute{r.Primary}, true
	}
	for _, rel := range r.Relationships {
		if rel.Kind != resource.BelongsTo {
			continue
		}
		tenant, _ := rel.TenantKeys()
		if referenceName(rel) == constraint || tenant != nil && tenantReferenceName(rel) == constraint {
			return datalayer.ForeignKey, []*resource.Attribute{rel.Source}, true
		}
	}
	for _, a := range r.Attributes {
		if a.Column != "" && checkName(r, a) == constraint {
			return datalayer.CheckRule, []*resource.Attribute{a}, true
		}
	}
	for _, x := range r.Storage.Indexes {
		if x.IsUnique && x.Name == constraint {
			return datalayer.Unique, x.Declared(), true
		}
	}
	return "", nil, false
}
