package conga

import (
	"context"
	"errors"
	"fmt"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// ErrStale is what errors.Is finds in the error of a write whose Write.If does
// not hold any more: somebody else has changed the record. Its kind is Conflict.
var ErrStale = errors.New("the record has changed")

func errStale() error {
	return &Error{Kind: Conflict, Message: "somebody else has changed the record", Cause: ErrStale}
}

// IfUnchanged makes an update or destroy fail with ErrStale when the record
// was written since it was read: it compares the version that the record
// passed to Update or Destroy has with that in the database, in the statement
// that writes. The version is the field of resource.OptimisticLock, or else the
// one tagged updated; a resource without either makes the call fail with
// Internal.
func IfUnchanged() Option {
	return Option{func(o *options) error {
		if o.res.Version() == nil {
			return fmt.Errorf("%s has no field tagged updated, and none of OptimisticLock", o.res.Name)
		}
		o.unchanged = true
		return nil
	}}
}

// unchangedSince is the condition that the version of the record is that of rec.
func unchangedSince(r *resource.Resource, rec any) expr.Node {
	attr := r.Version()
	return expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Field{Name: attr.Name}, expr.Literal{Value: structs.Canonical(attr.Get(rec))}}}
}

// found is the condition that finds the record to write: its key, what the
// policies say of it, and Write.If, unless that was asked when the record was
// read and locked; a hook may have written it since.
func (r *run) found() expr.Node {
	n := expr.And(append([]expr.Node{keyIs(r.res, r.w.Key), r.allow}, r.demands...)...)
	if r.w.If == nil || r.before != nil {
		return n
	}
	return expr.And(n, r.b.bind(r.res, r.w.If, everything))
}

// stale reports whether Write.If alone is why the record was not found.
func (r *run) stale(ctx context.Context) (bool, error) {
	if r.w.If == nil || r.before != nil {
		return false, nil
	}
	q := &datalayer.Query{Resource: r.res, Select: []*resource.Attribute{r.res.Primary}, Where: expr.And(keyIs(r.res, r.w.Key), r.allow), Relations: r.b.relations}
	res, err := r.session(ctx).Read(ctx, q)
	if err != nil {
		return false, err
	}
	return res.Len() > 0, nil
}
