package conga

import (
	"context"
	"errors"
	"slices"

	"github.com/congago/conga/resource"
)

// rehearse finds what is wrong with the inputs of a run and with those of the
// records in its managed inputs, without asking a database or a policy.
func (r *run) rehearse(ctx context.Context, record any) error {
	r.cast(ctx)
	if err := r.haveTenant(); err != nil {
		return r.c.AddError(err)
	}
	if !r.res.Partial(record) { // or else it counts as one that nobody has read
		r.c.Record = record
	}
	var children []*run
	for _, m := range r.action.Managed {
		n := &nest{app: r.app, m: m, rel: m.Relationship, manner: r.manner}
		n.collect(r)
		for _, f := range n.families {
			if n.rel.Kind == resource.BelongsTo {
				r.promised = append(r.promised, n.rel.Source)
			}
			for _, it := range f.items {
				if child := n.likely(f, it, record); child != nil {
					children = append(children, child)
				}
			}
		}
	}
	err := r.change(ctx, true)
	if e, ok := errors.AsType[*Error](err); err != nil && (!ok || e.Kind != Invalid) {
		return err
	}
	for _, child := range children {
		if err := child.rehearse(ctx, child.before); err != nil {
			return err
		}
		child.report()
	}
	return nil
}

// likely is the run that an item will probably make, judging by the records
// that are loaded into the record; nil where there is nothing to validate.
func (n *nest) likely(f *family, it *item, record any) *run {
	if record != nil && f.existing == nil {
		loaded, _ := n.rel.Loaded(record)
		for _, rec := range loaded {
			f.existing = append(f.existing, &relative{record: rec, key: n.m.Target().Primary.Get(rec)})
		}
	}
	it.found = n.match(f, it)
	named := slices.ContainsFunc(n.lookups(), func(set []*resource.Attribute) bool { return it.values(set) != nil })
	var r *run
	switch key, _ := it.rec.value(n.m.Target().Primary); {
	case (it.found != nil || named && (key != nil || n.m.OnNoMatch != resource.DoCreate)) && n.m.Update != nil:
		r = n.child(f, it.path, n.m.Update, n.inputs(n.m.Update, it, true))
		if it.found != nil {
			r.before = it.found.record
		}
	case (key == nil || n.m.Create != nil && n.m.Create.Accepts(n.m.Target().Primary)) && n.m.OnNoMatch == resource.DoCreate:
		r = n.child(f, it.path, n.m.Create, n.inputs(n.m.Create, it, false))
		r.promised = []*resource.Attribute{n.rel.Destination}
	default:
		f.refuse(it, it.rec.Issues...)
	}
	return r
}
