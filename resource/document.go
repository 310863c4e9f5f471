package resource

import (
	"slices"
	"strconv"

	"github.com/congago/conga/internal/structs"
)

// document describes the members of a document, where its Go type tells them.
func (c *compiler) document(a *Attribute, at string) {
	if a.Type.IsUnion() {
		a.Union = c.union(a.Type, at)
		return
	}
	if item, ok := a.Type.Items(); ok {
		a.Element = &Attribute{
			Name: a.Name, JSON: a.JSON, GraphQL: a.GraphQL, Type: item, Private: a.Private, Sensitive: a.Sensitive,
		}
		if item.IsUnion() {
			a.Element.Type.Nullable = false
			a.Element.Union = c.union(item, at)
			return
		}
		a.Element.Object = c.object(item.Struct(), at)
		return
	}
	if s := a.Type.Struct(); s != nil {
		a.Object = c.object(s, at)
	}
}

// object describes a struct once, however often it is used: it may hold itself.
func (c *compiler) object(s *structs.Struct, at string) *Object {
	if o := c.objects[s]; o != nil {
		return o
	}
	o := &Object{Name: s.Name}
	c.objects[s] = o
	for _, f := range s.Fields {
		if f.Tags["json"] == "-" {
			continue
		}
		m := c.attribute(at, f)
		m.Column, m.Index = "", len(o.Attributes)
		if m.NullIfEmpty {
			c.fault(codeTag, at+"."+f.Name, "null has no effect within a document", "use it on attributes and arguments")
		}
		c.unstored(m, at+"."+f.Name)
		o.Attributes = append(o.Attributes, m)
	}
	return o
}

// Attribute is the value with that JSON name, or nil.
func (o *Object) Attribute(json string) *Attribute {
	for _, a := range o.Attributes {
		if a.JSON == json {
			return a
		}
	}
	return nil
}

// check runs checkDocument on the members of what p points at.
func (o *Object) check(p any, path []string) (out []Issue) {
	for _, m := range o.Attributes {
		out = append(out, m.checkDocument(m.Get(p), append(slices.Clip(path), m.JSON))...)
	}
	return out
}

// checkDocument finds the texts in a document that are none of those allowed
// by their types. An empty text is a member that was not given.
func (a *Attribute) checkDocument(v any, path []string) []Issue {
	var out []Issue
	switch {
	case v == nil:
	case a.Union != nil:
		variant := a.Union.Of(v)
		if variant == nil {
			return []Issue{{Path: slices.Clone(path), Code: "format", Message: "is not valid"}}
		}
		return variant.Object.check(variant.Pointer(v), path)
	case a.Object != nil:
		return a.Object.check(structs.Pointer(v), path)
	case a.Element != nil:
		items, ok := v.([]any)
		if !ok {
			items = a.Type.Elements(v)
		}
		for i, item := range items {
			if item == nil && a.Element.Union != nil {
				out = append(out, ruleIssue(append(slices.Clip(path), strconv.Itoa(i)), Rule{Name: "required"}, structs.JSON))
				continue
			}
			out = append(out, a.Element.checkDocument(item, append(slices.Clip(path), strconv.Itoa(i)))...)
		}
	case a.Enum != nil:
		if text, ok := v.(string); ok && text != "" && !slices.Contains(a.Enum, text) {
			one, _ := a.Rule("oneof")
			out = append(out, ruleIssue(path, one, structs.String))
		}
	}
	return out
}
