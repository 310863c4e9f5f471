package sqltext

import (
	"github.com/congago/conga/datalayer"
)

// choose adds the conditions of a query: that of its records or, where only
// the first of those with the same values are wanted, that the record is among them.
func (c *conjunction) choose(s *scope, q *datalayer.Query) {
	if q.Distinct == nil {
		c.add(s, q.Where)
		return
	}
	w, primary := c.w, q.Resource.Primary
	c.next()
	w.column(s.rec, primary)
	one := w.record(q.Resource, &from{})
	first := w.record(q.Resource, &from{fixed: true})
	inner := &scope{rec: one}
	w.str(" in (select ")
	w.alias(first)
	w.str(".c0 from (select ")
	w.column(one, primary)
	w.str(" as c0, row_number() over (")
	for i, n := range q.Distinct.On {
		if i == 0 {
			w.str("partition by ")
		}
		w.separate(i)
		w.value(inner, n, precOr)
		w.collate(inner, n)
	}
	w.order(inner, q.Distinct.Sort, false)
	w.str(") as c1 from ")
	w.table(one)
	w.combined(one, q)
	at := len(w.buf)
	where := conjunction{w: w}
	where.add(inner, q.Where)
	w.splice(at, one.from.joins)
	w.str(") ")
	w.alias(first)
	w.str(" where ")
	w.alias(first)
	w.str(".c1 = 1)")
}
