package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// appendDocument appends a document whose Go type tells its members: each as
// an attribute of its type is written, whatever encoding/json would do. ok is
// false for all other documents.
func appendDocument(dst []byte, in structs.Type, v any) (out []byte, ok bool, err error) {
	if structs.IsNil(v) {
		return dst, false, nil
	}
	if u := in.Union(); u != nil {
		out, err = appendUnion(dst, u, v)
		return out, true, err
	}
	t := in.Dynamic(v)
	if s := t.Struct(); s != nil {
		if t.Nullable { // v is a pointer
			out, err = appendStruct(dst, s, v)
		} else {
			out, err = appendStruct(dst, s, structs.Pointer(v))
		}
		return out, true, err
	}
	item, ok := t.Items()
	if !ok {
		return dst, false, nil
	}
	dst = append(dst, '[')
	for i, e := range t.Elements(v) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = AppendValue(dst, item, e); err != nil {
			return dst, true, err
		}
	}
	return append(dst, ']'), true, nil
}

func appendStruct(dst []byte, s *structs.Struct, p any) ([]byte, error) {
	dst, err := appendMembers(append(dst, '{'), s, p, false)
	return append(dst, '}'), err
}

// appendMembers appends the members of what p points at; comma tells that
// there are others before them.
func appendMembers(dst []byte, s *structs.Struct, p any, comma bool) (_ []byte, err error) {
	for _, f := range s.Fields {
		name, shown := memberName(f)
		if !shown {
			continue
		}
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = append(AppendString(dst, name), ':')
		if dst, err = AppendValue(dst, f.Type, f.Get(p)); err != nil {
			return dst, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return dst, nil
}

// memberName is the name of a field in documents, and whether it is in them.
func memberName(f *structs.Field) (name string, shown bool) {
	name, _, _ = strings.Cut(f.Tags["json"], ",")
	if name == "" {
		name = inflect.Snake(f.Name)
	}
	return name, name != "-"
}

// decodeStored reads a stored document whose Go type tells its members. Those
// that are missing keep their zero value; a name as encoding/json writes it
// without a tag is understood too.
func decodeStored(t structs.Type, data []byte) (v any, ok bool, err error) {
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return nil, false, nil
	}
	if item, ok := t.Items(); ok {
		var raws []json.RawMessage
		if err := json.Unmarshal(data, &raws); err != nil {
			return nil, true, err
		}
		elements := make([]any, len(raws))
		for i, raw := range raws {
			if elements[i], err = storedValue(item, raw); err != nil {
				return nil, true, err
			}
		}
		v, err = t.List(elements)
		return v, true, err
	}
	if u := t.Union(); u != nil {
		v, err = storedUnion(u, data)
		return v, true, err
	}
	s := t.Struct()
	if s == nil {
		return nil, false, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, true, err
	}
	p := s.New()
	if err := storedMembers(s, p, members); err != nil {
		return nil, true, err
	}
	return t.ValueOf(p), true, nil
}

// storedMembers takes the members of a stored document into what p points at.
func storedMembers(s *structs.Struct, p any, members map[string]json.RawMessage) error {
	for _, f := range s.Fields {
		name, shown := memberName(f)
		raw, there := members[name]
		if !there {
			raw, there = members[f.Name]
		}
		if !shown || !there || string(raw) == "null" {
			continue
		}
		value, err := storedValue(f.Type, raw)
		if err == nil {
			err = f.Set(p, value)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// storedValue reads a value within a stored document.
func storedValue(t structs.Type, raw json.RawMessage) (any, error) {
	switch t.Kind {
	case structs.JSON:
		if t.Nullable && string(raw) == "null" {
			return nil, nil
		}
		return DecodeJSON(t, raw)
	case structs.List:
		return DecodeList(t, raw)
	case structs.Duration:
		if raw[0] == '"' {
			return ParseDuration(unquote(raw))
		}
	}
	return storedElement(t, raw)
}

// decodeMembers reads an object, or a list of them, as an input of attr. The
// issues of all members come together, each with the path to it.
func decodeMembers(attr *resource.Attribute, raw json.RawMessage) (any, error) {
	if attr.Element != nil {
		list, err := decodeList(attr, raw)
		if err != nil {
			return nil, err
		}
		v, err := attr.Type.List(list.([]any))
		if err != nil {
			return nil, invalid(attr, "format", "is not valid", nil)
		}
		return v, nil
	}
	members, err := DecodeObject(raw)
	if err != nil {
		return nil, invalid(attr, "type", "must be an object", nil)
	}
	p := attr.NewPtr()
	if issues := decodeInto(attr, attr.Object, p, members); len(issues) > 0 {
		return nil, &resource.Error{Kind: resource.Invalid, Issues: issues}
	}
	return attr.Type.ValueOf(p), nil
}

// decodeInto reads members as those of o, an object of attr, into what p points at.
func decodeInto(attr *resource.Attribute, o *resource.Object, p any, members []Member) (issues []resource.Issue) {
	for _, m := range members {
		in := o.Attribute(m.Key)
		if in == nil {
			issues = append(issues, resource.Issue{
				Path: []string{attr.JSON}, Code: "unknown", Message: "has an unknown member {name}", Vars: map[string]any{"name": strconv.Quote(m.Key)},
			})
			continue
		}
		v, err := DecodeValue(in, m.Raw)
		if err == nil && v == nil && !in.Type.Nullable {
			err = invalid(in, "null", "must not be null", nil)
		}
		if err == nil {
			err = in.Set(p, v)
		}
		if err != nil {
			issues = append(issues, Below(err, attr.JSON, in.JSON)...)
		}
	}
	return issues
}
