package sqltext

import (
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// key is one key of an order.
type key struct {
	node                 expr.Node
	descending           bool
	nullsFirst, nullable bool
	place                string // the placeholder of the value to seek, once written
}

// keys are the keys of a sort, the primary key last where it is not among
// them. Before turns the order around.
func (w *writer) keys(s *scope, sort []expr.Order, before bool) []key {
	out := w.own.keys[:0]
	if w.own.keyed || len(sort) >= len(w.own.keys) {
		out = make([]key, 0, len(sort)+1)
	}
	w.own.keyed = true
	total := false
	for _, o := range sort {
		total = total || isPrimary(s.rec.res, o.Node)
		out = append(out, key{
			node: o.Node, descending: o.Descending, nullsFirst: o.NullsFirst, nullable: w.nullable(s, o.Node),
		})
	}
	if !total {
		out = append(out, key{node: expr.Field{Name: s.rec.res.Primary.Name}})
	}
	if before {
		for i := range out {
			out[i].descending = !out[i].descending
			out[i].nullsFirst = !out[i].nullsFirst
		}
	}
	return out
}

// HasPrimary reports whether the primary key is among the keys of a sort, so
// that it need not be added to make the order total.
func HasPrimary(res *resource.Resource, sort []expr.Order) bool {
	return slices.ContainsFunc(sort, func(o expr.Order) bool { return isPrimary(res, o.Node) })
}

func isPrimary(res *resource.Resource, n expr.Node) bool {
	f, ok := n.(expr.Field)
	return ok && f.Up == 0 && len(f.Path) == 0 && f.Name == res.Primary.Name
}

// nullable reports whether n could be NULL, as far as a look at it tells.
func (w *writer) nullable(s *scope, n expr.Node) bool {
	switch x := n.(type) {
	case expr.Literal:
		return x.Value == nil
	case expr.Field:
		if s = w.up(s, x.Up); s == nil {
			return true
		}
		_, nullable := s.rec.attribute(x.Path, x.Name)
		return nullable
	case *expr.Aggregate:
		return x.Kind != expr.AggregateCount && x.Kind != expr.AggregateExists && x.Kind != expr.AggregateList
	case expr.Call:
		switch x.Op {
		case expr.OpIsNull, expr.OpNotNull, expr.OpDistinct:
			return false
		case expr.OpDiv, expr.OpMod, expr.OpSQL:
			return true
		}
		return slices.ContainsFunc(x.Args, func(a expr.Node) bool { return w.nullable(s, a) })
	}
	return true
}

// order writes ORDER BY for a sort.
func (w *writer) order(s *scope, sort []expr.Order, before bool) {
	w.str(" order by ")
	w.orderKeys(s, w.keys(s, sort, before))
}

// orderKeys writes the keys but for constants, which order nothing, and which
// PostgreSQL refuses or takes for the number of a column.
func (w *writer) orderKeys(s *scope, keys []key) {
	sep := ""
	for _, k := range keys {
		if _, constant := k.node.(expr.Literal); constant {
			continue
		}
		w.str(sep)
		sep = ", "
		w.value(s, k.node, precAdd)
		w.collate(s, k.node)
		if k.descending {
			w.str(" desc")
		}
		// Where NULLs stand anyway need not be said: a plain index serves then.
		if usual := k.descending != w.d.nullsLowest; !k.nullable || k.nullsFirst == usual {
			continue
		}
		if k.nullsFirst {
			w.str(" nulls first")
		} else {
			w.str(" nulls last")
		}
	}
}

// seek adds the condition that a record comes after the place, in the order of the keys.
func (c *conjunction) seek(s *scope, keys []key, place *datalayer.Seek) {
	if place == nil || place.Before && len(place.Values) == 0 {
		return // all come before the end
	}
	w, values := c.w, place.Values
	if len(values) != len(keys) {
		w.fail("the place to seek has %d values, but the order has %d keys", len(values), len(keys))
		return
	}
	c.next()
	if len(keys) > 1 && rowwise(keys, values) {
		w.seekRow(s, keys, values)
		return
	}
	if k, v := &keys[0], values[0]; len(keys) > 1 && !k.nullable && v != nil {
		// Implied by what follows, but only this can use an index.
		w.seekSide(s, k, v, "=")
		w.str(" and ")
	}
	w.seekExpanded(s, keys, values)
}

// rowwise reports whether one comparison of rows says it all.
func rowwise(keys []key, values []any) bool {
	for i, k := range keys {
		if k.nullable || k.descending != keys[0].descending || values[i] == nil {
			return false
		}
	}
	return true
}

func (w *writer) seekRow(s *scope, keys []key, values []any) {
	w.str("(")
	for i, k := range keys {
		if i > 0 {
			w.str(", ")
		}
		w.value(s, k.node, precOr)
		w.collate(s, k.node)
	}
	w.str(") ", after(keys[0]), " (")
	for i := range keys {
		if i > 0 {
			w.str(", ")
		}
		w.seekValue(s, &keys[i], values[i])
	}
	w.str(")")
}

func after(k key) string {
	if k.descending {
		return "<"
	}
	return ">"
}

// seekSide writes that the key comes after the value; orEqual is "=" where it may be equal.
func (w *writer) seekSide(s *scope, k *key, v any, orEqual string) {
	w.value(s, k.node, precAdd)
	w.collate(s, k.node)
	w.str(" ", after(*k), orEqual, " ")
	w.seekValue(s, k, v)
}

// seekValue writes the placeholder for the value of a key, each time the same.
func (w *writer) seekValue(s *scope, k *key, v any) {
	if k.place != "" {
		w.str(k.place)
		return
	}
	from := len(w.buf)
	if isFold(k.node) {
		w.around("lower(", func() { w.literal(v) }, ")")
	} else {
		w.operand(s, expr.Literal{Value: v}, k.node)
	}
	k.place = string(w.buf[from:])
}

// seekExpanded writes: the first key comes after its value, or it is equal and
// the others come after theirs.
func (w *writer) seekExpanded(s *scope, keys []key, values []any) {
	k, v := &keys[0], values[0]
	last := len(keys) == 1
	if v == nil && !k.nullsFirst { // nothing comes after NULL
		if last {
			w.str("false")
			return
		}
		w.value(s, k.node, precAdd)
		w.str(" is null and ")
		w.seekExpanded(s, keys[1:], values[1:])
		return
	}
	orNull := v != nil && k.nullable && !k.nullsFirst
	w.parens(!last || orNull, func() {
		w.seekFirst(s, k, v, orNull)
		if last {
			return
		}
		w.str(" or ")
		w.value(s, k.node, precAdd)
		if v == nil {
			w.str(" is null")
		} else {
			w.collate(s, k.node)
			w.str(" = ")
			w.seekValue(s, k, v)
		}
		w.str(" and ")
		w.seekExpanded(s, keys[1:], values[1:])
	})
}

func (w *writer) seekFirst(s *scope, k *key, v any, orNull bool) {
	if v == nil {
		w.value(s, k.node, precAdd)
		w.str(" is not null")
		return
	}
	w.seekSide(s, k, v, "")
	if orNull {
		w.str(" or ")
		w.value(s, k.node, precAdd)
		w.str(" is null")
	}
}

// limits are the sizes that limits are rounded up to: usual page sizes, and
// one more to see whether there are others. Those of 10, 20 and 100 are for
// who does not look, as in nested lists of GraphQL.
var limits = [...]int{
	1, 2, 3, 4, 6, 9, 10, 11, 13, 16, 20, 21, 26, 31, 41, 51, 61, 81, 100, 101, 126, 151, 201, 251, 301, 401, 501, 751,
	1001, 1501, 2001, 3001, 5001, 7501, 10001,
}

// roundLimit is the next size at or above n. Above the largest it goes in steps of that.
func roundLimit(n int) int {
	if i, _ := slices.BinarySearch(limits[:], n); i < len(limits) {
		return limits[i]
	}
	const step = 10000
	return (n+step-2)/step*step + 1
}

// cut writes LIMIT and OFFSET.
func (w *writer) cut(limit, offset int) {
	if limit > 0 {
		w.str(" limit ")
		w.int(limit)
	}
	if offset <= 0 {
		return
	}
	if limit <= 0 && !w.d.lateral {
		w.str(" limit -1") // SQLite knows no OFFSET alone
	}
	w.str(" offset ")
	w.param(int64(offset))
}

// fixedValue is the value that an attribute has in every record for which
// where holds, if the condition says so plainly. Only for kinds whose equal
// values are identical.
func fixedValue(where expr.Node, a *resource.Attribute) (any, bool) {
	switch a.Type.Kind {
	case structs.UUID, structs.Int, structs.Bool:
	default:
		return nil, false
	}
	c, ok := where.(expr.Call)
	if !ok {
		return nil, false
	}
	switch c.Op {
	case expr.OpAnd:
		for _, part := range c.Args {
			if v, ok := fixedValue(part, a); ok {
				return v, true
			}
		}
	case expr.OpEq:
		for i, side := range c.Args {
			f, isField := side.(expr.Field)
			l, isLiteral := c.Args[1-i].(expr.Literal)
			if isField && isLiteral && l.Value != nil && f.Up == 0 && len(f.Path) == 0 && f.Name == a.Name {
				if kindOf(l.Value) == a.Type.Kind {
					return l.Value, true
				}
			}
		}
	}
	return nil, false
}
