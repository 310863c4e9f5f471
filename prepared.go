package conga

import (
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// prepare is what the hooks of a read action make of a read; nothing without hooks.
func (p *plan) prepare(action *resource.Action) (*resource.Prepared, error) {
	if action == nil || len(action.Prepare) == 0 {
		return &resource.Prepared{}, nil
	}
	prep := &resource.Preparation{Resource: action.Resource, Action: action, Actor: p.b.actor, Inputs: p.b.inputs(action)}
	ctx := p.app.within(p.ctx)
	for _, hook := range action.Prepare {
		if err := safely(action, func() error { return hook(ctx, prep) }); err != nil {
			return nil, p.app.failure(ctx, prep.Inputs.Refusal(err))
		}
	}
	return prep.Prepared(), nil
}

// prepareRoot runs the hooks of the action that is called, and is what they
// make of the call: the caller's own wishes stay as they are.
func (p *plan) prepareRoot(f *Find, page Page) (*Find, Page, error) {
	if issue := checkPage(f.Action, page); issue != nil && f.Group == nil {
		return nil, page, invalid(*issue)
	}
	prepared, err := p.prepare(f.Action)
	if err != nil {
		return nil, page, err
	}
	if p.prepared = prepared; len(f.Action.Prepare) == 0 {
		return f, page, nil
	}
	if n := min(prepared.Limit, f.Action.MaxPage); n > 0 && f.Group == nil && page.Limit > 0 {
		if page.Limit = min(page.Limit, n); f.Page.Limit == 0 {
			page.Limit = n
		}
	}
	out := *f
	if prepared.Distinct != nil {
		out.Distinct = &datalayer.Distinct{On: prepared.Distinct, Sort: prepared.DistinctSort}
	}
	if f.Group != nil {
		return &out, page, nil
	}
	if prepared.With != nil {
		if out.Select == nil {
			out.Select = f.Action.Resource.Columns()
		}
		out.Select = slices.Clip(out.Select)
		for _, attr := range prepared.With {
			if !slices.Contains(out.Select, attr) {
				out.Select = append(out.Select, attr)
			}
		}
	}
	for _, path := range prepared.Loads {
		s := &out.Selection
		for _, step := range path.Steps {
			s.Load = slices.Clone(s.Load) // which may be shared with other calls
			s = &s.load(step).Selection
		}
	}
	return &out, page, nil
}

// defaultSort is the order of a read whose caller asks for none.
func defaultSort(action *resource.Action, prepared *resource.Prepared) []expr.Order {
	switch {
	case action == nil:
		return nil
	case prepared.Sort != nil:
		return prepared.Sort
	}
	return action.Sort
}
