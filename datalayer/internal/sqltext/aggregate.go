package sqltext

import (
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// aggregate writes an aggregate as a subquery over the records related to the one at hand.
func (w *writer) aggregate(s *scope, a *expr.Aggregate) {
	at := w.up(s, a.Up)
	if at == nil {
		return
	}
	r, path := at.rec, a.Path
	for len(path) > 1 {
		rel := w.relationship(r.res, path[0])
		if rel == nil || rel.Many() {
			w.fail("%s.%s is no to-one relationship", r.res.Name, path[0])
			return
		}
		if r.from.fixed {
			rest := *a
			rest.Up, rest.Path = 0, path[1:]
			w.throughOne(s, r, rel, &rest)
			return
		}
		r, path = w.join(r, rel, nil), path[1:]
	}
	w.atEnd(s, r, path, a)
}

// throughOne writes an aggregate over the records of a record that cannot be
// joined. Without such a record a count is 0 and nothing exists.
func (w *writer) throughOne(s *scope, r *record, rel *resource.Relationship, a *expr.Aggregate) {
	value := func() {
		// The aggregate's own scope ends at to, but what it says of the records
		// around it still counts from s.
		w.scalar(r, rel, func(to *record) { w.aggregateAt(s, to, a) })
	}
	switch a.Kind {
	case expr.AggregateCount:
		w.around("coalesce(", value, ", 0)")
	case expr.AggregateExists:
		w.around("coalesce(", value, ", false)")
	default:
		value()
	}
}

// aggregateAt writes an aggregate whose path begins at to; its parts see the scope s.
func (w *writer) aggregateAt(s *scope, to *record, a *expr.Aggregate) {
	path := a.Path
	for len(path) > 1 {
		rel := w.relationship(to.res, path[0])
		if rel == nil || rel.Many() {
			w.fail("%s.%s is no to-one relationship", to.res.Name, path[0])
			return
		}
		to, path = w.join(to, rel, nil), path[1:]
	}
	w.atEnd(s, to, path, a)
}

// atEnd writes an aggregate over the only relationship that is left of its path.
func (w *writer) atEnd(s *scope, r *record, path []string, a *expr.Aggregate) {
	if len(path) == 1 {
		if rel := w.relationship(r.res, path[0]); rel != nil {
			w.overRelated(s, r, rel, a)
			return
		}
	}
	w.fail("an aggregate over %s leads nowhere", r.res.Name)
}

func (w *writer) overRelated(s *scope, r *record, rel *resource.Relationship, a *expr.Aggregate) {
	to := w.record(rel.Target, &from{})
	inner := &scope{rec: to, outer: s}
	if a.Kind != expr.AggregateCount && a.Kind != expr.AggregateExists && a.Of == nil {
		w.fail("the aggregate %s has no value", a.Kind)
		return
	}
	if a.Kind == expr.AggregateExists {
		w.str("exists ")
	}
	w.str("(select ")
	ordered := w.condensed(inner, a)
	where, at := w.fromRelated(r, rel, to)
	where.add(inner, a.Where)
	if ordered {
		if a.Kind == expr.AggregateMin || a.Kind == expr.AggregateMax {
			where.add(inner, expr.Call{Op: expr.OpNotNull, Args: []expr.Node{a.Of}})
		}
		w.order(inner, orderOf(a), false)
		w.str(" limit 1")
	}
	w.str(")")
	w.splice(at, to.from.joins)
}

// condensed writes the value of an aggregate, and tells whether it is that of
// the first record in an order. The smallest and the largest value are, where
// PostgreSQL has no such function for the type.
func (w *writer) condensed(s *scope, a *expr.Aggregate) (ordered bool) {
	kind := w.kind(s, orNull(a.Of))
	of := func() { w.value(s, a.Of, precOr) }
	switch a.Kind {
	case expr.AggregateCount:
		w.count(s, a)
	case expr.AggregateList:
		w.listed(s, a)
	case expr.AggregateExists:
		w.str("1")
	case expr.AggregateMin, expr.AggregateMax:
		switch kind {
		case structs.Bool, structs.UUID, structs.Bytes, structs.JSON, structs.List:
			of()
			return true
		}
		w.around(string(a.Kind), "(", of, ")")
	case expr.AggregateSum:
		w.around(w.sumOf(kind), "(", func() { w.number(s, a.Of, precOr) }, ")")
		// The sum of bigints is numeric in PostgreSQL.
		if w.d.arrays && kind == structs.Int {
			w.str("::bigint")
		}
	case expr.AggregateAvg:
		w.around("avg(", of, ")")
		if w.d.arrays {
			w.str("::double precision")
		}
	case expr.AggregateFirst:
		of()
		return true
	case expr.AggregateWritten:
		of()
	default:
		w.fail("the aggregate %s is unknown", a.Kind)
	}
	return false
}

// count writes how many records, or values, there are.
func (w *writer) count(s *scope, a *expr.Aggregate) {
	switch {
	case a.Of == nil:
		w.str("count(*)")
		return
	case a.Distinct:
		w.str("count(distinct ")
	default:
		w.str("count(")
	}
	w.value(s, a.Of, precOr)
	w.collate(s, a.Of)
	w.str(")")
}

// listed writes the values as a list. PostgreSQL has that of none be NULL, and
// puts distinct ones in order by itself.
func (w *writer) listed(s *scope, a *expr.Aggregate) {
	name, open, end := "json_group_array(", "", ""
	if w.d.arrays {
		name, open, end = "array_agg(", "coalesce(", ", '{}')"
	}
	w.str(open, name)
	if a.Distinct {
		w.str("distinct ")
	}
	w.value(s, a.Of, precOr)
	switch {
	case !a.Distinct:
		w.order(s, a.Sort, false)
	case !w.d.arrays:
		w.str(" order by ")
		w.value(s, a.Of, precOr)
		w.collate(s, a.Of)
	}
	w.str(") filter (where ")
	w.value(s, a.Of, precCompare)
	w.str(" is not null)", end)
}

func orNull(n expr.Node) expr.Node {
	if n == nil {
		return expr.Literal{}
	}
	return n
}

func orderOf(a *expr.Aggregate) []expr.Order {
	switch a.Kind {
	case expr.AggregateMin:
		return []expr.Order{{Node: a.Of}}
	case expr.AggregateMax:
		return []expr.Order{{Node: a.Of, Descending: true}}
	}
	return a.Sort
}

func (w *writer) aggregateKind(s *scope, a *expr.Aggregate) structs.Kind {
	switch a.Kind {
	case expr.AggregateCount:
		return structs.Int
	case expr.AggregateExists:
		return structs.Bool
	case expr.AggregateAvg:
		return structs.Float
	case expr.AggregateList:
		return structs.List
	}
	at := w.up(s, a.Up)
	if at == nil || a.Of == nil {
		return structs.Invalid
	}
	res := at.rec.res
	for _, step := range a.Path {
		rel := res.Relationship(step)
		if rel == nil {
			return structs.Invalid
		}
		res = rel.Target
	}
	return w.kind(&scope{rec: &record{res: res}, outer: s}, a.Of)
}

// column is where a value stands: an attribute of a table.
type column struct {
	rec  *record
	attr *resource.Attribute
}

func (c column) write(w *writer) { w.column(c.rec, c.attr) }

// parentKey is the column, of a record that a relationship leads to or of its
// join record, whose value is that of Relationship.Source.
func (w *writer) parentKey(rel *resource.Relationship, to *record) column {
	if rel.Through == nil {
		return column{to, rel.Destination}
	}
	return column{w.record(rel.Through, to.from), rel.ThroughSource}
}

// reach writes the tables of the records that a relationship leads to.
func (w *writer) reach(rel *resource.Relationship, to *record, key column) {
	w.table(to)
	if rel.Through == nil {
		return
	}
	w.str(" join ")
	w.joinTable(rel, key.rec)
	w.str(" on ")
	w.column(key.rec, rel.ThroughDestination)
	w.str(" = ")
	w.column(to, rel.Destination)
}

// joinTable writes the join records of a many_to_many, each pair of records once.
func (w *writer) joinTable(rel *resource.Relationship, join *record) {
	once := w.pairsUnique(rel)
	if once && rel.JoinFilter == nil {
		w.table(join)
		return
	}
	if once {
		w.str("(select *")
	} else {
		w.str("(select distinct ")
		w.ident(rel.ThroughSource.Column)
		w.str(", ")
		w.ident(rel.ThroughDestination.Column)
	}
	w.str(" from ")
	if rel.JoinFilter == nil {
		w.source(rel.Through)
	} else {
		all := w.record(rel.Through, &from{fixed: true})
		w.table(all)
		(&conjunction{w: w}).add(&scope{rec: all}, rel.JoinFilter)
	}
	w.str(") ")
	w.alias(join)
}

// pairsUnique reports whether two records are tied by one join record at most.
func (w *writer) pairsUnique(rel *resource.Relationship) bool {
	for _, id := range rel.Through.Identities {
		only := w.holds(rel.Through, id)
		for _, a := range id.Attributes {
			only = only && (a == rel.ThroughSource || a == rel.ThroughDestination)
		}
		if only && len(id.Attributes) > 0 {
			return true
		}
	}
	return w.single(rel.ThroughSource, rel.Through) || w.single(rel.ThroughDestination, rel.Through)
}
