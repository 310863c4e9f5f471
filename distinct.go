package conga

import (
	"context"
	"errors"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Distinct keeps, of the records with the same values of the fields, where
// NULL is a value like others, the first in the order of DistinctSort or,
// without it, in the order of the call. Sort, pages and counts are about what is left.
func Distinct(fields ...any) Option {
	return Option{func(o *options) error {
		for _, ptr := range fields {
			path, member, err := o.res.Find(ptr)
			if err != nil {
				return err
			}
			attr, ok := member.(*resource.Attribute)
			if !ok || !attr.Comparable() {
				return errors.New("records are told apart by attributes whose values the database can compare")
			}
			o.distinct().On = append(o.distinct().On, (&resource.Reach{Path: path, Attribute: attr}).Node())
		}
		return nil
	}}
}

// DistinctSort says which of the records with the same values Distinct keeps:
// the first in this order.
func DistinctSort(keys ...expr.Order) Option {
	return Option{func(o *options) (err error) {
		o.distinct().Sort, err = o.res.ResolveSort(keys)
		return err
	}}
}

func (o *options) distinct() *datalayer.Distinct {
	if o.selection.Distinct == nil {
		o.selection.Distinct = &datalayer.Distinct{}
	}
	return o.selection.Distinct
}

// ForUpdate locks the records that are read until the transaction ends: who
// else wants to change or lock them waits. It has a meaning within Transact and
// hooks alone, and Load cannot be combined with it. SQLite, where one transaction
// writes at a time, has nothing to lock.
func ForUpdate() Option {
	return Option{func(o *options) error {
		o.selection.Lock = true
		return nil
	}}
}

// lock has the query lock its records.
func (a *App) lock(ctx context.Context, f *Find, q *datalayer.Query) error {
	switch {
	case !f.Lock:
		return nil
	case a.open(ctx) == nil:
		return internal(errors.New("ForUpdate locks nothing outside a transaction: use Transact"))
	case len(q.Include) > 0 || q.Group != nil:
		return internal(errors.New("ForUpdate cannot be combined with Load and Group: only the records themselves are locked"))
	}
	q.Lock = true
	return nil
}

// distinct binds what tells records apart, and the order in which one is the first.
func (p *plan) distinct(r *resource.Resource, s *Selection, q *datalayer.Query) {
	if s.Distinct == nil || len(s.Distinct.On) == 0 {
		return
	}
	q.Distinct = &datalayer.Distinct{Sort: q.Sort}
	if s.Distinct.Sort != nil {
		q.Distinct.Sort = p.b.sort(r, s.Distinct.Sort)
	}
	for _, n := range s.Distinct.On {
		q.Distinct.On = append(q.Distinct.On, p.b.bind(r, n, shown))
	}
}
