package resource

import "strings"

// TypeDescription is what documents tell of the values of a Go type whose method
//
//	Describe() resource.TypeDescription
//
// returns it: a type that marshals to text, a Custom or a named string.
type TypeDescription struct {
	// Text describes the values; it may be empty.
	Text string
	// Format is the format in JSON Schema and OpenAPI: "e164"; empty for none.
	Format string
	// Pattern is a regular expression, of the kind that JSON Schema has, that all
	// texts match; empty for none. It is told and not checked.
	Pattern string
	// URL is where the values are specified; empty for nowhere. With it, GraphQL
	// has a scalar of the type's own name.
	URL string
}

// described takes what the Go type of an attribute says of its values.
func (c *compiler) described(a *Attribute) {
	d, ok := a.Type.NewPtr().(interface{ Describe() TypeDescription })
	if !ok || a.Type.Named == "" || a.Object != nil || a.Element != nil {
		return
	}
	said := d.Describe()
	a.TypeDescription = &said
	a.Description = strings.TrimSpace(a.Description + " " + said.Text)
}
