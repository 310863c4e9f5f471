package conga

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/congago/conga/resource"
)

// callInputs builds the input struct of a generic action from single values.
func (a *App) callInputs(ctx context.Context, action *resource.Action, inputs []Input, issues []Issue) (any, error) {
	c := resource.NewChangeset(action)
	for _, in := range inputs {
		c.Give(in.Attribute, in.Value)
	}
	if err := a.decideCall(ctx, action, argumentsOf(c)); err != nil {
		return nil, err
	}
	for _, i := range issues {
		c.AddIssue(i)
	}
	if found := a.checkArguments(c); len(found) > 0 {
		return nil, invalid(found...)
	}
	in, err := c.Arguments()
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	return a.runGeneric(ctx, action, in)
}

// checkArguments fills in the defaults of arguments that were not given, and
// finds what is wrong with all of them.
func (a *App) checkArguments(c *resource.Changeset) []Issue {
	for _, arg := range c.Action.Arguments {
		if c.Given(arg) || c.HasIssue(arg.JSON) {
			continue
		}
		switch {
		case arg.Default != nil:
			c.Give(arg, arg.Default())
		case arg.Required:
			c.AddIssue(resource.RequiredIssue(arg))
		}
	}
	c.Validate(a.registry.Validator)
	return c.Issues()
}

// readArguments are the arguments of a read, with defaults, and what is wrong with them.
func (a *App) readArguments(f *Find) (map[string]any, []Issue) {
	if len(f.Action.Arguments) == 0 {
		return nil, nil
	}
	c := resource.NewChangeset(f.Action)
	for _, arg := range f.Action.Arguments {
		if v, ok := f.Arguments[arg.Name]; ok && (v != nil || arg.Type.Nullable) {
			c.Give(arg, v)
		}
	}
	issues := a.checkArguments(c)
	for _, arg := range f.Action.Arguments {
		if !c.Given(arg) { // as with inputs of a create, missing is zero
			c.Give(arg, arg.Type.Zero())
		}
	}
	return argumentsOf(c), issues
}

// call runs a generic action with its input struct, which goes through the
// same rules as single values.
func (a *App) call(ctx context.Context, action *resource.Action, in any) (any, error) {
	var inputs []Input
	if in != nil {
		for _, arg := range action.Arguments {
			inputs = append(inputs, Input{arg, arg.Get(in)})
		}
	}
	return a.callInputs(ctx, action, inputs, nil)
}

// decideCall asks the policies of a generic action, which has no record to look at.
func (a *App) decideCall(ctx context.Context, action *resource.Action, arguments map[string]any) error {
	b := a.binder(ctx, arguments)
	if err := b.needTenant(action); err != nil {
		return a.failure(ctx, b.orRefusal(action, err))
	}
	v, _ := judge(b.decide(action))
	switch {
	case b.fault != nil:
		return a.failure(ctx, b.fault)
	case v != allowed:
		return b.refusal(action, nil)
	}
	return nil
}

func (a *App) runGeneric(ctx context.Context, action *resource.Action, in any) (out any, err error) {
	ctx = a.within(ctx)
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, a.failure(ctx, fmt.Errorf("action %s panicked: %v\n%s", action.Name, p, debug.Stack()))
		}
	}()
	run := func(ctx context.Context) (err error) {
		out, err = action.Run(ctx, in)
		return err
	}
	if action.Transaction == resource.InTransaction {
		err = a.Transact(ctx, run)
	} else {
		err = run(ctx)
	}
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	return out, nil
}
