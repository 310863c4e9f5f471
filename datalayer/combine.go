package datalayer

import "github.com/congago/conga/resource/expr"

// Part is one of the reads that a combined query puts together: the records for
// which Where holds, in the order of Sort and then of the primary key, cut by
// Offset and Limit; a Limit of zero is none.
type Part struct {
	// How says what the part does to the parts before it; the first one
	// has none before it, and its How means nothing.
	How           Combination
	Where         expr.Node
	Sort          []expr.Order
	Limit, Offset int
}

// Combination says how a part and those before it become one list of records.
type Combination string

// The combinations. All but UnionAll have each record once.
const (
	Union     Combination = "union"
	UnionAll  Combination = "union all" // a record as often as both sides have it
	Intersect Combination = "intersect"
	Except    Combination = "except"
)

// Repeats reports whether a record may be there more than once.
func Repeats(parts []Part) bool {
	repeats := false
	for i, p := range parts {
		repeats = i > 0 && p.How == UnionAll // the others have each record once, whatever came before
	}
	return repeats
}
