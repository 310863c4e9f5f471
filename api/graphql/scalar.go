package graphql

import (
	"cmp"

	"github.com/congago/conga/resource"
)

// scalar is l, or a scalar with the name of the Go type of the attribute, where
// that type says where its values are specified.
func (b *builder) scalar(l *leaf, a *resource.Attribute) *leaf {
	d := a.TypeDescription
	if d == nil || d.URL == "" || l == leaves["ID"] || l == leaves["IntID"] {
		return l
	}
	if own := b.leaves[a.Type.Name]; own != nil {
		return own
	}
	own := *l
	own.like = l.name
	t := b.define("scalar", d.Text, a.Type.Named, a.Type.Named+"Scalar")
	t.url = d.URL
	t.description = cmp.Or(t.description, "A value of the type "+a.Type.Named+".")
	own.name = t.name
	b.leaves[a.Type.Name] = &own
	return &own
}
