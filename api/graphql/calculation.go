package graphql

import (
	"github.com/congago/conga"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/resource"
)

const argArguments = "arguments"

// argumentFields are the arguments of a calculation, as arguments of its field
// and as fields of an input.
func (b *builder) argumentFields(rt *resourceType, a *resource.Attribute) (out []*fieldDef) {
	for _, arg := range a.Arguments {
		l := b.leaf(rt.res, arg, false, rt.object.name+inflect.Pascal(a.JSON))
		f := &fieldDef{name: arg.GraphQL, description: arg.Description, typ: l.inputName(), attr: arg, leaf: l}
		if arg.Required && arg.Default == nil {
			f.typ += "!"
		}
		out = append(out, f)
	}
	return out
}

// argumentsType is the name of the input with the arguments of a calculation,
// which filters and sorts by it take.
func (b *builder) argumentsType(rt *resourceType, f *fieldDef) string {
	if f.inputs == nil {
		f.inputs = b.define("input", "The arguments of "+f.name+".", rt.object.name+inflect.Pascal(f.attr.JSON)+"Arguments")
		for _, arg := range f.args {
			own := *arg
			f.inputs.add(&own)
		}
	}
	return f.inputs.name
}

// all are the fields of a type; a nil type has none.
func (t *typeDef) all() []*fieldDef {
	if t == nil {
		return nil
	}
	return t.fields
}

// testsOf are the operators for a field in filters; those for a calculation
// with arguments take these too.
func (b *builder) testsOf(rt *resourceType, f *fieldDef) *typeDef {
	plain := b.operatorType(f.leaf)
	if len(f.args) == 0 {
		return plain
	}
	t := b.define("input", plain.description, rt.object.name+inflect.Pascal(f.attr.JSON)+"Filter")
	t.add(&fieldDef{name: argArguments, typ: b.argumentsType(rt, f), description: "The arguments of " + f.name + "."})
	for _, test := range plain.fields {
		own := *test
		t.add(&own)
	}
	return t
}

// argued is the calculation of a field with the arguments that were given.
func (s *schema) argued(attr *resource.Attribute, args []*fieldDef, given map[string]any) (*resource.Attribute, error) {
	if len(args) == 0 {
		return attr, nil
	}
	in, issues := inputs(args, given)
	values := make(map[string]any, len(in))
	for _, x := range in {
		values[x.Attribute.Name] = x.Value
	}
	taken, more := attr.Take(s.app.Registry().Validator, values)
	if issues = append(issues, more...); len(issues) > 0 {
		return nil, &conga.Error{Kind: conga.Invalid, Issues: rename(args, issues)}
	}
	return attr.With(taken), nil
}
