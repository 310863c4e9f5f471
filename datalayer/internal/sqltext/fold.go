package sqltext

import (
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

func isFold(n expr.Node) bool {
	c, ok := n.(expr.Call)
	return ok && c.Op == expr.OpFold
}

// unfolded is what a fold is of, or n itself.
func unfolded(n expr.Node) expr.Node {
	if c, ok := n.(expr.Call); ok && c.Op == expr.OpFold && len(c.Args) == 1 {
		return c.Args[0]
	}
	return n
}

// amongFolded is among for an operand in lower case: the values are made so by
// the database, which may know other letters than Go.
func (w *writer) amongFolded(a Array) {
	if w.d.arrays {
		w.str(" = any(array(select lower(v) from unnest(")
		w.array(a)
		w.str(") v))")
		return
	}
	w.str(" in (select lower(value) from json_each(")
	w.array(a)
	w.str("))")
}

// key writes a column of an identity or of an index: in lower case where the
// attribute ignores case.
func (w *writer) key(a *resource.Attribute) {
	if !a.IgnoresCase {
		w.ident(a.Column)
		return
	}
	w.str("lower(")
	w.ident(a.Column)
	w.str(")")
}

func ignoresCase(a *resource.Attribute) bool { return a.IgnoresCase }

// foldedIndex is an index over attributes some of which ignore case, which no
// constraint can say.
func foldedIndex(name string, attributes ...*resource.Attribute) *resource.Index {
	x := &resource.Index{Name: name}
	for _, a := range attributes {
		part := resource.IndexPart{Attribute: a}
		if a.IgnoresCase {
			part = resource.IndexPart{SQL: resource.SQL("lower(" + string(appendIdent(nil, a.Column)) + ")")}
		}
		x.Parts = append(x.Parts, part)
	}
	return x
}
