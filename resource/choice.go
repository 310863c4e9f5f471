package resource

import (
	"slices"
	"strconv"
	"strings"

	"github.com/congago/conga/internal/inflect"
)

// Choice is several belongs_to relationships of which a record has exactly
// one: what a record is about may be of one resource or of another.
type Choice struct {
	// Name is the Go name; JSON and GraphQL are the names in documents.
	Name, JSON, GraphQL string
	// Members are the relationships, in declared order.
	Members []*Relationship
}

// Choice is the choice with that JSON name, or nil.
func (r *Resource) Choice(json string) *Choice {
	c, _ := r.byJSON[json].(*Choice)
	return c
}

// OneOf declares that each record belongs to exactly one of several: the
// pointers are to belongs_to relationships whose keys may be null. Creates, and
// updates that change one of the keys, are refused otherwise, and the database
// has a constraint that says so. In GraphQL the name is a field with a union of
// the types; in REST it includes all of them.
//
//go:noinline
func (b *BuilderOf[P]) OneOf(name string, belongsTo ...any) {
	d := b.d
	c := &Choice{Name: inflect.Pascal(name), JSON: inflect.Snake(name)}
	c.GraphQL = inflect.Camel(c.JSON)
	for _, ptr := range belongsTo {
		if rel := d.member(name, ptr); rel != nil {
			c.Members = append(c.Members, rel)
		}
	}
	switch {
	case len(c.Members) < len(belongsTo):
		return
	case len(c.Members) < 2:
		d.fault(codeRelationship, name, "a choice among fewer than two is none", "name two belongs_to relationships or more")
		return
	case d.res.byJSON[c.JSON] != nil:
		d.fault(codeName, name, "a field is called "+strconv.Quote(c.JSON)+" already", "give the choice another name")
		return
	}
	d.res.byJSON[c.JSON] = c
	d.res.Choices = append(d.res.Choices, c)
	b.Constrain(d.res.Table+"_"+c.JSON+"_one", c.constraint())
}

// member is a relationship that a choice may have, or nil after a fault.
func (d *declaration) member(name string, ptr any) *Relationship {
	path, m, err := d.res.Find(ptr)
	rel, ok := m.(*Relationship)
	switch {
	case err != nil:
		d.fault(codeField, name, err.Error(), "take it from the receiver of Define, and do not copy that")
	case !ok || len(path) > 0 || rel.Kind != BelongsTo:
		d.fault(codeRelationship, name, "a choice is among belongs_to relationships of the resource itself", "")
	case !rel.Source.Type.Nullable:
		d.fault(codeRelationship, name, rel.Name+" cannot be without a record", "make "+rel.Source.Name+" a pointer")
	case rel.OnDelete == Nilify:
		d.fault(codeRelationship, name, rel.Name+" would be left without any when its record is deleted", "use on_delete=cascade or restrict")
	default:
		return rel
	}
	return nil
}

// constraint says in SQL that exactly one of the keys is there.
func (c *Choice) constraint() SQL {
	terms := make([]string, len(c.Members))
	for i, rel := range c.Members {
		terms[i] = `case when "` + strings.ReplaceAll(rel.Source.Column, `"`, `""`) + `" is null then 0 else 1 end`
	}
	return SQL(strings.Join(terms, " + ") + " = 1")
}

// choose validates the choices of the resource in actions that may change them.
func (d *declaration) choose() {
	for _, c := range d.res.Choices {
		var keys []any
		for _, rel := range c.Members {
			keys = append(keys, rel.Source.Ptr(d.res.probe.Value))
		}
		for _, a := range d.res.Actions {
			changes := slices.ContainsFunc(c.Members, func(rel *Relationship) bool {
				return a.Accepts(rel.Source) || slices.ContainsFunc(a.Steps, func(s Step) bool { return s.Set == rel.Source })
			})
			if a.Kind == Create || a.Kind == Update && changes {
				a.Steps = append(a.Steps, d.steps(a, PresentExactly(1, keys...).step)...)
			}
		}
	}
}
