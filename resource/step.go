package resource

import (
	"context"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// Step is one change or one validation of an action.
type Step struct {
	// Set is the attribute that gets the value of Expr; nil for other steps.
	Set  *Attribute
	Expr expr.Node
	// OnlyMissing skips Set where the changeset already has a value.
	OnlyMissing bool
	// Lock marks the Set that counts versions, see OptimisticLock.
	Lock bool
	// Drop is the attribute whose new value is dropped; nil for other steps.
	Drop *Attribute
	// Check must not be false for the new values. As with constraints in SQL,
	// what is unknown passes.
	Check expr.Node
	// Changing refuses Fields that have the value that they had.
	Changing bool
	// Match must hold for the new value of the one of Fields, if there is one.
	Match func(string) bool
	// Code, Message and Vars are the Issue, on Fields or, without them, on the
	// input as a whole, of Check, Changing and Match.
	Code, Message string
	Vars          map[string]any
	Fields        []*Attribute
	// Func changes the changeset or, with Validates, only refuses it.
	Func      func(context.Context, *Changeset) error
	Validates bool
	// When must hold for the step to run; nil means always.
	When expr.Node
	// Where is the file and line of the declaration.
	Where string
}

// reads says why the step must see the record as it was; empty when it need not.
func (s Step) reads() string {
	switch {
	case s.Func != nil && s.Validates:
		return "ValidateFunc"
	case s.Func != nil:
		return "ChangeFunc"
	case s.When == nil || !overRecord(s.When) || s.Set == nil:
		return ""
	}
	_, constant := s.Expr.(expr.Literal)
	if s.Set.Type.Kind == structs.JSON || s.Set.Tag != "" && !constant && !overRecord(s.Expr) {
		return "a value of " + s.Set.Name + " that depends on the record, and on rules that only Go knows,"
	}
	return ""
}

// overRecord reports whether n looks at the record.
func overRecord(n expr.Node) bool {
	found := false
	expr.Walk(n, func(n expr.Node) bool {
		switch n.(type) {
		case expr.Field, *expr.Aggregate, *expr.Written:
			found = true
		}
		return !found
	})
	return found
}

// Version is the attribute that tells versions of a record apart: that of an
// OptimisticLock, or else the time of the last update; nil where there is none.
func (r *Resource) Version() *Attribute {
	for _, a := range r.Actions {
		if locked := a.Lock(); locked != nil {
			return locked
		}
	}
	for _, attr := range r.Columns() {
		if attr.Stamp == Updated {
			return attr
		}
	}
	return nil
}

// Lock is the attribute in which the action counts versions, see
// OptimisticLock; nil where it does not.
func (a *Action) Lock() *Attribute {
	for i := range a.Steps {
		if a.Steps[i].Lock {
			return a.Steps[i].Set
		}
	}
	return nil
}
