package resource

import (
	"regexp"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// Validation refuses values in the course of an action.
type Validation struct{ step rawStep }

// Valid refuses the fields with the message when the condition is false for
// the new values; without fields it refuses the input as a whole. A condition
// that is unknown, because a field is null, passes. The fields may be
// arguments of the action.
func Valid(condition expr.Bool, message string, fields ...any) Validation {
	return Validation{rawStep{check: condition.Node(), message: message, fields: fields}}
}

// ValidateFunc is a validation written in Go; it refuses by returning a Fault.
func ValidateFunc(f StepFunc) Validation { return Validation{rawStep{fn: f, checks: true}} }

// Confirm refuses confirmation unless it is the same as the field, both
// attributes or arguments; a confirmation that is missing is not the same.
func Confirm[V any](field, confirmation *V) Validation {
	same := expr.Not(expr.Distinct(expr.F(field), expr.F(confirmation)))
	return Valid(same, "does not match", confirmation).Code("confirm")
}

// Match refuses a new text of the field, an attribute or an argument, that
// does not match the regular expression. Null passes.
func Match[T expr.Text](field *T, pattern *regexp.Regexp) Validation {
	return Validation{rawStep{
		match: pattern.MatchString, code: "match", message: "must match {match}",
		vars: map[string]any{"match": pattern.String()}, fields: []any{field},
	}}
}

// Changing refuses the fields that the action leaves as they are. On a create
// they must be given or set.
func Changing(fields ...any) Validation {
	return Validation{rawStep{changed: true, each: true, code: "changing", message: "must change", fields: fields}}
}

// Present refuses the fields that are null or, for a text that cannot be
// null, empty. The rule "required" of a tag does the same in all actions.
func Present(fields ...any) Validation {
	v := counted(presence{1, 1}, "must be present", 1, fields)
	v.step.each, v.step.vars = true, nil
	return v
}

// Absent refuses the fields that are present.
func Absent(fields ...any) Validation {
	v := counted(presence{0, 0}, "must be absent", 0, fields).Code("absent")
	v.step.each, v.step.vars = true, nil
	return v
}

// PresentAtLeast refuses when fewer than n of the fields are present.
func PresentAtLeast(n int, fields ...any) Validation {
	return counted(presence{n, len(fields)}, "at least {count} of these must be present", n, fields)
}

// PresentAtMost refuses when more than n of the fields are present.
func PresentAtMost(n int, fields ...any) Validation {
	return counted(presence{0, n}, "at most {count} of these may be present", n, fields)
}

// PresentExactly refuses unless n of the fields are present.
func PresentExactly(n int, fields ...any) Validation {
	return counted(presence{n, n}, "exactly {count} of these must be present", n, fields)
}

func counted(p presence, message string, n int, fields []any) Validation {
	return Validation{rawStep{present: &p, code: "present", message: message, vars: map[string]any{"count": n}, fields: fields}}
}

// When limits the validation to changesets for which the condition holds.
func (v Validation) When(condition expr.Bool) Validation {
	v.step.when = condition.Node()
	return v
}

// Message replaces the message. That of a ValidateFunc is its own affair.
func (v Validation) Message(message string) Validation {
	v.step.message = message
	return v
}

// Code replaces the code of the issue, which is "invalid" for Valid.
func (v Validation) Code(code string) Validation {
	v.step.code = code
	return v
}

// presence is how many of some fields must be present.
type presence struct{ least, most int }

// condition is the presence as an expression over the fields.
func (p *presence) condition(fields []*Attribute, a *Action) expr.Node {
	if len(fields) == 0 {
		return expr.Literal{Value: p.least <= 0}
	}
	var sum expr.Node = expr.Literal{Value: int64(0)}
	for _, attr := range fields {
		one := expr.Call{Op: expr.OpIf, Args: []expr.Node{isPresent(attr, a), expr.Literal{Value: int64(1)}, expr.Literal{Value: int64(0)}}}
		sum = expr.Call{Op: expr.OpAdd, Args: []expr.Node{sum, one}}
	}
	return expr.Call{Op: expr.OpAnd, Args: []expr.Node{
		expr.Call{Op: expr.OpLe, Args: []expr.Node{expr.Literal{Value: int64(p.least)}, sum}},
		expr.Call{Op: expr.OpLe, Args: []expr.Node{sum, expr.Literal{Value: int64(p.most)}}},
	}}
}

func isPresent(attr *Attribute, a *Action) expr.Node {
	var value expr.Node = expr.Field{Name: attr.Name}
	if a.IsArgument(attr) {
		value = expr.Argument{Name: attr.Name}
	}
	if attr.Type.Kind == structs.String && !attr.Type.Nullable {
		return expr.Call{Op: expr.OpNe, Args: []expr.Node{value, expr.Literal{Value: ""}}}
	}
	return expr.Call{Op: expr.OpNotNull, Args: []expr.Node{value}}
}
