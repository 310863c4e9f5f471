package conga

import (
	"context"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// read finds the records that the input speaks of, as far as the actor may
// read them: those that are related already, which it gives to the families,
// and those that are named. All of them are the pool.
func (n *nest) read(ctx context.Context) (pool []*relative, err error) {
	if n.m.Lookups == nil {
		return nil, nil
	}
	related := n.families[0].run.action.Kind == resource.Update && n.tied()
	if n.rel.Kind == resource.ManyToMany {
		return n.readJoined(ctx, related)
	}
	var where expr.Node
	if related && (n.whole() || !n.m.Many()) {
		where = n.filtered(oneOf(n.rel.Destination, n.sources()))
	}
	if !n.whole() || n.m.OnLookup != resource.DoIgnore {
		where = either(where, n.named())
	}
	if pool, err = n.relatives(ctx, where); err != nil || !related {
		return pool, err
	}
	for _, f := range n.families {
		key := n.known(f)
		for _, rel := range pool {
			if key != nil && same(n.rel.Destination.Get(rel.record), key) {
				f.existing = append(f.existing, rel)
			}
		}
	}
	return pool, nil
}

// tied reports whether the actor sees what relates the records: otherwise
// nothing is related for him.
func (n *nest) tied() bool {
	b := n.families[0].run.b
	switch n.rel.Kind {
	case resource.BelongsTo:
		return b.veils(n.rel.Resource, []*resource.Attribute{n.rel.Source}) == allowed
	case resource.ManyToMany:
		return b.veils(n.rel.Through, []*resource.Attribute{n.rel.ThroughSource, n.rel.ThroughDestination}) == allowed
	}
	return b.veils(n.m.Target(), []*resource.Attribute{n.rel.Destination}) == allowed
}

// filtered is where, a condition on related records, with what the
// relationship itself says of them.
func (n *nest) filtered(where expr.Node) expr.Node {
	if where == nil || n.rel.Filter == nil {
		return where
	}
	return expr.And(where, n.families[0].run.b.bind(n.m.Target(), n.rel.Filter, everything))
}

// whole reports whether all related records matter, not only those that are named.
func (n *nest) whole() bool { return n.m.OnMissing != resource.DoIgnore }

// sources are the values by which records are related to those of the families.
func (n *nest) sources() []any {
	var out []any
	for _, f := range n.families {
		if key := n.known(f); key != nil {
			out = append(out, key)
		}
	}
	return out
}

// known is the value by which the records are related that were so before the write.
func (n *nest) known(f *family) any {
	if f.run.before != nil {
		return n.rel.Source.Get(f.run.before)
	}
	return n.source(f.run)
}

// readJoined is read for a many_to_many, whose relations are records of their own.
func (n *nest) readJoined(ctx context.Context, related bool) (pool []*relative, err error) {
	if !related {
		return n.relatives(ctx, n.named())
	}
	if !n.whole() {
		if pool, err = n.relatives(ctx, n.named()); err != nil || len(pool) == 0 {
			return pool, err
		}
		keys := make([]any, len(pool))
		for i, rel := range pool {
			keys[i] = n.rel.Destination.Get(rel.record)
		}
		joins, err := n.find(ctx, n.rel.Through, expr.And(oneOf(n.rel.ThroughSource, n.sources()), oneOf(n.rel.ThroughDestination, keys)), true)
		if err != nil {
			return nil, err
		}
		n.tie(joins, pool)
		return pool, nil
	}
	joins, err := n.find(ctx, n.rel.Through, oneOf(n.rel.ThroughSource, n.sources()), true)
	if err != nil {
		return nil, err
	}
	var keys []any
	for _, join := range joins {
		keys = append(keys, n.rel.ThroughDestination.Get(join))
	}
	where := n.filtered(oneOf(n.rel.Destination, keys))
	if n.m.OnLookup != resource.DoIgnore {
		where = either(where, n.named())
	}
	if pool, err = n.relatives(ctx, where); err != nil {
		return nil, err
	}
	n.tie(joins, pool)
	return pool, nil
}

// tie gives each family the records of the pool that a join relates to it.
func (n *nest) tie(joins []any, pool []*relative) {
	byKey := map[any]*relative{}
	for _, rel := range pool {
		byKey[n.rel.Destination.Get(rel.record)] = rel
	}
	for _, f := range n.families {
		key := n.known(f)
		for _, join := range joins {
			if rel := byKey[n.rel.ThroughDestination.Get(join)]; rel != nil && same(n.rel.ThroughSource.Get(join), key) {
				f.existing = append(f.existing, &relative{record: rel.record, key: rel.key, join: join})
			}
		}
	}
}

// relatives are the records of the target for which the condition holds; nil means none.
func (n *nest) relatives(ctx context.Context, where expr.Node) ([]*relative, error) {
	target := n.m.Target()
	records, err := n.find(ctx, target, where, n.m.Update != nil || n.m.Destroy != nil)
	if err != nil {
		return nil, err
	}
	out := make([]*relative, len(records))
	for i, rec := range records {
		out[i] = &relative{record: rec, key: target.Primary.Get(rec)}
	}
	return out, nil
}

// find reads the records that the actor may read and for which the condition
// holds; nil means none. To be written, they are locked.
func (n *nest) find(ctx context.Context, r *resource.Resource, where expr.Node, lock bool) ([]any, error) {
	b := n.families[0].run.b
	v, readable := judge(b.readable(r))
	if where == nil || v == refused {
		return nil, nil
	}
	if v == depends {
		where = expr.And(where, readable)
	}
	q := &datalayer.Query{Resource: r, Select: r.Columns(), Where: where, Lock: lock && n.app.open(ctx) != nil, Relations: b.relations}
	res, err := n.app.session(ctx).Read(ctx, q)
	if err != nil {
		return nil, err
	}
	return (&Found{Result: res, Resource: r}).Records()
}

// lookups are the sets of attributes by which the actor may look for records:
// the primary key, and identities of which he may see every value.
func (n *nest) lookups() [][]*resource.Attribute {
	if len(n.m.Lookups) < 2 {
		return n.m.Lookups
	}
	if n.sets == nil {
		n.sets = n.m.Lookups[:1:1]
		for _, set := range n.m.Lookups[1:] {
			if b := n.families[0].run.b; b != nil && b.veils(n.m.Target(), set) == allowed {
				n.sets = append(n.sets, set)
			}
		}
	}
	return n.sets
}

// named is the condition that a record is named by an item; nil when none is.
func (n *nest) named() (out expr.Node) {
	for _, set := range n.lookups() {
		var keys []any
		for _, f := range n.families {
			for _, it := range f.items {
				values := it.values(set)
				switch {
				case values == nil:
				case len(set) == 1:
					keys = append(keys, values[0])
				default:
					out = either(out, allEqual(set, values))
				}
			}
		}
		if len(set) == 1 {
			out = either(out, oneOf(set[0], keys))
		}
	}
	return out
}

// values are what the item gives to the attributes; nil unless it gives all of them.
func (it *item) values(set []*resource.Attribute) []any {
	out := make([]any, len(set))
	for i, attr := range set {
		if out[i], _ = it.rec.value(attr); out[i] == nil {
			return nil
		}
	}
	return out
}

// match is the related record that the item names. The one record of a to-one
// relationship need not be named.
func (n *nest) match(f *family, it *item) *relative {
	if rel := n.identify(it, f.existing); rel != nil {
		return rel
	}
	key, _ := it.rec.value(n.m.Target().Primary)
	if !n.m.Many() && key == nil && len(f.existing) > 0 && n.m.OnMatch == resource.DoUpdate {
		return f.existing[0]
	}
	return nil
}

// identify is the record among those that the item names.
func (n *nest) identify(it *item, among []*relative) *relative {
	for _, set := range n.lookups() {
		values := it.values(set)
		if values == nil {
			continue
		}
		for _, rel := range among {
			if rel.has(set, values) {
				return rel
			}
		}
	}
	return nil
}

func (rel *relative) has(set []*resource.Attribute, values []any) bool {
	for i, attr := range set {
		if !same(attr.Get(rel.record), values[i]) {
			return false
		}
	}
	return true
}

// oneOf is the condition that the attribute has one of the values; nil for no values.
func oneOf(attr *resource.Attribute, values []any) expr.Node {
	if len(values) == 0 {
		return nil
	}
	return expr.Call{Op: expr.OpIn, Args: []expr.Node{expr.Field{Name: attr.Name}, expr.List{Values: values}}}
}

func allEqual(set []*resource.Attribute, values []any) (out expr.Node) {
	for i, attr := range set {
		out = expr.And(out, expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Field{Name: attr.Name}, expr.Literal{Value: values[i]}}})
	}
	return out
}

// either is a or b, where nil never holds.
func either(a, b expr.Node) expr.Node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return or(a, b)
}
