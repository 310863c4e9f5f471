package graphql

import (
	"fmt"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/introspection"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/wire"
)

// introspect answers __schema and __type.
func (q *query) introspect(f gql.CollectedField) ([]byte, error) {
	if q.oc.DisableIntrospection {
		return nil, codedError("the schema is not shown here", codeOf(api.StatusForbidden))
	}
	if f.Name == "__schema" {
		return q.reflected(nil, f.Selections, introspection.WrapSchema(q.s.ast))
	}
	name, _ := arguments(f.Field, q.oc.Variables)["name"].(string)
	return q.reflected(nil, f.Selections, introspection.WrapTypeFromDef(q.s.ast, q.s.ast.Types[name]))
}

// reflected appends a part of the schema.
func (q *query) reflected(dst []byte, set ast.SelectionSet, v any) ([]byte, error) {
	switch x := v.(type) {
	case nil:
		return wire.AppendNull(dst), nil
	case string:
		return wire.AppendString(dst, x), nil
	case *string:
		if x == nil {
			return wire.AppendNull(dst), nil
		}
		return wire.AppendString(dst, *x), nil
	case bool:
		return wire.AppendBool(dst, x), nil
	case []string:
		return appendStrings(dst, x), nil
	case []introspection.Type:
		return reflectedList(q, dst, set, x)
	case []introspection.Field:
		return reflectedList(q, dst, set, x)
	case []introspection.InputValue:
		return reflectedList(q, dst, set, x)
	case []introspection.EnumValue:
		return reflectedList(q, dst, set, x)
	case []introspection.Directive:
		return reflectedList(q, dst, set, x)
	case *introspection.Schema:
		return q.reflectedObject(dst, set, "__Schema", func(f gql.CollectedField) any { return schemaMember(x, f.Name) })
	case *introspection.Type:
		if x == nil {
			return wire.AppendNull(dst), nil
		}
		return q.reflectedObject(dst, set, "__Type", func(f gql.CollectedField) any { return q.typeMember(x, f) })
	case *introspection.Field:
		return q.reflectedObject(dst, set, "__Field", func(f gql.CollectedField) any { return q.fieldMember(x, f) })
	case *introspection.InputValue:
		return q.reflectedObject(dst, set, "__InputValue", func(f gql.CollectedField) any { return inputMember(x, f.Name) })
	case *introspection.EnumValue:
		return q.reflectedObject(dst, set, "__EnumValue", func(f gql.CollectedField) any { return enumMember(x, f.Name) })
	case *introspection.Directive:
		return q.reflectedObject(dst, set, "__Directive", func(f gql.CollectedField) any { return q.directiveMember(x, f) })
	}
	return dst, fmt.Errorf("introspect %T", v)
}

func reflectedList[T any](q *query, dst []byte, set ast.SelectionSet, list []T) (_ []byte, err error) {
	if list == nil {
		return append(dst, "[]"...), nil
	}
	dst = append(dst, '[')
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = q.reflected(dst, set, &list[i]); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func (q *query) reflectedObject(dst []byte, set ast.SelectionSet, name string, member func(gql.CollectedField) any) (_ []byte, err error) {
	dst = append(dst, '{')
	for i, f := range q.collect(set, name) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(wire.AppendString(dst, f.Alias), ':')
		v := any(name)
		if f.Name != "__typename" {
			v = member(f)
		}
		if dst, err = q.reflected(dst, f.Selections, v); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func schemaMember(s *introspection.Schema, name string) any {
	switch name {
	case "description":
		return s.Description()
	case "types":
		return s.Types()
	case "queryType":
		return s.QueryType()
	case "mutationType":
		return s.MutationType()
	case "subscriptionType":
		return s.SubscriptionType()
	}
	return s.Directives()
}

// typeMember is a member of a type; those that a type of its kind lacks are null.
func (q *query) typeMember(t *introspection.Type, f gql.CollectedField) any {
	deprecated := q.deprecated(f)
	kind := ast.DefinitionKind(t.Kind())
	switch f.Name {
	case "kind":
		return t.Kind()
	case "name":
		return t.Name()
	case "description":
		return t.Description()
	case "ofType":
		return t.OfType()
	case "specifiedByURL":
		return t.SpecifiedByURL()
	}
	switch {
	case f.Name == "fields" && (kind == ast.Object || kind == ast.Interface):
		return t.Fields(deprecated)
	case f.Name == "interfaces" && (kind == ast.Object || kind == ast.Interface):
		return t.Interfaces()
	case f.Name == "possibleTypes" && (kind == ast.Interface || kind == ast.Union):
		return t.PossibleTypes()
	case f.Name == "enumValues" && kind == ast.Enum:
		return t.EnumValues(deprecated)
	case f.Name == "inputFields" && kind == ast.InputObject:
		return t.VisibleInputFields(deprecated)
	case f.Name == "isOneOf" && kind == ast.InputObject:
		return t.IsOneOf()
	}
	return nil
}

func (q *query) deprecated(f gql.CollectedField) bool {
	yes, _ := arguments(f.Field, q.oc.Variables)["includeDeprecated"].(bool)
	return yes
}

func (q *query) fieldMember(x *introspection.Field, f gql.CollectedField) any {
	switch f.Name {
	case "name":
		return x.Name
	case "description":
		return x.Description()
	case "args":
		return x.VisibleArgs(q.deprecated(f))
	case "type":
		return x.Type
	case "isDeprecated":
		return x.IsDeprecated()
	}
	return x.DeprecationReason()
}

func inputMember(x *introspection.InputValue, name string) any {
	switch name {
	case "name":
		return x.Name
	case "description":
		return x.Description()
	case "type":
		return x.Type
	case "defaultValue":
		return x.DefaultValue
	case "isDeprecated":
		return x.IsDeprecated()
	}
	return x.DeprecationReason()
}

func enumMember(x *introspection.EnumValue, name string) any {
	switch name {
	case "name":
		return x.Name
	case "description":
		return x.Description()
	case "isDeprecated":
		return x.IsDeprecated()
	}
	return x.DeprecationReason()
}

func (q *query) directiveMember(x *introspection.Directive, f gql.CollectedField) any {
	switch f.Name {
	case "name":
		return x.Name
	case "description":
		return x.Description()
	case "locations":
		return x.Locations
	case "isRepeatable":
		return x.IsRepeatable
	}
	return x.VisibleArgs(q.deprecated(f))
}
