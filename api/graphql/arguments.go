package graphql

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// arguments are the arguments of a field that were given, with numbers as
// json.Number. What is missing is not in the map; null is there as nil.
func arguments(f *ast.Field, vars map[string]any) map[string]any {
	out := make(map[string]any, len(f.Arguments))
	for _, def := range f.Definition.Arguments {
		value := def.DefaultValue
		if given := f.Arguments.ForName(def.Name); given != nil {
			value = given.Value
		}
		if v, ok := literal(value, vars); ok {
			out[def.Name] = v
		} else if v, ok := literal(def.DefaultValue, vars); ok {
			out[def.Name] = v
		}
	}
	return out
}

// literal is the Go value of a value in a query. A variable that was not
// given is no value. Numbers keep their digits.
func literal(v *ast.Value, vars map[string]any) (any, bool) {
	if v == nil {
		return nil, false
	}
	switch v.Kind {
	case ast.Variable:
		value, ok := vars[v.Raw]
		return value, ok
	case ast.IntValue, ast.FloatValue:
		return json.Number(v.Raw), true
	case ast.BooleanValue:
		return v.Raw == "true", true
	case ast.NullValue:
		return nil, true
	case ast.ListValue:
		out := make([]any, 0, len(v.Children))
		for _, c := range v.Children {
			item, _ := literal(c.Value, vars)
			out = append(out, item)
		}
		return out, true
	case ast.ObjectValue:
		out := make(map[string]any, len(v.Children))
		for _, c := range v.Children {
			if item, ok := literal(c.Value, vars); ok {
				out[c.Name] = item
			}
		}
		if v.Definition != nil {
			for _, def := range v.Definition.Fields {
				if _, given := out[def.Name]; given || def.DefaultValue == nil {
					continue
				}
				out[def.Name], _ = literal(def.DefaultValue, vars)
			}
		}
		return out, true
	}
	return v.Raw, true // texts and enums
}

// listOf is a value for a list: GraphQL takes a single value for a list of one.
func listOf(v any) []any {
	switch x := v.(type) {
	case []any:
		return x
	case []string:
		return anys(x)
	case []json.Number:
		return anys(x)
	case []bool:
		return anys(x)
	case []int64:
		return anys(x)
	case []float64:
		return anys(x)
	case []map[string]any:
		return anys(x)
	}
	return []any{v}
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// object is a value for an input type.
func object(v any) (map[string]any, bool) {
	m, ok := v.(map[string]any)
	return m, ok
}

// decode reads a value for an attribute or argument. The error is a
// *conga.Error of kind Invalid.
func (l *leaf) decode(attr *resource.Attribute, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	if l.union != nil {
		return l.union.decode(attr, v)
	}
	if l.object != nil {
		return l.decodeDocument(attr, v)
	}
	if l.list != nil {
		return l.decodeList(attr, listOf(v))
	}
	switch {
	case l.coding == named:
		text, ok := v.(string)
		if ok {
			text, ok = l.texts[text]
		}
		if !ok {
			return nil, wrong(attr, "oneof", "is no value of "+l.name)
		}
		return text, nil
	case l.coding == quoted: // an integer, by text or by number
		if text, ok := v.(string); ok {
			if _, err := strconv.ParseInt(text, 10, 64); err != nil {
				return nil, wrong(attr, "format", "must be a whole number")
			}
			v = json.Number(text)
		}
	case l.name == "ID":
		switch x := v.(type) { // an ID may be written as a number
		case json.Number:
			v = x.String()
		case int64:
			v = strconv.FormatInt(x, 10)
		}
	}
	raw, err := wire.AppendJSON(nil, v)
	if err != nil {
		return nil, wrong(attr, "type", "is not valid")
	}
	return wire.DecodeValue(attr, bytes.TrimSpace(raw))
}

// decodeList reads the elements of a list; the issues of all come together.
func (l *leaf) decodeList(attr *resource.Attribute, items []any) (any, error) {
	out := make([]any, len(items))
	var issues []conga.Issue
	for i, item := range items {
		value, err := l.list.decode(attr.Element, item)
		if err == nil && value == nil && !attr.Element.Type.Nullable {
			err = wrong(attr, "null", "must not be null")
		}
		if err != nil {
			issues = append(issues, wire.Below(err, attr.JSON, strconv.Itoa(i))...)
		}
		out[i] = value
	}
	if len(issues) > 0 {
		return nil, &conga.Error{Kind: conga.Invalid, Issues: issues}
	}
	if l.list.object != nil || l.list.union != nil {
		return attr.Type.List(out)
	}
	return out, nil
}

func wrong(attr *resource.Attribute, code, message string) error {
	return &conga.Error{Kind: conga.Invalid, Issues: []conga.Issue{{Path: []string{attr.JSON}, Code: code, Message: message}}}
}

// key is a primary key from an argument of type ID. A text that cannot be the
// key of any record is no fault: it finds nothing.
func (f *fieldDef) key(v any) (key any, ok bool) {
	key, err := f.leaf.decode(f.attr, v)
	return key, err == nil && key != nil
}

// inputs reads the inputs of an action. Issues have paths of GraphQL names
// below prefix.
func inputs(fields []*fieldDef, given map[string]any) (in []conga.Input, issues []conga.Issue) {
	for _, f := range fields {
		v, ok := given[f.name]
		if !ok || f.attr == nil || f.managed != nil {
			continue
		}
		value, err := f.leaf.decode(f.attr, v)
		if err != nil {
			if e, ok := errors.AsType[*conga.Error](err); ok {
				issues = append(issues, e.Issues...)
			}
			continue
		}
		in = append(in, conga.Input{Attribute: f.attr, Value: value})
	}
	return in, issues
}

// integer is the value of an argument of type Int.
func integer(v any) (n int, ok bool) {
	switch x := v.(type) {
	case json.Number:
		i, err := x.Int64()
		return int(i), err == nil
	case int64:
		return int(x), true
	case float64:
		return int(x), x == float64(int(x))
	case string:
		i, err := strconv.Atoi(x)
		return i, err == nil
	}
	return 0, false
}
