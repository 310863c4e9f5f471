package sqltext

import (
	"slices"

	"github.com/congago/conga/resource/expr"
)

// ours are the operators that are functions of ours in SQLite.
var ours = map[expr.Op]string{
	expr.OpRound: "conga_round", expr.OpFloor: "conga_floor", expr.OpCeil: "conga_ceil", expr.OpSplitPart: "conga_split_part", expr.OpReplace: "conga_replace",
	expr.OpAddTime: "conga_add_time", expr.OpAddUnits: "conga_add_units", expr.OpElapsed: "conga_elapsed",
	expr.OpExtract: "conga_extract", expr.OpStartOf: "conga_start_of", expr.OpStartOfDate: "conga_start_of_date",
}

// clock writes a function of times.
func (w *writer) clock(s *scope, c expr.Call, prec int) {
	if !w.d.arrays {
		w.function(s, ours[c.Op], c.Args)
		return
	}
	arg := func(i, prec int) func() { return func() { w.value(s, c.Args[i], prec) } }
	switch c.Op {
	case expr.OpAddTime:
		w.parens(precAdd < prec, func() {
			w.around(arg(0, precAdd), " + (", arg(1, precMul), " / 1000) * interval '1 microsecond'")
		})
	case expr.OpAddUnits:
		unit := "1 " + w.unit(c.Args[2])
		if unit == "1 "+string(expr.Quarter) {
			unit = "3 month"
		}
		w.around("((", arg(0, precOr), ") at time zone 'UTC' + (", arg(1, precOr), ") * interval '", unit, "') at time zone 'UTC'")
	case expr.OpElapsed:
		w.around("(extract(epoch from ", arg(1, precAdd), " - ", arg(0, precMul), ") * 1000000000)::bigint")
	case expr.OpExtract:
		w.around("trunc(extract(", w.part(c.Args[1]), " from (", arg(0, precOr), ") at time zone ", arg(2, precUnary), "))::bigint")
	case expr.OpStartOfDate:
		w.around("date_trunc('", w.unit(c.Args[1]), "', (", arg(0, precOr), ")::timestamp)::date")
	default:
		w.around("date_trunc('", w.unit(c.Args[1]), "', ", arg(0, precOr), ", ", arg(2, precOr), ")")
	}
}

// unit is the name of a unit, which is one of ours.
func (w *writer) unit(n expr.Node) string { return oneOf(w, n, expr.Units()) }

// part is the name of a part of a time.
func (w *writer) part(n expr.Node) string { return oneOf(w, n, expr.DateParts()) }

// oneOf is the text of a literal that is one of a list, so that it can be
// written as it is.
func oneOf[T ~string](w *writer, n expr.Node, list []T) string {
	l, _ := n.(expr.Literal)
	name, _ := l.Value.(string)
	if !slices.Contains(list, T(name)) {
		w.fail("%v is none of %v", l.Value, list)
		return ""
	}
	return name
}
