package sqltext

import (
	"github.com/congago/conga/resource/expr"
)

// A field that somebody sees in some records alone is NULL in the others: "case
// when allowed then x else null end", which no index serves. But where only
// true counts, a comparison with it says the same as "allowed and x = …", which
// one does.

// unmasked is a condition that is true exactly where c is, with such fields
// taken out of their masks; ok is false where there are none.
func unmasked(s *scope, c expr.Call) (n expr.Node, ok bool) {
	if !strictly[c.Op] {
		return nil, false
	}
	out := expr.Call{Op: c.Op, Args: make([]expr.Node, len(c.Args))}
	var allowed []expr.Node
	for i, a := range c.Args {
		out.Args[i] = unmask(s, a, &allowed)
	}
	if len(allowed) == 0 {
		return nil, false
	}
	return expr.Call{Op: expr.OpAnd, Args: append(allowed, out)}, true
}

// unmask is n without its masks, whose conditions it adds to allowed. What is
// in them is a column: only that can be looked at, whether or not it is allowed,
// without an error that would tell of it.
func unmask(s *scope, n expr.Node, allowed *[]expr.Node) expr.Node {
	c, ok := n.(expr.Call)
	switch {
	case !ok:
	case c.Op == expr.OpFold && len(c.Args) == 1:
		return expr.Call{Op: c.Op, Args: []expr.Node{unmask(s, c.Args[0], allowed)}}
	case c.Op == expr.OpIf && len(c.Args) == 3 && isNull(c.Args[2]):
		var inner []expr.Node
		if x := unmask(s, c.Args[1], &inner); isColumn(s, x) {
			*allowed = append(append(*allowed, c.Args[0]), inner...)
			return x
		}
	}
	return n
}

func isNull(n expr.Node) bool {
	l, ok := n.(expr.Literal)
	return ok && l.Value == nil
}

// strictly are the operators that are not true where an argument is NULL, and
// that no value makes fail.
var strictly = map[expr.Op]bool{
	expr.OpEq: true, expr.OpNe: true, expr.OpLt: true, expr.OpLe: true, expr.OpGt: true, expr.OpGe: true, expr.OpIn: true,
	expr.OpNotNull: true, expr.OpContains: true, expr.OpStartsWith: true, expr.OpEndsWith: true,
	expr.OpHas: true, expr.OpHasAny: true, expr.OpHasAll: true,
}
