package resource

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/structs"
)

// describe makes a resource with its attributes from each struct.
func (c *compiler) describe() {
	for _, d := range c.definitions {
		s := d.shape
		name := inflect.Snake(s.Name)
		plural := inflect.Plural(name)
		r := &Resource{
			Name: s.Name, FullName: s.FullName, Type: name, Plural: plural, Table: plural, Path: plural,
			shape: s, byName: map[string]any{}, byJSON: map[string]any{},
		}
		for _, f := range s.Faults {
			c.fault(codeStruct, r.label()+"."+f.Field, f.Message, "")
		}
		if c.byType[s.FullName] != nil {
			c.fault(codeName, r.label(), "the resource is registered twice", "")
			continue
		}
		c.byType[s.FullName] = r
		c.resources = append(c.resources, r)
		c.addAll(r)
		for _, f := range s.Fields {
			if f.Role == structs.Column {
				c.addAttribute(r, f)
			}
		}
		c.choosePrimary(r)
	}
}

func (c *compiler) addAttribute(r *Resource, f *structs.Field) {
	a := c.attribute(r.label(), f)
	a.Index = len(r.Attributes)
	r.Attributes = append(r.Attributes, a)
	r.byName[a.Name] = a
	c.claim(r, a.JSON, a.Name, a)
	if a.Unique {
		r.Identities = append(r.Identities, &Identity{Name: a.JSON, Attributes: []*Attribute{a}, AllTenants: a.uniqueEverywhere})
	}
}

// claim takes a JSON name for a member of the resource.
func (c *compiler) claim(r *Resource, json, goName string, member any) {
	if r.byJSON[json] != nil {
		c.fault(codeName, r.label()+"."+goName, "two fields are called "+strconv.Quote(json)+" in documents", "name one by a json tag")
		return
	}
	r.byJSON[json] = member
}

func (c *compiler) choosePrimary(r *Resource) {
	for _, a := range r.Attributes {
		switch {
		case !a.Primary:
		case r.Primary != nil:
			c.fault(codePrimary, r.label()+"."+a.Name, "there are two primary keys",
				"keep one, and declare the others with Identity")
		default:
			r.Primary = a
		}
	}
	switch {
	case r.Primary == nil:
		c.fault(codePrimary, r.label(), "there is no primary key", "add a field ID uuid.UUID `conga:\"primary\"`")
		// Go on with something, to find further faults.
		r.Primary = &Attribute{Name: "ID", JSON: "id", Type: structs.Type{Kind: structs.UUID}}
	case r.Primary.Type.Nullable:
		c.fault(codePrimary, r.label()+"."+r.Primary.Name, "a primary key cannot be null", "use the type without a pointer")
	case r.Primary.Type.Kind == structs.Int:
		r.Primary.Generated = true
	case r.Primary.Type.Kind == structs.UUID:
		if r.Primary.Default == nil {
			r.Primary.Default = func() any { return uuid.Must(uuid.NewV7()) }
		}
	case r.Primary.Type.Kind != structs.String:
		c.fault(codePrimary, r.label()+"."+r.Primary.Name, "a primary key is a uuid.UUID, an integer or a string", "")
	}
}

// names are the names of a field in documents and in GraphQL.
func names(f *structs.Field) (json, graphql string) {
	json, _, _ = strings.Cut(f.Tags["json"], ",")
	if json == "" || json == "-" {
		json = inflect.Snake(f.Name)
	}
	return json, inflect.Camel(json)
}

// attribute describes one field from its tags.
func (c *compiler) attribute(owner string, f *structs.Field) *Attribute {
	a := &Attribute{Name: f.Name, Description: f.Tags["doc"], Type: c.types.Bind(f.Type), field: f}
	a.JSON, a.GraphQL = names(f)
	a.Column = inflect.Snake(f.Name)
	a.Private = f.Tags["json"] == "-"
	at := owner + "." + f.Name
	c.rules(a, at, f.Tags["validate"])
	c.enum(a, at)
	if a.Type.Kind == structs.List {
		a.Element = c.element(a, at)
	}
	c.document(a, at)
	c.described(a)
	for _, o := range parseOptions(f.Tags["conga"]) {
		c.option(a, at, o)
	}
	return a
}

func (c *compiler) rules(a *Attribute, at, tag string) {
	if tag == "" || tag == "-" {
		return
	}
	if a.Type.IsUnion() && tag != "required" {
		c.fault(codeValidate, at, "the only rule of a union is required", "its variants have rules of their own")
		return
	}
	if problem := probeRules(c.validate, a.Type, tag); problem != "" {
		c.fault(codeValidate, at, problem, "see the rules of github.com/go-playground/validator; checks over several fields go to Validate")
		return
	}
	a.Tag, a.Rules = tag, parseRules(tag)
	_, a.Required = a.Rule("required")
	if one, ok := a.Rule("oneof"); ok && a.Type.Kind == structs.String {
		a.Enum = one.values()
	}
}

