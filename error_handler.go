package conga

import (
	"context"
	"slices"

	"github.com/congago/conga/resource"
)

// reported is an error of a call as the caller gets it: worded by the handlers
// of the action, and in the language of the context.
func (a *App) reported(ctx context.Context, action *resource.Action, err error) error {
	if len(action.OnError) > 0 {
		switch e := err.(type) { //nolint:errorlint // what is wrapped in others is not for the caller
		case *Error:
			err = a.handled(ctx, action, e)
		case *BulkError:
			err = a.handledBulk(ctx, action, e)
		}
	}
	return translated(ctx, err)
}

// handled is the error as the handlers of the action word it.
func (a *App) handled(ctx context.Context, action *resource.Action, e *Error) *Error {
	if e.Kind == Internal || len(action.OnError) == 0 {
		return e
	}
	ctx = a.within(ctx)
	out := *e
	out.Issues = slices.Clone(e.Issues)
	for _, f := range action.OnError {
		err := safely(action, func() error {
			f(ctx, &out)
			return nil
		})
		if err != nil { // it panicked
			a.options.Log.ErrorContext(ctx, "error handler failed", "action", action.Resource.Name+"."+action.Name, "error", err)
			return e
		}
	}
	out.Kind, out.Cause = e.Kind, e.Cause
	return &out
}

func (a *App) handledBulk(ctx context.Context, action *resource.Action, e *BulkError) *BulkError {
	out := *e
	out.Reason = a.handled(ctx, action, e.Reason)
	out.Others = a.handledBulks(ctx, action, e.Others)
	return &out
}

func (a *App) handledBulks(ctx context.Context, action *resource.Action, list []*BulkError) []*BulkError {
	if len(action.OnError) == 0 {
		return list
	}
	out := slices.Clone(list)
	for i, e := range out {
		out[i] = a.handledBulk(ctx, action, e)
	}
	return out
}

// handledIssues are the issues of an input that was only checked.
func (a *App) handledIssues(ctx context.Context, action *resource.Action, issues []Issue) []Issue {
	if len(issues) == 0 {
		return issues
	}
	return a.handled(ctx, action, invalid(issues...)).Issues
}
