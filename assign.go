package conga

import (
	"errors"
	"time"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// assignments are what an update sets, with the time of the update and the
// defaults of updates, which move only where something changes. Values that the record is known to have
// already are left out.
func (r *run) assignments() []datalayer.Assignment {
	var out []datalayer.Assignment
	var differs []expr.Node // that something changes; nil when that is sure
	sure := false
	for _, attr := range r.res.Columns() {
		v, ok := r.c.Changed(attr)
		n := r.c.Expr(attr)
		switch {
		case ok && r.before != nil:
			if same(attr.Get(r.before), v) {
				continue
			}
			n, sure = expr.Literal{Value: v}, true
		case ok:
			n = expr.Literal{Value: v}
		case n == nil:
			continue
		}
		out = append(out, datalayer.Assignment{Attribute: attr, Value: n})
		if attr.Type.Kind == structs.JSON && attr.Object == nil && attr.Element == nil && attr.Union == nil || !inMemory(n) {
			sure = true // such a document cannot be compared, and related records are not worth asking twice
		}
		if !sure {
			differs = append(differs, expr.Call{Op: expr.OpDistinct, Args: []expr.Node{expr.Field{Name: attr.Name}, n}})
		}
	}
	if len(out) == 0 {
		return nil
	}
	if sure {
		differs = nil
	}
	return append(out, r.accompanying(differs)...)
}

// accompanying are what an update sets because it changes something else: the
// defaults of updates, and its time. They are set where one of differs holds;
// without them always.
func (r *run) accompanying(differs []expr.Node) (out []datalayer.Assignment) {
	for _, attr := range r.res.Columns() {
		v, ok := r.c.Renewed(attr)
		if _, set := r.c.Changed(attr); set || r.c.Expr(attr) != nil {
			continue
		}
		switch {
		case attr.Stamp == resource.Updated && attr == stamped(r.res, resource.Updated):
			v = r.time()
		case !ok, r.before != nil && same(attr.Get(r.before), v):
			continue
		}
		var n expr.Node = expr.Literal{Value: v}
		if len(differs) > 0 {
			n = expr.Call{Op: expr.OpIf, Args: []expr.Node{expr.Call{Op: expr.OpOr, Args: differs}, n, expr.Field{Name: attr.Name}}}
		}
		out = append(out, datalayer.Assignment{Attribute: attr, Value: n})
	}
	return out
}

// time is that of the update; records that are written together share it.
func (r *run) time() time.Time {
	if r.at.IsZero() {
		r.at = structs.Now()
	}
	return r.at
}

// same reports whether two canonical values are known to be equal.
func same(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	o, err := expr.Compare(a, b)
	if errors.Is(err, expr.ErrNotLoaded) { // documents
		return structs.SameValue(a, b)
	}
	return err == nil && o == 0
}

// moved reports whether an update has changed the record, as far as its time
// of the last update tells.
func (r *run) moved() bool {
	stamp := stamped(r.res, resource.Updated)
	if r.at.IsZero() || stamp == nil || r.record == nil {
		return true
	}
	t, ok := stamp.Get(r.record).(time.Time)
	return !ok || t.Equal(r.at)
}
