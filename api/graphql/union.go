package graphql

import (
	"slices"

	gql "github.com/99designs/gqlgen/graphql"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/inflect"
)

// choices adds a field with a union for each choice among relationships.
func (b *builder) choices(rt *resourceType) {
	for _, c := range rt.res.Choices {
		f := &fieldDef{name: c.GraphQL}
		var types []string
		for _, rel := range c.Members {
			if !api.Follows(rel) {
				continue
			}
			target := b.byRes[rel.Target]
			f.choice = append(f.choice, &fieldDef{rel: rel, res: target})
			if !slices.Contains(types, target.object.name) {
				types = append(types, target.object.name)
			}
		}
		if len(types) == 0 {
			continue
		}
		t := b.define("union", "", rt.object.name+inflect.Pascal(c.JSON))
		t.union = types
		f.typ = t.name
		rt.object.add(f)
	}
}

// chosen is a member with the record that a choice leads to, or null.
func (q *query) chosen(f gql.CollectedField, def *fieldDef, rec *records) (api.Member, error) {
	type option struct {
		load  int
		shape *api.Shape
	}
	var options []option
	for _, member := range def.choice {
		var sub records
		shape, err := q.record(member.res, f.Selections, &sub, def.typ)
		if err != nil {
			return api.Member{}, err
		}
		i := rec.load(conga.Nested{Relationship: member.rel, Selection: sub.selection(member.res.res)})
		options = append(options, option{i, shape})
	}
	return api.Custom(f.Alias, func(dst []byte, found *conga.Found, row int) ([]byte, error) {
		for _, o := range options {
			if from, to := found.Related[o.load].Span(row); from < to {
				return o.shape.AppendRow(dst, found.Sub(o.load), from)
			}
		}
		return append(dst, "null"...), nil
	}), nil
}
