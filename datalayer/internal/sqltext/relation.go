package sqltext

import (
	"github.com/congago/conga/resource"
)

// relationship is the relationship of that name as the statement follows it, or nil.
func (w *writer) relationship(res *resource.Resource, name string) *resource.Relationship {
	rel := res.Relationship(name)
	if rel == nil || rel.Finder != nil {
		return nil
	}
	return w.relations.Of(rel)
}

// leads writes FROM and WHERE for the records that rel leads to from r, which
// stands outside. The scope is that of the relationship's own filter and sort.
// What the records join goes to the place at.
func (w *writer) leads(r *record, rel *resource.Relationship, to *record) (s *scope, where *conjunction, at int) {
	where = &conjunction{w: w}
	s = &scope{rec: to, outer: &scope{rec: r}}
	w.str(" from ")
	if rel.Through == nil {
		w.table(to)
		at = len(w.buf)
		w.keyed(r, rel, to, where)
	} else {
		key := w.parentKey(rel, to)
		s.outer = &scope{rec: key.rec, outer: s.outer}
		w.reach(rel, to, key)
		at = len(w.buf)
		where.next()
		key.write(w)
		w.str(" = ")
		w.column(r, rel.Source)
	}
	where.add(s, rel.Filter)
	return s, where, at
}

// fromRelated writes FROM and WHERE for all records that are there for rel: a
// relationship with a limit leads to the first of them alone.
func (w *writer) fromRelated(r *record, rel *resource.Relationship, to *record) (where *conjunction, at int) {
	if !w.chosen(rel) {
		_, where, at = w.leads(r, rel, to)
		return where, at
	}
	w.str(" from ")
	w.table(to)
	at = len(w.buf)
	where = &conjunction{w: w}
	where.next()
	w.chosenKeys(r, rel, to)
	return where, at
}

// keyed adds the condition, on keys alone, that rel leads from r to a record.
func (w *writer) keyed(r *record, rel *resource.Relationship, to *record, where *conjunction) {
	switch {
	case rel.Steps != nil:
		where.next()
		w.along(r, rel.Steps, to)
	case rel.Source != nil:
		where.next()
		w.column(to, rel.Destination)
		w.str(" = ")
		w.column(r, rel.Source)
	}
}

// chosen reports whether an order decides which records the relationship leads to.
func (w *writer) chosen(rel *resource.Relationship) bool {
	return rel.Limit > 0 || !rel.Many() && !w.one(rel)
}

// one reports whether keys alone lead to at most one record.
func (w *writer) one(rel *resource.Relationship) bool {
	return rel.Destination != nil && w.single(rel.Destination, rel.Target)
}

// first writes the select of a value of the records that rel leads to from r:
// of all, or of those that its order and limit choose.
func (w *writer) first(r *record, rel *resource.Relationship, to *record, value func()) {
	w.str("select ")
	value()
	s, _, at := w.leads(r, rel, to)
	if w.chosen(rel) {
		w.order(s, rel.Sort, false)
		w.cut(max(rel.Limit, 1), 0)
	}
	w.splice(at, to.from.joins)
}

// chosenKeys writes the primary keys of the records that rel leads to from r,
// for one or, as a list, for several.
func (w *writer) chosenKeys(r *record, rel *resource.Relationship, to *record) {
	w.column(to, rel.Target.Primary)
	if rel.Many() {
		w.str(" in (")
	} else {
		w.str(" = (")
	}
	x := w.record(rel.Target, &from{})
	w.first(r, rel, x, func() { w.column(x, rel.Target.Primary) })
	w.str(")")
}

// tie writes the condition that rel leads from r to a record. What it says of
// that one may join nothing, since the condition may stand in a join itself.
func (w *writer) tie(r *record, rel *resource.Relationship, to *record) {
	where := &conjunction{w: w, begun: true, bare: true}
	bare := &record{res: to.res, alias: to.alias, from: &from{fixed: true}}
	switch {
	case w.chosen(rel):
		w.chosenKeys(r, rel, to)
		return
	case rel.Through != nil:
		w.column(to, rel.Destination)
		w.str(" in (select ")
		join := w.record(rel.Through, &from{fixed: true})
		w.column(join, rel.ThroughDestination)
		w.str(" from ")
		w.joinTable(rel, join)
		w.str(" where ")
		w.column(join, rel.ThroughSource)
		w.str(" = ")
		w.column(r, rel.Source)
		(&conjunction{w: w, begun: true}).add(&scope{rec: bare, outer: &scope{rec: join, outer: &scope{rec: r}}}, rel.Filter)
		w.str(")")
		return
	}
	w.keyed(r, rel, to, where)
	where.add(&scope{rec: bare, outer: &scope{rec: r}}, rel.Filter)
	if where.bare {
		w.str("true")
	}
}

