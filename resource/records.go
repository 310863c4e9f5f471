package resource

import (
	"fmt"
	"strings"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// addAll makes the relationship that leads to all records of r, which every
// resource has, known by name alone.
func (c *compiler) addAll(r *Resource) {
	rel := &Relationship{Name: allPrefix + r.Name, Kind: HasMany, Resource: r, Target: r, all: true, correlated: true}
	c.all[rel.Name], r.all = rel, c.all
}

// All reports whether the relationship leads to all records of Target, from
// whatever record: what expr.Records stands for.
func (r *Relationship) All() bool { return r.all }

// Aligned is the condition, with the scopes of an aggregate over what
// expr.Records stands for, that both records belong to the same tenant; nil
// where the records of one resource do not tell.
func (r *Relationship) Aligned(from *Resource) expr.Node {
	if from.Tenant.Column() == nil || r.Target.Tenant.Column() == nil {
		return nil
	}
	return (&Relationship{Kind: HasMany, Resource: from, Target: r.Target}).SameTenant()
}

// records resolves an aggregate over all records of a resource.
func (r *resolver) records(x *expr.Related) (expr.Node, error) {
	shape := structs.OfValue(x.Record())
	for name, rel := range r.scopes[0].resource.all {
		if rel.Target.shape == shape {
			out := &expr.Aggregate{Kind: x.Kind, Distinct: x.Distinct, Path: []string{name}}
			return out, r.inside(rel.Target, x, out)
		}
	}
	return nil, fmt.Errorf("%s is no resource of the application: add it with resource.Of", shape.Name)
}

// IsAll reports whether a path is that to all records of a resource, which
// begins nowhere.
func IsAll(path []string) bool { return len(path) == 1 && strings.HasPrefix(path[0], allPrefix) }

const allPrefix = "every "
