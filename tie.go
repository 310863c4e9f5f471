package conga

import (
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// A relationship whose key the actor may not see is not there for him: neither
// what it leads to in answers, nor what a client asks about it.

// ties are the conditions under which the actor sees the keys along a path from
// records of r that are reached by up. The path may end with a to-many step.
func (b *binder) ties(r *resource.Resource, up int, path []string) []expr.Node {
	if len(b.app.sights) == 0 {
		return nil
	}
	var out []expr.Node
	for i, step := range path {
		rel := r.Relationship(step)
		s, at := b.sees(r, rel.Source), path[:i]
		if rel.Kind == resource.HasOne {
			s, at = b.sees(rel.Target, rel.Destination), path[:i+1]
		}
		if s.verdict == refused {
			out = append(out, expr.Literal{Value: false})
		} else if s.verdict == depends {
			out = append(out, rebase(s.condition, 0, up, at))
		}
		r = rel.Target
	}
	return out
}

// lastTie is the same for the key in the records that a to-many step leads to.
func (b *binder) lastTie(r *resource.Resource, path []string) seen {
	rel := follow(r, path[:len(path)-1]).Relationship(path[len(path)-1])
	if rel.Kind == resource.ManyToMany {
		return seen{verdict: allowed}
	}
	return b.sees(rel.Target, rel.Destination)
}

// tied is n, something about the record at the end of a path, and NULL where
// the actor does not see the keys that lead there.
func (b *binder) tied(r *resource.Resource, n expr.Node, up int, path []string) expr.Node {
	return ifSeen(expr.And(b.ties(r, up, path)...), n)
}

// ifSeen is n where the condition, which may be nil, holds, and else NULL. What
// is NULL anyway stays a plain NULL, whose type the database need not guess.
func ifSeen(seen, n expr.Node) expr.Node {
	if l, ok := n.(expr.Literal); seen == nil || ok && l.Value == nil {
		return n
	}
	if v, _ := judge(seen); v == refused {
		return expr.Literal{}
	}
	return expr.Call{Op: expr.OpIf, Args: []expr.Node{seen, n, expr.Literal{}}}
}

// tie says which column of a result is true where a load may be shown.
type tie struct{ load, tell int }

// tie limits what is loaded to relatives whose keys the actor sees: q is the
// query of the relatives, of the parents.
func (p *plan) tie(rel *resource.Relationship, q, of *datalayer.Query, load int, parent *Found) {
	s := p.b.sees(rel.Resource, rel.Source)
	if rel.Kind == resource.HasOne || rel.Kind == resource.HasMany {
		s = p.b.sees(rel.Target, rel.Destination)
		if s.verdict == depends {
			q.Where = expr.And(q.Where, s.condition)
		}
	} else if s.verdict == depends {
		parent.ties = append(parent.ties, tie{load, parent.tell(of, p.app.sightOf(rel.Resource, rel.Source), s.condition)})
	}
	if s.verdict == refused {
		q.Where = expr.Literal{Value: false}
	}
}

// untie takes from the loads what belongs to rows whose key is hidden.
func (f *Found) untie() {
	for _, t := range f.ties {
		rel := *f.Related[t.load]
		from, to := make([]int32, f.Len()), make([]int32, f.Len())
		for row := range from {
			start, end := rel.Span(row)
			if seen, err := f.Value(row, t.tell); seen != true || err != nil {
				end = start
			}
			from[row], to[row] = int32(start), int32(end) //nolint:gosec // G115: they were int32 before
		}
		rel.From, rel.To, rel.Present = from, to, nil
		f.Related[t.load] = &rel
	}
}
