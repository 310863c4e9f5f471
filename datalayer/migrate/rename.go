package migrate

import (
	"fmt"
	"strings"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
)

// renames finds the tables and columns that the model says were renamed, and
// gives them their new names in the state that the plan starts from.
func (p *planner) renames() {
	for _, t := range p.to.schema.Tables {
		was := p.hints.tableWas[t.Name]
		if was == "" {
			continue
		}
		_, there := p.from.schema.Table(t.Name)
		_, stays := p.to.schema.Table(was)
		old, ok := p.from.schema.Table(was)
		if there || stays || !ok {
			continue
		}
		p.renamedTables[t.Name] = was
		if p.from.texts == nil { // SQLite has its tables made anew
			p.add(renameStep("rename table "+was+" to "+t.Name, t.Name,
				"alter table %s rename to %s", quoteIdent(was), quoteIdent(t.Name)))
		}
		old.Name = t.Name
	}
	for _, t := range p.to.schema.Tables {
		if old, ok := p.from.schema.Table(t.Name); ok {
			p.renameColumns(old, t)
		}
	}
}

func renameStep(title, table, format, from, to string) Step {
	return Step{
		Title: title, Table: table, phase: phaseRename,
		Up: []string{fmt.Sprintf(format, from, to)}, Down: []string{fmt.Sprintf(format, to, from)},
	}
}

func (p *planner) renameColumns(old, t *schema.Table) {
	for _, c := range t.Columns {
		was := p.hints.columnWas[place{t.Name, c.Name}]
		if was == "" {
			continue
		}
		_, there := old.Column(c.Name)
		_, stays := t.Column(was)
		from, ok := old.Column(was)
		if there || stays || !ok {
			continue
		}
		p.renamed[place{t.Name, c.Name}] = was
		if p.from.texts == nil {
			p.add(renameStep("rename column "+t.Name+"."+was+" to "+c.Name, t.Name,
				"alter table "+quoteIdent(t.Name)+" rename column %s to %s", quoteIdent(was), quoteIdent(c.Name)))
		}
		from.Name = c.Name
		for _, check := range old.Checks() {
			check.Expr = renameIdent(check.Expr, was, c.Name)
		}
		for _, x := range old.Indexes {
			for _, attr := range x.Attrs {
				if where, ok := attr.(*postgres.IndexPredicate); ok {
					where.P = renameIdent(where.P, was, c.Name)
				}
			}
			for _, part := range x.Parts {
				if raw, ok := part.X.(*schema.RawExpr); ok {
					raw.X = renameIdent(raw.X, was, c.Name)
				}
			}
		}
		p.referencesRenamed(old, was, c.Name)
	}
}

// referencesRenamed renames a referenced column where Atlas holds a copy of it.
func (p *planner) referencesRenamed(old *schema.Table, was, name string) {
	for _, t := range p.from.schema.Tables {
		for _, f := range t.ForeignKeys {
			for _, c := range f.RefColumns {
				if f.RefTable.Name == old.Name && c.Name == was {
					c.Name = name
				}
			}
		}
	}
}

// renameIdent replaces a name in an expression, outside of quoted texts.
func renameIdent(expression, was, name string) string {
	var b strings.Builder
	for i := 0; i < len(expression); i++ {
		switch c := expression[i]; {
		case c == '\'':
			j := skipQuoted(expression, i)
			b.WriteString(expression[i : j+1])
			i = j
		case c == '"':
			j := skipQuoted(expression, i)
			if expression[i+1:j] == was {
				b.WriteString(quoteIdent(name))
			} else {
				b.WriteString(expression[i : j+1])
			}
			i = j
		case isWord(c):
			j := i
			for j < len(expression) && isWord(expression[j]) {
				j++
			}
			word := expression[i:j]
			if word == was {
				word = name
			}
			b.WriteString(word)
			i = j - 1
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
