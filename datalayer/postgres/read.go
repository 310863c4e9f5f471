package postgres

import (
	"context"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// reader answers one query, flight by flight.
type reader struct {
	layer *Layer
	send  sendFunc
	// next are the branches whose parents are known and whose records are not.
	next []*branch
}

// branch is a to-many relationship on its way: the records related to all
// rows of a table.
type branch struct {
	include *datalayer.Include
	related *datalayer.Related
	// parents are the rows that have the keys in the column key. They are not
	// there yet when the only key is known without them.
	parents *table
	key     int
	keys    sqltext.Array
	// What was asked for them.
	selection *sqltext.Select
	table     *table
	counts    *table
}

func (r *reader) read(ctx context.Context, q *datalayer.Query) (*datalayer.Result, error) {
	if sqltext.FindsNothing(q) {
		return nothing(q), nil
	}
	f := &flight{resource: q.Resource}
	root, err := r.layer.sql.Read(q)
	if err != nil {
		return nil, err
	}
	t := newTable(root)
	f.add(root.Statement, t)
	count, err := r.askCount(f, q)
	if err != nil {
		return nil, err
	}
	early, err := r.askEarly(f, root)
	if err != nil {
		return nil, err
	}
	if err := r.send(ctx, f); err != nil {
		return nil, err
	}
	out := r.assemble(&root.Root, t, early)
	out.More = q.More && t.single.more
	if count != nil {
		if out.Count, err = countOf(count, 0, 0); err != nil {
			return nil, err
		}
	}
	for _, b := range early {
		if err := r.settle(b); err != nil {
			return nil, err
		}
	}
	return out, r.follow(ctx)
}

// askCount adds the statement for the number of records.
func (r *reader) askCount(f *flight, q *datalayer.Query) (*table, error) {
	if !q.Count {
		return nil, nil
	}
	s, err := r.layer.sql.Count(q)
	if err != nil {
		return nil, err
	}
	t := plainTable(nil)
	f.add(s, t)
	return t, nil
}

// askEarly adds the branches of the root whose only key the condition tells.
func (r *reader) askEarly(f *flight, root *sqltext.Select) (map[int]*branch, error) {
	var early map[int]*branch
	for i := range root.Root.Branches {
		b := &root.Root.Branches[i]
		if b.Known == nil || sqltext.Never(b.Include.Query.Where) {
			continue
		}
		kind := b.Include.Relationship.Key().Type.Kind
		wait := &branch{include: b.Include, key: b.Key, keys: sqltext.Array{Kind: kind, Values: []any{b.Known}}}
		if err := r.ask(f, wait); err != nil {
			return nil, err
		}
		if early == nil {
			early = map[int]*branch{}
		}
		early[i] = wait
	}
	return early, nil
}

// follow sends flights until no branch is left.
func (r *reader) follow(ctx context.Context) error {
	for len(r.next) > 0 {
		branches := r.next
		r.next = nil
		f := &flight{}
		asked := branches[:0]
		for _, b := range branches {
			if err := b.collectKeys(); err != nil {
				return err
			}
			if len(b.keys.Values) == 0 || sqltext.Never(b.include.Query.Where) {
				b.empty()
				continue
			}
			if err := r.ask(f, b); err != nil {
				return err
			}
			asked = append(asked, b)
		}
		if len(asked) == 0 {
			return nil
		}
		if err := r.send(ctx, f); err != nil {
			return err
		}
		for _, b := range asked {
			if err := r.settle(b); err != nil {
				return err
			}
		}
	}
	return nil
}

// ask adds the statements for a branch.
func (r *reader) ask(f *flight, b *branch) (err error) {
	if b.selection, err = r.layer.sql.Related(b.include, b.keys); err != nil {
		return err
	}
	b.table = newTable(b.selection)
	f.add(b.selection.Statement, b.table)
	if !b.include.Query.Count {
		return nil
	}
	s, err := r.layer.sql.RelatedCount(b.include, b.keys)
	if err != nil {
		return err
	}
	rel := b.include.Relationship
	b.counts = plainTable([]*resource.Attribute{rel.Key()})
	f.add(s, b.counts)
	return nil
}

// assemble makes the result of a level out of a table, and that of the records
// joined to it. Other branches wait for the next flight, but for early ones.
func (r *reader) assemble(l *sqltext.Level, t *table, early map[int]*branch) *datalayer.Result {
	for _, v := range l.Fixed {
		t.fix(v)
	}
	out := result(t, l.Query.Select, l.Columns)
	for i := range l.Branches {
		b := &l.Branches[i]
		rel := &datalayer.Related{}
		out.Related = append(out.Related, rel)
		if b.Joined != nil {
			rel.Result = r.assemble(b.Joined, t, nil)
			primary := b.Joined.Primary
			rel.Present = func(row int) bool { return t.at(row, primary).n >= 0 }
			continue
		}
		wait := early[i]
		if wait == nil {
			wait = &branch{include: b.Include, key: b.Key}
			r.next = append(r.next, wait)
		}
		wait.related, wait.parents = rel, t
	}
	return out
}

// collectKeys gathers the distinct keys of the parents.
func (b *branch) collectKeys() error {
	t := b.parents
	b.keys.Kind = b.include.Relationship.Key().Type.Kind
	seen := make(map[string]bool, t.n)
	for row := range t.n {
		raw := t.raw(row, b.key)
		if raw == nil || seen[string(raw)] {
			continue
		}
		seen[string(raw)] = true
		c := t.column(b.key)
		v, err := c.value(c, raw)
		if err != nil {
			return err
		}
		b.keys.Values = append(b.keys.Values, v)
	}
	return nil
}

// empty is the answer where no parent has a key or no record can match.
func (b *branch) empty() {
	*b.related = *nothingRelated(b.include.Query, b.parents.n)
}

// settle gives each parent row its part of the records that have come.
func (r *reader) settle(b *branch) error {
	q, n := b.include.Query, b.parents.n
	out := b.related
	out.Result = r.assemble(&b.selection.Root, b.table, nil)
	out.From, out.To = make([]int32, n), make([]int32, n)
	if q.More {
		out.More = make([]bool, n)
	}
	counts, err := b.countsByKey()
	if err != nil {
		return err
	}
	if q.Count {
		out.Counts = make([]int64, n)
	}
	var key []byte
	for row := range n {
		raw := b.parents.raw(row, b.key)
		if raw == nil {
			continue
		}
		if key, err = b.parents.column(b.key).appendKey(key[:0], raw); err != nil {
			return err
		}
		of := &b.table.single
		if b.table.key >= 0 {
			if of = b.table.runs[string(key)]; of == nil {
				of = &run{}
			}
		}
		out.From[row], out.To[row] = int32(of.from), int32(of.to) //nolint:gosec // less than the number of cells
		if q.More {
			out.More[row] = of.more
		}
		if q.Count {
			out.Counts[row] = counts[string(key)]
		}
	}
	return nil
}

func (b *branch) countsByKey() (map[string]int64, error) {
	if b.counts == nil {
		return nil, nil
	}
	out := make(map[string]int64, b.counts.n)
	for row := range b.counts.n {
		key, err := b.counts.column(0).appendKey(nil, b.counts.raw(row, 0))
		if err != nil {
			return nil, err
		}
		if out[string(key)], err = countOf(b.counts, row, 1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// countOf reads a number of records.
func countOf(t *table, row, col int) (int64, error) {
	c := columnFor(structs.Int, t.columns[col].oid, t.columns[col].format)
	v, err := c.value(&c, t.raw(row, col))
	if err != nil {
		return 0, err
	}
	return v.(int64), nil
}

// nothing is the answer to a query that no record can match.
func nothing(q *datalayer.Query) *datalayer.Result {
	out := result(plainTable(nil), q.Select, make([]int, len(q.Select)))
	if q.Count {
		out.Count = 0
	}
	for i := range q.Include {
		out.Related = append(out.Related, nothingRelated(q.Include[i].Query, 0))
	}
	return out
}

// nothingRelated is the answer for n parents that have no related records.
func nothingRelated(q *datalayer.Query, n int) *datalayer.Related {
	out := &datalayer.Related{Result: nothing(q), From: make([]int32, n), To: make([]int32, n)}
	if q.More {
		out.More = make([]bool, n)
	}
	if q.Count {
		out.Counts = make([]int64, n)
	}
	return out
}
