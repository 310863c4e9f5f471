package graphql

import (
	gql "github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// documentTypes are the types of a document whose members the model knows.
type documentTypes struct{ output, input *typeDef }

// isDocument reports whether values of the leaf have members to select.
func (l *leaf) isDocument() bool {
	return l.object != nil || l.union != nil || l.list != nil && l.list.isDocument()
}

// inputName is the type of inputs.
func (l *leaf) inputName() string {
	switch {
	case l.object != nil:
		return l.object.input.name
	case l.union != nil:
		return l.union.input.name
	case l.list != nil:
		return "[" + l.list.inputName() + "!]"
	}
	return l.name
}

// documentLeaf is the leaf of a document, and makes its types once.
func (b *builder) documentLeaf(r *resource.Resource, a *resource.Attribute, owner string) *leaf {
	if l := b.documents[a.Object]; l != nil {
		return l
	}
	wanted := []string{owner + inflect.Pascal(a.JSON)}
	if a.Object.Name != "" {
		wanted = append([]string{inflect.Pascal(inflect.Snake(a.Object.Name))}, wanted...)
	}
	t := &documentTypes{output: b.define("type", "", wanted...)}
	t.input = b.define("input", "", t.output.name+"Input")
	l := &leaf{name: t.output.name, coding: listed, object: t}
	b.documents[a.Object] = l
	b.members(r, a.Object, t.output, t.input)
	return l
}

// members adds the members of an object to the types of its output and its input.
func (b *builder) members(r *resource.Resource, o *resource.Object, output, input *typeDef) {
	for _, m := range o.Attributes {
		inner := b.leaf(r, m, false, output.name)
		out := &fieldDef{name: m.GraphQL, description: m.Description, typ: outputType(inner, m), attr: m, leaf: inner}
		if inner.coding == named {
			out.typ = inner.name // a document may lack it
		}
		output.add(out)
		in := &fieldDef{name: m.GraphQL, description: m.Description, typ: inner.inputName(), attr: m, leaf: inner}
		if m.Required {
			in.typ += "!"
		}
		input.add(in)
	}
}

// decodeDocument reads an object of an input type; the issues of all members
// come together.
func (l *leaf) decodeDocument(attr *resource.Attribute, v any) (any, error) {
	given, ok := object(v)
	if !ok {
		return nil, wrong(attr, "type", "must be an object")
	}
	p := attr.NewPtr()
	if issues := decodeMembers(attr, l.object.input.fields, given, p); len(issues) > 0 {
		return nil, &conga.Error{Kind: conga.Invalid, Issues: issues}
	}
	return attr.Type.ValueOf(p), nil
}

// decodeMembers reads the members of an object into what p points at.
func decodeMembers(attr *resource.Attribute, fields []*fieldDef, given map[string]any, p any) (issues []conga.Issue) {
	for _, f := range fields {
		item, ok := given[f.name]
		if !ok {
			continue
		}
		value, err := f.leaf.decode(f.attr, item)
		if err == nil && value == nil && !f.attr.Type.Nullable {
			err = wrong(f.attr, "null", "must not be null")
		}
		if err == nil {
			err = f.attr.Set(p, value)
		}
		if err != nil {
			issues = append(issues, wire.Below(err, attr.JSON, f.attr.JSON)...)
		}
	}
	return issues
}

// valueWriter appends a canonical value.
type valueWriter func(dst []byte, v any) ([]byte, error)

// documentWriter writes what is selected of a document, or of each one of a list.
func (q *query) documentWriter(l *leaf, t structs.Type, set ast.SelectionSet) valueWriter {
	if l.union != nil {
		return q.variantWriter(l.union, set)
	}
	if l.list != nil {
		item, _ := t.Items()
		each := q.documentWriter(l.list, item, set)
		return func(dst []byte, v any) ([]byte, error) {
			if v == nil {
				return wire.AppendNull(dst), nil
			}
			dst = append(dst, '[')
			for i, e := range t.Elements(v) {
				if i > 0 {
					dst = append(dst, ',')
				}
				var err error
				if dst, err = each(dst, e); err != nil {
					return dst, err
				}
			}
			return append(dst, ']'), nil
		}
	}
	members := q.membersWriter(l.object.output, set)
	return func(dst []byte, v any) ([]byte, error) {
		if v == nil {
			return wire.AppendNull(dst), nil
		}
		return members(dst, structs.Pointer(v), nil)
	}
}

// pointerWriter appends the members of what p points at; tag appends the name
// of its variant.
type pointerWriter func(dst []byte, p any, tag func(*leaf, []byte) ([]byte, error)) ([]byte, error)

// membersWriter writes what is selected of an object type. Where the place is
// that of a union, also has its name.
func (q *query) membersWriter(t *typeDef, set ast.SelectionSet, also ...string) pointerWriter {
	type member struct {
		alias string
		attr  *resource.Attribute
		tag   *leaf
		write valueWriter
	}
	var members []member
	for _, f := range q.collect(set, t.name, also...) {
		m := member{alias: f.Alias}
		def := t.byName[f.Name]
		switch {
		case f.Name == "__typename":
			m.write = func(dst []byte, _ any) ([]byte, error) { return wire.AppendString(dst, t.name), nil }
		case def.attr == nil:
			m.tag = def.leaf
		default:
			m.attr, m.write = def.attr, q.memberValue(def, f)
		}
		members = append(members, m)
	}
	return func(dst []byte, p any, tag func(*leaf, []byte) ([]byte, error)) (_ []byte, err error) {
		dst = append(dst, '{')
		for i, m := range members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(wire.AppendString(dst, m.alias), ':')
			var value any
			if m.attr != nil {
				value = m.attr.Get(p)
			}
			if m.tag != nil {
				dst, err = tag(m.tag, dst)
			} else {
				dst, err = m.write(dst, value)
			}
			if err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	}
}

func (q *query) memberValue(def *fieldDef, f gql.CollectedField) valueWriter {
	if def.leaf.isDocument() {
		return q.documentWriter(def.leaf, def.attr.Type, f.Selections)
	}
	return func(dst []byte, v any) ([]byte, error) {
		if v == "" && def.leaf.coding == named {
			v = nil
		}
		return def.leaf.appendValue(dst, def.attr.Type, v)
	}
}

// document is a member with what is selected of a document.
func (q *query) document(f gql.CollectedField, rt *resourceType, def *fieldDef, col int) api.Member {
	write := q.documentWriter(def.leaf, def.attr.Type, f.Selections)
	return q.member(f.Alias, rt, def, col, func(dst []byte, found *conga.Found, row int) ([]byte, error) {
		v, err := found.Value(row, col)
		if err == nil {
			dst, err = write(dst, v)
		}
		if err != nil {
			return dst, &unshowable{fault{rt.object.name + "." + def.name, err}}
		}
		return dst, nil
	})
}
