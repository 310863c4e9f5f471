package sqltext

import (
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// kind is what the value of n is; Invalid where only NULL is known.
func (w *writer) kind(s *scope, n expr.Node) structs.Kind {
	switch x := n.(type) {
	case expr.Literal:
		return kindOf(x.Value)
	case expr.Field:
		if s = w.up(s, x.Up); s != nil {
			if a, _ := s.rec.attribute(x.Path, x.Name); a != nil {
				return a.Type.Kind
			}
		}
	case *expr.Aggregate:
		return w.aggregateKind(s, x)
	case expr.Call:
		return w.callKind(s, x)
	}
	return structs.Invalid
}

func (w *writer) callKind(s *scope, c expr.Call) structs.Kind {
	args := c.Args
	switch c.Op {
	case expr.OpAdd, expr.OpSub, expr.OpMul, expr.OpDiv, expr.OpMod, expr.OpNeg, expr.OpAbs, expr.OpCoalesce,
		expr.OpRound, expr.OpFloor, expr.OpCeil:
	case expr.OpConcat, expr.OpLower, expr.OpFold, expr.OpUpper, expr.OpTrim, expr.OpReplace, expr.OpSubstring, expr.OpSplitPart,
		expr.OpVariant:
		return structs.String
	case expr.OpLength, expr.OpPosition, expr.OpExtract:
		return structs.Int
	case expr.OpStartOf, expr.OpAddTime, expr.OpAddUnits:
		return structs.Time
	case expr.OpSQL:
		return writtenType(c).Kind
	case expr.OpStartOfDate:
		return structs.Date
	case expr.OpElapsed:
		return structs.Duration
	case expr.OpIf:
		args = args[min(1, len(args)):]
	default:
		return structs.Bool
	}
	for _, a := range args {
		if k := w.kind(s, a); k != structs.Invalid {
			return k
		}
	}
	return structs.Invalid
}

// arithmetic writes an operation with numbers. Integers are computed with 64
// bits, whatever the size of their columns.
func (w *writer) arithmetic(s *scope, c expr.Call, prec int) {
	switch c.Op {
	case expr.OpNeg:
		w.parens(precUnary < prec, func() {
			w.str("-")
			w.number(s, c.Args[0], precPrimary)
		})
	case expr.OpAbs:
		w.str("abs(")
		w.number(s, c.Args[0], precOr)
		w.str(")")
	case expr.OpDiv:
		w.parens(precMul < prec, func() {
			w.number(s, c.Args[0], precMul)
			w.str(" / nullif(")
			w.number(s, c.Args[1], precOr)
			w.str(", 0)")
		})
	case expr.OpMod:
		w.mod(s, c, prec)
	default:
		op := infix[c.Op]
		w.parens(op.prec < prec, func() {
			w.number(s, c.Args[0], op.prec)
			w.str(op.word)
			w.number(s, c.Args[1], op.prec+1)
		})
	}
}

// mod writes a remainder. Neither database has one for floats that is safe for
// zero and of the wanted sign, but for their truncated quotient.
func (w *writer) mod(s *scope, c expr.Call, prec int) {
	if w.callKind(s, c) != structs.Float {
		w.parens(precMul < prec, func() {
			w.number(s, c.Args[0], precMul)
			w.str(" % nullif(")
			w.number(s, c.Args[1], precOr)
			w.str(", 0)")
		})
		return
	}
	w.parens(precAdd < prec, func() {
		w.number(s, c.Args[0], precAdd)
		w.str(" - ")
		w.number(s, c.Args[1], precPrimary)
		w.str(" * trunc(")
		w.number(s, c.Args[0], precMul)
		w.str(" / nullif(")
		w.number(s, c.Args[1], precOr)
		w.str(", 0))")
	})
}

// number writes an operand, widened where its column is small.
func (w *writer) number(s *scope, n expr.Node, prec int) {
	f, ok := n.(expr.Field)
	outer := s
	if ok {
		outer = w.up(s, f.Up)
	}
	if !ok || outer == nil || !w.d.arrays {
		w.value(s, n, prec)
		return
	}
	w.value(s, n, precPrimary)
	if a, _ := outer.rec.attribute(f.Path, f.Name); a != nil && a.Expr == nil {
		switch t := w.d.ColumnType(a.Type); t {
		case "smallint", "integer":
			w.str("::bigint")
		case "real":
			w.str("::double precision")
		}
	}
}
