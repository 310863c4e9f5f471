package migrate

import (
	"cmp"
	"regexp"
	"strings"

	"ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqlite"
)

// rebuild makes a table of SQLite anew: under another name, with the rows
// copied, and then in the place of the old one. Foreign keys must not be
// enforced meanwhile; the runner checks them before it commits.
func (p *planner) rebuild(old, t *schema.Table) error {
	was := cmp.Or(p.renamedTables[t.Name], t.Name)
	before, err := parseTable(p.from.texts[was].sql)
	if err != nil {
		return err
	}
	after, err := parseTable(p.to.texts[t.Name].sql)
	if err != nil {
		return err
	}
	s := Step{Title: "make table " + t.Name + " anew", Table: t.Name, phase: phaseModify}
	up, down := &copied{from: was, to: t.Name}, &copied{from: t.Name, to: was}
	var lost, fresh []string
	for _, c := range t.Columns {
		p.copyUp(up, &s, old, t, c)
		if _, there := old.Column(c.Name); !there {
			fresh = append(fresh, t.Name+"."+c.Name)
		}
	}
	if len(fresh) > 0 {
		s.LosesDown = "the values of " + strings.Join(fresh, ", ")
	}
	for _, c := range old.Columns {
		name := cmp.Or(p.renamed[place{t.Name, c.Name}], c.Name)
		now, there := t.Column(c.Name)
		switch {
		case there:
			down.add(name, value(now, c, quoteIdent(c.Name), zeroSQLite(c)))
		case p.options.Drop:
			lost = append(lost, t.Name+"."+name)
			if !c.Type.Null {
				down.add(name, zeroSQLite(c))
			}
		default:
			after.keep(before.column(name))
			up.add(name, quoteIdent(name))
			down.add(name, value(&schema.Column{Type: &schema.ColumnType{Type: c.Type.Type, Null: true}}, c, quoteIdent(name), zeroSQLite(c)))
		}
	}
	if len(lost) > 0 {
		s.Title += " without " + strings.Join(lost, ", ")
		s.Loses = "the values of " + strings.Join(lost, ", ")
	}
	s.Up = up.statements(after, p.to.objects(t.Name, "index"), p.from.objects(was, "trigger"))
	s.Down = down.statements(before, p.from.objects(was, "index"), p.from.objects(was, "trigger"))
	p.add(s)
	return nil
}

// copyUp adds the value of a column for the rows that are there.
func (p *planner) copyUp(up *copied, s *Step, old, t *schema.Table, c *schema.Column) {
	at := place{t.Name, c.Name}
	fill, ok := p.hints.fill(p.dialect, at)
	before, there := old.Column(c.Name)
	switch {
	case there:
		if !ok {
			fill = ""
		}
		up.add(c.Name, value(before, c, quoteIdent(cmp.Or(p.renamed[at], c.Name)), fill))
	case c.Type.Null, c.Default != nil:
	case ok:
		up.add(c.Name, fill)
	default:
		s.Note = "the model has no value of " + t.Name + "." + c.Name + " for rows that are there: " +
			"with rows, the file fails until you write one into its insert"
		up.add(c.Name, "null")
	}
}

// value is that of a column as another column holds it; fill stands for NULL
// where only the other forbids it, empty for no such value.
func value(from, to *schema.Column, expression, fill string) string {
	if a, b := affinity(from), affinity(to); a != b {
		expression = "cast(" + expression + " as " + b + ")"
	}
	if from.Type.Null && !to.Type.Null && fill != "" {
		expression = "coalesce(" + expression + ", " + fill + ")"
	}
	return expression
}

// affinity is how SQLite stores the values of a column.
func affinity(c *schema.Column) string {
	switch t := c.Type.Type.(type) {
	case *schema.IntegerType, *schema.BoolType:
		return "integer"
	case *schema.FloatType:
		return "real"
	case *schema.BinaryType:
		return "blob"
	case *schema.DecimalType:
		return "numeric"
	case *sqlite.UserDefinedType:
		if strings.Contains(strings.ToLower(t.T), "int") {
			return "integer"
		}
	}
	return "text"
}

// zeroSQLite is the zero value of a column.
func zeroSQLite(c *schema.Column) string {
	switch affinity(c) {
	case "integer", "real", "numeric":
		return "0"
	case "blob":
		return "x''"
	}
	return "''"
}

// copied is how the rows of one table become those of another.
type copied struct {
	from, to         string
	columns, selects []string
}

func (c *copied) add(column, expression string) {
	c.columns = append(c.columns, quoteIdent(column))
	c.selects = append(c.selects, expression)
}

// statements make the new table, copy the rows, drop the old table and give
// the new one its name, its indexes and its triggers.
func (c *copied) statements(definition *tableText, indexes, triggers []string) []string {
	temporary := "conga_new_" + c.to
	out := []string{definition.named(temporary)}
	if len(c.columns) > 0 {
		out = append(out, "insert into "+quoteIdent(temporary)+" ("+strings.Join(c.columns, ", ")+
			") select "+strings.Join(c.selects, ", ")+" from "+quoteIdent(c.from))
	}
	out = append(out, "drop table "+quoteIdent(c.from),
		"alter table "+quoteIdent(temporary)+" rename to "+quoteIdent(c.to))
	return append(append(out, indexes...), triggers...)
}

// redirect makes a table that is left in place anew where it refers to tables
// or columns that get new names.
func (p *planner) redirect(t *schema.Table) error {
	sql := p.from.texts[t.Name].sql
	before, err := parseTable(sql)
	if err != nil {
		return err
	}
	after, err := parseTable(sql)
	if err != nil {
		return err
	}
	moved := false
	for _, f := range t.ForeignKeys {
		table := f.RefTable.Name
		column := f.RefColumns[0].Name
		was, wasColumn := cmp.Or(p.renamedTables[table], table), cmp.Or(p.renamed[place{table, column}], column)
		if was == table && wasColumn == column {
			continue
		}
		moved = true
		old := regexp.MustCompile(`(?i)\breferences\s+["` + "`" + `]?` + regexp.QuoteMeta(was) + `["` + "`" + `]?(\s*\(\s*["` + "`" + `]?` +
			regexp.QuoteMeta(wasColumn) + `["` + "`" + `]?\s*\))?`)
		for i, part := range after.parts {
			after.parts[i] = old.ReplaceAllLiteralString(part, "references "+quoteIdent(table)+" ("+quoteIdent(column)+")")
		}
	}
	if !moved {
		return nil
	}
	same := &copied{from: t.Name, to: t.Name}
	for _, c := range t.Columns {
		same.add(c.Name, quoteIdent(c.Name))
	}
	indexes, triggers := p.from.objects(t.Name, "index"), p.from.objects(t.Name, "trigger")
	p.add(Step{
		Title: "make table " + t.Name + " anew, which refers to what is renamed", Table: t.Name, phase: phaseModify,
		Up: same.statements(after, indexes, triggers), Down: same.statements(before, indexes, triggers),
	})
	return nil
}
