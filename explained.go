package conga

import (
	"context"
	"errors"
	"fmt"

	"github.com/congago/conga/resource"
)

// ErrExplained is why calls fail of an application whose Options have Explain:
// what they would do was explained, and not done.
var ErrExplained = errors.New("the call was explained, and not done")

func (a *App) explainFind(ctx context.Context, f *Find) error {
	e, err := a.Explain(ctx, f)
	if err != nil {
		return err
	}
	return a.explained(ctx, e)
}

func (a *App) explainWrite(ctx context.Context, w *Write) error {
	e, err := a.ExplainWrite(ctx, w)
	if err != nil {
		return err
	}
	return a.explained(ctx, e)
}

// explainMany explains the first of many writes, for all.
func (a *App) explainMany(ctx context.Context, ws []*Write) error {
	if len(ws) == 0 {
		return internal(ErrExplained)
	}
	return a.explainWrite(ctx, ws[0])
}

// explainEvery explains a write to all records that a condition finds.
func (a *App) explainEvery(ctx context.Context, w *Write) error {
	one := *w
	one.Key = w.Action.Resource.Primary.Type.Zero()
	return a.explainWrite(ctx, &one)
}

func (a *App) explainCall(ctx context.Context, action *resource.Action) error {
	return a.explained(ctx, goFunction{action})
}

func (a *App) explained(ctx context.Context, what fmt.Stringer) error {
	a.options.Explain(ctx, what)
	return internal(ErrExplained)
}

// goFunction is what there is to say about a generic action.
type goFunction struct{ action *resource.Action }

func (f goFunction) String() string {
	return fmt.Sprintf("%s is a Go function, declared at %s\n", f.action.Name, f.action.Where)
}
