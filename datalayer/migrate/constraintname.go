package migrate

import (
	"strings"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
)

// renameConstraints renames the constraints and indexes of PostgreSQL that are
// the same but for their names, which follow those of tables and columns.
func (p *planner) renameConstraints(old, t *schema.Table) {
	rename := func(was, name string) {
		p.add(renameStep("rename constraint "+was+" of "+t.Name+" to "+name, t.Name,
			"alter table "+quoteIdent(t.Name)+" rename constraint %s to %s", quoteIdent(was), quoteIdent(name)))
	}
	if a, b := old.PrimaryKey, t.PrimaryKey; a != nil && b != nil && a.Name != b.Name && columns(a) == columns(b) {
		rename(a.Name, b.Name)
		a.Name = b.Name
	}
	for _, b := range t.ForeignKeys {
		if _, there := old.ForeignKey(b.Symbol); there {
			continue
		}
		for _, a := range old.ForeignKeys {
			if _, stays := t.ForeignKey(a.Symbol); !stays && sameKey(a, b) {
				rename(a.Symbol, b.Symbol)
				a.Symbol = b.Symbol
				break
			}
		}
	}
	for _, b := range t.Checks() {
		for _, a := range old.Checks() {
			if check(t, a.Name) == nil && check(old, b.Name) == nil && a.Expr == b.Expr {
				rename(a.Name, b.Name)
				a.Name = b.Name
				break
			}
		}
	}
	p.renameIndexes(old, t, rename)
}

func (p *planner) renameIndexes(old, t *schema.Table, rename func(was, name string)) {
	for _, b := range t.Indexes {
		if _, there := old.Index(b.Name); there {
			continue
		}
		for _, a := range old.Indexes {
			if _, stays := t.Index(a.Name); stays || !p.sameIndex(a, b) {
				continue
			}
			if isConstraint(a) {
				rename(a.Name, b.Name)
			} else {
				p.add(renameStep("rename index "+a.Name+" to "+b.Name, t.Name,
					"alter index %s rename to %s", quoteIdent(a.Name), quoteIdent(b.Name)))
			}
			was := a.Name
			a.Name = b.Name
			for _, attr := range a.Attrs {
				if c, ok := attr.(*postgres.Constraint); ok && c.N == was {
					c.N = b.Name
				}
			}
			break
		}
	}
}

func check(t *schema.Table, name string) *schema.Check {
	for _, c := range t.Checks() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// isConstraint tells whether an index belongs to a constraint.
func isConstraint(x *schema.Index) bool {
	for _, attr := range x.Attrs {
		if _, ok := attr.(*postgres.Constraint); ok {
			return true
		}
	}
	return false
}

func columns(x *schema.Index) string {
	var out []string
	for _, part := range x.Parts {
		switch {
		case part.C != nil:
			out = append(out, quoteIdent(part.C.Name))
		default:
			if raw, ok := part.X.(*schema.RawExpr); ok {
				out = append(out, raw.X)
			}
		}
		if part.Desc {
			out = append(out, "desc")
		}
	}
	return strings.Join(out, ", ")
}

func sameKey(a, b *schema.ForeignKey) bool {
	return a.RefTable.Name == b.RefTable.Name && names(a.Columns) == names(b.Columns) && names(a.RefColumns) == names(b.RefColumns) &&
		a.OnDelete == b.OnDelete && a.OnUpdate == b.OnUpdate
}

func names(columns []*schema.Column) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = quoteIdent(c.Name)
	}
	return strings.Join(out, ", ")
}

// sameIndex compares two indexes of PostgreSQL but for their names.
func (p *planner) sameIndex(a, b *schema.Index) bool {
	if isConstraint(a) != isConstraint(b) || a.Table == nil {
		return false
	}
	alone := func(x *schema.Index) *schema.Table {
		same := *x
		same.Name = "i"
		return &schema.Table{Name: "t", Columns: a.Table.Columns, Indexes: []*schema.Index{&same}}
	}
	changes, err := p.driver.TableDiff(alone(a), alone(b))
	return err == nil && len(changes) == 0
}
