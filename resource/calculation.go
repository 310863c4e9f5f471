package resource

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/go-playground/validator/v10"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// Computation is how code of the application computes a calculation.
type Computation struct {
	// Func computes the canonical values for records, all those of a page at
	// once, in their order. Of each it may look at the needs.
	Func func(ctx context.Context, records []any) ([]any, error)
	// Needs are the attributes of the record that Func looks at, Loads the
	// paths of relationships, from the record on.
	Needs []*Attribute
	Loads []Path
}

// Path leads along relationships, and where Attribute is not nil to that one.
type Path struct {
	Steps     []*Relationship
	Attribute *Attribute
}

// CalculateWith is Calculate with arguments: the fields of A, which the caller
// gives when he asks for the field, filters or sorts by it. Those that are
// missing have their default. Expressions give them with expr.With.
func CalculateWith[A, P, V any](r *BuilderOf[P], field *V, f func(args *A) expr.Value[V]) {
	d := r.d
	a := d.calculation(field)
	if a == nil {
		return
	}
	shape := structs.Of[A]()
	for _, fault := range shape.Faults {
		d.fault(codeStruct, a.Name+" argument "+fault.Field, fault.Message, "")
	}
	a.Arguments, a.input = d.attributes(a.Name, shape), shape
	for _, arg := range a.Arguments {
		arg.Column = ""
	}
	inner := &resolver{scopes: d.scopes, actors: d.actors, args: shape.NewProbe(), used: d.used, naming: d.naming, followed: d.followed, wrote: d.wrote}
	n, err := inner.resolve(f(inner.args.Value.(*A)).Node())
	if err != nil {
		d.fault(codeExpression, a.Name, err.Error(), "")
		n = expr.Literal{}
	}
	a.Expr = n
}

// CalculateFunc gives the field, tagged "calculated", the value that f
// computes: it gets all records of a page at once and returns a value for each,
// in order. Records have their primary key and what is needed: pointers to
// fields, stored or calculated, and to relationships, which are loaded as far as
// the actor may read. Nothing else of them is there. Such a field cannot be
// filtered or sorted by.
func CalculateFunc[P, V any](r *BuilderOf[P], field *V, f func(ctx context.Context, records []P) ([]V, error), needs ...any) {
	d := r.d
	a := d.calculation(field)
	if a == nil {
		return
	}
	c := &Computation{Func: func(ctx context.Context, records []any) ([]any, error) {
		values, err := f(ctx, recordsOf[P](records))
		if err != nil {
			return nil, err
		}
		if len(values) != len(records) {
			return nil, fmt.Errorf("calculation %s returned %d values for %d records", a.Name, len(values), len(records))
		}
		out := make([]any, len(values))
		for i, v := range values {
			out[i] = structs.CanonicalOf(v)
		}
		return out, nil
	}}
	for _, need := range needs {
		d.need(a.Name, c, need)
	}
	a.Compute, a.Expr = c, expr.Literal{}
}

// calculation is the attribute that nothing calculates yet, or nil after a fault.
func (d *declaration) calculation(field any) *Attribute {
	a := d.attribute("", field)
	switch {
	case a == nil:
		return nil
	case !d.c.calculated[a]:
		d.fault(codeCalculation, a.Name, "the field is stored, so it cannot be calculated", `tag it conga:"calculated"`)
		return nil
	case a.Expr != nil:
		d.fault(codeCalculation, a.Name, "the field is calculated twice", "")
		return nil
	}
	return a
}

func (d *declaration) need(of string, c *Computation, ptr any) {
	path, member, err := d.res.Find(ptr)
	if err != nil {
		d.fault(codeField, of, err.Error(), "take it from the receiver of Define, and do not copy that")
		return
	}
	switch m := member.(type) {
	case *Relationship:
		c.Loads = append(c.Loads, Path{Steps: append(path, m)})
	case *Attribute:
		if len(path) == 0 {
			c.Needs = append(c.Needs, m)
			return
		}
		c.Loads = append(c.Loads, Path{path, m})
	}
}

// Given are the values of a calculation's arguments, by Go name; nil means
// that all have their defaults.
func (a *Attribute) Given() map[string]any { return a.given }

// With is a copy of the calculation with these arguments, as Take returns
// them, for use in selections, filters and sorts.
func (a *Attribute) With(arguments map[string]any) *Attribute {
	out := *a
	out.given = arguments
	return &out
}