// along writes the condition that steps lead from r to a record.
func (w *writer) along(r *record, steps []*resource.Relationship, to *record) {
	last := w.relations.Of(steps[len(steps)-1])
	if len(steps) == 1 {
		w.tie(r, last, to)
		return
	}
	a := w.record(last.Resource, &from{fixed: true})
	if w.plainKeys(last) {
		w.column(to, last.Destination)
		w.str(" in (select ")
		w.column(a, last.Source)
		w.str(" from ")
		w.table(a)
	} else {
		b := w.record(last.Target, &from{fixed: true})
		w.column(to, last.Target.Primary)
		w.str(" in (select ")
		w.column(b, last.Target.Primary)
		w.str(" from ")
		w.table(a)
		if last.Through != nil && last.Filter == nil && last.Limit == 0 {
			join := w.record(last.Through, a.from)
			w.str(" join ")
			w.joinTable(last, join)
			w.str(" on ")
			w.column(join, last.ThroughSource)
			w.str(" = ")
			w.column(a, last.Source)
			w.str(" join ")
			w.table(b)
			w.str(" on ")
			w.column(b, last.Destination)
			w.str(" = ")
			w.column(join, last.ThroughDestination)
		} else {
			w.str(" join ")
			w.table(b)
			w.str(" on ")
			w.tie(a, last, b)
		}
	}
	w.str(" where ")
	w.along(r, steps[:len(steps)-1], a)
	w.str(")")
}

// plainKeys reports whether one equality of keys is all that relates records.
func (w *writer) plainKeys(rel *resource.Relationship) bool {
	return rel.Plain() && rel.Through == nil && !w.chosen(rel)
}

// gathered is the records that a to-many relationship leads to from many.
type gathered struct {
	rel *resource.Relationship
	// parent is the column with the value of Relationship.Key.
	parent column
	// source is the record at which the relationship starts, where more than
	// the value of its key relates the records; else nil.
	source *record
	to     *record
	join   *record // of a many_to_many
}

// gather makes the records of the tables that reach will write.
func (w *writer) gather(rel *resource.Relationship, to *record) *gathered {
	g := &gathered{rel: rel, to: to}
	if !rel.Correlated() {
		g.parent = w.parentKey(rel, to)
		if rel.Through != nil {
			g.join = g.parent.rec
			to.around = &scope{rec: g.join}
		}
		return g
	}
	g.source = w.record(rel.Resource, to.from)
	g.parent = column{g.source, rel.Resource.Primary}
	to.around = &scope{rec: g.source}
	if rel.Through != nil {
		g.join = w.record(rel.Through, to.from)
		to.around = &scope{rec: g.join, outer: to.around}
	}
	return g
}

// scope is what the query of the related records speaks of.
func (g *gathered) scope() *scope { return &scope{rec: g.to, outer: g.to.around} }

// reach writes the tables and, with condition, begins the WHERE.
func (g *gathered) reach(w *writer, condition func()) (where *conjunction, at int) {
	rel := g.rel
	tied := false // a condition on the join record is left for the WHERE
	if g.source == nil {
		w.reach(rel, g.to, g.parent)
	} else {
		tied = g.reachFrom(w)
	}
	at = len(w.buf)
	where = &conjunction{w: w}
	where.next()
	g.parent.write(w)
	condition()
	if tied {
		where.next()
		g.tieJoin(w)
	}
	if rel.Limit == 0 {
		where.add(g.scope(), rel.Filter)
	}
	return where, at
}

// reachFrom writes the table where the relationship starts and, behind it,
// those that it leads to.
func (g *gathered) reachFrom(w *writer) (tied bool) {
	rel := g.rel
	w.table(g.source)
	joined := g.join != nil && (rel.Limit == 0 || w.pairsUnique(rel))
	if joined {
		w.str(" join ")
		w.joinTable(rel, g.join)
		w.str(" on ")
		w.column(g.join, rel.ThroughSource)
		w.str(" = ")
		w.column(g.source, rel.Source)
	}
	switch {
	case (rel.Limit > 0 || rel.Steps != nil) && w.d.lateral:
		x := w.record(rel.Target, &from{})
		w.str(" cross join lateral (")
		w.first(g.source, rel, x, func() { w.alias(x); w.str(".*") })
		w.str(") ")
		w.alias(g.to)
		return joined
	case rel.Limit > 0:
		w.str(" join ")
		w.table(g.to)
		w.str(" on ")
		w.chosenKeys(g.source, rel, g.to)
		return joined
	}
	w.str(" join ")
	w.table(g.to)
	w.str(" on ")
	if joined {
		g.tieJoin(w)
		return false
	}
	on := &conjunction{w: w, begun: true, bare: true}
	if w.keyed(g.source, rel, g.to, on); on.bare {
		w.str("true")
	}
	return false
}

// tieJoin writes that the join record leads to the related one.
func (g *gathered) tieJoin(w *writer) {
	w.column(g.to, g.rel.Destination)
	w.str(" = ")
	w.column(g.join, g.rel.ThroughDestination)
}
