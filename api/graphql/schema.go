package graphql

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
)

// SDL is the schema that New serves for the application, in the schema
// definition language. The same model gives the same text.
func SDL(app *conga.App) string { return print(build(app.Registry())) }

func print(b *builder) string {
	var s strings.Builder
	for _, t := range b.types {
		t.writeSDL(&s)
	}
	return strings.TrimRight(s.String(), "\n") + "\n"
}

// schema is what a handler serves: the parsed schema, and what its fields stand for.
type schema struct {
	app   *conga.App
	o     Options
	ast   *ast.Schema
	types map[string]*typeDef
	byRes map[*resource.Resource]*resourceType
}

func newSchema(app *conga.App, o Options) (*schema, error) {
	b := build(app.Registry())
	parsed, err := gqlparser.LoadSchema(&ast.Source{Name: "schema", Input: print(b)})
	if err != nil {
		return nil, fmt.Errorf("load the schema made from the model: %w", err)
	}
	delete(parsed.Directives, "defer") // gqlparser adds it, and we do not answer in parts
	s := &schema{app: app, o: o, ast: parsed, types: map[string]*typeDef{}, byRes: b.byRes}
	for _, t := range b.types {
		s.types[t.name] = t
	}
	return s, nil
}

// field is what a field of an object type stands for; nil for those of introspection.
func (s *schema) field(object, name string) *fieldDef {
	if t := s.types[object]; t != nil {
		return t.byName[name]
	}
	return nil
}
