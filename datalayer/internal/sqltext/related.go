package sqltext

import (
	"slices"

	"github.com/congago/conga/datalayer"
)

// Related writes the statement for the records of a to-many include whose
// parents have the given keys, the distinct values of Relationship.Key.
// With one key the limits of the query are those of the statement. With
// several, and limits, they are applied to each parent by LATERAL or, where
// there is none, by numbering its rows.
func (d *Dialect) Related(inc *datalayer.Include, keys Array) (*Select, error) {
	q := inc.Query
	w := d.writer(q.Relations).of(q.Tenant)
	out := w.selection(q)
	root, _ := w.root(q.Resource, from{})
	rel := w.relations.Of(inc.Relationship)
	gather := func() *gathered { return w.gather(rel, root) }
	out.level(&out.Root, root, q, false)
	out.limits(q)
	switch {
	case len(keys.Values) == 1:
		out.each(q, gather(), func() { w.str(" = "); w.literal(keys.Values[0]) })
	case q.Limit <= 0 && q.Offset <= 0:
		out.all(q, gather(), keys)
	case d.lateral:
		out.lateral(q, gather(), keys)
	default:
		out.numbered(q, gather(), keys)
	}
	return out.finish()
}

// each writes the statement for one parent; isKey follows the parent's key in its condition.
func (out *selection) each(q *datalayer.Query, g *gathered, isKey func()) {
	out.related(q, g, isKey, func(where *conjunction) { out.tail(where, g.scope(), q) })
}

// all writes the statement for all records of several parents.
func (out *selection) all(q *datalayer.Query, g *gathered, keys Array) {
	w := out.w
	out.Key = out.column(g.parent.rec, g.parent.attr)
	out.related(q, g, func() { w.among(keys) }, func(where *conjunction) {
		order := w.keys(g.scope(), q.Sort, out.Reversed)
		where.seek(g.scope(), order, q.Seek)
		w.str(" order by ")
		g.parent.write(w)
		w.str(", ")
		w.orderKeys(g.scope(), order)
	})
}

// related writes a select of the related records; tail follows its conditions.
func (out *selection) related(q *datalayer.Query, g *gathered, isKey func(), tail func(*conjunction)) {
	w := out.w
	w.str("select ")
	out.list()
	w.str(" from ")
	where, at := g.reach(w, isKey)
	where.add(g.scope(), q.Where)
	tail(where)
	w.splice(at, g.to.from.joins)
}

// lateral writes the statement for a number of records of each parent.
func (out *selection) lateral(q *datalayer.Query, g *gathered, keys Array) {
	w := out.w
	w.str("select p.k, r.* from unnest(")
	w.array(keys)
	w.str(") p(k) cross join lateral (")
	out.each(q, g, func() { w.str(" = p.k") })
	w.str(") r")
	out.keyFirst(g)
}

// keyFirst accounts for a column with the parent's key before all others.
func (out *selection) keyFirst(g *gathered) {
	out.Columns = slices.Insert(out.Columns, 0, g.rel.Key())
	out.Key = 0
	out.Root.shift()
}

// shift moves all columns by one.
func (l *Level) shift() {
	for i, c := range l.Columns {
		if c >= 0 {
			l.Columns[i] = c + 1
		}
	}
	if l.Primary >= 0 {
		l.Primary++
	}
	for i := range l.Branches {
		b := &l.Branches[i]
		if b.Key >= 0 {
			b.Key++
		}
		if b.Joined != nil {
			b.Joined.shift()
		}
	}
}

// numbered writes the same by numbering the rows of each parent.
func (out *selection) numbered(q *datalayer.Query, g *gathered, keys Array) {
	w, s := out.w, g.scope()
	order := w.keys(s, q.Sort, out.Reversed)
	w.str("select * from (select ")
	g.parent.write(w)
	w.str(" as k, ")
	for i, c := range out.columns {
		out.item(c)
		w.str(" as c")
		w.int(i)
		w.str(", ")
	}
	w.str("row_number() over (partition by ")
	g.parent.write(w)
	w.str(" order by ")
	w.orderKeys(s, order)
	w.str(") as n from ")
	where, at := g.reach(w, func() { w.among(keys) })
	where.add(s, q.Where)
	where.seek(s, order, q.Seek)
	w.splice(at, g.to.from.joins)
	skip := max(q.Offset, 0)
	w.str(") where n > ")
	w.literal(int64(skip))
	if out.limit > 0 {
		w.str(" and n <= ")
		w.literal(int64(skip + out.limit))
	}
	w.str(" order by k, n")
	out.keyFirst(g)
}

// RelatedCount writes the statement for the number of related records for
// which the query's Where holds: a row of key and number for each parent that
// has any.
func (d *Dialect) RelatedCount(inc *datalayer.Include, keys Array) (Statement, error) {
	w := d.writer(inc.Query.Relations).of(inc.Query.Tenant)
	g := w.gather(w.relations.Of(inc.Relationship), w.record(inc.Query.Resource, &from{}))
	w.str("select ")
	g.parent.write(w)
	w.str(", count(*) from ")
	where, at := g.reach(w, func() { w.among(keys) })
	where.add(g.scope(), inc.Query.Where)
	w.str(" group by ")
	g.parent.write(w)
	w.splice(at, g.to.from.joins)
	return w.statement()
}
