package api

import "github.com/congago/conga/resource"

// Version is the attribute that tells versions of a record apart, see
// resource.Resource.Version, where clients may see it. It is nil where there is
// none, and clients cannot ask for a write of a version that they have seen.
func Version(r *resource.Resource) *resource.Attribute {
	if attr := r.Version(); attr != nil && !attr.Private {
		return attr
	}
	return nil
}
