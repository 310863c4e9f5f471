package conga

import (
	"context"
	"fmt"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// WhyField is how the field policies decide whether the actor of ctx sees a
// field of the record, a pointer, which is nil for any record. Like Why it is
// for people who develop.
func (a *App) WhyField(ctx context.Context, r *resource.Resource, field *resource.Attribute, record any) (*Decision, error) {
	read := r.PrimaryAction(resource.Read)
	if read == nil {
		return nil, internal(fmt.Errorf("%s has no primary read action, so nobody sees its fields", r.Name))
	}
	b := a.binder(ctx, nil)
	if err := b.needTenant(read); err != nil {
		return nil, a.failure(ctx, err)
	}
	defer b.about(read)()
	var w witness
	if record != nil {
		w = b.inDatabase(ctx, r, r.Primary.Get(record))
	}
	d := &Decision{Action: read, Field: field, Verdict: Allowed}
	if n := r.Sight(field); n != nil {
		if err := b.explainBy(d, r.FieldPoliciesOf(field), b.bind(r, n, everything), w); err != nil {
			return nil, a.failure(ctx, err)
		}
	}
	if err := b.explainSight(d, read, w); err != nil {
		return nil, a.failure(ctx, err)
	}
	return d, nil
}

// WhyField is App.WhyField; field is a pointer into Fields, and rec is nil for
// any record.
func (h HandleOf[P]) WhyField(ctx context.Context, field any, rec P) (*Decision, error) {
	return h.of.whyField(ctx, field, rec)
}

func (h handle) whyField(ctx context.Context, field, rec any) (*Decision, error) {
	if h.res == nil {
		return nil, internal(fmt.Errorf("%s is no resource of the application", h.shape.FullName))
	}
	path, member, err := h.res.Find(field)
	attr, ok := member.(*resource.Attribute)
	if err != nil || !ok || len(path) > 0 {
		return nil, internal(fmt.Errorf("a pointer of type %T is no field of %s itself", field, h.res.Name))
	}
	if structs.IsNil(rec) {
		rec = nil
	}
	return h.app.WhyField(ctx, h.res, attr, rec)
}
