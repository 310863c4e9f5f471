package sqlite

import (
	"context"
	"errors"
	"slices"
	"strings"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// failure turns an error of the driver into one of package datalayer, by its code.
func failure(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return &datalayer.UnavailableError{Conflict: true, Cause: err}
	case lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_NOMEM:
		return &datalayer.UnavailableError{Cause: err}
	case lib.SQLITE_INTERRUPT:
		return context.Canceled
	}
	return err
}

var constraintKinds = map[int]datalayer.ConstraintKind{
	lib.SQLITE_CONSTRAINT_UNIQUE: datalayer.Unique, lib.SQLITE_CONSTRAINT_PRIMARYKEY: datalayer.Unique,
	lib.SQLITE_CONSTRAINT_ROWID: datalayer.Unique, lib.SQLITE_CONSTRAINT_NOTNULL: datalayer.NotNull,
	lib.SQLITE_CONSTRAINT_CHECK: datalayer.CheckRule, lib.SQLITE_CONSTRAINT_FOREIGNKEY: datalayer.ForeignKey,
	lib.SQLITE_CONSTRAINT_TRIGGER: datalayer.ForeignKey,
}

// givenKey is a foreign key that a write gave.
type givenKey struct {
	rel   *resource.Relationship
	value any
	// computed tells that the database has computed the value.
	computed bool
	tenant   datalayer.Tenant
}

// explain turns a broken constraint into a *ConstraintError. The kind comes
// from the error's code. Which attributes it speaks of SQLite tells in the
// text alone, the one place where we read it; for foreign keys it tells
// nothing, so that the keys given are looked up.
func (c *call) explain(ctx context.Context, err error, r *resource.Resource, keys []givenKey) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	kind, ok := constraintKinds[e.Code()]
	if !ok {
		return err
	}
	out := &datalayer.ConstraintError{Kind: kind, Cause: err}
	if kind == datalayer.ForeignKey {
		c.explainKey(ctx, out, keys)
		return out
	}
	_, what, _ := strings.Cut(e.Error(), "constraint failed: ")
	if _, inner, nested := strings.Cut(what, "constraint failed: "); nested {
		what = inner
	}
	what, _, _ = strings.Cut(what, " (")
	if index, ok := strings.CutPrefix(what, "index '"); ok { // over expressions
		what = strings.TrimSuffix(index, "'")
		_, out.Attributes, _ = sqltext.Constraint(r, what)
	}
	out.Name = what
	for _, a := range r.Columns() {
		if a == r.Tenant.Column() && strings.Contains(what, ", ") {
			continue // which is part of what must be unique, and no input
		}
		named := what == r.Table+"_"+a.Column+"_check"
		for part := range strings.SplitSeq(what, ", ") {
			named = named || part == r.Table+"."+a.Column
		}
		if named {
			out.Attributes = append(out.Attributes, a)
		}
	}
	return out
}

// explainKey finds the key that leads nowhere. When all lead somewhere, it is
// one that was computed or, without those, the record itself is still referred to.
func (c *call) explainKey(ctx context.Context, out *datalayer.ConstraintError, keys []givenKey) {
	for _, k := range keys {
		if k.computed {
			continue
		}
		q := &datalayer.Query{Resource: k.rel.Target, Tenant: k.tenant, Where: expr.Call{Op: expr.OpEq, Args: []expr.Node{
			expr.Field{Name: k.rel.Destination.Name}, expr.Literal{Value: k.value}}}}
		st, err := sqltext.SQLite().Count(q)
		if err != nil {
			return
		}
		if n, err := c.count(ctx, st); err == nil && n == 0 {
			out.Attributes = append(out.Attributes, k.rel.Source)
			return
		}
	}
	for _, k := range keys {
		tenant, _ := k.rel.TenantKeys()
		if k.computed || tenant != nil { // it may lead to another tenant
			out.Attributes = append(out.Attributes, k.rel.Source)
		}
	}
	out.Referenced = len(out.Attributes) == 0
}

func insertKeys(w *datalayer.Insert) []givenKey {
	var out []givenKey
	for _, rel := range w.Resource.Relationships {
		for i, a := range w.Columns {
			if rel.Kind != resource.BelongsTo || rel.Source != a {
				continue
			}
			for _, row := range w.Rows {
				if row[i] != nil {
					out = append(out, givenKey{rel: rel, value: row[i], tenant: w.Tenant})
				}
			}
		}
	}
	return out
}

func updateKeys(w *datalayer.Update) []givenKey {
	var out []givenKey
	for _, rel := range w.Resource.Relationships {
		for _, set := range w.Set {
			l, given := set.Value.(expr.Literal)
			if rel.Kind == resource.BelongsTo && rel.Source == set.Attribute && (!given || l.Value != nil) {
				out = append(out, givenKey{rel, l.Value, !given, w.Tenant})
			}
		}
		if rel.Kind != resource.BelongsTo || w.Each == nil {
			continue
		}
		if i := slices.Index(w.Each.Columns, rel.Source); i >= 0 {
			for _, row := range w.Each.Rows {
				if row[i] != nil {
					out = append(out, givenKey{rel: rel, value: row[i]})
				}
			}
		}
	}
	return out
}
