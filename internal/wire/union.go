package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// appendUnion appends a value of a union: an object with the name of its
// variant, and then the members of that.
func appendUnion(dst []byte, u *structs.Union, v any) (_ []byte, err error) {
	variant, err := u.Of(v)
	if err != nil {
		return dst, err
	}
	dst = append(AppendString(append(dst, '{'), u.Discriminator), ':')
	dst = AppendString(dst, variant.Name)
	if dst, err = appendMembers(dst, variant.Shape, variant.Pointer(v), true); err != nil {
		return dst, err
	}
	return append(dst, '}'), nil
}

// storedUnion reads a stored document of a union.
func storedUnion(u *structs.Union, data []byte) (any, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, err
	}
	var name string
	if raw, ok := members[u.Discriminator]; !ok || json.Unmarshal(raw, &name) != nil {
		return nil, fmt.Errorf("the document has no %s that is a text", u.Discriminator)
	}
	variant := u.Variant(name)
	if variant == nil {
		return nil, fmt.Errorf("%s has no variant %q", u.Name, name)
	}
	p := variant.New()
	if err := storedMembers(variant.Shape, p, members); err != nil {
		return nil, err
	}
	return variant.Value(p), nil
}

// decodeUnion reads an object as an input of attr, a union. What is wrong with
// the discriminator is told before anything is said of other members.
func decodeUnion(attr *resource.Attribute, raw json.RawMessage) (any, error) {
	members, err := DecodeObject(raw)
	if err != nil {
		return nil, invalid(attr, "type", "must be an object", nil)
	}
	u := attr.Union
	var tag json.RawMessage
	rest := members[:0]
	for _, m := range members {
		if m.Key == u.Discriminator {
			tag = m.Raw
			continue
		}
		rest = append(rest, m)
	}
	variant, err := chosen(attr, tag)
	if err != nil {
		return nil, err
	}
	p := variant.New()
	issues := decodeInto(attr, variant.Object, p, rest)
	if variant.Bare && len(rest) == 0 {
		issues = Below(&resource.Error{Issues: []resource.Issue{resource.RequiredIssue(variant.Object.Attributes[0])}}, attr.JSON, variant.Object.Attributes[0].JSON)
	}
	if len(issues) > 0 {
		return nil, &resource.Error{Kind: resource.Invalid, Issues: issues}
	}
	return variant.Value(p), nil
}

// chosen is the variant that a discriminator names.
func chosen(attr *resource.Attribute, tag json.RawMessage) (*resource.Variant, error) {
	switch tag = bytes.TrimSpace(tag); {
	case len(tag) == 0:
		return nil, VariantError(attr, "required", "is required: one of {oneof}")
	case string(tag) == "null":
		return nil, VariantError(attr, "null", "must not be null, but one of: {oneof}")
	case tag[0] != '"':
		return nil, VariantError(attr, "type", "must be a text, one of: {oneof}")
	}
	return ChooseVariant(attr, unquote(tag))
}

// ChooseVariant is the variant of that name of attr, a union. The error lists
// those that there are.
func ChooseVariant(attr *resource.Attribute, name string) (*resource.Variant, error) {
	if v := attr.Union.Variant(name); v != nil {
		return v, nil
	}
	return nil, VariantError(attr, "oneof", "must be one of: {oneof}")
}

// VariantError is the error for the discriminator of an input of attr, a union;
// {oneof} in the message is the list of the variants.
func VariantError(attr *resource.Attribute, code, message string) error {
	return &resource.Error{Kind: resource.Invalid, Issues: []resource.Issue{{
		Path: []string{attr.JSON, attr.Union.Discriminator}, Code: code, Message: message,
		Vars: map[string]any{"oneof": strings.Join(attr.Union.Names(), ", ")},
	}}}
}
