package conga

import (
	"errors"
	"fmt"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Base begins a combined read: what the call finds are the records that its
// parts add up to, from left to right, each part with its own Where, Sort, Limit
// and Offset:
//
//	tickets.Read(ctx, "list",
//		conga.Base(conga.Where(urgent), conga.Limit(5)),
//		conga.Union(conga.Where(mine)),
//		conga.Except(conga.Where(solved)),
//		conga.Sort(expr.Desc(&f.OpenedAt)), conga.Limit(20), conga.WithCount())
//
// The policies and the filter of the action hold in each part. All other options
// of the call are about the whole: filter, order, page, count, what is loaded,
// groups. It is one statement. A part without Sort has the order of the action.
func Base(options ...Option) Option { return part("", options) }

// Union adds the records of a part that are not there yet, see Base.
func Union(options ...Option) Option { return part(datalayer.Union, options) }

// UnionAll adds the records of a part, see Base. One that is there already is
// there once more, and counted once more; such a result has no cursors.
func UnionAll(options ...Option) Option { return part(datalayer.UnionAll, options) }

// Intersect keeps the records that a part has too, each once, see Base.
func Intersect(options ...Option) Option { return part(datalayer.Intersect, options) }

// Except drops the records that a part has, see Base.
func Except(options ...Option) Option { return part(datalayer.Except, options) }

func part(how datalayer.Combination, list []Option) Option {
	return Option{func(o *options) error {
		if first := len(o.selection.Combine) == 0; first != (how == "") {
			return errors.New("a combined read begins with one Base")
		}
		p, err := collect(o.res, nil, list)
		if err != nil {
			return err
		}
		if issue := checkPage(nil, p.page); issue != nil {
			return fmt.Errorf("a part of a combined read: %s %s", issue.Path[1], issue.Message)
		}
		if !p.plain() {
			return errors.New("a part of a combined read has a Where, a Sort, a Limit and an Offset, and no other options")
		}
		o.selection.Combine = append(o.selection.Combine, datalayer.Part{How: how, Where: p.selection.Where, Sort: p.selection.Sort,
			Limit: p.page.Limit, Offset: p.page.Offset})
		return nil
	}}
}

// plain reports whether the options only choose, order and cut records.
func (o *options) plain() bool {
	s, p := &o.selection, &o.page
	return len(o.inputs)+len(o.nested)+len(o.issues)+len(s.Load)+len(s.Select)+len(s.Combine) == 0 && s.Distinct == nil &&
		!s.FailUnseen && !s.Lock && !o.unchanged && p.After == "" && p.Before == "" && !p.Last && !p.Count && !p.Peek && !p.Bare
}

// combine binds the parts of a combined read. Each is limited by what the
// action says and by allow, its policies, so that its order and its cuts are
// among what the actor may see.
func (p *plan) combine(f *Find, q *datalayer.Query, allow expr.Node) error {
	if f.FailUnseen && len(f.Combine) > 0 {
		return internal(errors.New("a combined read cannot tell what it leaves out: FailUnseen has no place in it"))
	}
	r, limit := f.Action.Resource, expr.And(p.own, allow)
	for i := range f.Combine {
		part := f.Combine[i]
		if f.Untrusted {
			part.Where, part.Sort = p.b.untrusted(r, part.Where), p.partSort(f.Action, part.Sort, p.b.untrustedSort)
		} else {
			part.Where, part.Sort = p.b.bind(r, part.Where, visible), p.partSort(f.Action, part.Sort, p.b.sort)
		}
		if part.Where = expr.And(part.Where, limit); part.Where != nil {
			part.Where = expr.Simplify(part.Where)
		}
		q.Combine = append(q.Combine, part)
	}
	return nil
}

func (p *plan) partSort(action *resource.Action, sort []expr.Order, bind func(*resource.Resource, []expr.Order) []expr.Order) []expr.Order {
	if sort == nil {
		return p.b.sort(action.Resource, defaultSort(action, p.prepared))
	}
	return bind(action.Resource, sort)
}
