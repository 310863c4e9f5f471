package resource

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-playground/validator/v10"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// Changeset is what a create, update or destroy is about to do: the new
// values, the arguments, and what is wrong with them. The engine and forms
// make it; changes, validations and hooks read and change it. It belongs to
// one goroutine at a time.
type Changeset struct {
	Resource *Resource
	Action   *Action
	// Record is the record to change; nil for a create, and for an update or
	// destroy that has not read it.
	Record any
	// Actor is who calls; nil for nobody.
	Actor any

	values    []any // by Attribute.Index
	set       []bool
	exprs     map[*Attribute]expr.Node
	arguments []any // by Attribute.Index
	given     []bool
	issues    []Issue
	renewed   map[*Attribute]any // see Renew
	metadata  any                // see Metadata
	managed   []*Relationship    // see Manage
}

// NewChangeset is an empty changeset for a write action.
func NewChangeset(a *Action) *Changeset {
	n := len(a.Resource.Attributes)
	return &Changeset{
		Resource: a.Resource, Action: a,
		values: make([]any, n), set: make([]bool, n),
		arguments: make([]any, len(a.Arguments)), given: make([]bool, len(a.Arguments)),
	}
}

// Give stores an input, an accepted attribute or an argument, as a canonical
// value, trimmed where its tag asks for it. One that not every database can hold becomes an issue.
func (c *Changeset) Give(in *Attribute, v any) {
	v = in.tidy(v)
	if issue := unsound(in, v); issue != nil && !c.HasIssue(in.JSON) {
		c.AddIssue(*issue)
	}
	if c.Action.IsArgument(in) {
		c.arguments[in.Index], c.given[in.Index] = v, true
		return
	}
	c.Set(in, v)
}

// Given reports whether the input has a value, null included.
func (c *Changeset) Given(in *Attribute) bool {
	if c.Action.IsArgument(in) {
		return c.given[in.Index]
	}
	return c.set[in.Index]
}

// Set gives the attribute a new canonical value.
func (c *Changeset) Set(a *Attribute, v any) {
	c.values[a.Index], c.set[a.Index] = v, true
	delete(c.exprs, a)
}

// Drop leaves the attribute as it is, whatever was given or set before.
func (c *Changeset) Drop(a *Attribute) {
	c.values[a.Index], c.set[a.Index] = nil, false
	delete(c.exprs, a)
}

// SetExpr makes the database compute the new value from the old record.
func (c *Changeset) SetExpr(a *Attribute, n expr.Node) {
	if c.exprs == nil {
		c.exprs = map[*Attribute]expr.Node{}
	}
	c.exprs[a] = n
	c.values[a.Index], c.set[a.Index] = nil, false
}

// Expr is the expression that the database is to compute for the attribute, or nil.
func (c *Changeset) Expr(a *Attribute) expr.Node { return c.exprs[a] }

// Changed is the new value of the attribute and whether there is one.
func (c *Changeset) Changed(a *Attribute) (v any, ok bool) { return c.values[a.Index], c.set[a.Index] }

// Get is the new value of the attribute, or else that of the record; ok is
// false when neither is known.
func (c *Changeset) Get(a *Attribute) (v any, ok bool) {
	if c.set[a.Index] {
		return c.values[a.Index], true
	}
	if c.Record == nil || c.exprs[a] != nil {
		return nil, false
	}
	return a.Get(c.Record), true
}

// Argument is the value of an argument: nil when it was not given.
func (c *Changeset) Argument(in *Attribute) any { return c.arguments[in.Index] }

