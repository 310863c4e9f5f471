package conga

import (
	"context"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Write asks for a create, update or destroy, for callers that know the
// model and not the Go type.
type Write struct {
	// Action is the action to run.
	Action *resource.Action
	// Key is the primary key of the record to update or destroy.
	Key any
	// If is a resolved condition that the record of an update or destroy must
	// meet before the write, besides the policies; nil means none. Where it
	// does not hold, the error is ErrStale and nothing was written.
	If expr.Node
	// Inputs are the values given, each once.
	Inputs []Input
	// Nested are the values of managed inputs, each once.
	Nested []NestedInput
	// Issues are what is wrong with inputs that could not be cast. The
	// action does not run, but its own issues are added to them.
	Issues []resource.Issue
	// Return says which parts of the record are wanted; its Where and Sort
	// are not used. A destroyed record has stored attributes alone.
	Return Selection

	// forced are values that the engine itself gives: keys of related records
	// and positions. They need not be accepted.
	forced []Input
	// singly makes nested records be written one by one, to tell which one the
	// database refuses.
	singly bool
	// joins makes the write no part of its own within an open transaction: who
	// calls gives up too when it fails.
	joins bool
	// told gets the metadata; may be nil.
	told func(any) error
}

// Input is one value for an action.
type Input struct {
	// Attribute is an accepted attribute or an argument of the action.
	Attribute *resource.Attribute
	// Value is the canonical value, nil for null.
	Value any
}

// Written is the outcome of a write.
type Written struct {
	// Found holds the record as one row with what Write.Return asked for.
	*Found
	// Key is the record's primary key.
	Key any
	// Existed tells that an upsert found the record and changed it, instead of
	// making a new one.
	Existed bool
}

// Write runs a create, update or destroy action in its phases. The error, if
// any, is a *Error; nothing was written then. An action without hooks is tried
// up to three times when it loses against another transaction, unless it is part
// of one itself.
func (a *App) Write(ctx context.Context, w *Write) (_ *Written, err error) {
	if a.options.Explain != nil {
		return nil, a.explainWrite(ctx, w)
	}
	ctx, done := a.traced(ctx, w.Action)
	defer func() {
		err = a.reported(ctx, w.Action, err)
		done(err)
	}()
	out, err := a.writeAgain(ctx, w)
	if err != nil {
		return nil, err
	}
	return out, tell(w.told, out.Metadata)
}

// Check goes through the phases of a write that need no database: casting,
// changes, validations. It returns what is wrong, for forms that validate
// while the user types.
func (a *App) Check(ctx context.Context, w *Write, record any) ([]resource.Issue, error) {
	issues, err := a.check(ctx, w, record)
	return TranslateIssues(ctx, a.handledIssues(ctx, w.Action, issues)), a.reported(ctx, w.Action, err)
}

// Call runs a generic action. in is a pointer to its input struct, or nil; the
// result is a pointer to its output, or nil.
func (a *App) Call(ctx context.Context, action *resource.Action, in any) (_ any, err error) {
	if a.options.Explain != nil {
		return nil, a.explainCall(ctx, action)
	}
	ctx, done := a.traced(ctx, action)
	defer func() {
		err = a.reported(ctx, action, err)
		done(err)
	}()
	return a.call(ctx, action, in)
}

// CallInputs is Call with inputs as canonical values, and the issues of casting them.
func (a *App) CallInputs(ctx context.Context, action *resource.Action, inputs []Input, issues []resource.Issue) (_ any, err error) {
	if a.options.Explain != nil {
		return nil, a.explainCall(ctx, action)
	}
	ctx, done := a.traced(ctx, action)
	defer func() {
		err = a.reported(ctx, action, err)
		done(err)
	}()
	return a.callInputs(ctx, action, inputs, issues)
}
