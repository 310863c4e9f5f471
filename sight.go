package conga

import (
	"fmt"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// sight is the condition, not yet bound, under which an actor sees a field.
// Fields of which the same policies speak share one.
type sight struct{ condition expr.Node }

// sightsOf are the sights of all fields that have field policies.
func sightsOf(resources []*resource.Resource) map[*resource.Attribute]*sight {
	out := map[*resource.Attribute]*sight{}
	for _, r := range resources {
		shared := map[string]*sight{}
		for _, attr := range r.Attributes {
			n := r.Sight(attr)
			if n == nil {
				continue
			}
			key := fmt.Sprint(r.FieldPoliciesOf(attr)) // the addresses of the policies
			if shared[key] == nil {
				shared[key] = &sight{n}
			}
			out[attr] = shared[key]
		}
	}
	return out
}

// seen is a sight that is bound to the actor.
type seen struct {
	verdict
	condition expr.Node
}

// sees says whether the actor sees the field of records of r that he sees.
func (b *binder) sees(r *resource.Resource, attr *resource.Attribute) seen {
	s := b.app.sightOf(r, attr)
	if s == nil {
		return seen{verdict: allowed}
	}
	if known, ok := b.sights[s]; ok {
		return known
	}
	var out seen
	out.verdict, out.condition = judge(b.bind(r, s.condition, everything))
	if b.sights == nil {
		b.sights = map[*sight]seen{}
	}
	b.sights[s] = out
	return out
}

// sightOf is nil where a field is always seen. The attribute may be a copy.
func (a *App) sightOf(r *resource.Resource, attr *resource.Attribute) *sight {
	if len(a.sights) == 0 || attr == nil {
		return nil
	}
	return a.sights[r.Attribute(attr.Name)]
}

// veil is n, the value of a field of records of r that are reached by up and
// path, as the actor sees it: NULL where he may not.
func (b *binder) veil(r *resource.Resource, attr *resource.Attribute, n expr.Node, up int, path []string) expr.Node {
	switch s := b.sees(r, attr); s.verdict {
	case refused:
		return expr.Literal{}
	case depends:
		return ifSeen(rebase(s.condition, 0, up, path), n)
	}
	return n
}

// mask says which values of one column of a result are hidden.
type mask struct {
	verdict
	// tell is the column that is true where the value may be seen; -1 where
	// the value itself, which is never NULL, tells by being so.
	tell int
}

// mask veils the selected columns that the actor may not see, or may not see
// in every record, and tells found of it. It adds columns that tell what the
// values themselves cannot.
func (p *plan) mask(r *resource.Resource, wanted []*resource.Attribute, q *datalayer.Query, found *Found) {
	if len(p.app.sights) == 0 {
		return
	}
	for i, attr := range wanted {
		s := p.b.sees(r, attr)
		if s.verdict == allowed {
			continue
		}
		if found.masks == nil {
			found.masks = make([]mask, len(wanted))
			for j := range found.masks {
				found.masks[j].verdict = allowed
			}
		}
		found.masks[i] = mask{verdict: s.verdict, tell: -1}
		if s.verdict == depends && mayBeNull(attr) {
			found.masks[i].tell = found.tell(q, p.app.sightOf(r, attr), s.condition)
		}
		column := *q.Select[i]
		if column.Expr == nil {
			column.Expr = expr.Field{Name: attr.Name}
		}
		column.Expr = p.b.veil(r, attr, column.Expr, 0, nil)
		q.Select[i] = &column
	}
}

func mayBeNull(attr *resource.Attribute) bool {
	return attr.Expr != nil || attr.Type.Nullable || attr.Type.Kind == structs.JSON || attr.Type.Kind == structs.Bytes
}

// tell is the column of q with the condition, added where it is missing.
func (f *Found) tell(q *datalayer.Query, s *sight, condition expr.Node) int {
	if at, ok := f.told[s]; ok {
		return at
	}
	if f.told == nil {
		f.told = map[*sight]int{}
	}
	f.told[s] = len(q.Select)
	q.Select = append(q.Select, &resource.Attribute{Type: structs.Type{Kind: structs.Bool, Nullable: true}, Expr: condition})
	return f.told[s]
}

// Hidden reports whether the value at this place is NULL because the actor
// may not see it.
func (f *Found) Hidden(row, col int) bool {
	if f.conceal != nil {
		return f.conceal(row, col)
	}
	if col >= len(f.masks) {
		return false
	}
	switch m := f.masks[col]; {
	case m.verdict != depends:
		return m.verdict == refused
	case m.tell < 0:
		return f.Null(row, col)
	default:
		v, err := f.Value(row, m.tell)
		return v != true || err != nil
	}
}

// Masked reports whether some values of the result may be Hidden.
func (f *Found) Masked() bool { return f.masks != nil || f.conceal != nil }

// Conceal makes hidden what hides values of f, for results that no call of the
// engine has made.
func (f *Found) Conceal(hidden func(row, col int) bool) { f.conceal = hidden }
