package resource

import (
	"context"
	"fmt"

	"github.com/congago/conga/internal/structs"
)

// Finder is how code of the application finds the records that a relationship
// leads to.
type Finder struct {
	// Func finds the primary keys of the related records, canonical values in
	// their order, for all records of a page at once. Of each it may look at the needs.
	Func func(ctx context.Context, records []any) ([][]any, error)
	// Needs are the attributes of the record that Func looks at, besides the
	// primary key, and Loads the paths of relationships, from the record on.
	Needs []*Attribute
	Loads []Path
}

// RelatedFunc has code find the records of a to-many relationship that is
// tagged "has_many,key=-", such as what a search engine suggests: f gets all
// records of a page at once and returns, for each, the primary keys of the
// related ones, in order. Records have their primary key and what is needed:
// pointers to stored fields, to calculations by expressions, and to
// relationships, which are loaded as far as the actor may read.
//
// The related records are then read by their keys, in one statement for all,
// through the primary read action and the policies of their resource, with what
// the caller asks for: filter, sort, pages, what is loaded with them. Keys of no
// record, or of one that the actor may not read, lead nowhere. The relationship
// can be loaded, but no record can be filtered or sorted by it.
func RelatedFunc[P, X any, K any](r *BuilderOf[P], rel *[]X, f func(ctx context.Context, records []P) ([][]K, error), needs ...any) {
	r.d.finder(rel, structs.TypeOf(*new(K)), func(ctx context.Context, records []any) ([][]any, error) {
		found, err := f(ctx, recordsOf[P](records))
		out := make([][]any, len(found))
		for i, keys := range found {
			out[i] = make([]any, len(keys))
			for j, key := range keys {
				out[i][j] = structs.Canonical(key)
			}
		}
		return out, err
	}, needs)
}

// RelatedOneFunc has code find the record of a to-one relationship that is
// tagged "has_one,key=-": f returns one key for each record, a zero value for
// none. The rest is as with RelatedFunc.
func RelatedOneFunc[P, X any, K comparable](r *BuilderOf[P], rel **X, f func(ctx context.Context, records []P) ([]K, error), needs ...any) {
	r.d.finder(rel, structs.TypeOf(*new(K)), func(ctx context.Context, records []any) ([][]any, error) {
		found, err := f(ctx, recordsOf[P](records))
		out, none := make([][]any, len(found)), *new(K)
		for i, key := range found {
			if key != none {
				out[i] = []any{structs.Canonical(key)}
			}
		}
		return out, err
	}, needs)
}

func (d *declaration) finder(ptr any, key structs.Type, f func(context.Context, []any) ([][]any, error), needs []any) {
	rel := d.relation(ptr)
	switch {
	case rel == nil:
		return
	case rel.Source != nil || rel.Steps != nil || rel.Through != nil:
		d.fault(codeRelationship, rel.Name, "keys relate the records already", `tag it conga:"has_many,key=-" or "has_one,key=-"`)
		return
	case rel.Finder != nil:
		d.fault(codeRelationship, rel.Name, "the related records are found twice", "")
		return
	case key.Name != rel.Target.Primary.Type.Name:
		d.fault(codeRelationship, rel.Name, "the keys of "+rel.Target.Name+" are of the type "+rel.Target.Primary.Type.Name+", not "+key.Name, "")
		return
	}
	rel.Finder = &Finder{Func: func(ctx context.Context, records []any) ([][]any, error) {
		found, err := f(ctx, records)
		if err == nil && len(found) != len(records) {
			err = fmt.Errorf("%s.%s: keys were found for %d of %d records", d.res.Name, rel.Name, len(found), len(records))
		}
		return found, err
	}}
	var c Computation
	for _, need := range needs {
		d.need(rel.Name, &c, need)
	}
	rel.Finder.Needs, rel.Finder.Loads = c.Needs, c.Loads
}

// usedRelation is a relationship that an expression of a declaration follows.
type usedRelation struct {
	rel          *Relationship
	where, label string
}

// follows notes that an expression follows the relationship. It fails where
// that cannot be; while the model is not complete, checkFinders tells.
func (r *resolver) follows(rel *Relationship) error {
	if r.used == nil && rel.Finder != nil {
		return fmt.Errorf("%s.%s %s", rel.Resource.Name, rel.Name, foundByCode)
	}
	if r.followed != nil {
		r.followed(rel)
	}
	return nil
}

const foundByCode = "leads to records that Go code finds: it can be loaded, but no expression can follow it"

// checkFinders refuses expressions and needs that follow relationships of which
// Go code finds the records, and those that something else limits too.
func (c *compiler) checkFinders() {
	for _, u := range c.followed {
		if u.rel.Finder != nil {
			c.faults = append(c.faults, Diagnostic{Code: codeExpression, Where: u.where, Field: u.label, Message: u.rel.Name + " " + foundByCode})
		}
	}
	for _, r := range c.resources {
		for _, rel := range r.Relationships {
			at := r.label() + "." + rel.Name
			for _, step := range rel.Steps {
				if step.Finder != nil {
					c.fault(codeRelationship, at, step.Name+" "+foundByCode, "")
				}
			}
			if rel.Finder != nil {
				c.checkFinder(rel, at)
			}
		}
	}
}

func (c *compiler) checkFinder(rel *Relationship, at string) {
	if !rel.Plain() {
		c.fault(codeRelationship, at, "Go code finds the records, so there is no filter, sort or limit of the relationship", "leave out what the function can do itself")
	}
	for _, a := range rel.Finder.Needs {
		if a.Compute != nil {
			c.fault(codeRelationship, at, "it needs "+a.Name+", which Go code computes later", "need what that needs")
		}
	}
	for _, path := range rel.Finder.Loads {
		for _, step := range path.Steps {
			if step.Finder != nil {
				c.fault(codeRelationship, at, "it needs "+step.Name+", whose records Go code finds at the same time", "")
			}
		}
		if path.Attribute != nil && path.Attribute.Compute != nil {
			c.fault(codeRelationship, at, "it needs "+path.Attribute.Name+", which Go code computes later", "")
		}
	}
}
