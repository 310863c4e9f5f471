package sqltext

import (
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// FindsNothing reports whether a query finds no row whatever is in the
// database. All records as one group are a row, also when there are none.
func FindsNothing(q *datalayer.Query) bool {
	return Never(q.Where) && (q.Group == nil || len(q.Group.Keys) > 0)
}

// groups writes the statement for groups of records: a table of the groups,
// whose rows are then chosen, ordered and cut as those of other tables are.
func (d *Dialect) groups(q *datalayer.Query) (*Select, error) {
	w := d.writer(q.Relations).of(q.Tenant)
	out := &selection{Select: &Select{Key: -1, Columns: q.Select}, w: w}
	out.Root = Level{Query: q, Primary: -1, Columns: make([]int, len(q.Select))}
	out.limits(q)
	row := w.record(q.Resource, &from{fixed: true})
	row.group = q.Group
	w.str("select ")
	for i := range q.Select {
		if i > 0 {
			w.str(", ")
		}
		out.Root.Columns[i] = i
		w.groupPlace(row, i)
	}
	w.fromGroups(row, q)
	s := &scope{rec: row}
	if keys := w.groupOrder(s, q); len(keys) > 0 {
		w.str(" order by ")
		w.orderKeys(s, keys)
	}
	w.cut(out.limit, q.Offset)
	return out.finish()
}

// countGroups writes the statement for the number of groups.
func (d *Dialect) countGroups(q *datalayer.Query) (Statement, error) {
	w := d.writer(q.Relations).of(q.Tenant)
	row := w.record(q.Resource, &from{fixed: true})
	row.group = q.Group
	w.str("select count(*)")
	w.fromGroups(row, q)
	return w.statement()
}

// fromGroups writes FROM and WHERE of a statement about groups. Within, they
// are named by their places, since the same expression with other
// placeholders would be another one.
func (w *writer) fromGroups(row *record, q *datalayer.Query) {
	g := q.Group
	root := w.record(q.Resource, &from{})
	s := &scope{rec: root}
	w.str(" from (select ")
	for i, a := range g.Keys {
		w.separate(i)
		w.value(s, a.Expr, precOr)
		w.typedNull(a.Expr, a.Type)
		w.collate(s, a.Expr)
		w.as(i)
	}
	for i := range g.Aggregates {
		w.separate(len(g.Keys) + i)
		w.condense(s, &g.Aggregates[i])
		w.as(len(g.Keys) + i)
	}
	w.str(" from ")
	w.recordsOf(root, q)
	at := len(w.buf)
	where := conjunction{w: w}
	where.choose(s, q)
	for i := range g.Keys {
		if i == 0 {
			w.str(" group by ")
		}
		w.separate(i)
		w.int(i + 1)
	}
	w.splice(at, root.from.joins)
	w.str(") ")
	w.alias(row)
	having := conjunction{w: w}
	having.add(&scope{rec: row}, g.Having)
}

func (w *writer) separate(i int) {
	if i > 0 {
		w.str(", ")
	}
}

func (w *writer) as(i int) {
	w.str(" as c")
	w.int(i)
}

// typedNull gives a NULL that is all of a value its type.
func (w *writer) typedNull(n expr.Node, t structs.Type) {
	if l, ok := n.(expr.Literal); ok && l.Value == nil && w.d.arrays {
		w.str("::", w.d.ColumnType(t))
	}
}

// groupPlace writes the column of a row of groups.
func (w *writer) groupPlace(row *record, i int) {
	w.alias(row)
	w.str(".c")
	w.int(i)
}

func (w *writer) groupColumn(row *record, name string) {
	i := slices.IndexFunc(row.group.Columns(), func(a *resource.Attribute) bool { return a.Name == name })
	if i < 0 {
		w.fail("there is no column %s of groups", name)
		return
	}
	w.groupPlace(row, i)
}

// groupAttribute is the attribute of a column of groups; only what is counted is never NULL.
func groupAttribute(g *datalayer.Group, name string) (a *resource.Attribute, nullable bool) {
	for _, key := range g.Keys {
		if key.Name == name {
			return key, true
		}
	}
	for i := range g.Aggregates {
		if x := &g.Aggregates[i]; x.Attribute.Name == name {
			return x.Attribute, x.Kind != expr.AggregateCount
		}
	}
	return nil, true
}

// groupOrder is the sort of the query, with the keys at its end.
func (w *writer) groupOrder(s *scope, q *datalayer.Query) []key {
	sort := slices.Clone(q.Sort)
	for _, a := range q.Group.Keys {
		sort = append(sort, expr.Order{Node: expr.Field{Name: a.Name}})
	}
	out := make([]key, len(sort))
	for i, o := range sort {
		out[i] = key{node: o.Node, descending: o.Descending, nullsFirst: o.NullsFirst, nullable: w.nullable(s, o.Node)}
	}
	return out
}

// condense writes an aggregate over the records of a group.
func (w *writer) condense(s *scope, a *datalayer.Aggregate) {
	kind := w.kind(s, orNull(a.Of))
	switch {
	case a.Kind == expr.AggregateCount && a.Of == nil:
		w.str("count(*)")
		w.filter(s, a.Where)
	case a.Of == nil:
		w.fail("the aggregate %s has no value", a.Kind)
	case a.Kind == expr.AggregateCount:
		w.over(s, a, "count")
	case a.Kind == expr.AggregateMin, a.Kind == expr.AggregateMax:
		w.over(s, a, string(a.Kind))
	case a.Kind == expr.AggregateSum:
		w.sum(s, a, kind)
	case a.Kind == expr.AggregateAvg && kind == structs.Duration:
		w.sum(s, a, kind)
		w.str(" / nullif(")
		w.over(s, a, "count")
		w.str(", 0)")
	case a.Kind == expr.AggregateAvg:
		w.over(s, a, "avg")
		if w.d.arrays {
			w.str("::double precision")
		}
	default:
		w.fail("the aggregate %s is none of groups", a.Kind)
	}
}

// sumOf is the function for sums: SQLite would compute decimals with floats.
func (w *writer) sumOf(kind structs.Kind) string {
	if kind == structs.Decimal && !w.d.arrays {
		return "conga_decimal_sum"
	}
	return "sum"
}

// sum writes a sum; that of bigints is numeric in PostgreSQL.
func (w *writer) sum(s *scope, a *datalayer.Aggregate, kind structs.Kind) {
	w.over(s, a, w.sumOf(kind))
	if w.d.arrays && (kind == structs.Int || kind == structs.Duration) {
		w.str("::bigint")
	}
}

func (w *writer) over(s *scope, a *datalayer.Aggregate, name string) {
	w.str(name, "(")
	if a.Distinct {
		w.str("distinct ")
	}
	w.number(s, a.Of, precOr)
	w.typedNull(a.Of, a.Attribute.Type)
	w.collate(s, a.Of)
	w.str(")")
	w.filter(s, a.Where)
}

func (w *writer) filter(s *scope, where expr.Node) {
	if where == nil {
		return
	}
	w.str(" filter (where ")
	w.condition(s, where, precOr)
	w.str(")")
}
