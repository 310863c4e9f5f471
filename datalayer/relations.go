package datalayer

import "github.com/congago/conga/resource"

// Relations are relationships as a query, an update or a delete follows them:
// copies whose filters and sorts are bound. A relationship that is not among
// them is followed as it is.
type Relations map[*resource.Relationship]*resource.Relationship

// Of is the relationship as it is to be followed.
func (r Relations) Of(rel *resource.Relationship) *resource.Relationship {
	if bound := r[rel]; bound != nil {
		return bound
	}
	return rel
}
