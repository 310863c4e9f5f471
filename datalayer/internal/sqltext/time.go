package sqltext

import (
	"slices"

	"github.com/congago/conga/resource/expr"
)

// startOf writes the moment at which a unit begins.
func (w *writer) startOf(s *scope, c expr.Call) {
	unit, ok := w.unit(c.Args[1])
	if !ok {
		return
	}
	if !w.d.arrays {
		w.function(s, "conga_start_of", c.Args)
		return
	}
	w.str("date_trunc('", unit, "', ")
	w.value(s, c.Args[0], precOr)
	w.str(", ")
	w.value(s, c.Args[2], precOr)
	w.str(")")
}

// unit is the name of a unit, which is one of ours.
func (w *writer) unit(n expr.Node) (string, bool) {
	l, _ := n.(expr.Literal)
	name, _ := l.Value.(string)
	if !slices.Contains(expr.Units(), expr.Unit(name)) {
		w.fail("%v is no unit", l.Value)
		return "", false
	}
	return name, true
}
