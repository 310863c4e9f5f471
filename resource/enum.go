package resource

import (
	"slices"
	"strings"

	"github.com/congago/conga/internal/structs"
)

// EnumValue is one of the values of a named string type whose method
//
//	Values() []resource.EnumValue
//
// lists all that there are. Attributes of such a type take no others.
type EnumValue struct {
	// Value is the text that is stored and that documents have.
	Value string
	// Label is for people, as in the options of a form; empty for Value itself.
	Label string
	// Description is for API documents; it may be empty.
	Description string
}

// enum takes the values that the Go type of an attribute lists. A oneof rule
// picks some of them.
func (c *compiler) enum(a *Attribute, at string) {
	lister, ok := a.Type.NewPtr().(interface{ Values() []EnumValue })
	if !ok || a.Type.Kind != structs.String {
		return
	}
	all := lister.Values()
	if a.Enum == nil {
		var quoted []string
		for _, v := range all {
			a.Enum = append(a.Enum, v.Value)
			quoted = append(quoted, "'"+v.Value+"'")
		}
		a.Rules = append(a.Rules, Rule{"oneof", strings.Join(quoted, " ")})
	}
	for i, text := range a.Enum {
		n := slices.IndexFunc(all, func(v EnumValue) bool { return v.Value == text })
		switch {
		case n < 0:
			c.fault(codeValidate, at, "oneof allows "+text+", which is no value of "+a.Type.Name, "")
			continue
		case text == "" || strings.Contains(text, "'") || slices.Contains(a.Enum[:i], text):
			c.fault(codeValidate, at, "a value of "+a.Type.Name+" is empty, has a quote in it or occurs twice", "")
		}
		a.EnumValues = append(a.EnumValues, all[n])
	}
}

// EnumValue is what is known of an allowed text: its label and its
// description, where the Go type has them.
func (a *Attribute) EnumValue(text string) EnumValue {
	for _, v := range a.EnumValues {
		if v.Value == text {
			if v.Label == "" {
				v.Label = v.Value
			}
			return v
		}
	}
	return EnumValue{Value: text, Label: text}
}
