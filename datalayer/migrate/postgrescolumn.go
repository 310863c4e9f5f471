package migrate

import (
	"fmt"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
)

// addColumn adds a column. One that cannot be null gets a value for the rows
// that are there; where the model has none, it may be null until the rows are filled.
func (p *planner) addColumn(t *schema.Table, c *schema.Column) error {
	s := Step{Title: "add column " + t.Name + "." + c.Name, Table: t.Name, phase: phaseColumn}
	if c.Type.Null || c.Default != nil || hasIdentity(c) {
		return p.change(s, of(t, &schema.AddColumn{C: c}))
	}
	value, ok := p.hints.fill(p.dialect, place{t.Name, c.Name})
	if ok {
		filled := *c
		filled.Default = &schema.RawExpr{X: value}
		up, down, err := p.atlas(of(t, &schema.AddColumn{C: &filled}))
		if err != nil {
			return err
		}
		s.Up = append(up, alter(t, "alter column "+quoteIdent(c.Name)+" drop default"))
		s.Down = down
		p.add(s)
		return nil
	}
	nullable := *c
	nullable.Type = &schema.ColumnType{Type: c.Type.Type, Raw: c.Type.Raw, Null: true}
	s.Note = fmt.Sprintf("the model has no value of %s.%s for rows that are there: fill it before the column is made not null", t.Name, c.Name)
	if err := p.change(s, of(t, &schema.AddColumn{C: &nullable})); err != nil {
		return err
	}
	p.notNull(t, c)
	return nil
}

// notNull forbids NULL: at once, or by a check that is validated with writers
// let through, after which nothing is left to scan.
func (p *planner) notNull(t *schema.Table, c *schema.Column) {
	column := quoteIdent(c.Name)
	set, unset := alter(t, "alter column "+column+" set not null"), alter(t, "alter column "+column+" drop not null")
	s := Step{Title: "forbid null in " + t.Name + "." + c.Name, Table: t.Name, phase: phaseModify}
	if p.options.Plain {
		s.Up, s.Down = []string{set}, []string{unset}
		p.add(s)
		return
	}
	name := quoteIdent(shorten(t.Name + "_" + c.Name + "_not_null"))
	s.Up = []string{alter(t, "add constraint "+name+" check ("+column+" is not null) not valid")}
	s.Down = []string{alter(t, "drop constraint if exists "+name)}
	p.add(s)
	p.add(Step{
		Title: "validate that " + t.Name + "." + c.Name + " is not null", Table: t.Name, phase: phaseModify, group: groupValidate,
		Up:   []string{alter(t, "validate constraint "+name), set, alter(t, "drop constraint "+name)},
		Down: []string{unset},
	})
}

// shorten cuts a name to what PostgreSQL allows.
func shorten(name string) string { return name[:min(len(name), 63)] }

func hasIdentity(c *schema.Column) bool {
	for _, a := range c.Attrs {
		switch a.(type) {
		case *postgres.Identity, *schema.GeneratedExpr:
			return true
		}
	}
	return false
}

// dropColumn drops a column, or lets it be null if dropping is not allowed, so
// that an application that no longer knows it can insert rows.
func (p *planner) dropColumn(t *schema.Table, c *schema.Column) error {
	name := t.Name + "." + c.Name
	if !p.options.Drop {
		p.left = append(p.left, "column "+name)
		if c.Type.Null || c.Default != nil || hasIdentity(c) {
			return nil
		}
		p.add(Step{
			Title: "allow null in " + name + ", which the model no longer has", Table: t.Name, phase: phaseModify,
			Up:   []string{alter(t, "alter column "+quoteIdent(c.Name)+" drop not null")},
			Down: p.backToNotNull(t, c),
		})
		return nil
	}
	up, _, err := p.atlas(of(t, &schema.DropColumn{C: c}))
	if err != nil {
		return err
	}
	down, _, err := p.atlas(of(t, &schema.AddColumn{C: c})) // with its comment
	if err != nil {
		return err
	}
	if value, ok := zeroOf(c); ok && !c.Type.Null && c.Default == nil && !hasIdentity(c) {
		filled := *c
		filled.Default = &schema.RawExpr{X: value}
		if down, _, err = p.atlas(of(t, &schema.AddColumn{C: &filled})); err != nil {
			return err
		}
		down = append(down, alter(t, "alter column "+quoteIdent(c.Name)+" drop default"))
	}
	p.add(Step{
		Title: "drop column " + name, Table: t.Name, Up: up, Down: down,
		Loses: "the values of " + name, phase: phaseDropColumn,
	})
	return nil
}

// backToNotNull forbids NULL again, once rows have the zero value instead.
func (p *planner) backToNotNull(t *schema.Table, c *schema.Column) []string {
	set := alter(t, "alter column "+quoteIdent(c.Name)+" set not null")
	value, ok := zeroOf(c)
	if !ok {
		return []string{set}
	}
	return []string{fillNulls(t, c, value), set}
}

func fillNulls(t *schema.Table, c *schema.Column, value string) string {
	column := quoteIdent(c.Name)
	return "update " + quoteIdent(t.Name) + " set " + column + " = " + value + " where " + column + " is null"
}

