package conga

import (
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// recordEnv evaluates expressions over one record in memory. What is not in
// the record itself, or in the records loaded into it, is not known.
type recordEnv struct {
	resource *resource.Resource
	record   any
	// foreign tells that the record is a caller's, who may have read it in part.
	foreign bool
}

// Field is the value of an attribute of the record or of one loaded into it.
func (e recordEnv) Field(f expr.Field) (any, error) {
	if f.Up > 0 {
		return nil, expr.ErrNotLoaded
	}
	r, rec := e.resource, e.record
	for _, name := range f.Path {
		rel := r.Relationship(name)
		if !rel.Plain() || rel.Chooses() {
			return nil, expr.ErrNotLoaded // what is loaded may be what somebody sees of it
		}
		loaded, ok := rel.Loaded(rec)
		if !ok {
			// A to-one key that is NULL leads to nothing, and so to NULL.
			if rel.Kind == resource.BelongsTo && rel.Source.Get(rec) == nil && !r.Hides(rec, rel.Source) {
				return nil, nil
			}
			return nil, expr.ErrNotLoaded
		}
		r, rec = rel.Target, loaded[0]
	}
	attr := r.Attribute(f.Name)
	if r.Hides(rec, attr) || attr.Lazy && (e.foreign || len(f.Path) > 0) && attr.Unread(rec) {
		return nil, expr.ErrNotLoaded
	}
	return attr.Get(rec), nil
}

// Aggregate is never known in memory: related records may not all be loaded.
func (e recordEnv) Aggregate(*expr.Aggregate) (any, error) { return nil, expr.ErrNotLoaded }

// changeEnv evaluates expressions over what a changeset makes of its record.
type changeEnv struct {
	c *resource.Changeset
	// early tells that the changes are being made: what the database is to make
	// is missing then, like what has a default.
	early bool
}

// Field is the new value of an attribute or, unchanged, that of the record.
func (e changeEnv) Field(f expr.Field) (any, error) {
	if f.Up > 0 || len(f.Path) > 0 {
		return nil, expr.ErrNotLoaded
	}
	attr := e.c.Resource.Attribute(f.Name)
	if v, ok := e.c.Get(attr); ok {
		return v, nil
	}
	if e.c.Action.Kind == resource.Create && e.c.Expr(attr) == nil && (e.early || !attr.Generated) {
		return nil, nil // not given: NULL until defaults are in
	}
	return nil, expr.ErrNotLoaded
}

// Aggregate is never known in memory.
func (e changeEnv) Aggregate(*expr.Aggregate) (any, error) { return nil, expr.ErrNotLoaded }
