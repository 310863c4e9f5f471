package conga

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Groups is one page of groups of records.
type Groups[R any] struct {
	// Items are the groups, in order.
	Items []R
	// Limit is the page size that was used.
	Limit int
	// More tells that groups follow.
	More bool
	// Count is the number of all groups when WithCount was given, else -1.
	Count int64
}

// Group runs a read action and answers with groups of its records instead of
// the records, in one statement. Policies and filters hold as in Read.
//
// row points at a struct of the caller's own for one group. As with Fields, pointers to its
// fields stand for the columns: options such as By and Counting say what they
// are, and Having and Sort speak of them. Where limits the records, Limit,
// Offset and WithCount are about groups. Without By, all records are one group.
//
//	var g struct {
//		State string
//		Count int
//	}
//	groups, err := conga.Group(ctx, tickets, "list", &g,
//		conga.By(&g.State, &f.State), conga.Counting(&g.Count), conga.Sort(expr.Desc(&g.Count)))
func Group[R, P any](ctx context.Context, h HandleOf[P], action string, row *R, options ...Option) (*Groups[R], error) {
	f, g, err := h.of.grouping(action, row, options)
	if err != nil {
		return nil, err
	}
	found, err := h.of.app.Find(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &Groups[R]{Items: make([]R, found.Len()), Limit: found.Limit, More: found.HasNext, Count: found.Count}
	for i := range out.Items {
		if err := g.scan(found, i, &out.Items[i]); err != nil {
			return nil, internal(err)
		}
	}
	return out, nil
}

// ExplainGroup tells what Group would do with the same options, see App.Explain.
func ExplainGroup[R, P any](ctx context.Context, h HandleOf[P], action string, row *R, options ...Option) (*Explanation, error) {
	f, _, err := h.of.grouping(action, row, options)
	if err != nil {
		return nil, err
	}
	return h.of.app.Explain(ctx, f)
}

func (h handle) grouping(name string, row any, list []Option) (*Find, *grouping, error) {
	action, err := h.action(name, resource.Read)
	if err != nil {
		return nil, nil, err
	}
	if structs.IsNil(row) {
		return nil, nil, internal(fmt.Errorf("group %s: the row is nil", h.res.Name))
	}
	shape := structs.OfValue(row)
	if len(shape.Faults) > 0 {
		return nil, nil, internal(fmt.Errorf("group %s: %s %s", h.res.Name, shape.Faults[0].Field, shape.Faults[0].Message))
	}
	g := &grouping{res: h.res, row: row, shape: shape}
	o := &options{res: h.res, action: action, group: g}
	for _, opt := range list {
		if err := opt.apply(o); err != nil {
			return nil, nil, internal(fmt.Errorf("group %s: %w", h.res.Name, err))
		}
	}
	if err := g.finish(o); err != nil {
		return nil, nil, internal(fmt.Errorf("group %s: %w", h.res.Name, err))
	}
	return &Find{Action: action, Arguments: o.arguments(), Selection: o.selection, Page: o.page, Group: &g.group}, g, nil
}

// grouping is what the options of a Group add up to.
type grouping struct {
	res    *resource.Resource
	row    any
	shape  *structs.Struct
	group  datalayer.Group
	keys   []*structs.Field // of the row, by column
	values []*structs.Field
	sort   []expr.Order
	having []expr.Node
}

// field is the field of the row that ptr points at.
func (g *grouping) field(ptr any) *structs.Field {
	for _, f := range g.shape.Fields {
		if f.Ptr(g.row) == ptr {
			return f
		}
	}
	return nil
}

// column is the attribute for a field of the row that has no column yet.
func (g *grouping) column(ptr any) (*structs.Field, *resource.Attribute, error) {
	f := g.field(ptr)
	switch {
	case f == nil:
		return nil, nil, fmt.Errorf("the pointer %T is no field of the row", ptr)
	case slices.Contains(g.keys, f), slices.Contains(g.values, f):
		return nil, nil, fmt.Errorf("the field %s of the row has two values", f.Name)
	}
	return f, &resource.Attribute{Name: f.Name, JSON: f.Name, Type: f.Type}, nil
}

// finish resolves what speaks of the columns.
func (g *grouping) finish(o *options) (err error) {
	switch {
	case len(o.issues) > 0:
		return errors.New("a read takes no inputs: Set has no place here")
	case len(g.keys)+len(g.values) == 0:
		return errors.New("there is nothing to group by and nothing to compute")
	case o.selection.Distinct != nil && o.selection.Distinct.Sort == nil:
		return errors.New("Distinct within Group needs a DistinctSort: the order of groups is none of records")
	case o.selection.Load != nil || o.selection.Select != nil:
		return errors.New("groups have no records to select from or to load for")
	}
	for _, key := range g.sort {
		if key.Node, err = g.resolve(key.Node); err != nil {
			return err
		}
		if _, constant := key.Node.(expr.Literal); constant {
			return errors.New("a sort key is no column: point at a field of the row")
		}
		o.selection.Sort = append(o.selection.Sort, key)
	}
	for _, n := range g.having {
		if n, err = g.resolve(n); err != nil {
			return err
		}
		g.group.Having = expr.And(g.group.Having, n)
	}
	return nil
}

// resolve makes pointers into the row fields, and others the values they point at.
func (g *grouping) resolve(n expr.Node) (expr.Node, error) {
	return expr.Map(n, func(n expr.Node) (expr.Node, error) {
		switch x := n.(type) {
		case expr.Ref:
			f := g.field(x.Ptr)
			switch {
			case f == nil:
				return expr.Literal{Value: structs.CanonicalAt(x.Ptr, x.Deref())}, nil
			case !slices.Contains(g.keys, f) && !slices.Contains(g.values, f):
				return nil, fmt.Errorf("the field %s of the row has no value: give it one by By, Counting or others", f.Name)
			}
			return expr.Field{Name: f.Name}, nil
		case expr.Literal:
			return expr.Literal{Value: structs.Canonical(x.Value)}, nil
		case expr.List:
			out := expr.List{Values: make([]any, len(x.Values))}
			for i, v := range x.Values {
				out.Values[i] = structs.Canonical(v)
			}
			return out, nil
		case *expr.Related:
			return nil, errors.New("groups have no related records: use Where, or group by a calculated field")
		}
		return n, nil
	})
}

// scan stores the values of a group in a row.
func (g *grouping) scan(found *Found, i int, row any) error {
	for col, f := range slices.Concat(g.keys, g.values) {
		v, err := found.Value(i, col)
		if err != nil {
			return err
		}
		if v == nil {
			continue // the row is new, so it is zero
		}
		if err := f.Set(row, v); err != nil {
			return err
		}
	}
	return nil
}

// groupOption is an Option that only Group takes.
func groupOption(name string, f func(g *grouping) error) Option {
	return Option{func(o *options) error {
		if o.group == nil {
			return fmt.Errorf("%s is an option of Group alone", name)
		}
		return f(o.group)
	}}
}

// By groups the records by a field, which may belong to what to-one
// relationships lead to, and stores its value in the row. Where it is NULL
// and the row cannot hold that, the row has the zero value: see ByValue.
func By[V any](into, field *V) Option { return ByValue(into, expr.F(field)) }

// ByTime groups the records by the hour, day, week, month, quarter or year in
// which the time lies, in UTC; the row gets the moment at which it begins. Dates
// are grouped by the day and longer units; the row gets the first day.
func ByTime[V expr.Calendar](into *V, unit expr.Unit, field *V) Option {
	return ByValue(into, expr.StartOf(unit, expr.F(field)))
}

// ByValue groups the records by a value: a time in another zone, or a field
// whose row can hold NULL:
//
//	conga.ByValue(&g.Day, expr.StartOfIn(expr.Day, expr.F(&f.OpenedAt), "Europe/Berlin"))
//	conga.ByValue(&g.Agent, expr.Nullable(expr.F(&f.Agent.Name)))
func ByValue[V any](into *V, v expr.Value[V]) Option {
	return groupOption("By", func(g *grouping) error {
		n, err := g.res.Resolve(v.Node())
		if err != nil {
			return err
		}
		f, attr, err := g.column(into)
		if err != nil {
			return err
		}
		if !attr.Comparable() {
			return fmt.Errorf("records cannot be grouped by %s: it is a document, a list or bytes", f.Name)
		}
		attr.Expr = n
		g.group.Keys = append(g.group.Keys, attr)
		g.keys = append(g.keys, f)
		return nil
	})
}

// Column is a field of a row, that is V or can also hold NULL.
type Column[V any] interface{ *V | **V }

// Counting stores the number of records of the group for which all of where hold.
func Counting(into *int, where ...expr.Bool) Option {
	return aggregating(into, expr.AggregateCount, nil, false, where)
}

// CountingDistinct stores the number of different values of the field, NULL apart.
func CountingDistinct[V any](into *int, field *V, where ...expr.Bool) Option {
	return aggregating(into, expr.AggregateCount, expr.F(field).Node(), true, where)
}

// Summing stores the sum of the field over the records of the group for which
// all of where hold. Over none, or NULLs alone, it is NULL: zero where the row cannot hold that.
func Summing[V any, C Column[V]](into C, field *V, where ...expr.Bool) Option {
	return aggregating(into, expr.AggregateSum, expr.F(field).Node(), false, where)
}

// Averaging stores the mean of the field: that of durations is one, others
// are floats. Over no value it is NULL, as with Summing.
func Averaging[V any, C Column[float64] | Column[time.Duration]](into C, field *V, where ...expr.Bool) Option {
	return aggregating(into, expr.AggregateAvg, expr.F(field).Node(), false, where)
}

// Lowest stores the smallest value of the field, or the earliest. Over no
// value it is NULL, as with Summing.
func Lowest[V any, C Column[V]](into C, field *V, where ...expr.Bool) Option {
	return aggregating(into, expr.AggregateMin, expr.F(field).Node(), false, where)
}

// Highest stores the largest value of the field, or the latest. Over no value
// it is NULL, as with Summing.
func Highest[V any, C Column[V]](into C, field *V, where ...expr.Bool) Option {
	return aggregating(into, expr.AggregateMax, expr.F(field).Node(), false, where)
}

func aggregating(into any, kind expr.AggregateKind, of expr.Node, distinct bool, where []expr.Bool) Option {
	return groupOption("an aggregate", func(g *grouping) (err error) {
		a := datalayer.Aggregate{Kind: kind, Distinct: distinct}
		if of != nil {
			if a.Of, err = g.res.Resolve(of); err != nil {
				return err
			}
		}
		if len(where) > 0 {
			if a.Where, err = g.res.Resolve(expr.All(where...).Node()); err != nil {
				return err
			}
		}
		f, attr, err := g.column(into)
		if err != nil {
			return err
		}
		if err := fits(g.res, kind, a.Of, attr); err != nil {
			return err
		}
		a.Attribute = attr
		g.group.Aggregates = append(g.group.Aggregates, a)
		g.values = append(g.values, f)
		return nil
	})
}

// fits refuses aggregates that there are none of.
func fits(r *resource.Resource, kind expr.AggregateKind, of expr.Node, into *resource.Attribute) error {
	f, ok := of.(expr.Field)
	if !ok {
		if of == nil {
			return nil
		}
		return errors.New("the pointer to aggregate is no field: was the probe copied?")
	}
	attr := follow(r, f.Path).Attribute(f.Name)
	if !slices.Contains(attr.Aggregable(), kind) {
		return fmt.Errorf("there is no %s of %s", kind, attr.Name)
	}
	if lasts := attr.Type.Kind == structs.Duration; kind == expr.AggregateAvg && lasts != (into.Type.Kind == structs.Duration) {
		return fmt.Errorf("the mean of %s does not fit into %s", attr.Name, into.Type.Name)
	}
	return nil
}

// Having keeps the groups for which the condition, on fields of the row, holds.
func Having(condition expr.Bool) Option {
	return groupOption("Having", func(g *grouping) error {
		g.having = append(g.having, condition.Node())
		return nil
	})
}

// find is the query for a Find, without the policies of its action.
func (p *plan) find(r *resource.Resource, f *Find, page Page) (*datalayer.Query, *Found, error) {
	if f.Group == nil {
		return p.query(r, f.Action, &f.Selection, page, nil)
	}
	if page.After != "" || page.Before != "" || page.Last {
		return nil, nil, invalid(resource.Issue{Path: []string{"page"}, Code: "conflict", Message: "groups have no cursors: use the offset"})
	}
	page.Bare = true
	q, found, err := p.query(r, f.Action, &Selection{Where: f.Where, Untrusted: f.Untrusted, Select: []*resource.Attribute{}}, page, nil)
	if err != nil {
		return nil, nil, err
	}
	q.Group = p.b.group(r, f.Group, f.Untrusted)
	q.Select, q.Sort, q.More = q.Group.Columns(), f.Sort, page.Limit > 0
	return q, found, nil
}

// group binds the expressions of a Group. It is the one place in which values
// of records become part of groups: what the actor may not see of a record
// counts as NULL, for Go callers too.
func (b *binder) group(r *resource.Resource, g *datalayer.Group, untrusted bool) *datalayer.Group {
	value := func(n expr.Node) expr.Node { return b.bind(r, n, shown) }
	condition := func(n expr.Node) expr.Node { return b.bind(r, n, visible) }
	if untrusted {
		value = func(n expr.Node) expr.Node { return b.untrustedValue(r, n) }
		condition = func(n expr.Node) expr.Node { return b.untrusted(r, n) }
	}
	out := &datalayer.Group{Keys: make([]*resource.Attribute, len(g.Keys)), Aggregates: slices.Clone(g.Aggregates)}
	for i, key := range g.Keys {
		bound := *key
		bound.Expr = value(key.Expr)
		out.Keys[i] = &bound
	}
	for i := range out.Aggregates {
		a := &out.Aggregates[i]
		if a.Of != nil {
			a.Of = value(a.Of)
		}
		if a.Where != nil {
			a.Where = condition(a.Where)
		}
	}
	// It speaks of columns and not of records, so there is nothing else in it to bind.
	out.Having, _ = expr.Map(g.Having, func(n expr.Node) (expr.Node, error) {
		if c, ok := n.(expr.Call); ok && c.Op == expr.OpNow {
			return expr.Literal{Value: b.now}, nil
		}
		return n, nil
	})
	return out
}
