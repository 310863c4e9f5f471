package datalayertest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// world is what a database should hold, as records in memory, and answers
// queries from them.
type world struct {
	g       *resource.Registry
	records map[*resource.Resource][]any
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{g: compile(t), records: map[*resource.Resource][]any{}}
}

func (w *world) of(name string) *resource.Resource { return w.g.Lookup(name) }

// add puts records, pointers to structs, into the world.
func (w *world) add(records ...any) {
	for _, rec := range records {
		r := w.resourceOf(rec)
		w.records[r] = append(w.records[r], rec)
	}
}

// insert stores records with all their columns.
func insert(ctx context.Context, s datalayer.Session, r *resource.Resource, records []any) error {
	if len(records) == 0 {
		return nil
	}
	w := &datalayer.Insert{Resource: r, Columns: r.Columns()}
	for _, rec := range records {
		w.Rows = append(w.Rows, row(w.Columns, rec))
	}
	_, err := s.Insert(ctx, w)
	return err
}

func row(columns []*resource.Attribute, rec any) []any {
	out := make([]any, len(columns))
	for i, a := range columns {
		out[i] = a.Get(rec)
	}
	return out
}

// place is a record and those around it, for expr.Eval; the record itself is the last.
type place struct {
	w      *world
	around []located
}

type located struct {
	r   *resource.Resource
	rec any // nil where a relationship leads to nothing
}

func (w *world) at(r *resource.Resource, rec any) place { return place{w, []located{{r, rec}}} }

// follow goes along to-one relationships.
func (p place) follow(up int, path []string) located {
	at := p.around[len(p.around)-1-up]
	for _, name := range path {
		rel := at.r.Relationship(name)
		found := located{r: rel.Target}
		if at.rec != nil {
			if recs := p.w.related(rel, at.rec); len(recs) > 0 {
				found.rec = recs[0]
			}
		}
		at = found
	}
	return at
}

// Field is the value of a field, NULL where its path leads to nothing.
func (p place) Field(f expr.Field) (any, error) {
	at := p.follow(f.Up, f.Path)
	if at.rec == nil {
		return nil, nil
	}
	return p.w.value(at.r, at.rec, at.r.Attribute(f.Name))
}

// value is that of an attribute of rec, stored or calculated.
func (w *world) value(r *resource.Resource, rec any, a *resource.Attribute) (any, error) {
	if a.Expr != nil {
		return expr.Eval(a.Expr, w.at(r, rec))
	}
	return a.Get(rec), nil
}

func equal(a, b any) bool { return a != nil && b != nil && compare(a, b) == 0 }

// compare orders values that are known to be of one kind.
func compare(a, b any) int {
	o, _ := expr.Compare(a, b)
	return o
}

// Aggregate condenses the related records.
func (p place) Aggregate(a *expr.Aggregate) (any, error) {
	last := len(a.Path) - 1
	at := p.follow(a.Up, a.Path[:last])
	rel := at.r.Relationship(a.Path[last])
	var places []place
	if at.rec != nil {
		for _, rec := range p.w.related(rel, at.rec) {
			inner := place{p.w, append(slices.Clip(p.around), located{rel.Target, rec})}
			ok, err := expr.Holds(a.Where, inner)
			if err != nil {
				return nil, err
			}
			if ok {
				places = append(places, inner)
			}
		}
	}
	switch a.Kind {
	case expr.AggregateCount, expr.AggregateList:
		if a.Of != nil {
			return listed(a, places, rel.Target)
		}
		return int64(len(places)), nil
	case expr.AggregateExists:
		return len(places) > 0, nil
	}
	return condense(a, places, rel.Target)
}

// listed counts or lists values that are not NULL.
func listed(a *expr.Aggregate, places []place, target *resource.Resource) (any, error) {
	if err := sortBy(places, withPrimary(target, a.Sort), func(p place) place { return p }); err != nil {
		return nil, err
	}
	values := []any{}
	for _, p := range places {
		v, err := expr.Eval(a.Of, p)
		if err != nil {
			return nil, err
		}
		if v != nil && !(a.Distinct && slices.ContainsFunc(values, func(x any) bool { return equal(x, v) })) {
			values = append(values, v)
		}
	}
	if a.Kind == expr.AggregateCount {
		return int64(len(values)), nil
	}
	if a.Distinct {
		slices.SortFunc(values, compare)
	}
	return values, nil
}

