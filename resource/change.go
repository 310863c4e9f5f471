package resource

import (
	"github.com/congago/conga/resource/expr"
)

// Change sets values in the course of an action. Changes and validations run
// in the order in which they are declared.
type Change struct{ step rawStep }

// Validation refuses values in the course of an action.
type Validation struct{ step rawStep }

// rawStep is a Step whose pointers are not resolved yet.
type rawStep struct {
	set     any
	expr    expr.Node
	missing bool
	check   expr.Node
	message string
	fields  []any
	fn      StepFunc
	checks  bool
	when    expr.Node
}

// Set gives the field the value that value points at: a field of the actor,
// an argument, another field of the record, or, where it points into no
// probe, what it points at now.
func Set[V any](field, value *V) Change {
	return Change{rawStep{set: field, expr: expr.F(value).Node()}}
}

// SetNullable is Set for a field that may be null and a value that may not,
// such as a nullable key and the actor's ID.
func SetNullable[V any](field **V, value *V) Change {
	return Change{rawStep{set: field, expr: expr.F(value).Node()}}
}

// SetTo gives the field a fixed value.
func SetTo[V any](field *V, v V) Change { return Change{rawStep{set: field, expr: expr.V(v).Node()}} }

// SetExpr gives the field the value of an expression. In an update, fields
// of the record stand for its old values, and the database computes the new
// one, so that concurrent updates are not lost.
func SetExpr[V any](field *V, v expr.Value[V]) Change {
	return Change{rawStep{set: field, expr: v.Node()}}
}

// SetMissing is like SetTo for an input that was not given.
func SetMissing[V any](field *V, v V) Change {
	return Change{rawStep{set: field, expr: expr.V(v).Node(), missing: true}}
}

// ChangeFunc is a change written in Go.
func ChangeFunc(f StepFunc) Change { return Change{rawStep{fn: f}} }

// When limits the change to changesets for which the condition holds.
func (c Change) When(condition expr.Bool) Change {
	c.step.when = condition.Node()
	return c
}

// Valid refuses the fields with the message when the condition is false for
// the new values; without fields it refuses the input as a whole. A condition
// that is unknown, because a field is null, passes.
func Valid(condition expr.Bool, message string, fields ...any) Validation {
	return Validation{rawStep{check: condition.Node(), message: message, fields: fields}}
}

// ValidateFunc is a validation written in Go; it refuses by returning a Fault.
func ValidateFunc(f StepFunc) Validation { return Validation{rawStep{fn: f, checks: true}} }

// When limits the validation to changesets for which the condition holds.
func (v Validation) When(condition expr.Bool) Validation {
	v.step.when = condition.Node()
	return v
}

// step resolves a rawStep for the action a.
func (d *declaration) step(a *Action, raw rawStep) Step {
	scoped := *d
	scoped.args = a.args
	out := Step{OnlyMissing: raw.missing, Message: raw.message, Func: raw.fn, Validates: raw.checks}
	if raw.set != nil {
		out.Set = scoped.attribute(a.Name, raw.set)
		out.Expr = scoped.expression(a.Name, raw.expr)
		if out.Set != nil && d.c.calculated[out.Set] {
			scoped.fault(codeAction, a.Name, out.Set.Name+" is calculated and cannot be set", "")
		}
	}
	if raw.check != nil {
		out.Check = scoped.expression(a.Name, raw.check)
		for _, f := range raw.fields {
			if attr := scoped.attribute(a.Name, f); attr != nil {
				out.Fields = append(out.Fields, attr)
			}
		}
	}
	if raw.when != nil {
		out.When = scoped.expression(a.Name, raw.when)
	}
	return out
}