type option struct{ name, value string }

// parseOptions splits a conga tag: options are parted by commas, a value follows "=".
func parseOptions(tag string) []option {
	var out []option
	for part := range strings.SplitSeq(tag, ",") {
		if part = strings.TrimSpace(part); part != "" {
			name, value, _ := strings.Cut(part, "=")
			out = append(out, option{name, value})
		}
	}
	return out
}

// attributeOptions are the options of a conga tag on an attribute, for suggestions.
var attributeOptions = []string{
	"primary", "created", "updated", "unique", "private", "sensitive", "immutable",
	"calculated", "generated", "lazy", "nofilter", "nosort", "index", "ci", "trim", "null", "default", "column", "was",
}

func (c *compiler) option(a *Attribute, at string, o option) {
	switch o.name {
	case "primary":
		a.Primary, a.Immutable = true, true
	case "created", "updated":
		a.Stamp = Created
		if o.name == "updated" {
			a.Stamp = Updated
		}
		if a.Type.Kind != structs.Time {
			c.fault(codeTag, at, o.name+" needs a time.Time", "")
		}
	case "unique":
		a.Unique = true
		switch o.value {
		case "":
		case "all_tenants":
			a.uniqueEverywhere = true
		default:
			c.fault(codeTag, at, "unique="+o.value+" is unknown", "use unique, or unique=all_tenants")
		}
	case "private":
		a.Private = true
	case "sensitive":
		a.Sensitive = true
	case "immutable":
		a.Immutable = true
	case "calculated":
		a.Column = ""
		c.calculated[a] = true
	case "nofilter":
		a.NoFilter = true
	case "nosort":
		a.NoSort = true
	case "lazy":
		a.Lazy = true
	case "generated":
		c.running(a, at)
	case "index":
		a.Indexed = true
	case "ci":
		a.IgnoresCase = true
		if a.Type.Kind != structs.String || a.Enum != nil || a.Primary {
			c.fault(codeTag, at, "ci needs a string that is no enum and no primary key", "")
		}
	case "trim":
		a.Trim = true
		if a.Type.Kind != structs.String && (a.Element == nil || a.Element.Type.Kind != structs.String) {
			c.fault(codeTag, at, "trim needs a string or a list of strings", "")
		}
	case "null":
		a.NullIfEmpty = true
		if a.Type.Name != "string" || !a.Type.Nullable {
			c.fault(codeTag, at, "null needs a *string", "use a pointer, which can be nil: *string")
		}
	case "column":
		a.Column = o.value
	case "was":
		a.Was = o.value
	case "default":
		c.defaultValue(a, at, o.value)
	case "belongs_to", "has_one", "has_many", "many_to_many":
		c.fault(codeTag, at, o.name+" needs "+relationshipTypes[o.name]+" of a resource", "")
	default:
		c.fault(codeTag, at, "unknown tag option "+strconv.Quote(o.name), suggest(o.name, attributeOptions))
	}
}

var relationshipTypes = map[string]string{
	"belongs_to": "a pointer to the struct", "has_one": "a pointer to the struct",
	"has_many": "a slice of the struct", "many_to_many": "a slice of the struct",
}

func (c *compiler) defaultValue(a *Attribute, at, text string) {
	var v any
	var err error
	switch a.Type.Kind {
	case structs.String:
		v = text
	case structs.Bool:
		v, err = strconv.ParseBool(text)
	case structs.Int:
		var n int64
		n, err = strconv.ParseInt(text, 10, 64)
		v = n
		if err == nil && !a.Type.Fits(n) {
			err = strconv.ErrRange
		}
	case structs.Float:
		v, err = strconv.ParseFloat(text, 64)
	case structs.Decimal:
		v, err = decimal.NewFromString(text)
	case structs.Duration:
		v, err = time.ParseDuration(text)
	case structs.UUID:
		v, err = uuid.Parse(text)
	case structs.Date:
		v, err = civil.ParseDate(text)
	default:
		c.fault(codeTag, at, "a default of this type cannot be written in a tag", "use resource.Default in Define")
		return
	}
	if err == nil {
		v, err = a.Type.Fit(v)
	}
	if err != nil {
		c.fault(codeTag, at, "default "+strconv.Quote(text)+" is no "+a.Type.Name, "")
		return
	}
	if len(a.Enum) > 0 && !slices.Contains(a.Enum, text) {
		c.fault(codeTag, at, "default "+strconv.Quote(text)+" is none of the allowed values", "")
	}
	a.Default = func() any { return v }
}
