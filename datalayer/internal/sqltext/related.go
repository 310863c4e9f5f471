package sqltext

import (
	"slices"

	"github.com/congago/conga/datalayer"
)

// Related writes the statement for the records of a to-many include whose
// parents have the given keys, the distinct values of Relationship.Source.
// With one key the limits of the query are those of the statement. With
// several, and limits, they are applied to each parent by LATERAL or, where
// there is none, by numbering its rows.
func (d *Dialect) Related(inc *datalayer.Include, keys Array) (*Select, error) {
	w := d.writer()
	q := inc.Query
	out := w.selection(q)
	root := w.record(q.Resource, &from{})
	out.level(&out.Root, root, q, false)
	out.limits(q)
	switch {
	case len(keys.Values) == 1:
		out.ofOne(inc, root, keys.Values[0])
	case q.Limit <= 0 && q.Offset <= 0:
		out.ofMany(inc, root, keys)
	case d.lateral:
		out.lateral(inc, root, keys)
	default:
		out.numbered(inc, root, keys)
	}
	return out.finish()
}

// ofOne writes the statement for a single parent.
func (out *selection) ofOne(inc *datalayer.Include, root *record, key any) {
	out.selectRelated(inc, root, out.w.parentKey(inc.Relationship, root), func() {
		out.w.str(" = ")
		out.w.literal(key)
	})
}

// selectRelated writes a whole select; isKey follows the parent's key in its condition.
func (out *selection) selectRelated(inc *datalayer.Include, root *record, parent column, isKey func()) {
	w, s := out.w, &scope{rec: root}
	w.str("select ")
	out.list()
	w.str(" from ")
	w.reach(inc.Relationship, root, parent)
	at := len(w.buf)
	where := conjunction{w: w}
	where.next()
	parent.write(w)
	isKey()
	where.add(s, inc.Query.Where)
	out.tail(&where, s, inc.Query)
	w.splice(at, root.from.joins)
}

// ofMany writes the statement for all records of several parents.
func (out *selection) ofMany(inc *datalayer.Include, root *record, keys Array) {
	w, s := out.w, &scope{rec: root}
	parent := w.parentKey(inc.Relationship, root)
	out.Key = out.column(parent.rec, parent.attr)
	w.str("select ")
	out.list()
	w.str(" from ")
	w.reach(inc.Relationship, root, parent)
	at := len(w.buf)
	where := conjunction{w: w}
	where.next()
	parent.write(w)
	w.among(keys)
	where.add(s, inc.Query.Where)
	order := w.keys(s, inc.Query.Sort, out.Reversed)
	where.seek(s, order, inc.Query.Seek)
	w.str(" order by ")
	parent.write(w)
	w.str(", ")
	w.orderKeys(s, order)
	w.splice(at, root.from.joins)
}

// lateral writes the statement for a number of records of each parent.
func (out *selection) lateral(inc *datalayer.Include, root *record, keys Array) {
	w := out.w
	w.str("select p.k, r.* from unnest(")
	w.array(keys)
	w.str(") p(k) cross join lateral (")
	out.selectRelated(inc, root, w.parentKey(inc.Relationship, root), func() { w.str(" = p.k") })
	w.str(") r")
	out.keyFirst(inc)
}

// keyFirst accounts for a column with the parent's key before all others.
func (out *selection) keyFirst(inc *datalayer.Include) {
	out.Columns = slices.Insert(out.Columns, 0, inc.Relationship.Source)
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
func (out *selection) numbered(inc *datalayer.Include, root *record, keys Array) {
	w, s, q := out.w, &scope{rec: root}, inc.Query
	parent := w.parentKey(inc.Relationship, root)
	order := w.keys(s, q.Sort, out.Reversed)
	w.str("select * from (select ")
	parent.write(w)
	w.str(" as k, ")
	for i, c := range out.columns {
		out.item(c)
		w.str(" as c")
		w.int(i)
		w.str(", ")
	}
	w.str("row_number() over (partition by ")
	parent.write(w)
	w.str(" order by ")
	w.orderKeys(s, order)
	w.str(") as n from ")
	w.reach(inc.Relationship, root, parent)
	at := len(w.buf)
	where := conjunction{w: w}
	where.next()
	parent.write(w)
	w.among(keys)
	where.add(s, q.Where)
	where.seek(s, order, q.Seek)
	w.splice(at, root.from.joins)
	skip := max(q.Offset, 0)
	w.str(") where n > ")
	w.literal(int64(skip))
	if out.limit > 0 {
		w.str(" and n <= ")
		w.literal(int64(skip + out.limit))
	}
	w.str(" order by k, n")
	out.keyFirst(inc)
}

// RelatedCount writes the statement for the number of related records for
// which the query's Where holds: a row of key and number for each parent that
// has any.
func (d *Dialect) RelatedCount(inc *datalayer.Include, keys Array) (Statement, error) {
	w := d.writer()
	root := w.record(inc.Query.Resource, &from{})
	parent := w.parentKey(inc.Relationship, root)
	w.str("select ")
	parent.write(w)
	w.str(", count(*) from ")
	w.reach(inc.Relationship, root, parent)
	at := len(w.buf)
	where := conjunction{w: w}
	where.next()
	parent.write(w)
	w.among(keys)
	where.add(&scope{rec: root}, inc.Query.Where)
	w.str(" group by ")
	parent.write(w)
	w.splice(at, root.from.joins)
	return w.statement()
}
