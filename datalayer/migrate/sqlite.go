package migrate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ariga.io/atlas/sql/schema"
)

// planSQLite finds the steps on SQLite. Tables whose columns or constraints
// change are made anew from the text that the model gives them, since SQLite
// cannot alter much, and Atlas' own way loses collations and names.
func (p *planner) planSQLite() error {
	p.renames()
	changes, err := p.driver.SchemaDiff(p.from.schema, p.to.schema)
	if err != nil {
		return err
	}
	modified := map[string][]schema.Change{}
	for _, c := range changes {
		switch c := c.(type) {
		case *schema.AddTable:
			p.createSQLite(c.T)
		case *schema.DropTable:
			if err := p.dropSQLite(c.T); err != nil {
				return err
			}
		case *schema.ModifyTable:
			if !p.options.Drop {
				p.keepColumns(c)
			}
			modified[c.T.Name] = c.Changes
		default:
			return fmt.Errorf("a change of kind %T is not known", c)
		}
	}
	for _, t := range p.to.schema.Tables {
		old, ok := p.from.schema.Table(t.Name)
		if !ok {
			continue
		}
		if err := p.modifySQLite(old, t, modified[t.Name]); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	return nil
}

// objects are the statements that make the indexes and triggers of a table.
func (s *state) objects(table string, kinds ...string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(s.texts)) {
		if t := s.texts[name]; t.table == table && slices.Contains(kinds, t.kind) {
			out = append(out, t.sql)
		}
	}
	return out
}

func (p *planner) createSQLite(t *schema.Table) {
	p.add(Step{
		Title: "create table " + t.Name, Table: t.Name, phase: phaseTable,
		Up:   append([]string{p.to.texts[t.Name].sql}, p.to.objects(t.Name, "index")...),
		Down: []string{"drop table " + quoteIdent(t.Name)},
	})
}

func (p *planner) dropSQLite(t *schema.Table) error {
	if !p.options.Drop {
		p.left = append(p.left, "table "+t.Name)
		return p.redirect(t)
	}
	p.add(Step{
		Title: "drop table " + t.Name, Table: t.Name, phase: phaseDropTable, Loses: "all rows of " + t.Name,
		Up:   []string{"drop table " + quoteIdent(t.Name)},
		Down: append([]string{p.from.texts[t.Name].sql}, p.from.objects(t.Name, "index", "trigger")...),
	})
	return nil
}

// modifySQLite changes one table by the least that does it.
func (p *planner) modifySQLite(old, t *schema.Table, changes []schema.Change) error {
	rebuild := p.moved(old, t)
	var simple []Step
	for _, c := range changes {
		switch c := c.(type) {
		case *schema.DropColumn:
			if p.options.Drop {
				rebuild = true
				continue
			}
			p.left = append(p.left, "column "+t.Name+"."+c.C.Name)
			rebuild = rebuild || !c.C.Type.Null && c.C.Default == nil
		case *schema.AddIndex, *schema.DropIndex, *schema.ModifyIndex:
			s, ok := p.indexSQLite(t, c)
			rebuild = rebuild || !ok
			simple = append(simple, s...)
		case *schema.AddColumn:
			s, ok, err := p.columnSQLite(t, c.C)
			if err != nil {
				return err
			}
			rebuild = rebuild || !ok
			simple = append(simple, s)
		default:
			rebuild = true
		}
	}
	if rebuild {
		return p.rebuild(old, t)
	}
	p.steps = append(p.steps, simple...)
	return nil
}

// moved tells whether a table, or what it refers to, has new names, or whether
// a column has another collation.
func (p *planner) moved(old, t *schema.Table) bool {
	if p.renamedTables[t.Name] != "" {
		return true
	}
	for _, c := range t.Columns {
		before, ok := old.Column(c.Name)
		if p.renamed[place{t.Name, c.Name}] != "" || ok && collationOf(before) != collationOf(c) {
			return true
		}
	}
	return slices.ContainsFunc(t.ForeignKeys, func(f *schema.ForeignKey) bool {
		return p.renamedTables[f.RefTable.Name] != "" || slices.ContainsFunc(f.RefColumns, func(c *schema.Column) bool {
			return p.renamed[place{f.RefTable.Name, c.Name}] != ""
		})
	})
}

func collationOf(c *schema.Column) string {
	for _, a := range c.Attrs {
		if x, ok := a.(*schema.Collation); ok {
			return x.V
		}
	}
	return ""
}

// indexSQLite are the steps for an index that is no part of its table.
func (p *planner) indexSQLite(t *schema.Table, c schema.Change) (steps []Step, ok bool) {
	drop := func(x *schema.Index) {
		text := p.from.texts[x.Name].sql
		ok = ok && text != ""
		steps = append(steps, Step{
			Title: "drop index " + x.Name, Table: t.Name, phase: phaseDropIndex,
			Up: []string{"drop index " + quoteIdent(x.Name)}, Down: []string{text},
		})
	}
	create := func(x *schema.Index) {
		text := p.to.texts[x.Name].sql
		ok = ok && text != ""
		steps = append(steps, Step{
			Title: "create index " + x.Name, Table: t.Name, phase: phaseIndex,
			Up: []string{text}, Down: []string{"drop index " + quoteIdent(x.Name)},
		})
	}
	ok = true
	switch c := c.(type) {
	case *schema.AddIndex:
		create(c.I)
	case *schema.DropIndex:
		drop(c.I)
	case *schema.ModifyIndex:
		drop(c.From)
		create(c.To)
	}
	return steps, ok
}

// columnSQLite is the step for a new column that a table takes without being
// made anew: one that may be null and has no constraints.
func (p *planner) columnSQLite(t *schema.Table, c *schema.Column) (s Step, ok bool, err error) {
	definition, err := parseTable(p.to.texts[t.Name].sql)
	if err != nil {
		return s, false, err
	}
	text := definition.column(c.Name)
	for _, w := range words(text)[1:] {
		if slices.Contains([]string{"primary", "unique", "check", "references", "not", "default", "as", "generated"}, strings.ToLower(w)) {
			return s, false, nil
		}
	}
	for _, part := range definition.parts {
		if !isColumn(part) && renameIdent(part, c.Name, "") != part {
			return s, false, nil
		}
	}
	return Step{
		Title: "add column " + t.Name + "." + c.Name, Table: t.Name, phase: phaseColumn,
		Up:   []string{"alter table " + quoteIdent(t.Name) + " add column " + text},
		Down: []string{"alter table " + quoteIdent(t.Name) + " drop column " + quoteIdent(c.Name)},
	}, true, nil
}
