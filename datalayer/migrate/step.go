package migrate

import (
	"slices"
	"strings"
)

// Step is one thing that a migration does.
type Step struct {
	// Title says what it does: "add column users.age".
	Title string
	// Table is the table that it is about; empty for none.
	Table string
	// Up and Down are the statements, Down in the order of running.
	Up, Down []string
	// Loses says which data is gone after it, LosesDown what is gone after its
	// way down beyond what the statements show; empty for none.
	Loses, LosesDown string
	// Note is what the author of the migration is to know or do; empty without.
	Note string

	phase phase
	group group
	// statement is set for one that the model declares, removed for one it no longer does.
	statement *statement
	removed   bool
}

// phase orders the steps of a migration.
type phase int

// The phases, in order. The way down is the reverse.
const (
	phaseExtension phase = iota
	phaseUndoStatement
	phaseRename
	phaseDropKey
	phaseDropIndex
	phaseDropCheck
	phaseType
	phaseTable
	phaseColumn
	phaseModify
	phasePrimary
	phaseUnique
	phaseCheck
	phaseIndex
	phaseKey
	phaseDropColumn
	phaseDropTable
	phaseDropType
	phaseComment
	phaseStatement
)

// group tells in which file a step goes.
type group int

const (
	// groupMain is for what is done in one transaction.
	groupMain group = iota
	// groupValidate is for a second transaction, whose locks let writers through.
	groupValidate
	// groupAlone is for what needs a file without a transaction for itself.
	groupAlone
	// groupLate and groupLateValidate are for keys that need an index of groupAlone.
	groupLate
	groupLateValidate
)

// order sorts steps into an order in which they can be run.
func order(steps []Step) {
	slices.SortStableFunc(steps, func(a, b Step) int {
		if a.group != b.group {
			return int(a.group) - int(b.group)
		}
		return int(a.phase) - int(b.phase)
	})
}

// Plan is the way from one state of a database to another.
type Plan struct {
	// Steps are in the order of running.
	Steps []Step
	// Left are what the model does no longer have and the steps leave in
	// place, since dropping was not allowed: "column users.age".
	Left []string

	postgres bool
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool { return len(p.Steps) == 0 }

// String is the plan for people to read: one line for each step, indented
// notes, and the statements.
func (p *Plan) String() string {
	var b strings.Builder
	for _, s := range p.Steps {
		b.WriteString(s.Title + "\n")
		if s.Loses != "" {
			b.WriteString("    loses: " + s.Loses + "\n")
		}
		if s.Note != "" {
			b.WriteString("    note: " + s.Note + "\n")
		}
		for _, text := range s.Up {
			b.WriteString("    " + strings.ReplaceAll(text, "\n", "\n    ") + ";\n")
		}
	}
	for _, l := range p.Left {
		b.WriteString("left alone: " + l + " (dropped only with -drop)\n")
	}
	return b.String()
}
