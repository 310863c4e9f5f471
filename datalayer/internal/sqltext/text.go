package sqltext

import (
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// textPart writes a function of texts that the databases call differently.
func (w *writer) textPart(s *scope, c expr.Call) {
	name := map[expr.Op]string{expr.OpPosition: "strpos", expr.OpReplace: "replace", expr.OpSubstring: "substr", expr.OpSplitPart: "split_part"}[c.Op]
	switch {
	case w.d.arrays && c.Op != expr.OpPosition:
		// Their numbers are integers, and ours would be bigints.
		w.str(name, "(")
		for i, a := range c.Args {
			w.separate(i)
			w.value(s, a, precUnary)
			if w.kind(s, a) == structs.Int {
				w.str("::int")
			}
		}
		w.str(")")
		return
	case !w.d.arrays && c.Op == expr.OpPosition:
		name = "instr"
	case !w.d.arrays && ours[c.Op] != "": // SQLite replaces nothing by NULL without becoming it
		name = ours[c.Op]
	}
	w.function(s, name, c.Args)
}

// whole writes a function that makes a number whole. PostgreSQL rounds the
// halves of floats to even numbers, those of decimals away from zero.
func (w *writer) whole(s *scope, c expr.Call) {
	if !w.d.arrays {
		w.function(s, ours[c.Op], c.Args)
		return
	}
	if c.Op != expr.OpRound || w.callKind(s, c) != structs.Float {
		w.function(s, string(c.Op), c.Args)
		return
	}
	arg := func(prec int) func() { return func() { w.number(s, c.Args[0], prec) } }
	w.around("trunc(", arg(precAdd), " + sign(", arg(precOr), ") * 0.5)")
}