func condense(a *expr.Aggregate, places []place, target *resource.Resource) (any, error) {
	if a.Kind == expr.AggregateFirst {
		if err := sortBy(places, withPrimary(target, a.Sort), func(p place) place { return p }); err != nil || len(places) == 0 {
			return nil, err
		}
		return expr.Eval(a.Of, places[0])
	}
	var out any
	n := 0
	for _, p := range places {
		v, err := expr.Eval(a.Of, p)
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		n++
		if out == nil {
			out = v
			continue
		}
		switch a.Kind {
		case expr.AggregateMin, expr.AggregateMax:
			if o := compare(v, out); a.Kind == expr.AggregateMin && o < 0 || a.Kind == expr.AggregateMax && o > 0 {
				out = v
			}
		default:
			if out, err = expr.Eval(call(expr.OpAdd, lit(out), lit(v)), nil); err != nil {
				return nil, err
			}
		}
	}
	if a.Kind == expr.AggregateAvg && out != nil {
		if sum, ok := out.(int64); ok {
			return float64(sum) / float64(n), nil
		}
		return out.(float64) / float64(n), nil
	}
	return out, nil
}

func call(op expr.Op, args ...expr.Node) expr.Node { return expr.Call{Op: op, Args: args} }
func lit(v any) expr.Node                          { return expr.Literal{Value: v} }
func field(name string) expr.Field                 { return expr.Field{Name: name} }

// withPrimary adds the primary key as the last key where it is missing.
func withPrimary(r *resource.Resource, sort []expr.Order) []expr.Order {
	for _, o := range sort {
		if f, ok := o.Node.(expr.Field); ok && f.Up == 0 && len(f.Path) == 0 && f.Name == r.Primary.Name {
			return sort
		}
	}
	return append(slices.Clone(sort), expr.Order{Node: field(r.Primary.Name)})
}

// sortBy sorts items, of which at gives the place.
func sortBy[T any](items []T, sort []expr.Order, at func(T) place) error {
	keys := make([][]any, len(items))
	order := make([]int, len(items))
	for i, item := range items {
		k, err := keysOf(at(item), sort)
		if err != nil {
			return err
		}
		keys[i], order[i] = k, i
	}
	slices.SortStableFunc(order, func(a, b int) int { return compareKeys(keys[a], keys[b], sort) })
	old := slices.Clone(items)
	for i, from := range order {
		items[i] = old[from]
	}
	return nil
}

func keysOf(p place, sort []expr.Order) ([]any, error) {
	out := make([]any, len(sort))
	for i, o := range sort {
		v, err := expr.Eval(o.Node, p)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func compareKeys(a, b []any, sort []expr.Order) int {
	for i, o := range sort {
		if c := compareKey(a[i], b[i], o); c != 0 {
			return c
		}
	}
	return 0
}

func compareKey(a, b any, o expr.Order) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil || b == nil:
		if (a == nil) == o.NullsFirst {
			return -1
		}
		return 1
	case o.Descending:
		return compare(b, a)
	}
	return compare(a, b)
}

// answer is what a query should find among some records.
type answer struct {
	q       *datalayer.Query
	records []any
	more    bool
	count   int64
}

func (w *world) read(q *datalayer.Query, among []any) (*answer, error) {
	return w.readAt(q, among, func(rec any) place { return w.at(q.Resource, rec) })
}

// readAt is read of records around which there are others.
func (w *world) readAt(q *datalayer.Query, among []any, at func(any) place) (*answer, error) {
	out := &answer{q: q}
	among, err := w.combined(q, among, at)
	if err != nil {
		return nil, err
	}
	for _, rec := range among {
		ok, err := expr.Holds(q.Where, at(rec))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", expr.String(q.Where), err)
		}
		if ok {
			out.records = append(out.records, rec)
		}
	}
	if err := w.keepFirst(q, out); err != nil {
		return nil, err
	}
	out.count = int64(len(out.records))
	sort := withPrimary(q.Resource, q.Sort)
	if err := sortBy(out.records, sort, at); err != nil {
		return nil, err
	}
	if err := out.seek(sort, at); err != nil {
		return nil, err
	}
	out.cut()
	return out, nil
}

// seek keeps the records on one side of the place.
func (a *answer) seek(sort []expr.Order, at func(any) place) error {
	s := a.q.Seek
	if s == nil || len(s.Values) == 0 {
		return nil
	}
	var err error
	a.records = slices.DeleteFunc(a.records, func(rec any) bool {
		keys, e := keysOf(at(rec), sort)
		err = cmp.Or(err, e)
		c := compareKeys(keys, s.Values, sort)
		return s.Before && c >= 0 || !s.Before && c <= 0
	})
	return err
}

func (a *answer) cut() {
	n := len(a.records)
	if a.q.Seek != nil && a.q.Seek.Before {
		if a.q.Limit > 0 && n > a.q.Limit {
			a.records, a.more = a.records[n-a.q.Limit:], true
		}
		return
	}
	a.records = a.records[min(a.q.Offset, n):]
	if a.q.Limit > 0 && len(a.records) > a.q.Limit {
		a.records, a.more = a.records[:a.q.Limit], true
	}
}
