package form

import (
	"slices"

	"github.com/congago/conga/resource"
)

// leaves reports whether the visitor gives no value for an input that the
// form could show none for: one that the database makes, or a lazy one that
// the record was read without. Blank is then no input, and not empty.
func (f *Form) leaves(in *resource.Attribute, name string) bool {
	if !(in.Generated && f.record == nil) && !(f.owns(in) && in.Unread(f.record)) {
		return false
	}
	blank := func(name string) bool {
		return !slices.ContainsFunc(f.values.All(name), func(s string) bool { return s != "" })
	}
	if !blank(name) || !blank(name+"[]") {
		return false
	}
	for _, below := range f.below(name) {
		if !blank(name + "[" + below + "]") {
			return false
		}
	}
	return true
}
