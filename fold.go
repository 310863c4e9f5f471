package conga

import (
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// folded makes a comparison with an attribute that ignores case one of what
// database and memory make of both sides in lower case: bound are the bound
// arguments of c.
func (b *binder) folded(scopes []*resource.Resource, c expr.Call, bound []expr.Node) []expr.Node {
	if !comparesTexts[c.Op] || !b.ignoresCase(scopes, c.Args[0]) && !b.ignoresCase(scopes, c.Args[len(c.Args)-1]) {
		return bound
	}
	out := make([]expr.Node, len(bound))
	for i, n := range bound {
		out[i] = fold(n)
	}
	return out
}

// fold is n in lower case. A list stays as it is: the operator folds it.
func fold(n expr.Node) expr.Node {
	switch x := n.(type) {
	case expr.List:
		return n
	case expr.Literal:
		if x.Value == nil {
			return n
		}
	}
	return expr.Call{Op: expr.OpFold, Args: []expr.Node{n}}
}

func (b *binder) ignoresCase(scopes []*resource.Resource, n expr.Node) bool {
	f, ok := n.(expr.Field)
	if !ok || f.Up >= len(scopes) {
		return false
	}
	at := follow(scopes[len(scopes)-1-f.Up], f.Path)
	if at == nil {
		return false
	}
	attr := at.Attribute(f.Name)
	return attr != nil && attr.IgnoresCase
}

// comparesTexts are the comparisons that case makes a difference to.
var comparesTexts = map[expr.Op]bool{
	expr.OpEq: true, expr.OpNe: true, expr.OpLt: true, expr.OpLe: true, expr.OpGt: true, expr.OpGe: true, expr.OpIn: true,
	expr.OpDistinct: true, expr.OpContains: true, expr.OpStartsWith: true, expr.OpEndsWith: true,
}
