package form

import (
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// Variant is the name of the variant that the named input, a union, has: the
// one that the visitor chose, or else that of the record; empty for none.
func (f *Form) Variant(name string) string {
	in, _, _ := f.member(name)
	if in == nil {
		in = f.input(name)
	}
	if in == nil || in.Union == nil {
		return ""
	}
	return f.Value(name + "[" + in.Union.Discriminator + "]")
}

// union is the value of a union, put together from the inputs of the variant
// that was chosen; those of others are not looked at.
func (f *Form) union(in *resource.Attribute, name string) (v any, sent bool, issues []resource.Issue) {
	tag := name + "[" + in.Union.Discriminator + "]"
	all := f.values.All(tag)
	switch {
	case len(all) == 0 && len(f.below(name)) == 0:
		return nil, false, nil
	case len(all) == 0:
		return nil, true, wire.Below(wire.VariantError(in, "required", "is required: one of {oneof}"), in.JSON)
	case all[len(all)-1] == "":
		return nil, true, nil
	}
	variant, err := wire.ChooseVariant(in, all[len(all)-1])
	if err != nil {
		return nil, true, wire.Below(err, in.JSON)
	}
	p := variant.New()
	issues = f.members(in, variant.Object, p, name+"["+variant.Name+"]")
	return variant.Value(p), true, issues
}

// chosen is one step into a union: to the name of its variant, or into a
// variant, which is an attribute of its own here.
func chosen(in *resource.Attribute, v any, step string) (*resource.Attribute, any) {
	if step == in.Union.Discriminator {
		if is := in.Union.Of(v); is != nil {
			return in.Discriminator(), is.Name
		}
		return in.Discriminator(), nil
	}
	variant := in.Union.Variant(step)
	if variant == nil {
		return nil, nil
	}
	out := &resource.Attribute{JSON: variant.Name, Object: variant.Object, Sensitive: in.Sensitive}
	if in.Union.Of(v) != variant {
		return out, nil
	}
	return out, structs.Indirect(v)
}
