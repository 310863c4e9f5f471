package datalayer

import (
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Group makes a Query one for groups of records: those for which Where holds
// and that have the same values of the keys, where NULL is a value like others.
// Each group is a row: its keys, then its aggregates. Without keys, all
// records are one group, which is there even when they are none.
type Group struct {
	// Keys are attributes with an Expr over the record. No value of theirs is
	// a document or bytes.
	Keys []*resource.Attribute
	// Aggregates are computed over the records of each group.
	Aggregates []Aggregate
	// Having is a condition on the row; nil means all groups. In it and in
	// Query.Sort a Field is the column whose attribute has that Name.
	Having expr.Node
}

// Aggregate condenses the records of a group to one value.
type Aggregate struct {
	// Attribute names the column, and has the type of the value.
	Attribute *resource.Attribute
	// Kind is AggregateCount, AggregateMin, AggregateMax, AggregateSum or AggregateAvg.
	Kind expr.AggregateKind
	// Of is the value, over the record; NULL does not count. Without it
	// AggregateCount is the number of records. Its kind is Kind's: numbers for
	// sums and means, for the smallest and the largest those and times and texts.
	// The mean of durations is cut to whole nanoseconds.
	Of expr.Node
	// Distinct has AggregateCount count each value once.
	Distinct bool
	// Where filters the records, over the record; nil means all of the group.
	Where expr.Node
}

// Columns are the attributes of the rows: those of the keys, then those of the
// aggregates. They are the Select of the Query.
func (g *Group) Columns() []*resource.Attribute {
	out := append(make([]*resource.Attribute, 0, len(g.Keys)+len(g.Aggregates)), g.Keys...)
	for i := range g.Aggregates {
		out = append(out, g.Aggregates[i].Attribute)
	}
	return out
}
