package conga

import (
	"context"
	"fmt"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// Related reads the records that a relationship of that Go name leads to from
// record, for relationships that the struct has no field for, see
// resource.Inverse. The options are about the related records, as those of Load.
//
//	orders, err := conga.Related[shop.Order](ctx, customers, customer, "Orders")
func Related[X, P any](ctx context.Context, h HandleOf[P], record P, name string, options ...Option) ([]*X, error) {
	found, err := h.of.related(ctx, structs.Of[X](), resource.For[X](h.of.app.registry), record, name, options)
	if err != nil {
		return nil, err
	}
	from, to := found.Related[0].Span(0)
	out := make([]*X, 0, to-from)
	for row := from; row < to; row++ {
		rec, err := found.Sub(0).record(row)
		if err != nil {
			return nil, internal(err)
		}
		out = append(out, rec.(*X))
	}
	return out, nil
}

func (h handle) related(ctx context.Context, shape *structs.Struct, target *resource.Resource, record any, name string, options []Option) (*Found, error) {
	if h.res == nil {
		return nil, internal(fmt.Errorf("%T is no resource of the application", record))
	}
	rel := h.res.Relationship(name)
	if rel == nil || rel.Target != target {
		return nil, internal(fmt.Errorf("%s has no relationship %s to %s", h.res.Name, name, shape.Name))
	}
	read := h.res.PrimaryAction(resource.Read)
	if read == nil {
		return nil, forbidden()
	}
	o, err := collect(rel.Target, nil, options)
	if err != nil {
		return nil, err
	}
	found, err := h.app.Find(ctx, &Find{Action: read, Key: h.res.Primary.Get(record), Selection: Selection{
		Select: []*resource.Attribute{h.res.Primary}, Load: []Nested{{Relationship: rel, Selection: o.selection, Page: o.page}}}})
	if err == nil && found.Len() == 0 {
		return nil, notFound()
	}
	return found, err
}
