package resource

import (
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/congago/conga/internal/structs"
)

// element describes the elements of a list as an attribute of their own,
// whose rules are what follows "dive" in the tag of the list.
func (c *compiler) element(a *Attribute, at string) *Attribute {
	e := &Attribute{
		Name: a.Name, JSON: a.JSON, GraphQL: a.GraphQL, Description: a.Description,
		Type: *a.Type.Element, Private: a.Private, Sensitive: a.Sensitive,
	}
	if _, tag, ok := cutDive(a.Tag); ok {
		if problem := probeRules(c.validate, e.Type, tag); problem != "" {
			c.fault(codeValidate, at, "after dive: "+problem, "")
			return e
		}
		e.Tag, e.Rules = tag, parseRules(tag)
		if one, ok := e.Rule("oneof"); ok && e.Type.Kind == structs.String {
			e.Enum = one.values()
		}
	}
	c.enum(e, at)
	c.described(e)
	return e
}

// cutDive parts the rules of a list from those of its elements.
func cutDive(tag string) (list, elements string, ok bool) {
	rules := strings.Split(tag, ",")
	i := slices.Index(rules, "dive")
	if i < 0 {
		return tag, "", false
	}
	return strings.Join(rules[:i], ","), strings.Join(rules[i+1:], ","), true
}

// faultPath is the path, below a value, to what a fault of the validator is
// about: "Address.lines[0].text" below a struct, "[1]" below a list.
func faultPath(f validator.FieldError, isStruct bool) []string {
	path := f.Namespace()
	if isStruct {
		_, path, _ = strings.Cut(path, ".")
	}
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
}
