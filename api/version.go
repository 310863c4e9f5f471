package api

import "github.com/congago/conga/resource"

// Version is the attribute that tells versions of a record apart: the time of
// its last update, where clients may see it. It is nil where there is none, and
// clients cannot ask for a write of a version that they have seen.
func Version(r *resource.Resource) *resource.Attribute {
	for _, attr := range r.Columns() {
		if attr.Stamp == resource.Updated && !attr.Private {
			return attr
		}
	}
	return nil
}
