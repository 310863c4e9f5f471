package sqltext

import (
	"slices"

	"github.com/congago/conga/resource"
)

// constraints are those that the resource declares and the dialect knows.
func (d *Dialect) constraints(r *resource.Resource) []*resource.Constraint {
	var out []*resource.Constraint
	for _, c := range r.Storage.Constraints {
		if !c.Exclude || d.alters {
			out = append(out, c)
		}
	}
	return out
}

func (w *writer) constraint(c *resource.Constraint) {
	w.str("constraint ")
	w.ident(c.Name)
	if c.Exclude {
		w.str(" exclude ", c.Text)
		return
	}
	w.str(" check (", c.Text, ")")
}

// Extensions are the statements for the extensions of PostgreSQL that the resources need.
func (d *Dialect) Extensions(resources []*resource.Resource) []string {
	var out []string
	for _, r := range resources {
		for _, name := range r.Storage.Extensions {
			w := d.writer(nil)
			w.str("create extension if not exists ")
			w.ident(name)
			if text := string(w.buf); d.alters && !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

// stored are the statements for declared indexes that are not there, and of a
// new table for the statements that the resource declares.
func (d *Dialect) stored(t Table, old Existing, exists bool) []string {
	var out []string
	for _, x := range t.Resource.Storage.Indexes {
		if !old.Names[x.Name] {
			out = append(out, d.CreateIndex(t.Name, x))
		}
	}
	for _, s := range d.Statements(t.Resource) {
		if !exists {
			out = append(out, s.Up)
		}
	}
	return out
}

// Statements are those that the resource declares for the dialect.
func (d *Dialect) Statements(r *resource.Resource) []*resource.Statement {
	var out []*resource.Statement
	for _, s := range r.Storage.Statements {
		if s.Only == "" || s.Only == d.Name {
			out = append(out, s)
		}
	}
	return out
}

// CreateIndex writes the statement for a declared index. SQLite leaves out
// what it has no counterpart for.
func (d *Dialect) CreateIndex(table string, x *resource.Index) string {
	w := d.writer(nil)
	w.str("create ")
	if x.IsUnique {
		w.str("unique ")
	}
	w.str("index if not exists ")
	w.ident(x.Name)
	w.str(" on ")
	w.ident(table)
	if x.Method != "" && d.alters {
		w.str(" using ", x.Method)
	}
	w.str(" (")
	for i, p := range x.Parts {
		if i > 0 {
			w.str(", ")
		}
		if p.Attribute != nil {
			w.ident(p.Attribute.Column)
		} else {
			w.str(string(p.SQL))
		}
	}
	w.str(")")
	if len(x.Included) > 0 && d.alters {
		w.str(" include (")
		for i, a := range x.Included {
			if i > 0 {
				w.str(", ")
			}
			w.ident(a.Column)
		}
		w.str(")")
	}
	if x.NullsEqual && d.alters {
		w.str(" nulls not distinct")
	}
	if x.Predicate != "" {
		w.str(" where ", x.Predicate)
	}
	return string(w.buf)
}

// described are the comments on a new table and its columns, on PostgreSQL.
func (d *Dialect) described(t Table) []string {
	if !d.alters {
		return nil
	}
	var out []string
	comment := func(text string, what func(w *writer)) {
		if text != "" {
			w := d.writer(nil)
			w.str("comment on ")
			what(w)
			w.str(" is ", quote(text))
			out = append(out, string(w.buf))
		}
	}
	comment(t.Resource.Description, func(w *writer) { w.str("table "); w.ident(t.Name) })
	for _, c := range t.Columns {
		comment(c.Attribute.Description, func(w *writer) {
			w.str("column ")
			w.ident(t.Name)
			w.str(".")
			w.ident(c.Name)
		})
	}
	return out
}
