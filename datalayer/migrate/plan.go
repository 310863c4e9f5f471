package migrate

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/schema"

	"github.com/congago/conga/datalayer/internal/sqltext"
)

// PlanOptions are the choices of a plan. The zero value works.
type PlanOptions struct {
	// Drop allows steps that lose data: dropping columns and tables.
	Drop bool
	// Plain does everything in one transaction, holding its locks while rows
	// are checked and indexes built: for empty and small databases.
	Plain bool
}

// planner finds the steps from one state to another.
type planner struct {
	ctx     context.Context
	dialect *sqltext.Dialect
	driver  migrate.Driver
	options PlanOptions
	hints   *hints
	from    *state
	to      *state
	steps   []Step
	left    []string
	// kept are the columns of the plan's tables that the model no longer has
	// and that stay.
	kept map[place]bool
	// renamedTables leads from new names to old ones, renamed from new columns
	// of tables under their new names.
	renamedTables map[string]string
	renamed       map[place]string
}

func (d *Database) plan(ctx context.Context, from, to *state, h *hints, o PlanOptions) (*Plan, error) {
	driver, err := d.driver()
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	p := &planner{
		ctx: ctx, dialect: d.dialect, driver: driver, options: o, hints: h, from: from, to: to,
		kept: map[place]bool{}, renamedTables: map[string]string{}, renamed: map[place]string{},
	}
	p.planStatements()
	if d.isPostgres() {
		err = p.planPostgres()
	} else {
		err = p.planSQLite()
	}
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	order(p.steps)
	return &Plan{p.steps, p.left, d.isPostgres()}, nil
}

func (p *planner) add(s Step) { p.steps = append(p.steps, s) }

// planStatements compares the declared statements by name and text.
func (p *planner) planStatements() {
	old := map[string]statement{}
	for _, s := range p.from.statements {
		old[s.Name] = s
	}
	for _, s := range p.to.statements {
		before, there := old[s.Name]
		delete(old, s.Name)
		if there && before == s {
			continue
		}
		if there {
			p.undoStatement(before)
		}
		p.add(Step{Title: "run statement " + s.Name, Up: []string{s.Up}, Down: []string{s.Down}, phase: phaseStatement, statement: &s})
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		p.undoStatement(old[name])
	}
}

func (p *planner) undoStatement(s statement) {
	p.add(Step{
		Title: "undo statement " + s.Name, Up: []string{s.Down}, Down: []string{s.Up},
		phase: phaseUndoStatement, statement: &s, removed: true,
	})
}

// atlas lets Atlas write the statements of a change and the way back.
func (p *planner) atlas(changes ...schema.Change) (up, down []string, err error) {
	plan, err := p.driver.PlanChanges(p.ctx, "", changes, func(o *migrate.PlanOptions) { o.SchemaQualifier = new(string) })
	if err != nil {
		return nil, nil, err
	}
	for _, c := range plan.Changes {
		up = append(up, settingNull(c.Cmd, changes))
	}
	for _, c := range slices.Backward(plan.Changes) {
		reverse, err := c.ReverseStmts()
		if err != nil {
			return nil, nil, err
		}
		for _, text := range reverse {
			down = append(down, settingNull(text, changes))
		}
	}
	return up, down, nil
}

// change adds a step whose statements are Atlas'.
func (p *planner) change(s Step, changes ...schema.Change) (err error) {
	if s.Up, s.Down, err = p.atlas(changes...); err != nil {
		return fmt.Errorf("%s: %w", s.Title, err)
	}
	p.add(s)
	return nil
}

// of is a change of a table.
func of(t *schema.Table, changes ...schema.Change) schema.Change {
	return &schema.ModifyTable{T: t, Changes: changes}
}
