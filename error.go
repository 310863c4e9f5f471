package conga

import (
	"context"
	"errors"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
)

// The engine's errors are those of package resource, under shorter names.
type (
	// Error is what every call of an action fails with.
	Error = resource.Error
	// Issue is one fault of an input.
	Issue = resource.Issue
)

// The kinds of errors, see resource.ErrorKind.
const (
	Invalid     = resource.Invalid
	Forbidden   = resource.Forbidden
	NotFound    = resource.NotFound
	Conflict    = resource.Conflict
	Unavailable = resource.Unavailable
	Internal    = resource.Internal
)

func invalid(issues ...Issue) *Error { return &Error{Kind: Invalid, Issues: issues} }
func forbidden() *Error              { return &Error{Kind: Forbidden} }
func notFound() *Error               { return &Error{Kind: NotFound} }
func internal(cause error) *Error    { return &Error{Kind: Internal, Cause: cause} }

// failure turns an error of the data layer or of user code into an *Error.
func (a *App) failure(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if many, ok := errors.AsType[*BulkError](err); ok {
		return many
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if errors.Is(err, datalayer.ErrTenant) {
		return errTenantRequired()
	}
	if c, ok := constraintOf(err); ok {
		return constraint(c)
	}
	var u *datalayer.UnavailableError
	if errors.As(err, &u) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		a.options.Log.WarnContext(ctx, "call could not be served", "error", err)
		return &Error{Kind: Unavailable, Cause: err}
	}
	a.options.Log.ErrorContext(ctx, "call failed", "error", err)
	return internal(err)
}

func constraintOf(err error) (*datalayer.ConstraintError, bool) {
	return errors.AsType[*datalayer.ConstraintError](err)
}

// constraint words a broken constraint for the inputs that it speaks of.
func constraint(c *datalayer.ConstraintError) *Error {
	kind := Invalid
	var issue Issue
	switch c.Kind {
	case datalayer.Unique:
		kind, issue = Conflict, Issue{Code: "unique", Message: "has already been taken"}
	case datalayer.ForeignKey:
		issue = Issue{Code: "exists", Message: "does not exist"}
		if c.Referenced {
			return &Error{Kind: Conflict, Message: "other records still refer to this one", Cause: c}
		}
	case datalayer.NotNull:
		issue = Issue{Code: "required", Message: "is required"}
	default:
		issue = Issue{Code: "check", Message: "is not valid"}
	}
	out := &Error{Kind: kind, Cause: c}
	for _, attr := range c.Attributes {
		i := issue
		if !attr.Private {
			i.Path = []string{attr.JSON}
		}
		out.Issues = append(out.Issues, i)
	}
	if len(out.Issues) == 0 {
		out.Issues = []Issue{issue}
	}
	return out
}

// KindOf is the kind of err: Internal for errors that are no *Error, empty for nil.
func KindOf(err error) resource.ErrorKind { return resource.KindOf(err) }
