package resource

import (
	"fmt"
	"slices"
	"strings"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// RelationBuilder limits and orders the records of type X that a relationship
// leads to. What it says holds wherever the relationship is followed: when
// records are loaded, and in filters, sorts, aggregates and policies.
type RelationBuilder[X any] = RelationBuilderOf[*X]

// RelationBuilderOf is a RelationBuilder, see BuilderOf.
type RelationBuilderOf[P any] struct {
	d   *declaration
	rel *Relationship // nil after a fault
}

// Related speaks of a to-many relationship of the resource itself.
func Related[P, X any](r *BuilderOf[P], rel *[]X) *RelationBuilder[X] {
	return &RelationBuilder[X]{r.d, r.d.relation(rel)}
}

// RelatedOne speaks of a has_one relationship of the resource itself. With a
// Sort it leads to the first of many: the newest, the cheapest.
func RelatedOne[P, X any](r *BuilderOf[P], rel **X) *RelationBuilder[X] {
	return &RelationBuilder[X]{r.d, r.d.relation(rel)}
}

// Where limits the related records to those for which the condition holds. It
// may speak of the record at which the relationship starts, of the actor and
// of the present time. Several conditions all hold.
func (b *RelationBuilderOf[P]) Where(condition func(x P) expr.Bool) *RelationBuilderOf[P] {
	b.d.relationWhere(b.rel, func(_, x any) expr.Node { return condition(x.(P)).Node() })
	return b
}

// Sort orders the related records where no other order is asked for. It
// decides which of them come first for Limit and for a has_one.
func (b *RelationBuilderOf[P]) Sort(keys func(x P) []expr.Order) *RelationBuilderOf[P] {
	b.d.relationSort(b.rel, func(_, x any) []expr.Order { return keys(x.(P)) })
	return b
}

// Limit keeps the first n related records, in the order of Sort: for the
// relationship the others are not there.
func (b *RelationBuilderOf[P]) Limit(n int) *RelationBuilderOf[P] {
	b.d.relationLimit(b.rel, n)
	return b
}

// JoinBuilder limits and orders the records of a many_to_many relationship by
// what the join records say that tie them to it.
type JoinBuilder[X, J any] struct {
	d   *declaration
	rel *Relationship
}

// RelatedThrough speaks of a many_to_many relationship of the resource itself
// and of its join records, of type J. Two records must be tied by one join
// record at most: declare an Identity over both keys.
func RelatedThrough[J, P, X any](r *BuilderOf[P], rel *[]X) *JoinBuilder[X, J] {
	b := &JoinBuilder[X, J]{r.d, r.d.relation(rel)}
	if b.rel == nil {
		return b
	}
	if b.rel.Through == nil || b.rel.Through.shape != structs.Of[J]() {
		r.d.fault(codeRelationship, b.rel.Name, fmt.Sprintf("it does not lead through %s", structs.Of[J]().Name), "name the join resource of the many_to_many")
		b.rel = nil
		return b
	}
	b.rel.joined = true
	return b
}

// Where limits the related records, see RelationBuilder.Where.
func (b *JoinBuilder[X, J]) Where(condition func(x *X, join *J) expr.Bool) *JoinBuilder[X, J] {
	b.d.relationWhere(b.rel, func(j, x any) expr.Node { return condition(x.(*X), j.(*J)).Node() })
	return b
}

// Sort orders the related records, see RelationBuilder.Sort.
func (b *JoinBuilder[X, J]) Sort(keys func(x *X, join *J) []expr.Order) *JoinBuilder[X, J] {
	b.d.relationSort(b.rel, func(j, x any) []expr.Order { return keys(x.(*X), j.(*J)) })
	return b
}

// Limit keeps the first n related records, see RelationBuilder.Limit.
func (b *JoinBuilder[X, J]) Limit(n int) *JoinBuilder[X, J] {
	b.d.relationLimit(b.rel, n)
	return b
}

// relation is the relationship of the resource itself that ptr points at, or nil after a fault.
func (d *declaration) relation(ptr any) *Relationship {
	path, member, err := d.res.Find(ptr)
	rel, ok := member.(*Relationship)
	switch {
	case err != nil:
		d.fault(codeField, "", err.Error(), "take it from the receiver of Define, and do not copy that")
	case !ok || len(path) > 0:
		d.fault(codeField, "", "the pointer is no relationship of the resource itself", "")
	case rel.Kind == BelongsTo:
		d.fault(codeRelationship, rel.Name, "a belongs_to leads to the one record that its key names", "use a has_one, or filter where it is followed")
	default:
		return rel
	}
	return nil
}

func (d *declaration) relationWhere(rel *Relationship, condition func(join, x any) expr.Node) {
	d.within(rel, func(r *resolver, join, x any) error {
		n, err := r.resolve(condition(join, x))
		if err == nil {
			rel.Filter = expr.And(rel.Filter, n)
		}
		return err
	})
}

func (d *declaration) relationSort(rel *Relationship, keys func(join, x any) []expr.Order) {
	d.within(rel, func(r *resolver, join, x any) error {
		sort, err := r.orders(keys(join, x))
		if err == nil {
			rel.Sort = append(rel.Sort, sort...)
		}
		return err
	})
}

func (d *declaration) relationLimit(rel *Relationship, n int) {
	switch {
	case rel == nil:
	case n < 1:
		d.fault(codeRelationship, rel.Name, fmt.Sprintf("a limit of %d leaves no records", n), "")
	case !rel.Many():
		d.fault(codeRelationship, rel.Name, "a has_one leads to one record anyway", "leave out the Limit")
	default:
		rel.Limit = n
	}
}

// within resolves what is said of the related records, with the join record
// of a many_to_many and the record at which the relationship starts around them.
func (d *declaration) within(rel *Relationship, say func(r *resolver, join, x any) error) {
	if rel == nil {
		return
	}
	r := &resolver{scopes: slices.Clone(d.scopes), actors: d.actors, used: d.used, followed: d.followed, wrote: d.wrote}
	if rel.field == nil { // an inverse: the record where it starts cannot be spoken of
		r.scopes = []scope{{rel.Resource, rel.Resource.shape.NewProbe()}}
	}
	var join any
	if rel.Through != nil {
		p := rel.Through.shape.NewProbe()
		join = p.Value
		r.scopes = append(r.scopes, scope{rel.Through, p})
	}
	x := rel.Target.shape.NewProbe()
	r.scopes = append(r.scopes, scope{rel.Target, x})
	if err := say(r, join, x.Value); err != nil {
		d.fault(codeExpression, rel.Name, err.Error(), "")
	}
}

// Scopes are the resources of the records around the related one in Filter
// and Sort, outermost first: where it starts, the join record, where it leads.
func (r *Relationship) Scopes() []*Resource {
	if r.Through != nil {
		return []*Resource{r.Resource, r.Through, r.Target}
	}
	return []*Resource{r.Resource, r.Target}
}

// Key is the attribute by whose values records are gathered that lead to the
// same related ones: Source, or the primary key where more than Source tells
// what is related.
func (r *Relationship) Key() *Attribute {
	if r.correlated {
		return r.Resource.Primary
	}
	return r.Source
}

// Correlated reports whether the related records cannot be told from the
// value of Source alone: the relationship leads along a path or without keys,
// has a limit, its filter or sort speaks of the record at which it starts, or
// it Strays.
// It stays so when they are bound.
func (r *Relationship) Correlated() bool { return r.correlated }

// Chooses reports whether an order decides which of several records the
// relationship leads to, or does so on its way.
func (r *Relationship) Chooses() bool {
	return r.Limit > 0 || !r.Many() && !r.Single() ||
		slices.ContainsFunc(r.Steps, func(step *Relationship) bool { return step.Chooses() })
}

// Seen is the relationship as somebody follows it who does not see all
// records. Where the relationship Chooses, or leads through join records, that
// is another one, with a name of its own, that can be made to leave out what is
// not seen before it chooses; otherwise it is the relationship itself.
func (r *Relationship) Seen() *Relationship {
	if r.seen != nil {
		return r.seen
	}
	return r
}

// IsSeen reports whether the relationship is the other one that Seen tells.
func (r *Relationship) IsSeen() bool { return r.twin }

// selects reports whether it matters on the way who follows the relationship.
func (r *Relationship) selects() bool {
	return r.Finder == nil && (r.Through != nil || r.Steps != nil || r.Chooses())
}

// addSeen makes the twin that Seen tells, known by name alone.
func (r *Relationship) addSeen() {
	if !r.selects() {
		return
	}
	twin := *r
	twin.Name, twin.twin = r.Name+" seen", true
	r.seen = &twin
	r.Resource.byName[twin.Name] = r.seen
}

// linkSeen leads the twin along others.
func (r *Relationship) linkSeen() {
	if r.seen == nil || r.Steps == nil {
		return
	}
	r.seen.Steps = make([]*Relationship, len(r.Steps))
	for i, step := range r.Steps {
		r.seen.Steps[i] = step.Seen()
	}
}

// Plain reports whether keys alone relate the records.
func (r *Relationship) Plain() bool {
	return r.Filter == nil && r.Sort == nil && r.Limit == 0 && r.Steps == nil
}

// Single reports whether at most one record has a given value of
// Destination, so that no order decides.
func (r *Relationship) Single() bool {
	return r.Kind != ManyToMany && r.Destination != nil && r.Target.identifies([]*Attribute{r.Destination})
}

// speaksOutwards reports whether the filter or the sort of the relationship
// speaks of the record at which it starts.
func speaksOutwards(rel *Relationship) bool {
	outermost := len(rel.Scopes()) - 1
	found := leadsOut(rel.Filter, outermost)
	for _, o := range rel.Sort {
		found = found || leadsOut(o.Node, outermost)
	}
	return found
}

// leadsOut reports whether n speaks of the record that is up records outwards.
func leadsOut(n expr.Node, up int) bool {
	switch x := n.(type) {
	case expr.Field:
		return x.Up >= up
	case expr.Call:
		return slices.ContainsFunc(x.Args, func(a expr.Node) bool { return leadsOut(a, up) })
	case *expr.Aggregate:
		return x.Up >= up || leadsOut(x.Of, up+1) || leadsOut(x.Where, up+1) ||
			slices.ContainsFunc(x.Sort, func(o expr.Order) bool { return leadsOut(o.Node, up+1) })
	}
	return false
}

// linkPath finds the relationships along which a has_one or has_many leads:
// "Memberships.Team". They must be there already, so paths are linked last.
func (c *compiler) linkPath(rel *Relationship, at, path string) bool {
	r := rel.Resource
	for name := range strings.SplitSeq(path, ".") {
		step := r.Relationship(name)
		if step == nil || step == rel {
			var all []string
			for _, other := range r.Relationships {
				all = append(all, other.Name)
			}
			c.fault(codeRelationship, at, r.Name+" has no relationship "+name+" to lead through", suggest(name, all))
			return false
		}
		rel.Steps = append(rel.Steps, step)
		r = step.Target
	}
	switch {
	case r != rel.Target:
		c.fault(codeRelationship, at, "the path "+path+" leads to "+r.Name+", not to "+rel.Target.Name, "")
		return false
	case len(rel.Steps) < 2:
		c.fault(codeRelationship, at, "the path "+path+" has one step", "use that relationship, or name two steps: through=Memberships.Team")
		return false
	}
	return true
}

// checkRelationships refuses relationships that lead through themselves, that
// no key and no filter limits, and orders that could not tell which join record is meant.
func (c *compiler) checkRelationships(r *Resource) {
	for _, rel := range r.Relationships {
		at := r.label() + "." + rel.Name
		if rel.Kind != BelongsTo && rel.Source == nil && rel.Steps == nil && rel.Filter == nil && rel.Finder == nil {
			c.fault(codeRelationship, at, "neither a key nor a condition relates the records", "call resource.Related in Define, with a Where, or RelatedFunc")
		}
		if slices.Contains(c.unproven, rel) && !rel.Single() {
			c.fault(codeRelationship, at, "several records of "+rel.Target.Name+" may have the same "+rel.Destination.Name, `tag it conga:"unique"`)
		}
		if rel.joined && !rel.tiedOnce() {
			c.fault(codeRelationship, at, "two records may be tied by several records of "+rel.Through.Name+", and none of them is meant",
				"declare an Identity over "+rel.ThroughSource.Name+" and "+rel.ThroughDestination.Name)
		}
		if c.circular(rel, map[any]bool{}) {
			c.fault(codeRelationship, at, "the relationship needs itself", "")
		}
		for _, key := range []*Attribute{rel.Source, rel.Destination, rel.ThroughSource, rel.ThroughDestination} {
			if key != nil && key.IgnoresCase {
				c.fault(codeRelationship, at, "the key "+key.Name+" ignores case, which the keys of a database cannot",
					"relate the records by another key or, with key=-, by a condition in resource.Related")
			}
		}
	}
}

// tiedOnce reports whether two records are tied by one join record at most.
func (r *Relationship) tiedOnce() bool {
	return r.Through.identifies([]*Attribute{r.ThroughSource, r.ThroughDestination}) ||
		r.Through.identifies([]*Attribute{r.ThroughSource}) || r.Through.identifies([]*Attribute{r.ThroughDestination})
}

// circular reports whether what the relationship says leads back to a
// relationship or calculation that is being followed.
func (c *compiler) circular(rel *Relationship, open map[any]bool) bool {
	if open[rel] {
		return true
	}
	open[rel] = true
	defer delete(open, rel)
	if slices.ContainsFunc(rel.Steps, func(step *Relationship) bool { return c.circular(step, open) }) ||
		c.circularNode(rel.Scopes(), rel.Filter, open) {
		return true
	}
	return slices.ContainsFunc(rel.Sort, func(o expr.Order) bool { return c.circularNode(rel.Scopes(), o.Node, open) })
}

// circularNode follows the relationships and calculations of n.
func (c *compiler) circularNode(scopes []*Resource, n expr.Node, open map[any]bool) bool {
	found := false
	path := func(up int, path []string) *Resource {
		r := scopes[len(scopes)-1-up]
		for _, name := range path {
			rel := r.Relationship(name)
			found = found || c.circular(rel, open)
			r = rel.Target
		}
		return r
	}
	expr.Walk(n, func(n expr.Node) bool {
		if found {
			return false
		}
		switch x := n.(type) {
		case expr.Field:
			at := path(x.Up, x.Path)
			if a := at.Attribute(x.Name); !found && a != nil && a.Expr != nil {
				if found = open[a]; !found {
					open[a] = true
					found = c.circularNode([]*Resource{at}, a.Expr, open)
					delete(open, a)
				}
			}
		case *expr.Aggregate:
			inner := append(slices.Clip(scopes), path(x.Up, x.Path))
			if !found {
				found = c.circularNode(inner, x.Of, open) || c.circularNode(inner, x.Where, open)
			}
			return false
		}
		return true
	})
	return found
}
