package sqltext

import (
	"github.com/congago/conga/datalayer"
)

// recordsOf writes the table of a query's records; of a combined query those that
// its parts add up to.
func (w *writer) recordsOf(r *record, q *datalayer.Query) {
	w.table(r)
	if q.Distinct == nil { // which looks at them itself
		w.combined(r, q)
	}
}

// combined joins the primary keys that the parts of a combined query add up to.
func (w *writer) combined(r *record, q *datalayer.Query) {
	if len(q.Combine) == 0 {
		return
	}
	of := w.record(q.Resource, &from{fixed: true})
	w.str(" join (")
	w.upTo(q, len(q.Combine)-1)
	w.str(") ")
	w.alias(of)
	w.str(" on ")
	w.alias(of)
	w.str(".c0 = ")
	w.column(r, q.Resource.Primary)
}

// upTo writes a select of what the parts up to the last-th add up to. Each
// step is a table of its own: databases differ in what binds tighter.
func (w *writer) upTo(q *datalayer.Query, last int) {
	if last == 0 {
		w.keysOf(q, 0)
		return
	}
	side := func(write func()) {
		x := w.record(q.Resource, &from{fixed: true})
		w.str("select ")
		w.alias(x)
		w.str(".c0 from (")
		write()
		w.str(") ")
		w.alias(x)
	}
	side(func() { w.upTo(q, last-1) })
	switch how := q.Combine[last].How; how {
	case datalayer.Union, datalayer.UnionAll, datalayer.Intersect, datalayer.Except:
		w.str(" ", string(how), " ")
	default:
		w.fail("the combination %q is unknown", how)
	}
	side(func() { w.keysOf(q, last) })
}

// keysOf writes a select of the primary keys of one part.
func (w *writer) keysOf(q *datalayer.Query, i int) {
	p := &q.Combine[i]
	r := w.record(q.Resource, &from{})
	s := &scope{rec: r}
	w.str("select ")
	w.column(r, q.Resource.Primary)
	w.str(" as c0 from ")
	w.table(r)
	at := len(w.buf)
	where := conjunction{w: w}
	where.add(s, p.Where)
	if p.Limit > 0 || p.Offset > 0 {
		w.order(s, p.Sort, false)
		w.cut(p.Limit, p.Offset)
	}
	w.splice(at, r.from.joins)
}
