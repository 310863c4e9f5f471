package sqltext

import (
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// record is one row at hand: a table with an alias.
type record struct {
	res   *resource.Resource
	alias int
	from  *from
	links []link
	// group makes the record a row of groups, whose columns are c0, c1 and so on.
	group *datalayer.Group
	// around is what stands around the record, where it is one of those that a
	// relationship with a sort of its own leads to.
	around *scope
}

// link is a record joined to another.
type link struct {
	rel *resource.Relationship
	to  *record
}

// from is the FROM clause that records stand in.
type from struct {
	// joins is the text of the joins that expressions asked for.
	joins []byte
	// fixed tells that nothing can be joined: paths become scalar subqueries.
	fixed bool
}

// scope is the record that an expression speaks of, and those around it.
type scope struct {
	rec   *record
	outer *scope
}

func (w *writer) record(res *resource.Resource, f *from) *record {
	r := &record{res: res, alias: w.records, from: f}
	w.records++
	return r
}

// up is the scope n records outwards.
func (w *writer) up(s *scope, n int) *scope {
	for range n {
		if s = s.outer; s == nil {
			w.fail("a reference leads out of the query")
			return nil
		}
	}
	return s
}

// member writes the attribute at the end of a path of to-one relationships.
func (w *writer) member(r *record, path []string, name string) {
	if r.group != nil {
		w.groupColumn(r, name)
		return
	}
	for i, step := range path {
		rel := w.relationship(r.res, step)
		if rel == nil || rel.Many() {
			w.fail("%s.%s is no to-one relationship", r.res.Name, step)
			return
		}
		if r.from.fixed {
			w.scalar(r, rel, func(to *record) { w.member(to, path[i+1:], name) })
			return
		}
		r = w.join(r, rel, nil)
	}
	a := r.res.Attribute(name)
	switch {
	case a == nil:
		w.fail("%s has no attribute %s", r.res.Name, name)
	case a.Expr != nil:
		w.str("(")
		w.value(&scope{rec: r}, a.Expr, precOr)
		w.str(")")
	default:
		w.column(r, a)
	}
}

// attribute is the attribute at the end of a path from the record, or the
// column of a group, and whether it can be NULL there.
func (r *record) attribute(path []string, name string) (a *resource.Attribute, nullable bool) {
	if r.group != nil {
		return groupAttribute(r.group, name)
	}
	return attribute(r.res, path, name)
}

// attribute is the attribute at the end of a path, and whether it can be NULL there.
func attribute(res *resource.Resource, path []string, name string) (a *resource.Attribute, nullable bool) {
	for _, step := range path {
		rel := res.Relationship(step)
		if rel == nil {
			return nil, true
		}
		res = rel.Target
	}
	if a = res.Attribute(name); a == nil {
		return nil, true
	}
	return a, len(path) > 0 || a.Type.Nullable || a.Expr != nil
}

// scalar writes a subquery for a value of the record that rel leads to.
func (w *writer) scalar(r *record, rel *resource.Relationship, value func(to *record)) {
	to := w.record(rel.Target, &from{})
	w.str("(")
	w.first(r, rel, to, func() { value(to) })
	w.str(")")
}

// join is the record that a to-one relationship leads to, joined to r. A
// condition makes it a join of its own; records for which it does not hold are missing.
func (w *writer) join(r *record, rel *resource.Relationship, where expr.Node) *record {
	if value, ok := known(where); ok && value {
		where = nil
	}
	if where == nil {
		for _, l := range r.links {
			if l.rel == rel {
				return l.to
			}
		}
	}
	to := w.record(rel.Target, r.from)
	text := w.buf
	w.buf = nil
	w.str(" left join ")
	w.table(to)
	w.str(" on ")
	w.tie(r, rel, to)
	if where == nil {
		r.links = append(r.links, link{rel, to})
	} else {
		w.str(" and ")
		// What the condition joins would stand behind it, so it may not join.
		bare := &record{res: to.res, alias: to.alias, from: &from{fixed: true}}
		w.condition(&scope{rec: bare}, where, precAnd)
	}
	r.from.joins = append(r.from.joins, w.buf...)
	w.buf = text
	return to
}

// single reports whether at most one record of res has a given value of a.
func (w *writer) single(a *resource.Attribute, res *resource.Resource) bool {
	if a.Primary {
		return true
	}
	for _, id := range res.Identities {
		if len(id.Attributes) == 1 && id.Attributes[0] == a && w.holds(res, id) {
			return true
		}
	}
	return false
}
