package migrate

import (
	"fmt"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
)

// modifyTable turns the changes of one table into steps, one each.
func (p *planner) modifyTable(m *schema.ModifyTable) error {
	if !p.options.Drop {
		p.keepColumns(m)
	}
	for _, c := range m.Changes {
		if err := p.modify(m.T, c); err != nil {
			return fmt.Errorf("table %s: %w", m.T.Name, err)
		}
	}
	return nil
}

// keepColumns notes the columns that the model no longer has, and drops the
// changes of what belongs to them.
func (p *planner) keepColumns(m *schema.ModifyTable) {
	for _, c := range m.Changes {
		if d, ok := c.(*schema.DropColumn); ok {
			p.kept[place{m.T.Name, d.C.Name}] = true
		}
	}
	kept := func(c *schema.Column) bool { return c != nil && p.kept[place{m.T.Name, c.Name}] }
	changes := m.Changes[:0:0]
	for _, c := range m.Changes {
		stays := false
		switch c := c.(type) {
		case *schema.DropIndex:
			for _, part := range c.I.Parts {
				stays = stays || kept(part.C)
			}
		case *schema.DropForeignKey:
			for _, col := range c.F.Columns {
				stays = stays || kept(col)
			}
		case *schema.DropCheck:
			for at := range p.kept {
				stays = stays || at.table == m.T.Name && renameIdent(c.C.Expr, at.column, "") != c.C.Expr
			}
		}
		if !stays {
			changes = append(changes, c)
		}
	}
	m.Changes = changes
}

func (p *planner) modify(t *schema.Table, c schema.Change) error {
	at := t.Name + "."
	switch c := c.(type) {
	case *schema.AddColumn:
		return p.addColumn(t, c.C)
	case *schema.DropColumn:
		return p.dropColumn(t, c.C)
	case *schema.ModifyColumn:
		return p.modifyColumn(t, c)
	case *schema.AddIndex:
		return p.addIndex(t, c.I)
	case *schema.DropIndex:
		return p.dropIndex(t, c.I)
	case *schema.ModifyIndex:
		if c.Change == schema.ChangeComment {
			return p.change(Step{Title: "comment index " + c.To.Name, Table: t.Name, phase: phaseComment}, of(t, c))
		}
		if err := p.dropIndex(t, c.From); err != nil {
			return err
		}
		return p.addIndex(t, c.To)
	case *schema.AddForeignKey:
		return p.addKey(t, c.F, false)
	case *schema.DropForeignKey:
		return p.dropKey(t, c.F)
	case *schema.ModifyForeignKey:
		if err := p.dropKey(t, c.From); err != nil {
			return err
		}
		return p.addKey(t, c.To, false)
	case *schema.AddCheck:
		return p.addCheck(t, c.C)
	case *schema.DropCheck:
		return p.change(Step{Title: "drop check " + c.C.Name, Table: t.Name, phase: phaseDropCheck}, of(t, c))
	case *schema.ModifyCheck:
		if err := p.modify(t, &schema.DropCheck{C: c.From}); err != nil {
			return err
		}
		return p.addCheck(t, c.To)
	case *schema.AddPrimaryKey, *schema.DropPrimaryKey, *schema.ModifyPrimaryKey:
		return p.change(Step{Title: "change the primary key of " + t.Name, Table: t.Name, phase: phasePrimary}, of(t, c))
	case *schema.AddAttr, *schema.ModifyAttr:
		return p.change(Step{Title: "comment table " + t.Name, Table: t.Name, phase: phaseComment}, of(t, c))
	}
	return fmt.Errorf("%s a change of kind %T is not known: write it by hand, or declare a Statement", at, c)
}

// addCheck adds a check: on a table with rows in two steps, like a foreign key.
func (p *planner) addCheck(t *schema.Table, c *schema.Check) error {
	s := Step{Title: "add check " + c.Name, Table: t.Name, phase: phaseCheck}
	if p.options.Plain {
		return p.change(s, of(t, &schema.AddCheck{C: c}))
	}
	if err := p.change(s, of(t, &schema.AddCheck{C: c, Extra: []schema.Clause{&postgres.NotValid{}}})); err != nil {
		return err
	}
	p.validate(t, c.Name)
	return nil
}

// addIndex adds an index, or the constraint that it is for. On a table with
// rows it is built while writers go on, in a file for itself.
func (p *planner) addIndex(t *schema.Table, x *schema.Index) error {
	s := Step{Title: "create index " + x.Name, Table: t.Name, phase: phaseIndex}
	if isConstraint(x) {
		s.Title, s.phase = "add constraint "+x.Name, phaseUnique
	}
	if p.options.Plain {
		return p.change(s, of(t, &schema.AddIndex{I: x}))
	}
	s.group = groupAlone
	again := "drop index concurrently if exists " + quoteIdent(x.Name)
	concurrently := []schema.Clause{&postgres.Concurrently{}}
	if !isConstraint(x) {
		up, down, err := p.atlas(of(t, &schema.AddIndex{I: x, Extra: concurrently}))
		if err != nil {
			return err
		}
		s.Up, s.Down = append([]string{again}, up...), down
		p.add(s)
		return nil
	}
	if !x.Unique { // an exclusion constraint cannot be made from an index
		s.group = groupMain
		s.Note = "an EXCLUDE constraint can only be added with writers locked out while its index is built"
		return p.change(s, of(t, &schema.AddIndex{I: x}))
	}
	bare := *x
	bare.Attrs = nil
	for _, a := range x.Attrs {
		if _, ok := a.(*postgres.Constraint); !ok {
			bare.Attrs = append(bare.Attrs, a)
		}
	}
	up, _, err := p.atlas(of(t, &schema.AddIndex{I: &bare, Extra: concurrently}))
	if err != nil {
		return err
	}
	s.Up = append(append([]string{again}, up...),
		alter(t, "add constraint "+quoteIdent(x.Name)+" unique using index "+quoteIdent(x.Name)))
	s.Down = []string{alter(t, "drop constraint "+quoteIdent(x.Name))}
	p.add(s)
	return nil
}

func (p *planner) dropIndex(t *schema.Table, x *schema.Index) error {
	s := Step{Title: "drop index " + x.Name, Table: t.Name, phase: phaseDropIndex}
	if isConstraint(x) {
		s.Title = "drop constraint " + x.Name
	}
	return p.change(s, of(t, &schema.DropIndex{I: x}))
}
