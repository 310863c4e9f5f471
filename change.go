package conga

import (
	"context"
	"errors"
	"strings"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// change runs the changes and validations in their order, puts in defaults
// and stamps, and refuses the changeset when something is wrong with it.
// A dry run leaves out changes written in Go.
func (r *run) change(ctx context.Context, dry bool) error {
	r.trim()
	for _, s := range r.action.Steps {
		if err := r.step(ctx, s, dry); err != nil {
			return err
		}
	}
	if r.action.Kind == resource.Create {
		r.noteDeliberate()
		r.defaults()
	}
	r.required(dry)
	r.c.Validate(r.app.registry.Validator)
	if issues := r.c.Issues(); len(issues) > 0 {
		return invalid(issues...)
	}
	return nil
}

// trim removes the spaces around texts whose tag asks for it.
func (r *run) trim() {
	for _, in := range r.w.Inputs {
		text, ok := in.Value.(string)
		if !ok || !in.Attribute.Trim {
			continue
		}
		r.c.Give(in.Attribute, strings.TrimSpace(text))
	}
	r.b.arguments = argumentsOf(r.c)
}

func (r *run) step(ctx context.Context, s resource.Step, dry bool) error {
	if s.When != nil {
		ok, err := r.holds(s.When)
		if err != nil || !ok {
			return err
		}
	}
	switch {
	case s.Func != nil:
		if dry && !s.Validates || len(r.c.Issues()) > 0 {
			return nil // a function sees valid inputs alone
		}
		if err := s.Func(ctx, r.c); err != nil {
			return r.c.AddError(err)
		}
	case s.Set != nil:
		return r.set(s)
	case s.Check != nil:
		return r.checkStep(s)
	}
	return nil
}

// holds evaluates a condition over the new values.
func (r *run) holds(n expr.Node) (bool, error) {
	ok, err := expr.Holds(r.b.bind(r.res, n, everything), changeEnv{r.c})
	if err != nil {
		return false, stepFailure(err)
	}
	return ok, nil
}

func stepFailure(err error) error {
	if errors.Is(err, expr.ErrNotLoaded) {
		err = errors.New("a condition of the action needs related records, which only policies and filters may")
	}
	return internal(err)
}

func (r *run) set(s resource.Step) error {
	if _, given := r.c.Changed(s.Set); given && s.OnlyMissing {
		return nil
	}
	n := r.b.bind(r.res, s.Expr, everything)
	if (r.action.Kind == resource.Update || r.action.Soft) && hasField(n) {
		r.c.SetExpr(s.Set, n)
		return nil
	}
	v, err := expr.Eval(n, changeEnv{r.c})
	if err != nil {
		return stepFailure(err)
	}
	r.c.Set(s.Set, v)
	return nil
}

func (r *run) checkStep(s resource.Step) error {
	for _, f := range s.Fields {
		if r.c.HasIssue(f.JSON) {
			return nil
		}
	}
	v, err := expr.Eval(r.b.bind(r.res, s.Check, everything), changeEnv{r.c})
	if err != nil {
		return stepFailure(err)
	}
	if v != false {
		return nil
	}
	issue := resource.Issue{Code: "invalid", Message: s.Message}
	if len(s.Fields) == 0 {
		r.c.AddIssue(issue)
	}
	for _, f := range s.Fields {
		issue.Path = []string{f.JSON}
		r.c.AddIssue(issue)
	}
	return nil
}

// defaults fills in what a create leaves open. What has no default and is
// required stays open, for required to find.
func (r *run) defaults() {
	now := structs.Now()
	for _, attr := range r.res.Columns() {
		if _, set := r.c.Changed(attr); set || attr.Generated || r.c.Expr(attr) != nil {
			continue
		}
		switch {
		case attr.Stamp != resource.NoStamp:
			r.c.Set(attr, now)
		case attr.Default != nil:
			r.c.Set(attr, attr.Default())
		case !attr.Required:
			r.c.Set(attr, attr.Type.Zero())
		}
	}
	for _, arg := range r.action.Arguments {
		if !r.c.Given(arg) && arg.Default != nil {
			r.c.Give(arg, arg.Default())
		}
	}
}

// required finds the inputs that must be given and are not. In a dry run,
// what changes written in Go would set is not missed.
func (r *run) required(dry bool) {
	for _, arg := range r.action.Arguments {
		if arg.Required && !r.c.Given(arg) && !r.c.HasIssue(arg.JSON) {
			r.c.AddIssue(resource.RequiredIssue(arg))
		}
	}
	if r.action.Kind != resource.Create {
		return
	}
	for _, attr := range r.res.Columns() {
		_, set := r.c.Changed(attr)
		if attr.Required && !set && !r.c.HasIssue(attr.JSON) && (!dry || r.action.Accepts(attr)) {
			r.c.AddIssue(resource.RequiredIssue(attr))
		}
	}
}

func (a *App) check(ctx context.Context, w *Write, record any) ([]Issue, error) {
	r := &run{app: a, w: w, action: w.Action, res: w.Action.Resource}
	ctx = a.within(ctx)
	r.cast(ctx)
	r.c.Record = record
	err := r.change(ctx, true)
	var e *Error
	if errors.As(err, &e) && e.Kind == Invalid {
		return e.Issues, nil
	}
	return nil, a.failure(ctx, err)
}
