package sqltext

import (
	"strconv"
	"strings"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// elements is the type of the elements of a list, as far as n tells.
func (w *writer) elements(s *scope, n expr.Node) (t structs.Type, ok bool) {
	switch x := n.(type) {
	case expr.Literal:
		list, _ := x.Value.([]any)
		for _, v := range list {
			return structs.Type{Kind: kindOf(v), Bits: 64}, true
		}
	case expr.Field:
		if s = w.up(s, x.Up); s == nil {
			return t, false
		}
		if a, _ := attribute(s.rec.res, x.Path, x.Name); a != nil && a.Type.Element != nil {
			return *a.Type.Element, true
		}
	case *expr.Aggregate:
		if x.Kind == expr.AggregateList {
			list := *x
			list.Kind = expr.AggregateFirst
			return structs.Type{Kind: w.aggregateKind(s, &list), Bits: 64}, true
		}
	case expr.Call:
		for _, a := range x.Args {
			if t, ok = w.elements(s, a); ok {
				return t, true
			}
		}
	}
	return t, false
}

// elementsOf is the type of the elements of the lists among the arguments; the
// item of a has tells it too.
func (w *writer) elementsOf(s *scope, c expr.Call) structs.Type {
	for _, a := range c.Args {
		if t, ok := w.elements(s, a); ok {
			return t
		}
	}
	if c.Op == expr.OpHas {
		if k := w.kind(s, c.Args[1]); k != structs.Invalid {
			return structs.Type{Kind: k, Bits: 64}
		}
	}
	return structs.Type{Kind: structs.String}
}

// list writes a list: a constant one as one argument.
func (w *writer) list(s *scope, n expr.Node, t structs.Type, prec int) {
	if l, ok := n.(expr.Literal); ok {
		if items, ok := l.Value.([]any); ok {
			w.param(Array{t.Kind, items})
			if w.d.arrays {
				w.str("::", w.d.ColumnType(t), "[]")
			}
			return
		}
	}
	w.value(s, n, prec)
}

// hold writes has, has_any and has_all. PostgreSQL's operators of arrays can
// use a GIN index.
func (w *writer) hold(s *scope, c expr.Call, prec int) {
	t := w.elementsOf(s, c)
	if !w.d.arrays {
		w.holdDocument(s, c, t)
		return
	}
	right := c.Args[1]
	if c.Op != expr.OpHas {
		word := " @> "
		if c.Op == expr.OpHasAny {
			word = " && "
		}
		w.parens(precAdd <= prec, func() {
			w.list(s, c.Args[0], t, precPrimary)
			w.str(word)
			w.list(s, right, t, precPrimary)
		})
		return
	}
	if l, ok := right.(expr.Literal); ok && l.Value != nil {
		w.parens(precAdd <= prec, func() {
			w.list(s, c.Args[0], t, precPrimary)
			w.str(" @> ")
			w.list(s, expr.Literal{Value: []any{l.Value}}, t, precPrimary)
		})
		return
	}
	// An item that may be NULL is in no array, but whether it is, is not known.
	w.str("case when ")
	w.value(s, right, precCompare)
	w.str(" is not null then ")
	w.value(s, right, precAdd)
	w.str(" = any(")
	w.list(s, c.Args[0], t, precOr)
	w.str(") end")
}

// holdDocument writes them for lists that are JSON. NULL stays unknown.
func (w *writer) holdDocument(s *scope, c expr.Call, t structs.Type) {
	left := func() { w.list(s, c.Args[0], t, precOr) }
	right := func() { w.list(s, c.Args[1], t, precOr) }
	if c.Op == expr.OpHas {
		right = func() { w.value(s, c.Args[1], precAdd) }
	}
	collate := ""
	if t.Kind == structs.Decimal {
		collate = " collate conga_decimal"
	}
	w.str("case when ")
	w.value(s, c.Args[0], precCompare)
	w.str(" is not null and ")
	w.value(s, c.Args[1], precCompare)
	w.str(" is not null then ")
	switch c.Op {
	case expr.OpHas:
		w.around("exists (select 1 from json_each(", left, ") where value"+collate+" = ", right, ")")
	case expr.OpHasAny:
		w.around("exists (select 1 from json_each(", left, ") where value"+collate+" in (select value from json_each(", right, ")))")
	default:
		w.around("not exists (select 1 from json_each(", right, ") where value"+collate+" not in (select value from json_each(", left, ")))")
	}
	w.str(" end")
}

// length writes the number of characters, or of elements.
func (w *writer) length(s *scope, c expr.Call) {
	if w.kind(s, c.Args[0]) != structs.List {
		w.function(s, "length", c.Args)
		return
	}
	name := "json_array_length("
	if w.d.arrays {
		name = "cardinality("
	}
	w.str(name)
	w.list(s, c.Args[0], w.elementsOf(s, c), precOr)
	w.str(")")
}

func isList(a *resource.Attribute) bool { return a.Type.Kind == structs.List }

// listColumns writes the columns of rows that were sent with lists as texts.
func (w *writer) listColumns(columns []*resource.Attribute) {
	for i, a := range columns {
		if i > 0 {
			w.str(", ")
		}
		w.str("c")
		w.int(i)
		if isList(a) {
			w.str("::", w.d.ColumnType(a.Type))
		}
	}
}

// rowNames names the columns of such rows.
func (w *writer) rowNames(n int) {
	w.str(" as r(")
	for i := range n {
		if i > 0 {
			w.str(", ")
		}
		w.str("c")
		w.int(i)
	}
	w.str(")")
}

// arrayTexts are lists as texts, nil for NULL.
func arrayTexts(values []any) Array {
	out := Array{structs.String, make([]any, len(values))}
	for i, v := range values {
		if a, ok := v.(Array); ok {
			out.Values[i] = arrayText(a.Values)
		}
	}
	return out
}

// arrayText is an array as PostgreSQL reads it from a text: several of them
// cannot be sent as one argument otherwise, since arrays of arrays are matrices.
func arrayText(list []any) string {
	b := []byte{'{'}
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		switch x := v.(type) {
		case bool:
			b = strconv.AppendBool(b, x)
		case int64:
			b = strconv.AppendInt(b, x, 10)
		case float64:
			b = strconv.AppendFloat(b, x, 'g', -1, 64)
		case time.Duration:
			b = strconv.AppendInt(b, int64(x), 10)
		case decimal.Decimal:
			b = append(b, x.StringFixed(max(0, -x.Exponent()))...)
		case time.Time:
			b = append(x.UTC().AppendFormat(append(b, '"'), "2006-01-02T15:04:05.999999Z"), '"')
		case uuid.UUID:
			b = append(b, x.String()...)
		case civil.Date:
			b = append(b, x.String()...)
		case string:
			b = append(append(append(b, '"'), arrayEscapes.Replace(x)...), '"')
		}
	}
	return string(append(b, '}'))
}

var arrayEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
