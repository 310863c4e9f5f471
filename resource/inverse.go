package resource

import (
	"fmt"
	"strconv"

	"github.com/congago/conga/internal/inflect"
)

// Inverse declares the other direction of a belongs_to relationship on the
// resource that it leads to: has_many or, where the key is unique, has_one. It is
// for a resource whose package cannot import this one, so that its struct can
// have no field for it. Clients follow it like any other relationship; Go code
// reads it with conga.Related. The name is as of a field: "Orders".
func Inverse[P, X any](r *BuilderOf[P], belongsTo **X, name string) *RelationBuilderOf[P] {
	return &RelationBuilderOf[P]{r.d, r.d.inverse(belongsTo, name)}
}

func (d *declaration) inverse(ptr any, name string) *Relationship {
	path, member, err := d.res.Find(ptr)
	rel, ok := member.(*Relationship)
	switch {
	case err != nil:
		d.fault(codeField, name, err.Error(), "take it from the receiver of Define, and do not copy that")
		return nil
	case !ok || len(path) > 0 || rel.Kind != BelongsTo:
		d.fault(codeRelationship, name, "only a belongs_to of the resource itself has an inverse", "")
		return nil
	}
	on := rel.Target
	json := inflect.Snake(name)
	if json == "" || on.byName[name] != nil || on.byJSON[json] != nil {
		d.fault(codeName, name, fmt.Sprintf("%s cannot have a relationship called %s, or has such a field already", on.Name, strconv.Quote(name)), "name it as a field: Orders")
		return nil
	}
	out := &Relationship{Name: name, JSON: json, GraphQL: inflect.Camel(json), Kind: HasMany, Resource: on, Target: d.res,
		Source: rel.Destination, Destination: rel.Source, Private: rel.Private, Index: len(on.Relationships)}
	if d.res.identifies([]*Attribute{rel.Source}) {
		out.Kind = HasOne
	}
	on.Relationships = append(on.Relationships, out)
	on.byName[name], on.byJSON[json] = out, out
	return out
}
