package conga

import (
	"github.com/congago/conga/resource/expr"
)

// verdict is what a bound decision says before any record is looked at.
type verdict int

const (
	depends verdict = iota // on the record
	allowed
	refused
)

// judge reads the verdict from a bound condition. Since only true allows,
// a constant that is false or NULL refuses.
func judge(n expr.Node) (verdict, expr.Node) {
	n = positive(n)
	if l, ok := n.(expr.Literal); ok {
		if l.Value == true {
			return allowed, n
		}
		return refused, n
	}
	return depends, n
}

// positive folds NULL to false where that makes no difference to whether the
// condition is true: under the And and Or at its top.
func positive(n expr.Node) expr.Node {
	switch x := n.(type) {
	case expr.Literal:
		if x.Value == nil {
			return expr.Literal{Value: false}
		}
	case expr.Call:
		if x.Op != expr.OpAnd && x.Op != expr.OpOr {
			return n
		}
		args := make([]expr.Node, len(x.Args))
		for i, a := range x.Args {
			args[i] = positive(a)
		}
		return expr.Simplify(expr.Call{Op: x.Op, Args: args})
	}
	return n
}

func and(a, b expr.Node) expr.Node { return expr.Call{Op: expr.OpAnd, Args: []expr.Node{a, b}} }
func or(a, b expr.Node) expr.Node  { return expr.Call{Op: expr.OpOr, Args: []expr.Node{a, b}} }
