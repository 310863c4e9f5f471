package congatest

import "github.com/congago/conga/resource"

// deepest is how far unions are nested.
const deepest = 3

// union is a value of one of the variants.
func (g *generator) union(in *resource.Attribute) any {
	if g.depth++; g.depth > deepest && !in.Required {
		g.depth--
		return nil
	}
	defer func() { g.depth-- }()
	variants := in.Union.Variants
	variant := variants[g.IntN(len(variants))]
	for i := 0; g.depth > deepest && i < len(variants) && nested(variant.Object); i++ {
		variant = variants[i]
	}
	p := variant.New()
	g.members(variant.Object, p)
	return variant.Value(p)
}

func nested(o *resource.Object) bool {
	for _, m := range o.Attributes {
		if m.Union != nil {
			return true
		}
	}
	return false
}

// members gives the members of what p points at values.
func (g *generator) members(o *resource.Object, p any) {
	for _, m := range o.Attributes {
		if v := g.value(m); v != nil {
			_ = m.Set(p, v) // a value of the kind of the member
		}
	}
}
