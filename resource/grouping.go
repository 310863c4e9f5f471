package resource

import (
	"fmt"
	"slices"
	"strings"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// Reach is an attribute of a record, or of what its to-one relationships lead to.
type Reach struct {
	Path      []*Relationship
	Attribute *Attribute
}

// JSON is the name in documents: "agent.name".
func (x *Reach) JSON() string {
	return x.join(".", func(r *Relationship) string { return r.JSON }, x.Attribute.JSON)
}

// String is the way in Go names: "Agent.Name".
func (x *Reach) String() string {
	return x.join(".", func(r *Relationship) string { return r.Name }, x.Attribute.Name)
}

func (x *Reach) join(sep string, step func(*Relationship) string, last string) string {
	parts := make([]string, 0, len(x.Path)+1)
	for _, rel := range x.Path {
		parts = append(parts, step(rel))
	}
	return strings.Join(append(parts, last), sep)
}

// Node is the reference to the attribute.
func (x *Reach) Node() expr.Node {
	f := expr.Field{Name: x.Attribute.Name, Args: x.Attribute.Given()}
	for _, rel := range x.Path {
		f.Path = append(f.Path, rel.Name)
	}
	return f
}

// Groups lets clients of REST and GraphQL ask for groups of the records
// instead of the records, and for aggregates of them: how many there are for
// each value of these fields, which may belong to what to-one relationships
// lead to. Times are grouped by the hour, the day and so on. Go callers may
// group by anything.
//
//go:noinline
func (b *ReadBuilderOf[P]) Groups(fields ...any) *ReadBuilderOf[P] {
	b.a.Groups = b.d.reach(b.a, b.a.Groups, fields)
	return b
}

// Aggregates lets clients of REST and GraphQL ask for the sum, the mean, the
// smallest and the largest of these fields, and for the number of their
// values, over all records or over groups. The number of records they may ask
// for with any Groups or Aggregates.
//
//go:noinline
func (b *ReadBuilderOf[P]) Aggregates(fields ...any) *ReadBuilderOf[P] {
	b.a.Aggregates = b.d.reach(b.a, b.a.Aggregates, fields)
	return b
}

func (d *declaration) reach(a *Action, list []*Reach, fields []any) []*Reach {
	for _, ptr := range fields {
		path, member, err := d.res.Find(ptr)
		attr, ok := member.(*Attribute)
		switch {
		case err != nil:
			d.fault(codeField, a.Name, err.Error(), "take the pointer from the receiver of Define, and do not copy that")
		case !ok:
			d.fault(codeField, a.Name, "a relationship is no value to group by", "name an attribute")
		default:
			for _, rel := range path {
				d.followed(rel)
			}
			list = append(list, &Reach{path, attr})
		}
	}
	return list
}

// Grouped reports whether clients may ask for groups of the records, or for aggregates.
func (a *Action) Grouped() bool { return len(a.Groups) > 0 || len(a.Aggregates) > 0 }

// Comparable reports whether values of the attribute can be told apart and
// ordered by a database: documents, lists and bytes are not, and not what code
// of the application computes.
func (a *Attribute) Comparable() bool {
	if a.Compute != nil {
		return false
	}
	switch a.Type.Kind {
	case structs.JSON, structs.List, structs.Bytes:
		return false
	}
	return true
}

// Aggregable are the kinds of aggregates that there are of the attribute.
func (a *Attribute) Aggregable() []expr.AggregateKind {
	if a.Compute != nil {
		return nil
	}
	switch a.Type.Kind {
	case structs.Int, structs.Float, structs.Decimal, structs.Duration:
		return []expr.AggregateKind{expr.AggregateCount, expr.AggregateSum, expr.AggregateAvg, expr.AggregateMin, expr.AggregateMax}
	case structs.String, structs.Time, structs.Date:
		return []expr.AggregateKind{expr.AggregateCount, expr.AggregateMin, expr.AggregateMax}
	case structs.Bool, structs.UUID:
		return []expr.AggregateKind{expr.AggregateCount}
	}
	return nil
}

// checkGroups refuses what clients must not, or cannot, group by.
func (c *compiler) checkGroups(a *Action) {
	seen := map[string]bool{}
	for _, x := range slices.Concat(a.Groups, a.Aggregates) {
		message, hint := x.fault()
		if message != "" && !seen[x.String()] {
			seen[x.String()] = true
			c.faults = append(c.faults, Diagnostic{Code: codeAction, Where: a.Where,
				Field: a.Resource.label() + "." + a.Name, Message: x.String() + " " + message, Hint: hint})
		}
	}
	computed := map[string]bool{"count": true}
	for _, x := range a.Aggregates {
		for _, f := range []string{"count_distinct_", "sum_", "avg_", "min_", "max_"} {
			computed[f+x.JSON()] = true
		}
	}
	for _, x := range a.Groups {
		if computed[x.JSON()] {
			c.faults = append(c.faults, Diagnostic{Code: codeName, Where: a.Where,
				Field: a.Resource.label() + "." + a.Name, Message: x.String() + " has the name of an aggregate, " + x.JSON(),
				Hint: "give it another one by a json tag"})
		}
	}
	for _, list := range [][]*Reach{a.Groups, a.Aggregates} {
		for i, x := range list {
			if slices.ContainsFunc(list[:i], func(y *Reach) bool { return x.String() == y.String() }) {
				c.faults = append(c.faults, Diagnostic{Code: codeName, Where: a.Where,
					Field: a.Resource.label() + "." + a.Name, Message: x.String() + " is named twice"})
			}
		}
	}
}

// fault is what keeps clients from grouping by the attribute.
func (x *Reach) fault() (message, hint string) {
	for _, rel := range x.Path {
		read := rel.Target.PrimaryAction(Read)
		switch {
		case rel.Many():
			return "leads to many records", "only to-one relationships can be followed here"
		case rel.Private || read == nil || read.Private:
			return fmt.Sprintf("leads through %s, which clients cannot follow", rel.Name), ""
		}
	}
	switch {
	case x.Attribute.Private || x.Attribute.Sensitive:
		return "is private or sensitive", "what clients may not see cannot be shown for groups either"
	case x.Attribute.NoFilter || x.Attribute.NoSort:
		return "is kept from the filters or sorts of clients", "drop nofilter and nosort, or leave the field out of groups"
	case !x.Attribute.Comparable():
		return "is a document, a list, bytes or computed by code, so the database cannot tell its values apart", ""
	}
	return "", ""
}
