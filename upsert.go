package conga

import (
	"context"
	"slices"
	"time"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// conflict is what an upsert does with the record that is there already: it
// takes over what was given or set by changes, not what defaults filled in.
// Nobody changes by an upsert what he could not change by an update.
func (r *run) conflict() *datalayer.Conflict {
	if len(r.action.Upsert) == 0 {
		return nil
	}
	c := &datalayer.Conflict{Identity: r.identity()}
	for _, attr := range r.res.Columns() {
		switch {
		case slices.Contains(c.Identity, attr), attr.Primary, attr == r.res.Tenant.Column(), attr.Stamp == resource.Created:
		case attr.Stamp == resource.Updated, slices.Contains(r.deliberate, attr):
			c.Update = append(c.Update, attr)
		default:
			if v, ok := r.c.Renewed(attr); ok {
				c.Set = append(c.Set, datalayer.Assignment{Attribute: attr, Value: expr.Literal{Value: v}})
			}
		}
	}
	if len(c.Update) == 0 {
		c.Update = c.Identity // so that the record comes back
	}
	if update := r.res.PrimaryAction(resource.Update); update != nil {
		v, allow := judge(r.b.decide(update))
		if v != allowed {
			c.Where, c.Relations = allow, r.b.relations
		}
	}
	return c
}

// identity are the attributes by which an upsert finds a record, that of the
// tenant included.
func (r *run) identity() []*resource.Attribute {
	if id := r.res.Identity(r.action.Upsert); id != nil {
		return id.Columns()
	}
	return r.action.Upsert
}

// noteDeliberate remembers which attributes were given or set, before
// defaults are filled in.
func (r *run) noteDeliberate() {
	if len(r.action.Upsert) == 0 {
		return
	}
	for _, attr := range r.res.Columns() {
		if _, set := r.c.Changed(attr); set {
			r.deliberate = append(r.deliberate, attr)
		}
	}
}

// lookAhead reports whether the record that an upsert would find is there,
// where the written record does not tell. That is a question of its own, and
// so a guess: another writer may come in between.
func (r *run) lookAhead(ctx context.Context) (bool, error) {
	if len(r.action.Upsert) == 0 || r.tells() != nil {
		return false, nil
	}
	q := &datalayer.Query{Resource: r.res, Select: []*resource.Attribute{r.res.Primary}, Limit: 1}
	for _, attr := range r.identity() {
		v, _ := r.c.Changed(attr)
		q.Where = expr.And(q.Where, expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Field{Name: attr.Name}, expr.Literal{Value: v}}})
	}
	res, err := r.session(ctx).Read(ctx, q)
	if err != nil {
		return false, err
	}
	return res.Len() > 0, nil
}

// tells is an attribute that an upsert gives a value of its own when it makes
// a record and leaves alone when it finds one: the key or the time of
// creation. It is nil where there is none.
func (r *run) tells() *resource.Attribute {
	for _, attr := range []*resource.Attribute{r.res.Primary, stamped(r.res, resource.Created)} {
		if attr == nil || slices.Contains(r.action.Upsert, attr) {
			continue
		}
		if _, given := r.c.Changed(attr); given && !r.action.Accepts(attr) {
			return attr
		}
	}
	return nil
}

// tellExisted reports whether the upsert has changed a record that was there.
func (r *run) tellExisted(there bool) (bool, error) {
	attr := r.tells()
	if len(r.action.Upsert) == 0 || attr == nil {
		return there, nil
	}
	given, _ := r.c.Changed(attr)
	has, err := r.result.Value(0, slices.Index(r.result.Columns, attr))
	if err != nil {
		return false, err
	}
	if at, ok := has.(time.Time); ok {
		return !at.Equal(given.(time.Time)), nil
	}
	return has != given, nil
}

// stamped is the attribute with that stamp, or nil.
func stamped(r *resource.Resource, stamp resource.Stamp) *resource.Attribute {
	for _, attr := range r.Columns() {
		if attr.Stamp == stamp {
			return attr
		}
	}
	return nil
}

// eventKind is what happened to the record: an upsert that found one has updated it.
func (r *run) eventKind() EventKind {
	if r.existed {
		return Updated
	}
	return eventKinds[r.action.Kind]
}
