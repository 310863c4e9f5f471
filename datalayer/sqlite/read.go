package sqlite

import (
	"context"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
)

// reading is one Read on its way: a statement for the records and what is
// joined to them, then one for each to-many relationship, level by level.
type reading struct{ c *call }

func (r *reading) root(ctx context.Context, q *datalayer.Query) (*datalayer.Result, error) {
	if sqltext.FindsNothing(q) {
		return empty(q), nil
	}
	sel, err := sqltext.SQLite().Read(q)
	if err != nil {
		return nil, err
	}
	set, err := r.c.rows(ctx, sel.Statement)
	if err != nil {
		return nil, err
	}
	rows, more := cut(0, set.n, sel)
	res, err := r.level(ctx, set, &sel.Root, rows, nil)
	if err != nil {
		return nil, err
	}
	res.More = more
	if q.Count {
		st, err := sqltext.SQLite().Count(q)
		if err != nil {
			return nil, err
		}
		if res.Count, err = r.c.count(ctx, st); err != nil {
			return nil, err
		}
	}
	return res, nil
}

// cut chooses which of the statement's rows [from, to), those of one parent,
// are kept, and in which order.
func cut(from, to int, sel *sqltext.Select) (rows []int32, more bool) {
	if sel.Limit > 0 && to-from > sel.Limit {
		to, more = from+sel.Limit, true
	}
	rows = make([]int32, 0, to-from)
	for i := from; i < to; i++ {
		rows = append(rows, int32(i)) //nolint:gosec // a result does not have two thousand million rows
	}
	if sel.Reversed {
		slices.Reverse(rows)
	}
	return rows, more
}

// level is the result for one resource of a statement. present tells which of
// the rows have a record; nil means all.
func (r *reading) level(ctx context.Context, set *rowset, l *sqltext.Level, rows []int32, present func(int) bool) (*datalayer.Result, error) {
	res := &datalayer.Result{Rows: newView(set, l, rows), Columns: l.Query.Select, Count: -1}
	for i := range l.Branches {
		rel, err := r.branch(ctx, set, &l.Branches[i], rows, present)
		if err != nil {
			return nil, err
		}
		res.Related = append(res.Related, rel)
	}
	return res, nil
}

func (r *reading) branch(ctx context.Context, set *rowset, b *sqltext.Branch, rows []int32, present func(int) bool) (*datalayer.Related, error) {
	if b.Joined == nil {
		return r.many(ctx, set, b, rows, present)
	}
	there := func(row int) bool {
		return (present == nil || present(row)) && set.at(int(rows[row]), b.Joined.Primary) != nil
	}
	res, err := r.level(ctx, set, b.Joined, rows, there)
	return &datalayer.Related{Result: res, Present: there}, err
}

// many reads the records of a to-many relationship for all parents at once.
func (r *reading) many(ctx context.Context, set *rowset, b *sqltext.Branch, rows []int32, present func(int) bool) (*datalayer.Related, error) {
	q := b.Include.Query
	out := &datalayer.Related{From: make([]int32, len(rows)), To: make([]int32, len(rows))}
	keys, err := keysOf(set, b, rows, present)
	if err != nil || len(keys.Values) == 0 || sqltext.Never(q.Where) {
		out.Result = empty(q)
		fill(out, q, len(rows))
		return out, err
	}
	sel, err := sqltext.SQLite().Related(b.Include, keys)
	if err != nil {
		return nil, err
	}
	children, err := r.c.rows(ctx, sel.Statement)
	if err != nil {
		return nil, err
	}
	kept, spans := group(children, sel)
	if out.Result, err = r.level(ctx, children, &sel.Root, kept, nil); err != nil {
		return nil, err
	}
	fill(out, q, len(rows))
	for i, row := range rows {
		span, ok := spans[set.at(int(row), b.Key)]
		if sel.Key < 0 {
			span, ok = spans[nil], true
		}
		if !ok || present != nil && !present(i) || set.at(int(row), b.Key) == nil {
			continue
		}
		out.From[i], out.To[i] = span.from, span.to
		if out.More != nil {
			out.More[i] = span.more
		}
	}
	if q.Count {
		return out, r.counts(ctx, out, set, b, rows, keys)
	}
	return out, nil
}

// fill makes room for what is told of each parent.
func fill(out *datalayer.Related, q *datalayer.Query, parents int) {
	if q.More {
		out.More = make([]bool, parents)
	}
	if q.Count {
		out.Counts = make([]int64, parents)
	}
}

// keys are the distinct keys of the parents.
func keysOf(set *rowset, b *sqltext.Branch, rows []int32, present func(int) bool) (sqltext.Array, error) {
	source := b.Include.Relationship.Key()
	out := sqltext.Array{Kind: source.Type.Kind}
	seen := map[any]bool{}
	for i, row := range rows {
		v := set.at(int(row), b.Key)
		if v == nil || seen[v] || present != nil && !present(i) {
			continue
		}
		seen[v] = true
		key, err := canonicalValue(source, v)
		if err != nil {
			return out, err
		}
		out.Values = append(out.Values, key)
	}
	return out, nil
}

// span is the range of one parent's rows among those kept.
type span struct {
	from, to int32
	more     bool
}

// group keeps the rows that each parent may have. Without a key column all
// rows belong to one parent, whose key is nil.
func group(set *rowset, sel *sqltext.Select) (kept []int32, spans map[any]span) {
	kept, spans = make([]int32, 0, set.n), map[any]span{}
	key := func(row int) any {
		if sel.Key < 0 {
			return nil
		}
		return set.at(row, sel.Key)
	}
	for from := 0; from < set.n; {
		to := from + 1
		for to < set.n && key(to) == key(from) {
			to++
		}
		rows, more := cut(from, to, sel)
		at := int32(len(kept)) //nolint:gosec // as in cut
		kept = append(kept, rows...)
		spans[key(from)] = span{at, int32(len(kept)), more} //nolint:gosec // as in cut
		from = to
	}
	return kept, spans
}

// counts counts the related records of each parent.
func (r *reading) counts(ctx context.Context, out *datalayer.Related, set *rowset, b *sqltext.Branch, rows []int32, keys sqltext.Array) error {
	st, err := sqltext.SQLite().RelatedCount(b.Include, keys)
	if err != nil {
		return err
	}
	counted, err := r.c.rows(ctx, st)
	if err != nil {
		return err
	}
	numbers := make(map[any]int64, counted.n)
	for i := range counted.n {
		numbers[counted.at(i, 0)], _ = counted.at(i, 1).(int64)
	}
	for i, row := range rows {
		out.Counts[i] = numbers[set.at(int(row), b.Key)]
	}
	return nil
}

// empty is the result of a query that no record matches.
func empty(q *datalayer.Query) *datalayer.Result {
	res := &datalayer.Result{Rows: &view{set: &rowset{}, columns: q.Select}, Columns: q.Select, Count: -1}
	if q.Count {
		res.Count = 0
	}
	for i := range q.Include {
		rel := &datalayer.Related{Result: empty(q.Include[i].Query), From: []int32{}, To: []int32{}}
		fill(rel, q.Include[i].Query, 0)
		res.Related = append(res.Related, rel)
	}
	return res
}
