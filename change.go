package conga

import (
	"context"
	"errors"
	"slices"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// change runs the changes and validations in their order, puts in defaults
// and stamps, and refuses the changeset when something is wrong with it.
// A dry run leaves out changes written in Go.
func (r *run) change(ctx context.Context, dry bool) error {
	for _, s := range r.action.Steps {
		if err := r.step(ctx, s, dry); err != nil {
			return err
		}
	}
	if r.action.Kind == resource.Create {
		r.noteDeliberate()
	}
	if r.updates() || len(r.action.Upsert) > 0 {
		r.c.Renew()
	}
	if r.action.Kind == resource.Create {
		r.defaults()
	}
	r.required(dry)
	r.c.Validate(r.app.registry.Validator)
	if issues := r.c.Issues(); len(issues) > 0 {
		return invalid(issues...)
	}
	return nil
}

func (r *run) step(ctx context.Context, s resource.Step, dry bool) error {
	var when expr.Node // that the step runs, where only the database knows
	if s.When != nil {
		n, err := r.judged(s.When)
		if err != nil {
			return err
		}
		if l, known := n.(expr.Literal); !known {
			when = n
		} else if l.Value != true {
			return nil
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
		return r.set(ctx, s, when)
	case s.Drop != nil:
		r.drop(s.Drop, when)
	case s.Check != nil:
		return r.checkStep(s, when)
	case s.Changing:
		return r.mustChange(s, when)
	case s.Match != nil:
		r.match(s, when)
	}
	return nil
}

func stepFailure(err error) error {
	if errors.Is(err, expr.ErrNotLoaded) {
		err = errors.New("a condition of the action needs related records, which only policies and filters may")
	}
	return internal(err)
}

func (r *run) set(ctx context.Context, s resource.Step, when expr.Node) error {
	if _, given := r.c.Changed(s.Set); given && s.OnlyMissing || s.Lock && !r.updates() {
		return nil
	}
	n := r.b.bind(r.res, s.Expr, everything)
	if when != nil {
		r.c.SetExpr(s.Set, expr.Call{Op: expr.OpIf, Args: []expr.Node{when, n, r.current(s.Set)}})
		return nil
	}
	if r.updates() && hasField(n) {
		r.c.SetExpr(s.Set, n)
		return r.settle(ctx, s.Set)
	}
	v, err := expr.Eval(n, changeEnv{c: r.c, early: true})
	if err != nil {
		return stepFailure(err)
	}
	r.c.Set(s.Set, v)
	return nil
}

// updates reports whether the action changes a record and keeps it.
func (r *run) updates() bool { return r.action.Kind == resource.Update || r.action.Soft }

func (r *run) drop(attr *resource.Attribute, when expr.Node) {
	if when == nil {
		r.c.Drop(attr)
		return
	}
	r.c.SetExpr(attr, expr.Call{Op: expr.OpIf, Args: []expr.Node{when, expr.Field{Name: attr.Name}, r.current(attr)}})
}

func (r *run) checkStep(s resource.Step, when expr.Node) error {
	if r.faulty(s) {
		return nil
	}
	n, err := r.judged(s.Check)
	if err != nil {
		return err
	}
	r.demand(s, when, n)
	return nil
}

// mustChange refuses a field that keeps its value.
func (r *run) mustChange(s resource.Step, when expr.Node) error {
	if r.faulty(s) || len(s.Fields) == 0 {
		return nil
	}
	attr := s.Fields[0]
	_, set := r.c.Changed(attr)
	var n expr.Node = expr.Literal{Value: set || r.c.Expr(attr) != nil}
	if r.action.Kind != resource.Create && n == (expr.Literal{Value: true}) {
		n = expr.Call{Op: expr.OpDistinct, Args: []expr.Node{r.current(attr), expr.Field{Name: attr.Name}}}
		if r.c.Record != nil {
			v, err := expr.Eval(n, recordEnv{r.res, r.c.Record, false})
			if err != nil {
				v = true // a document, which only the database compares
			}
			n = expr.Literal{Value: v}
		}
	}
	r.demand(s, when, n)
	return nil
}

// match looks at a text that is given or set, as the rules of tags do.
func (r *run) match(s resource.Step, when expr.Node) {
	if len(s.Fields) == 0 || r.faulty(s) {
		return
	}
	v, _ := r.c.Changed(s.Fields[0])
	if r.action.IsArgument(s.Fields[0]) {
		v = r.c.Argument(s.Fields[0])
	}
	if text, ok := v.(string); ok {
		r.demand(s, when, expr.Literal{Value: s.Match(text)})
	}
}

// faulty reports whether something is wrong already with what the step looks at.
func (r *run) faulty(s resource.Step) bool {
	for _, f := range s.Fields {
		if r.c.HasIssue(f.JSON) {
			return true
		}
	}
	return false
}

// demand refuses the input when the condition is false, or leaves that to the
// statement where the condition is about the record as it was.
func (r *run) demand(s resource.Step, when, condition expr.Node) {
	l, known := condition.(expr.Literal)
	switch {
	case known && l.Value != false:
		return
	case !known || when != nil:
		r.demands = append(r.demands, unless(when, condition))
		return
	}
	r.reject(&s)
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
// what changes written in Go would set is not missed, nor what a manual action
// may fill in.
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
		if attr.Required && !set && !slices.Contains(r.promised, attr) && !r.c.HasIssue(attr.JSON) && (r.action.Accepts(attr) || !dry && r.action.Manual == nil) {
			r.c.AddIssue(resource.RequiredIssue(attr))
		}
	}
}

func (a *App) check(ctx context.Context, w *Write, record any) ([]Issue, error) {
	r := &run{app: a, w: w, action: w.Action, res: w.Action.Resource, manner: &manner{}}
	if err := r.rehearse(a.within(ctx), record); err != nil {
		return nil, a.failure(ctx, err)
	}
	return r.c.Issues(), nil
}
