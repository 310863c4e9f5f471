package sqltext

import (
	"fmt"
	"strconv"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/resource"
)

// Existing is a table that the database has.
type Existing struct {
	// Columns are the names of its columns, Names those of its constraints and indexes.
	Columns, Names map[string]bool
	// Empty tells that it has no rows.
	Empty bool
}

// Ensure writes the statements that create what the resources need and have
// does not show, in the order in which they must be run. It fails where a
// column is missing that existing rows would need a value for.
func (d *Dialect) Ensure(resources []*resource.Resource, have map[string]Existing) ([]string, error) {
	var out, references []string
	out = append(out, d.Extensions(resources)...)
	for _, t := range d.Tables(resources) {
		old, exists := have[t.Name]
		if !exists {
			out = append(out, d.CreateTable(t))
			references = append(references, d.described(t)...)
		} else {
			added, err := d.complete(t, old)
			if err != nil {
				return nil, err
			}
			out = append(out, added...)
		}
		for _, r := range t.References {
			if d.alters && !old.Names[r.Name] {
				references = append(references, d.addReference(t, r))
			}
		}
		for _, i := range t.Indexes {
			if !old.Names[i.Name] {
				out = append(out, d.createIndex(t, i.Name, "index", i.Method, i.columns()...))
			}
		}
		for _, x := range t.Folded {
			if !old.Names[x.Name] {
				out = append(out, d.CreateIndex(t.Name, x))
			}
		}
		references = append(references, d.stored(t, old, exists)...)
	}
	return append(out, references...), nil
}

// CreateTable writes the statement that creates a table. References are in it
// only where they cannot be added later.
func (d *Dialect) CreateTable(t Table) string {
	w := d.writer(nil)
	w.str("create table if not exists ")
	w.ident(t.Name)
	w.str(" (")
	for i, c := range t.Columns {
		if i > 0 {
			w.str(",")
		}
		w.str("\n\t")
		w.columnDefinition(c)
		if c.Primary {
			if w.d.alters {
				w.str(" constraint ")
				w.ident(t.Name + "_pkey")
			}
			w.str(" primary key")
		}
	}
	for _, u := range t.Uniques {
		w.str(",\n\t")
		w.unique(u)
	}
	for _, c := range t.Checks {
		w.str(",\n\t")
		w.check(c)
	}
	for _, c := range t.Constraints {
		w.str(",\n\t")
		w.constraint(c)
	}
	if !d.alters {
		for _, r := range t.References {
			w.str(",\n\t")
			w.reference(r)
		}
	}
	w.str("\n)")
	return string(w.buf)
}

func (w *writer) columnDefinition(c Column) {
	w.ident(c.Name)
	w.str(" ", w.d.ColumnType(c.Attribute.Type))
	if c.NotNull {
		w.str(" not null")
	}
	w.made(c)
}

func (w *writer) unique(u Unique) {
	w.str("constraint ")
	w.ident(u.Name)
	w.str(" unique (")
	for i, c := range u.Columns {
		if i > 0 {
			w.str(", ")
		}
		w.ident(c)
	}
	w.str(")")
}

func (w *writer) check(c Check) {
	w.str("constraint ")
	w.ident(c.Name)
	w.str(" check (", w.d.check(c.Attribute), ")")
}

func (w *writer) reference(r Reference) {
	w.str("constraint ")
	w.ident(r.Name)
	w.str(" foreign key (")
	w.pair(r.Tenant, r.Column)
	w.str(") references ")
	w.ident(r.Table)
	w.str(" (")
	w.pair(r.TargetTenant, r.TargetColumn)
	w.str(")")
	w.onDelete(r)
}

// pair writes the columns of a key, the tenant's first if there is one.
func (w *writer) pair(tenant, column string) {
	if tenant != "" {
		w.ident(tenant)
		w.str(", ")
	}
	w.ident(column)
}

func (w *writer) onDelete(r Reference) {
	switch r.OnDelete {
	case resource.Cascade:
		w.str(" on delete cascade")
	case resource.Nilify:
		w.str(" on delete set null")
		if r.Tenant != "" { // of PostgreSQL 15 and later; the tenant stays
			w.str(" (")
			w.ident(r.Column)
			w.str(")")
		}
	}
}

