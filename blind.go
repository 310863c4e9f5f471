package conga

import (
	"context"
	"errors"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// An update whose steps say by expressions what they want of the record does
// not read it: what only the record can tell becomes part of the statement.
// Then no row comes back where a validation fails, and only then is the record
// read, to tell which one.

// blind reports whether the action is about a record that nobody has read.
func (r *run) blind() bool { return r.action.Kind != resource.Create && r.c.Record == nil }

// judged is a condition over what the changeset makes of its record: a
// constant where that is known, else what the record as it was must tell.
func (r *run) judged(n expr.Node) (expr.Node, error) {
	n = r.b.bind(r.res, n, everything)
	v, err := expr.Eval(n, changeEnv{c: r.c, early: true})
	switch {
	case err == nil:
		return expr.Literal{Value: v}, nil
	case !r.blind() || !errors.Is(err, expr.ErrNotLoaded) || !inMemory(n):
		return nil, stepFailure(err)
	}
	return expr.Map(n, func(n expr.Node) (expr.Node, error) {
		if f, ok := n.(expr.Field); ok {
			return r.current(r.res.Attribute(f.Name)), nil
		}
		return n, nil
	})
}

// current is what the changeset makes of an attribute, over the record as it was.
func (r *run) current(attr *resource.Attribute) expr.Node {
	if v, set := r.c.Changed(attr); set {
		return expr.Literal{Value: v}
	}
	if n := r.c.Expr(attr); n != nil {
		return n
	}
	return expr.Field{Name: attr.Name}
}

// unless holds where when does not, and where condition is not false.
func unless(when, condition expr.Node) expr.Node {
	sure := func(n expr.Node, unknown bool) expr.Node {
		return expr.Call{Op: expr.OpCoalesce, Args: []expr.Node{n, expr.Literal{Value: unknown}}}
	}
	if when == nil {
		return sure(condition, true)
	}
	return or(expr.Call{Op: expr.OpNot, Args: []expr.Node{sure(when, false)}}, sure(condition, true))
}

// reread is store for a record that did not meet the demands of the
// statement: with the record in hand, the steps tell what is wrong.
func (r *run) reread(ctx context.Context) error {
	return r.app.joined(ctx, func(ctx context.Context) error {
		r.reads, r.demands, r.written = true, nil, false
		r.cast(ctx)
		if err := r.readOriginal(ctx); err != nil {
			return err
		}
		if err := r.change(ctx, false); err != nil {
			return err
		}
		return r.store(ctx) // somebody has changed the record since: now it is right
	})
}
