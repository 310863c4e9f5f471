package conga

import (
	"slices"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// along is the resource to which a path of relationships leads, and the path
// as the data layer is to follow it: where a relationship chooses among
// records, it chooses among those that the actor may read, but for policies,
// which see all.
func (b *binder) along(r *resource.Resource, path []string, limit scopeOf) (*resource.Resource, []string) {
	own := false
	for i, name := range path {
		rel := r.Relationship(name)
		if seen := b.follow(rel, limit); seen.Name != name {
			if !own {
				path, own = slices.Clone(path), true
			}
			path[i] = seen.Name
		}
		r = rel.Target
	}
	return r, path
}

// follow is the relationship as the data layer is to follow it.
func (b *binder) follow(rel *resource.Relationship, limit scopeOf) *resource.Relationship {
	if limit != everything {
		rel = rel.Seen()
	}
	b.use(rel)
	return rel
}

// use binds what a relationship says of the records that it leads to. It is
// the word of those who declared it: policies have no part in it, but records
// that the filters of their resources leave out are not led through.
func (b *binder) use(rel *resource.Relationship) {
	strays := b.any && rel.Strays()
	if rel.Plain() && !rel.IsSeen() && !strays || b.relations[rel] != nil {
		return
	}
	bound := *rel
	b.relations[rel] = &bound
	scopes := rel.Scopes()
	if rel.Filter != nil {
		bound.Filter = b.node(scopes, rel.Filter, everything)
	}
	if strays { // an action that reaches all tenants does not lead from one to another
		bound.Filter = expr.And(bound.Filter, rel.SameTenant())
	}
	if rel.IsSeen() && rel.Through != nil {
		bound.JoinFilter = b.joins(rel)
	}
	if rel.IsSeen() && rel.Chooses() {
		if v, readable := judge(b.readable(rel.Target)); v != allowed {
			bound.Filter = expr.And(bound.Filter, readable)
		}
	}
	if bound.Filter != nil {
		bound.Filter = expr.Simplify(bound.Filter)
	}
	bound.Sort = b.orders(scopes, rel.Sort, everything)
	if rel.Steps != nil {
		bound.Steps = b.steps(rel)
	}
}

// joins is the condition on the join records that the actor sees, and sees to
// relate what they relate. Join records that nobody can read are no secret.
func (b *binder) joins(rel *resource.Relationship) expr.Node {
	if rel.Through.PrimaryAction(resource.Read) == nil {
		return nil
	}
	v, out := judge(b.readable(rel.Through))
	if v == allowed {
		out = nil
	}
	for _, key := range []*resource.Attribute{rel.ThroughSource, rel.ThroughDestination} {
		if s := b.sees(rel.Through, key); s.verdict != allowed {
			out = expr.And(out, s.condition)
		}
	}
	return out
}

// steps are the relationships that a path leads along, without the records
// that the filters of their resources leave out or, for all but policies, that
// the actor may not read. Records that nobody can read are no secret.
func (b *binder) steps(rel *resource.Relationship) []*resource.Relationship {
	out := slices.Clone(rel.Steps)
	for i, step := range out {
		b.use(step)
		if i == len(out)-1 {
			break // the end is for those to limit who ask for it
		}
		limit := b.bind(step.Target, step.Target.Filter, everything)
		if rel.IsSeen() && step.Target.PrimaryAction(resource.Read) != nil {
			v, readable := judge(b.readable(step.Target))
			if limit = nil; v != allowed {
				limit = readable
			}
		}
		if limit != nil {
			through := *b.relations.Of(step)
			through.Filter = expr.And(through.Filter, limit)
			out[i] = &through
		}
	}
	return out
}

// customized reports whether more than keys relates records somewhere, or may have to.
func customized(g *resource.Registry) bool {
	return slices.ContainsFunc(g.Resources, func(r *resource.Resource) bool {
		return slices.ContainsFunc(r.Relationships, func(rel *resource.Relationship) bool {
			return !rel.Plain() || rel.Seen() != rel || rel.Strays()
		})
	})
}