// Take checks arguments of a calculation, canonical values by Go name, and adds
// those that are missing and have a default. Issues name the arguments.
func (a *Attribute) Take(v *validator.Validate, given map[string]any) (map[string]any, []Issue) {
	out, issues := make(map[string]any, len(a.Arguments)), []Issue(nil)
	for _, arg := range a.Arguments {
		value, ok := given[arg.Name]
		switch {
		case ok:
			value = arg.tidy(value)
		case arg.Default != nil:
			value = arg.Default()
		case arg.Required:
			issues = append(issues, RequiredIssue(arg))
			continue
		default:
			value = arg.Type.Zero()
		}
		out[arg.Name] = value
		switch flaw := unsound(arg, value); {
		case value == nil && (!arg.Type.Nullable || arg.Required):
			issues = append(issues, RequiredIssue(arg))
		case value == nil:
		case flaw != nil:
			issues = append(issues, *flaw)
		default:
			issues = append(issues, arg.check(v, value)...)
		}
	}
	return out, issues
}

// Defaults are the arguments of a calculation when none is given. The error
// says which one has to be.
func (a *Attribute) Defaults() (map[string]any, error) {
	if len(a.Arguments) == 0 {
		return nil, nil
	}
	out := make(map[string]any, len(a.Arguments))
	for _, arg := range a.Arguments {
		switch {
		case arg.Default != nil:
			out[arg.Name] = arg.Default()
		case arg.Required:
			return nil, fmt.Errorf("%s needs the argument %s: give it with expr.With", a.Name, arg.Name)
		default:
			out[arg.Name] = arg.Type.Zero()
		}
	}
	return out, nil
}

// arguments are the canonical values in a pointer to the struct of arguments;
// without one the defaults.
func (a *Attribute) arguments(in any) (map[string]any, error) {
	switch {
	case in == nil:
		return a.Defaults()
	case a.input == nil:
		return nil, fmt.Errorf("%s takes no arguments", a.Name)
	case !a.input.Is(in):
		return nil, fmt.Errorf("%T is no pointer to %s, the arguments of %s", in, a.input.Name, a.Name)
	}
	out := make(map[string]any, len(a.Arguments))
	for _, arg := range a.Arguments {
		out[arg.Name] = arg.tidy(arg.Get(in))
	}
	return out, nil
}

// errComputed says that a calculation cannot be part of a condition or order.
var errComputed = errors.New("is computed by Go code: records cannot be filtered and sorted by it, nor expressions made of it")

// use is an attribute that an expression of a declaration speaks of.
type use struct {
	attr  *Attribute
	given bool // arguments
	where string
	label string
}

// checkUses refuses expressions that speak of what Go code computes, and
// computations that need each other.
func (c *compiler) checkUses() {
	for _, u := range c.uses {
		if u.attr.Compute != nil {
			c.faults = append(c.faults, Diagnostic{Code: codeExpression, Where: u.where, Field: u.label, Message: u.attr.Name + " " + errComputed.Error()})
		}
		if _, err := u.attr.Defaults(); err != nil && !u.given {
			c.faults = append(c.faults, Diagnostic{Code: codeExpression, Where: u.where, Field: u.label, Message: err.Error()})
		}
	}
	for _, r := range c.resources {
		for _, a := range r.Attributes {
			if a.Compute != nil && a.needs(a, map[*Attribute]bool{}) {
				c.fault(codeCalculation, r.label()+"."+a.Name, "the calculation needs itself", "")
			}
		}
	}
}

// needs reports whether the computation of a needs x, directly or not.
func (a *Attribute) needs(x *Attribute, seen map[*Attribute]bool) bool {
	if a.Compute == nil || seen[a] {
		return false
	}
	seen[a] = true
	return slices.ContainsFunc(a.Compute.Needs, func(n *Attribute) bool { return n == x || n.needs(x, seen) })
}

// sameArguments reports whether two uses of a calculation have the same arguments.
func sameArguments(a, b map[string]any) bool {
	return maps.EqualFunc(a, b, func(x, y any) bool { return structs.KindOf(x) == structs.KindOf(y) && fmt.Sprint(x) == fmt.Sprint(y) })
}

// Like reports whether b is the same attribute with the same arguments.
func (a *Attribute) Like(b *Attribute) bool {
	return a.Name == b.Name && a.Index == b.Index && sameArguments(a.given, b.given)
}
