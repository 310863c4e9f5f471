package resource

import (
	"cmp"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// Change sets values in the course of an action. Changes and validations run
// in the order in which they are declared.
type Change struct{ step rawStep }

// rawStep is a Step whose pointers are not resolved yet.
type rawStep struct {
	set     any
	expr    expr.Node
	missing bool
	lock    bool
	drop    any
	check   expr.Node
	present *presence
	changed bool
	each    bool // a step for each field
	code    string
	message string
	vars    map[string]any
	fields  []any
	fn      StepFunc
	match   func(string) bool
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

// Increment adds by to the field. In an update the database adds, so that
// concurrent updates are not lost.
func Increment[V expr.Number](field *V, by V) Change {
	return SetExpr(field, expr.Add(expr.F(field), expr.V(by)))
}

// IncrementUpTo is Increment, but the field does not go beyond the limit; a
// negative by counts down to it.
func IncrementUpTo[V expr.Number](field *V, by, limit V) Change {
	sum, end := expr.Add(expr.F(field), expr.V(by)), expr.V(limit)
	beyond := expr.Less(end, sum)
	if by < 0 {
		beyond = expr.Less(sum, end)
	}
	return SetExpr(field, expr.If(beyond, end, sum))
}

// OptimisticLock counts the versions of a record in the field: each update
// adds one, and fails with conflict unless the record still has the version
// that the caller saw. A Go caller has seen that of the record passed to Update
// or Destroy; clients name it by If-Match (REST) or ifVersion (GraphQL).
func OptimisticLock[V expr.Number](version *V) Change {
	c := Increment(version, 1)
	c.step.lock = true
	return c
}

// PreventChange drops what was given or set for the field before.
func PreventChange[V any](field *V) Change { return Change{rawStep{drop: field}} }

// ChangeFunc is a change written in Go.
func ChangeFunc(f StepFunc) Change { return Change{rawStep{fn: f}} }

// When limits the change to changesets for which the condition holds.
func (c Change) When(condition expr.Bool) Change {
	c.step.when = condition.Node()
	return c
}

// input is the attribute of the resource, or the argument of the action a, that ptr points at.
func (d *declaration) input(a *Action, ptr any) *Attribute {
	if d.args != nil {
		if t, ok := d.args.Find(ptr); ok && t.Field != nil {
			for _, arg := range a.Arguments {
				if arg.field == t.Field {
					return arg
				}
			}
		}
	}
	return d.attribute(a.Name, ptr)
}

// steps resolves a rawStep for the action a: to one, or to one for each field.
func (d *declaration) steps(a *Action, raw rawStep) []Step {
	if !raw.each {
		return []Step{d.step(a, raw)}
	}
	var out []Step
	for _, f := range raw.fields {
		one := raw
		one.fields = []any{f}
		out = append(out, d.step(a, one))
	}
	return out
}

// step resolves a rawStep for the action a.
func (d *declaration) step(a *Action, raw rawStep) Step {
	scoped := *d
	scoped.args = a.args
	out := Step{
		OnlyMissing: raw.missing, Lock: raw.lock, Changing: raw.changed, Code: cmp.Or(raw.code, "invalid"), Message: raw.message,
		Vars: raw.vars, Func: raw.fn, Validates: raw.checks, Where: where(),
	}
	if raw.set != nil {
		out.Set = scoped.attribute(a.Name, raw.set)
		out.Expr = scoped.expression(a.Name, raw.expr)
		if out.Set != nil && d.c.calculated[out.Set] {
			scoped.fault(codeAction, a.Name, out.Set.Name+" is calculated and cannot be set", "")
		}
		if out.Lock && out.Set != nil && out.Set.Type.Kind != structs.Int {
			scoped.fault(codeAction, a.Name, "versions are counted in whole numbers, which "+out.Set.Name+" does not hold", "")
		}
	}
	if raw.drop != nil {
		out.Drop = scoped.attribute(a.Name, raw.drop)
	}
	for _, f := range raw.fields {
		if attr := scoped.input(a, f); attr != nil {
			out.Fields = append(out.Fields, attr)
		}
	}
	switch {
	case raw.check != nil:
		out.Check = scoped.expression(a.Name, raw.check)
	case raw.present != nil:
		out.Check = raw.present.condition(out.Fields, a)
	case raw.match != nil && len(out.Fields) == 1:
		out.Match = raw.match
	case raw.changed:
		for _, attr := range out.Fields {
			if a.IsArgument(attr) {
				scoped.fault(codeAction, a.Name, attr.Name+" is an argument, which no record has", "")
			}
		}
	}
	if raw.when != nil {
		out.When = scoped.expression(a.Name, raw.when)
	}
	return out
}