// modifyColumn turns a change of a column into steps.
func (p *planner) modifyColumn(t *schema.Table, c *schema.ModifyColumn) error {
	name := t.Name + "." + c.To.Name
	if c.Change.Is(schema.ChangeGenerated) {
		return fmt.Errorf("column %s: a generated column is changed by hand", name)
	}
	if c.Change.Is(schema.ChangeAttr) {
		p.modifyIdentity(t, c)
	}
	if c.Change.Is(schema.ChangeType) {
		if err := p.modifyType(t, c); err != nil {
			return err
		}
	} else if c.Change.Is(schema.ChangeDefault) {
		only := &schema.ModifyColumn{From: c.From, To: c.To, Change: schema.ChangeDefault}
		if err := p.change(Step{Title: "change the default of " + name, Table: t.Name, phase: phaseModify}, of(t, only)); err != nil {
			return err
		}
	}
	if c.Change.Is(schema.ChangeNull) {
		p.modifyNull(t, c)
	}
	if c.Change.Is(schema.ChangeComment) {
		only := &schema.ModifyColumn{From: c.From, To: c.To, Change: schema.ChangeComment}
		return p.change(Step{Title: "comment column " + name, Table: t.Name, phase: phaseComment}, of(t, only))
	}
	return nil
}

func (p *planner) modifyNull(t *schema.Table, c *schema.ModifyColumn) {
	name := t.Name + "." + c.To.Name
	if c.To.Type.Null {
		p.add(Step{
			Title: "allow null in " + name, Table: t.Name, phase: phaseModify,
			Up:   []string{alter(t, "alter column "+quoteIdent(c.To.Name)+" drop not null")},
			Down: p.backToNotNull(t, c.From),
		})
		return
	}
	if value, ok := p.hints.fill(p.dialect, place{t.Name, c.To.Name}); ok {
		p.add(Step{
			Title: "fill " + name, Table: t.Name, phase: phaseModify, Up: []string{fillNulls(t, c.To, value)},
			Note: "on a table with very many rows, fill " + name + " in batches beforehand",
		})
	}
	p.notNull(t, c.To)
}

func (p *planner) modifyIdentity(t *schema.Table, c *schema.ModifyColumn) {
	column := "alter column " + quoteIdent(c.To.Name)
	s := Step{Title: "change how " + t.Name + "." + c.To.Name + " is generated", Table: t.Name, phase: phaseModify}
	add, drop := alter(t, column+" add generated by default as identity"), alter(t, column+" drop identity if exists")
	s.Up, s.Down = []string{drop}, []string{add}
	if hasIdentity(c.To) {
		s.Up, s.Down = []string{add, p.restart(t, c.To)}, []string{drop}
	} else {
		s.Down = append(s.Down, p.restart(t, c.From))
	}
	p.add(s)
}

// restart sets a sequence behind the values that rows already have.
func (p *planner) restart(t *schema.Table, c *schema.Column) string {
	return fmt.Sprintf("select setval(pg_get_serial_sequence(%s, %s), coalesce(max(%s), 0) + 1, false) from %s",
		quoteText(quoteIdent(t.Name)), quoteText(c.Name), quoteIdent(c.Name), quoteIdent(t.Name))
}

// modifyType converts the values of a column, by way of text where there is no
// direct conversion. Its default is dropped before and set after.
func (p *planner) modifyType(t *schema.Table, c *schema.ModifyColumn) error {
	to, err := typeName(c.To)
	if err != nil {
		return err
	}
	from, err := typeName(c.From)
	if err != nil {
		return err
	}
	column := "alter column " + quoteIdent(c.To.Name)
	convert := func(a, b *schema.Column, to string) []string {
		var out []string
		if a.Default != nil {
			out = append(out, alter(t, column+" drop default"))
		}
		value, before, after, ok := documentConversion(quoteIdent(c.To.Name), a, b, to)
		if !ok {
			value = conversion(quoteIdent(c.To.Name), a, b, to)
		}
		for _, s := range []string{before, alter(t, column+" type "+to+" using "+value), after} {
			if s != "" {
				out = append(out, s)
			}
		}
		if x, ok := b.Default.(*schema.RawExpr); ok {
			out = append(out, alter(t, column+" set default "+x.X))
		} else if x, ok := b.Default.(*schema.Literal); ok {
			out = append(out, alter(t, column+" set default "+x.V))
		}
		return out
	}
	p.add(Step{
		Title: "change the type of " + t.Name + "." + c.To.Name + " from " + from + " to " + to, Table: t.Name, phase: phaseModify,
		Up: convert(c.From, c.To, to), Down: convert(c.To, c.From, from),
	})
	return nil
}

// conversion is the value of a column as another type. Numbers are converted
// as such, and so are the types of text; all others by way of text.
func conversion(column string, from, to *schema.Column, name string) string {
	if isNumber(from) && isNumber(to) {
		return column + "::" + name
	}
	if _, ok := to.Type.Type.(*schema.StringType); ok {
		return column + "::" + name
	}
	return column + "::text::" + name
}

func isNumber(c *schema.Column) bool {
	switch c.Type.Type.(type) {
	case *schema.IntegerType, *schema.FloatType, *schema.DecimalType:
		return true
	}
	return false
}