func (d *Dialect) addReference(t Table, r Reference) string {
	return d.alter(t, func(w *writer) { w.str("add "); w.reference(r) })
}

func (d *Dialect) alter(t Table, what func(w *writer)) string {
	w := d.writer(nil)
	w.str("alter table ")
	w.ident(t.Name)
	w.str(" ")
	what(w)
	return string(w.buf)
}

func (i Index) columns() []string {
	if i.Tenant == "" {
		return []string{i.Column}
	}
	return []string{i.Tenant, i.Column}
}

func (d *Dialect) createIndex(t Table, name, kind, method string, columns ...string) string {
	w := d.writer(nil)
	w.str("create ", kind, " if not exists ")
	w.ident(name)
	w.str(" on ")
	w.ident(t.Name)
	if method != "" {
		w.str(" using ", method)
	}
	w.str(" (")
	for i, c := range columns {
		if i > 0 {
			w.str(", ")
		}
		w.ident(c)
	}
	w.str(")")
	return string(w.buf)
}

// complete writes what an existing table lacks, but for references and indexes.
func (d *Dialect) complete(t Table, old Existing) ([]string, error) {
	var out []string
	for _, c := range t.Columns {
		if old.Columns[c.Name] {
			continue
		}
		added, err := d.addColumn(t, c, old.Empty)
		if err != nil {
			return nil, err
		}
		out = append(out, added...)
	}
	for _, u := range t.Uniques {
		switch {
		case old.Names[u.Name]:
		case d.alters:
			out = append(out, d.alter(t, func(w *writer) { w.str("add "); w.unique(u) }))
		default:
			out = append(out, d.createIndex(t, u.Name, "unique index", "", u.Columns...))
		}
	}
	for _, c := range t.Checks {
		if d.alters && !old.Names[c.Name] {
			out = append(out, d.alter(t, func(w *writer) { w.str("add "); w.check(c) }))
		}
	}
	for _, c := range t.Constraints {
		if d.alters && !old.Names[c.Name] {
			out = append(out, d.alter(t, func(w *writer) { w.str("add "); w.constraint(c) }))
		}
	}
	return out, nil
}

// addColumn writes the statements for a column that is missing. Its default
// fills the rows that are there; only SQLite keeps it.
func (d *Dialect) addColumn(t Table, c Column, empty bool) ([]string, error) {
	var value string
	if c.NotNull && !d.makes(c) {
		var ok bool
		value, ok = d.fillIn(c)
		switch {
		case c.Primary, !ok && (!empty || !d.alters):
			return nil, fmt.Errorf("add column %s.%s: it cannot be null and has no default for the rows that are there: "+
				"give it a default, make the field a pointer, or write a migration", t.Name, c.Name)
		}
	}
	referred := false
	out := []string{d.alter(t, func(w *writer) {
		w.str("add column ")
		w.columnDefinition(c)
		if value != "" {
			w.str(" default ", value)
		}
		for _, r := range t.References {
			if !d.alters && r.Column == c.Name && !referred {
				referred = true
				w.str(" references ")
				w.ident(r.Table)
				w.str(" (")
				w.ident(r.TargetColumn)
				w.str(")")
				w.onDelete(r)
			}
		}
	})}
	if value != "" && d.alters {
		out = append(out, d.alter(t, func(w *writer) {
			w.str("alter column ")
			w.ident(c.Name)
			w.str(" drop default")
		}))
	}
	return out, nil
}

// fillIn is the value for existing rows, as a constant in SQL.
func (d *Dialect) fillIn(c Column) (string, bool) {
	if c.Attribute.Stamp != resource.NoStamp && d.alters {
		return "now()", true
	}
	if c.Attribute.Default == nil {
		return "", false
	}
	switch v := c.Attribute.Default().(type) {
	case string:
		return quote(v), true
	case bool:
		return strconv.FormatBool(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case time.Duration:
		return strconv.FormatInt(int64(v), 10), true
	case decimal.Decimal:
		return quote(v.String()), true
	case uuid.UUID:
		return quote(v.String()), true
	case civil.Date:
		return quote(v.String()), true
	case []any:
		if d.arrays {
			return quote(arrayText(v)), true
		}
	}
	return "", false
}
