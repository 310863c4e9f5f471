package graphql

import (
	"strconv"
	"strings"

	"github.com/congago/conga/api"
	"github.com/congago/conga/resource"
)

// typeDef is one named type of the schema with what it stands for.
type typeDef struct {
	kind              string // "type", "input", "enum" or "scalar"
	name, description string
	fields            []*fieldDef // of types and inputs
	values            []enumValue // of enums
	byName            map[string]*fieldDef
	names             *names
	url               string // of scalars: where they are specified
	union             []string
	oneOf             bool // of inputs: one field is given
}

// fieldDef is a field of a type or of an input, or an argument of a field,
// with what it stands for.
type fieldDef struct {
	name, description string
	typ               string // as in SDL: "[String!]!"
	fallback          string // default value as in SDL
	args              []*fieldDef

	attr *resource.Attribute    // a value, with the leaf that encodes it
	leaf *leaf                  //
	veil bool                   // field policies may hide it
	rel  *resource.Relationship // a relationship
	// choice are the relationships of which one leads to a record.
	choice []*fieldDef
	res    *resourceType    // where rel, member and root lead
	part   *resource.Member // of the result of a generic action
	root   *root            // fields of Query, Mutation and Subscription
	op     string           // how conditions are put together: and, or, not
	test   *api.Operator    // how a value is compared, in filters
	// managed is an input that holds records, nested the type of each; without
	// it a key stands for a record.
	managed *resource.Managed
	nested  *typeDef
	// tests are the operators for attr, in filters.
	tests *typeDef
	// inputs has the arguments of a calculation, once somebody needs it.
	inputs *typeDef
}

type enumValue struct {
	name, description string
	text              string              // what the value stands for
	attr              *resource.Attribute // in enums of sort fields
}

// add gives the type a field, under another name if its own is taken.
func (t *typeDef) add(f *fieldDef) *fieldDef {
	f.name = t.names.claim(f.name)
	t.fields = append(t.fields, f)
	t.byName[f.name] = f
	return f
}

// field is the field of that name, or nil.
func (t *typeDef) field(name string) *fieldDef { return t.byName[name] }

// arg is the argument of that name, or nil.
func (f *fieldDef) arg(name string) *fieldDef {
	for _, a := range f.args {
		if a.name == name {
			return a
		}
	}
	return nil
}

// writeSDL writes the type in the schema definition language.
func (t *typeDef) writeSDL(b *strings.Builder) {
	writeDescription(b, "", t.description)
	b.WriteString(t.kind + " " + t.name)
	if t.url != "" {
		b.WriteString(" @specifiedBy(url: " + strconv.Quote(t.url) + ")")
	}
	if t.oneOf {
		b.WriteString(" @oneOf")
	}
	if t.kind == "union" {
		b.WriteString(" = " + strings.Join(t.union, " | ") + "\n\n")
		return
	}
	if t.kind == "scalar" {
		b.WriteString("\n\n")
		return
	}
	b.WriteString(" {\n")
	for _, v := range t.values {
		writeDescription(b, "  ", v.description)
		b.WriteString("  " + v.name + "\n")
	}
	for _, f := range t.fields {
		f.writeSDL(b)
	}
	b.WriteString("}\n\n")
}

func (f *fieldDef) writeSDL(b *strings.Builder) {
	writeDescription(b, "  ", f.description)
	b.WriteString("  " + f.name)
	if len(f.args) > 0 {
		b.WriteByte('(')
		for i, a := range f.args {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(a.name + ": " + a.typ)
			if a.fallback != "" {
				b.WriteString(" = " + a.fallback)
			}
		}
		b.WriteByte(')')
	}
	b.WriteString(": " + f.typ)
	if f.fallback != "" {
		b.WriteString(" = " + f.fallback)
	}
	b.WriteByte('\n')
}

func writeDescription(b *strings.Builder, indent, text string) {
	if text == "" {
		return
	}
	text = strings.ReplaceAll(strings.TrimSpace(text), `"""`, `\"""`)
	if !strings.ContainsAny(text, "\n\"\\") {
		b.WriteString(indent + `"""` + text + `"""` + "\n")
		return
	}
	b.WriteString(indent + `"""` + "\n")
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(strings.TrimRight(indent+line, " ") + "\n")
	}
	b.WriteString(indent + `"""` + "\n")
}