// Arguments is a pointer to a new input struct with the arguments, or nil.
func (c *Changeset) Arguments() (any, error) {
	in := c.Action.NewInput()
	for i, a := range c.Action.Arguments {
		if !c.given[i] || c.arguments[i] == nil {
			continue
		}
		if err := a.Set(in, c.arguments[i]); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// AddIssue records what is wrong with an input.
func (c *Changeset) AddIssue(i Issue) { c.issues = append(c.issues, i) }

// AddError records an error of a change, validation or hook as issues. It
// returns the error when it is of another kind, which ends the call.
func (c *Changeset) AddError(err error) error {
	if f, ok := errors.AsType[*fieldFault](err); ok {
		c.AddIssue(f.resolve(c))
		return nil
	}
	var e *Error
	if errors.As(err, &e) && e.Kind == Invalid && len(e.Issues) > 0 {
		c.issues = append(c.issues, e.Issues...)
		return nil
	}
	return err
}

// Refusal is err as an *Error with issues where it is a Fault, and else as it is.
func (c *Changeset) Refusal(err error) error {
	if f, ok := errors.AsType[*fieldFault](err); ok {
		return &Error{Kind: Invalid, Issues: []Issue{f.resolve(c)}}
	}
	return err
}

// Issues are what is wrong so far.
func (c *Changeset) Issues() []Issue { return c.issues }

// HasIssue reports whether something is wrong with the input of that JSON name.
func (c *Changeset) HasIssue(json string) bool {
	for _, i := range c.issues {
		if len(i.Path) > 0 && i.Path[0] == json {
			return true
		}
	}
	return false
}

// Validate runs the rules of the inputs on the values that are set.
func (c *Changeset) Validate(v *validator.Validate) {
	for i, a := range c.Resource.Attributes {
		if c.set[i] && !c.HasIssue(a.JSON) {
			c.checkValue(v, a, c.values[i])
		}
		if late, ok := c.renewed[a]; ok && !c.HasIssue(a.JSON) {
			c.checkValue(v, a, late)
		}
	}
	for i, a := range c.Action.Arguments {
		if c.given[i] && !c.HasIssue(a.JSON) {
			c.checkValue(v, a, c.arguments[i])
		}
	}
}

func (c *Changeset) checkValue(v *validator.Validate, a *Attribute, value any) {
	if value == nil {
		if !a.Type.Nullable || a.Required {
			c.AddIssue(RequiredIssue(a))
		}
		return
	}
	if issue := unsound(a, value); issue != nil { // set by a change
		c.AddIssue(*issue)
		return
	}
	c.issues = append(c.issues, a.check(v, value)...)
}

// RequiredIssue says that the input must be given.
func RequiredIssue(a *Attribute) Issue {
	return ruleIssue([]string{a.JSON}, Rule{Name: "required"}, a.Type.Kind)
}

// Find resolves a pointer into the resource's probe or the action's arguments.
func (c *Changeset) find(ptr any) (*Attribute, error) {
	if t, ok := c.Resource.probe.Find(ptr); ok && t.Field != nil && len(t.Path) == 0 {
		if a := c.Resource.Attribute(t.Field.Name); a != nil {
			return a, nil
		}
	}
	if c.Action.args != nil {
		if t, ok := c.Action.args.Find(ptr); ok && t.Field != nil {
			for _, a := range c.Action.Arguments {
				if a.field == t.Field {
					return a, nil
				}
			}
		}
	}
	return nil, fmt.Errorf("%s.%s: the pointer %T is no field of the resource and no argument of the action", c.Resource.Name, c.Action.Name, ptr)
}

func (f *fieldFault) resolve(c *Changeset) Issue {
	i := f.issue
	if f.field == nil {
		return i
	}
	if a, err := c.find(f.field); err == nil {
		i.Path = []string{a.JSON}
	}
	return i
}

// Value is the value that the field, a pointer into the probe or into the
// arguments, has in the changeset: the new one, or else that of the record.
// The zero value comes back where there is none.
func Value[V any](c *Changeset, field *V) V {
	var zero V
	a, err := c.find(field)
	if err != nil {
		return zero
	}
	var v any
	holder := c.Resource.New
	if c.Action.IsArgument(a) {
		v, holder = c.arguments[a.Index], c.Action.NewInput
	} else {
		v, _ = c.Get(a)
	}
	if v == nil {
		return zero
	}
	rec := holder()
	if err := a.Set(rec, v); err != nil {
		return zero
	}
	return *a.Ptr(rec).(*V)
}

// Put gives the field, a pointer into the probe, a new value.
func Put[V any](c *Changeset, field *V, v V) error {
	a, err := c.find(field)
	if err != nil {
		return err
	}
	if c.Action.IsArgument(a) {
		return fmt.Errorf("%s.%s: argument %s cannot be changed", c.Resource.Name, c.Action.Name, a.Name)
	}
	c.Set(a, structs.CanonicalOf(v))
	return nil
}

// StepFunc is a change or validation written in Go. An error made by Fault
// or of kind Invalid becomes an issue; any other error ends the call.
type StepFunc = func(context.Context, *Changeset) error
