package migrate

import (
	"fmt"
	"slices"
	"strings"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
)

// planPostgres finds the steps on PostgreSQL.
func (p *planner) planPostgres() error {
	p.planExtensions()
	p.renames()
	for _, t := range p.to.schema.Tables {
		if old, ok := p.from.schema.Table(t.Name); ok {
			p.renameConstraints(old, t)
		}
	}
	changes, err := p.driver.SchemaDiff(p.from.schema, p.to.schema)
	if err != nil {
		return err
	}
	changes = p.withKeysOfRetyped(changes)
	for _, c := range changes {
		if err := p.planChange(c); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) planExtensions() {
	for _, name := range p.to.extensions {
		if !slices.Contains(p.from.extensions, name) {
			p.add(Step{
				Title: "create extension " + name, Up: []string{"create extension if not exists " + quoteIdent(name)},
				Down: []string{"drop extension if exists " + quoteIdent(name)}, phase: phaseExtension,
			})
		}
	}
	// An extension that the model no longer names stays: others may use it.
}

func (p *planner) planChange(c schema.Change) error {
	switch c := c.(type) {
	case *schema.AddTable:
		return p.addTable(c.T)
	case *schema.DropTable:
		return p.dropTable(c.T)
	case *schema.ModifyTable:
		return p.modifyTable(c)
	case *schema.AddObject:
		return p.change(Step{Title: "create type " + objectName(c.O), phase: phaseType}, c)
	case *schema.ModifyObject:
		return p.change(Step{Title: "change type " + objectName(c.To), phase: phaseType, Note: "values of an enum can be added but not removed"}, c)
	case *schema.DropObject:
		if !p.options.Drop {
			p.left = append(p.left, "type "+objectName(c.O))
			return nil
		}
		return p.change(Step{Title: "drop type " + objectName(c.O), phase: phaseDropType}, c)
	}
	return fmt.Errorf("a change of kind %T is not known: write it by hand, or declare a Statement", c)
}

func objectName(o schema.Object) string {
	if e, ok := o.(*schema.EnumType); ok {
		return e.T
	}
	return fmt.Sprintf("%T", o)
}

// addTable creates a table; its foreign keys come when all tables are there.
func (p *planner) addTable(t *schema.Table) error {
	bare := *t
	bare.ForeignKeys = nil
	up, _, err := p.atlas(&schema.AddTable{T: &bare})
	if err != nil {
		return err
	}
	p.add(Step{
		Title: "create table " + t.Name, Table: t.Name, Up: up,
		Down: []string{"drop table " + quoteIdent(t.Name)}, phase: phaseTable,
	})
	for _, f := range t.ForeignKeys {
		if err := p.addKey(t, f, true); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) dropTable(t *schema.Table) error {
	if !p.options.Drop {
		p.left = append(p.left, "table "+t.Name)
		return nil
	}
	for _, f := range t.ForeignKeys {
		if err := p.dropKey(t, f); err != nil {
			return err
		}
	}
	bare := *t
	bare.ForeignKeys = nil
	down, _, err := p.atlas(&schema.AddTable{T: &bare})
	if err != nil {
		return err
	}
	p.add(Step{
		Title: "drop table " + t.Name, Table: t.Name, Up: []string{"drop table " + quoteIdent(t.Name)},
		Down: down, Loses: "all rows of " + t.Name, phase: phaseDropTable,
	})
	return nil
}

// addKey adds a foreign key. On a table with rows it is made in two steps:
// the first lets writers through at once, the second checks the rows.
func (p *planner) addKey(t *schema.Table, f *schema.ForeignKey, fresh bool) error {
	s := Step{Title: "add foreign key " + f.Symbol, Table: t.Name, phase: phaseKey}
	late := p.late(f)
	if late {
		s.group = groupLate
	}
	if fresh || p.options.Plain {
		return p.change(s, of(t, &schema.AddForeignKey{F: f}))
	}
	if err := p.change(s, of(t, &schema.AddForeignKey{F: f, Extra: []schema.Clause{&postgres.NotValid{}}})); err != nil {
		return err
	}
	p.validate(t, f.Symbol)
	if late {
		p.steps[len(p.steps)-1].group = groupLateValidate
	}
	return nil
}

// late reports whether a key over several columns refers to a constraint that
// the plan makes only after what is done in one transaction.
func (p *planner) late(f *schema.ForeignKey) bool {
	old, ok := p.from.schema.Table(f.RefTable.Name)
	if !ok || p.options.Plain || len(f.RefColumns) == 1 {
		return false
	}
	wanted := names(f.RefColumns)
	return !slices.ContainsFunc(old.Indexes, func(x *schema.Index) bool { return x.Unique && columns(x) == wanted })
}

// settingNull names the columns that a key over several of them sets to NULL,
// which Atlas leaves out: all but the first, the tenant.
func settingNull(text string, changes []schema.Change) string {
	for _, c := range changes {
		m, ok := c.(*schema.ModifyTable)
		if !ok {
			continue
		}
		for _, c := range m.Changes {
			var f *schema.ForeignKey
			switch c := c.(type) {
			case *schema.AddForeignKey:
				f = c.F
			case *schema.DropForeignKey:
				f = c.F
			}
			if f != nil && len(f.Columns) > 1 && f.OnDelete == schema.SetNull {
				text = strings.Replace(text, "ON DELETE SET NULL", "ON DELETE SET NULL ("+names(f.Columns[1:])+")", 1)
			}
		}
	}
	return text
}

func (p *planner) validate(t *schema.Table, constraint string) {
	p.add(Step{
		Title: "validate " + constraint, Table: t.Name, phase: phaseKey, group: groupValidate,
		Up: []string{alter(t, "validate constraint "+quoteIdent(constraint))},
	})
}

func alter(t *schema.Table, what string) string {
	return "alter table " + quoteIdent(t.Name) + " " + what
}

func (p *planner) dropKey(t *schema.Table, f *schema.ForeignKey) error {
	return p.change(Step{Title: "drop foreign key " + f.Symbol, Table: t.Name, phase: phaseDropKey}, of(t, &schema.DropForeignKey{F: f}))
}

// withKeysOfRetyped drops and adds the foreign keys whose columns get other
// types, which must change on both ends before the key can hold again.
func (p *planner) withKeysOfRetyped(changes []schema.Change) []schema.Change {
	retyped, touched := map[place]bool{}, map[string]bool{}
	modified := map[string]*schema.ModifyTable{}
	for _, c := range changes {
		m, ok := c.(*schema.ModifyTable)
		if !ok {
			continue
		}
		modified[m.T.Name] = m
		for _, c := range m.Changes {
			switch c := c.(type) {
			case *schema.ModifyColumn:
				if c.Change.Is(schema.ChangeType) {
					retyped[place{m.T.Name, c.To.Name}] = true
				}
			case *schema.DropForeignKey:
				touched[m.T.Name+"."+c.F.Symbol] = true
			case *schema.ModifyForeignKey:
				touched[m.T.Name+"."+c.From.Symbol] = true
			}
		}
	}
	if len(retyped) == 0 {
		return changes
	}
	for _, t := range p.to.schema.Tables {
		old, ok := p.from.schema.Table(t.Name)
		if !ok {
			continue
		}
		for _, f := range t.ForeignKeys {
			before, there := old.ForeignKey(f.Symbol)
			if !there || touched[t.Name+"."+f.Symbol] || !p.joins(f, retyped) {
				continue
			}
			m := modified[t.Name]
			if m == nil {
				m = &schema.ModifyTable{T: t}
				modified[t.Name] = m
				changes = append(changes, m)
			}
			m.Changes = append(m.Changes, &schema.DropForeignKey{F: before}, &schema.AddForeignKey{F: f})
		}
	}
	return changes
}

// joins tells whether one of the columns at either end of a key is among them.
func (p *planner) joins(f *schema.ForeignKey, places map[place]bool) bool {
	return slices.ContainsFunc(f.Columns, func(c *schema.Column) bool { return places[place{f.Table.Name, c.Name}] }) ||
		slices.ContainsFunc(f.RefColumns, func(c *schema.Column) bool { return places[place{f.RefTable.Name, c.Name}] })
}

// typeName is the type of a column as SQL.
func typeName(c *schema.Column) (string, error) {
	if e, ok := c.Type.Type.(*schema.EnumType); ok {
		return quoteIdent(e.T), nil
	}
	return postgres.FormatType(c.Type.Type)
}

// zeroOf is the zero value of a column of PostgreSQL, for rows that get it
// when its removal is undone.
func zeroOf(c *schema.Column) (string, bool) {
	name, err := typeName(c)
	if err != nil {
		return "", false
	}
	switch t := c.Type.Type.(type) {
	case *schema.BoolType:
		return "false", true
	case *schema.IntegerType, *schema.FloatType, *schema.DecimalType:
		return "0", true
	case *schema.StringType:
		return "''", true
	case *schema.BinaryType:
		return `'\x'`, true
	case *schema.JSONType:
		return "'null'", true
	case *schema.UUIDType:
		return "'00000000-0000-0000-0000-000000000000'", true
	case *schema.TimeType:
		if strings.HasPrefix(name, "timestamp") || name == "date" {
			return "'0001-01-01 00:00:00Z'", true
		}
	case *postgres.ArrayType:
		return "'{}'", true
	case *schema.EnumType:
		if len(t.Values) > 0 {
			return quoteText(t.Values[0]), true
		}
	}
	return "", false
}
