package conga

import (
	"context"
	"errors"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// WasVisible is Visible for a record that has been destroyed: where the record
// alone does not tell, it asks the records that it belonged to. A policy or a
// condition that counts or searches to-many relationships cannot be told any
// more, and then the record was not visible.
func (a *App) WasVisible(ctx context.Context, r *resource.Resource, record any, where expr.Node) (bool, error) {
	_, v, n, err := a.sight(ctx, r, where)
	if err != nil || v != depends {
		return err == nil && v == allowed, err
	}
	env := &goneEnv{ctx: ctx, app: a, resource: r, record: record, related: map[string]any{}}
	ok, err := expr.Holds(n, env)
	if errors.Is(err, expr.ErrNotLoaded) {
		return false, nil
	}
	return ok, a.failure(ctx, err)
}

// goneEnv evaluates expressions over a record that is not in the database any
// more, but whose relatives may be.
type goneEnv struct {
	ctx      context.Context //nolint:containedctx // expr.Env has no room for it, and it lives for one evaluation
	app      *App
	resource *resource.Resource
	record   any
	related  map[string]any // by path; nil where there is none
}

// Field is the value of an attribute of the record, or of one that it belonged to.
func (e *goneEnv) Field(f expr.Field) (any, error) {
	if f.Up > 0 {
		return nil, expr.ErrNotLoaded
	}
	r, rec := e.resource, e.record
	for i, name := range f.Path {
		rel := r.Relationship(name)
		next, err := e.follow(rel, rec, pathKey(f.Path[:i+1]))
		if next == nil || err != nil {
			return nil, err
		}
		r, rec = rel.Target, next
	}
	return r.Attribute(f.Name).Get(rec), nil
}

// follow is the record that a to-one relationship of rec leads to, or nil.
func (e *goneEnv) follow(rel *resource.Relationship, rec any, path string) (any, error) {
	if known, ok := e.related[path]; ok {
		return known, nil
	}
	if !rel.Plain() || rel.Chooses() {
		return nil, expr.ErrNotLoaded
	}
	key := rel.Source.Get(rec)
	if key == nil {
		return nil, nil
	}
	q := &datalayer.Query{Resource: rel.Target, Select: rel.Target.Columns(), Limit: 1,
		Where: expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Field{Name: rel.Destination.Name}, expr.Literal{Value: key}}}}
	res, err := e.app.session(e.ctx).Read(e.ctx, q)
	if err != nil {
		return nil, err
	}
	e.related[path] = nil
	if res.Len() > 0 {
		if e.related[path], err = (&Found{Result: res, Resource: rel.Target}).record(0); err != nil {
			return nil, err
		}
	}
	return e.related[path], nil
}

// Aggregate cannot be told: the related records do not refer to this one any more.
func (e *goneEnv) Aggregate(*expr.Aggregate) (any, error) { return nil, expr.ErrNotLoaded }
