package conga

import (
	"context"
	"slices"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Count is the number of records that a read action finds. Of the options, Where and Args count.
func (h HandleOf[P]) Count(ctx context.Context, action string, options ...Option) (int, error) {
	if a, _ := h.of.action(action, resource.Read); a != nil && a.ManualRead != nil {
		found, err := h.of.find(ctx, action, nil, append(slices.Clip(options), Select(), Limit(1), WithCount()))
		if err != nil {
			return 0, err
		}
		return int(found.Count), nil
	}
	var total struct{ N int }
	err := condensed(ctx, h, action, &total, Counting(&total.N), options)
	return total.N, err
}

// Exists reports whether a read action finds a record. Of the options, Where
// and Args count.
func (h HandleOf[P]) Exists(ctx context.Context, action string, options ...Option) (bool, error) {
	return h.of.exists(ctx, action, options)
}

func (h handle) exists(ctx context.Context, action string, options []Option) (bool, error) {
	f, err := h.finding(action, options)
	if err != nil {
		return false, err
	}
	f.Load, f.Select, f.Sort = nil, []*resource.Attribute{h.res.Primary}, []expr.Order{}
	f.Page = Page{Limit: 1, Bare: true}
	found, err := h.app.Find(ctx, f)
	if err != nil {
		return false, err
	}
	return found.Len() > 0, nil
}

// Sum is the sum of a field over the records that a read action finds; over
// none, or NULLs alone, it is zero. Of the options, Where and Args count.
func Sum[P, V any](ctx context.Context, h HandleOf[P], action string, field *V, options ...Option) (V, error) {
	var total struct{ V V }
	err := condensed(ctx, h, action, &total, Summing(&total.V, field), options)
	return total.V, err
}

// Avg is the mean of a field that holds numbers over the records that a read
// action finds; found is false where there is no value. Of the options, Where and Args count.
func Avg[P, V any](ctx context.Context, h HandleOf[P], action string, field *V, options ...Option) (mean float64, found bool, err error) {
	var total struct {
		V float64
		N int
	}
	err = condensed(ctx, h, action, &total, Averaging(&total.V, field), append(options, countingValues(&total.N, field)))
	return total.V, total.N > 0, err
}

// Min is the smallest value of a field, or the earliest, of the records that a
// read action finds; found is false where there is no value. Of the options, Where and Args count.
func Min[P, V any](ctx context.Context, h HandleOf[P], action string, field *V, options ...Option) (value V, found bool, err error) {
	var total struct {
		V V
		N int
	}
	err = condensed(ctx, h, action, &total, Lowest(&total.V, field), append(options, countingValues(&total.N, field)))
	return total.V, total.N > 0, err
}

// Max is the largest value of a field, or the latest, of the records that a
// read action finds; found is false where there is no value. Of the options, Where and Args count.
func Max[P, V any](ctx context.Context, h HandleOf[P], action string, field *V, options ...Option) (value V, found bool, err error) {
	var total struct {
		V V
		N int
	}
	err = condensed(ctx, h, action, &total, Highest(&total.V, field), append(options, countingValues(&total.N, field)))
	return total.V, total.N > 0, err
}

// countingValues stores the number of records in which the field is not NULL.
func countingValues[V any](into *int, field *V) Option {
	return aggregating(into, expr.AggregateCount, expr.F(field).Node(), false, nil)
}

// condensed asks for aggregates over all records.
func condensed[P, R any](ctx context.Context, h HandleOf[P], action string, row *R, aggregate Option, options []Option) error {
	groups, err := Group(ctx, h, action, row, append([]Option{aggregate}, options...)...)
	if err == nil && len(groups.Items) > 0 {
		*row = groups.Items[0]
	}
	return err
}
