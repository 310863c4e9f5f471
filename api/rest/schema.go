package rest

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// typeSchema is the schema of an attribute's values, without its rules.
func (d *document) typeSchema(attr *resource.Attribute) *openapi3.Schema {
	if isDocument(attr) {
		return documentSchemas{of: d}.schema(attr)
	}
	if attr.Element != nil {
		return openapi3.NewArraySchema().WithItems(d.typeSchema(attr.Element))
	}
	s := kindSchema(attr.Type)
	if d := attr.TypeDescription; d != nil {
		s.Format, s.Pattern = cmp.Or(d.Format, s.Format), cmp.Or(d.Pattern, s.Pattern)
		if d.URL != "" {
			s.ExternalDocs = &openapi3.ExternalDocs{URL: d.URL}
		}
	}
	if attr.Enum != nil {
		for _, v := range attr.Enum {
			s.Enum = append(s.Enum, v)
		}
	}
	return s
}

func kindSchema(t structs.Type) *openapi3.Schema {
	switch t.Kind {
	case structs.String:
		return openapi3.NewStringSchema()
	case structs.Bool:
		return openapi3.NewBoolSchema()
	case structs.Int:
		return intSchema(t)
	case structs.Float:
		if t.Bits == 32 {
			return openapi3.NewFloat64Schema().WithFormat("float")
		}
		return openapi3.NewFloat64Schema().WithFormat("double")
	case structs.Decimal:
		return openapi3.NewStringSchema().WithFormat("decimal")
	case structs.Time:
		return openapi3.NewDateTimeSchema()
	case structs.Date:
		return openapi3.NewStringSchema().WithFormat("date")
	case structs.Duration:
		return openapi3.NewStringSchema().WithFormat("duration")
	case structs.UUID:
		return openapi3.NewUUIDSchema()
	case structs.Bytes:
		s := openapi3.NewStringSchema()
		s.ContentEncoding = "base64"
		return s
	}
	return documentSchema(t.Name)
}

func intSchema(t structs.Type) *openapi3.Schema {
	s := openapi3.NewInt64Schema()
	if t.Bits < 64 {
		lo, hi := t.Range()
		s = openapi3.NewInt32Schema().WithMin(float64(lo)).WithMax(float64(hi))
		if hi > 1<<31-1 {
			s.Format = "int64"
		}
	}
	return s
}

// documentSchema is what the name of a Go type tells of its documents.
func documentSchema(name string) *openapi3.Schema {
	if element, ok := strings.CutPrefix(name, "[]"); ok {
		return openapi3.NewArraySchema().WithItems(documentSchema(element))
	}
	if value, ok := strings.CutPrefix(name, "map[string]"); ok {
		return openapi3.NewObjectSchema().WithAdditionalProperties(documentSchema(value))
	}
	switch name {
	case "string":
		return openapi3.NewStringSchema()
	case "bool":
		return openapi3.NewBoolSchema()
	case "int", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32":
		return openapi3.NewIntegerSchema()
	case "float32", "float64":
		return openapi3.NewFloat64Schema()
	case "uuid.UUID":
		return openapi3.NewUUIDSchema()
	case "time.Time":
		return openapi3.NewDateTimeSchema()
	}
	return openapi3.NewSchema() // anything
}

// outputSchema is the schema of an attribute in answers.
func (d *document) outputSchema(attr *resource.Attribute) *openapi3.Schema {
	s := d.typeSchema(attr)
	s.Description = attr.Description
	if attr.Type.Nullable || attr.Type.Kind == structs.JSON {
		nullable(s)
	}
	return s
}

// nullable adds null to the types and to the enumerated values.
func nullable(s *openapi3.Schema) {
	if s.AnyOf != nil { // of a union
		s.AnyOf = append(s.AnyOf, null())
		return
	}
	if s.Type == nil {
		return // anything, null included
	}
	s.Type = &openapi3.Types{s.Type.Slice()[0], "null"}
	if s.Enum != nil {
		s.Enum = append(s.Enum, nil)
	}
}

// inputSchema is the schema of an input, with its rules.
func (d *document) inputSchema(in *resource.Attribute) *openapi3.Schema {
	s := d.typeSchema(in)
	switch {
	case isDocument(in):
		s = documentSchemas{of: d, input: true}.schema(in)
	case in.Element != nil:
		s = openapi3.NewArraySchema().WithItems(d.inputSchema(in.Element))
		s.Items.Value.Description = ""
	}
	s.Description = in.Description
	if in.Type.Kind == structs.Decimal {
		s.Type = &openapi3.Types{"string", "number"}
	}
	addRules(s, in)
	if in.Type.Nullable && !in.Required {
		nullable(s)
	}
	if in.Sensitive && in.Type.Kind == structs.String && s.Format == "" {
		s.Format = "password"
	}
	return s
}

func addRules(s *openapi3.Schema, in *resource.Attribute) {
	r := rules{s, in, hasRule(in, "omitempty")}
	for _, rule := range in.Rules {
		r.add(rule)
	}
}

func hasRule(in *resource.Attribute, name string) bool {
	_, ok := in.Rule(name)
	return ok
}

// rules puts the rules of a validate tag into a schema.
type rules struct {
	s  *openapi3.Schema
	in *resource.Attribute
	// optional tells that an empty value breaks no rule.
	optional bool
}

func (r rules) add(rule resource.Rule) {
	switch r.in.Type.Kind {
	case structs.String:
		r.text(rule)
	case structs.Int, structs.Float:
		r.number(rule)
	case structs.JSON, structs.List:
		r.items(rule)
	}
}

func (r rules) text(rule resource.Rule) {
	n, err := strconv.ParseInt(rule.Param, 10, 64)
	isNumber := err == nil && n >= 0
	switch rule.Name {
	case "required":
		if r.in.Enum == nil {
			r.s.MinLength = max(r.s.MinLength, 1)
		}
	case "min", "gte":
		if isNumber && !r.optional {
			r.s.WithMinLength(n)
		}
	case "max", "lte":
		if isNumber {
			r.s.WithMaxLength(n)
		}
	case "len":
		if isNumber {
			r.s.WithMaxLength(n)
			if !r.optional {
				r.s.WithMinLength(n)
			}
		}
	default:
		if format := formats[rule.Name]; format != "" {
			r.s.Format = format
		}
		r.pattern(rule)
	}
}

// formats are the rules that are formats of JSON Schema.
var formats = map[string]string{
	"email": "email", "url": "uri", "http_url": "uri", "uri": "uri", "uuid": "uuid", "uuid4": "uuid", "uuid7": "uuid",
	"hostname": "hostname", "hostname_rfc1123": "hostname", "ipv4": "ipv4", "ipv6": "ipv6",
}

func (r rules) pattern(rule resource.Rule) {
	pattern := patterns[rule.Name]
	switch rule.Name {
	case "startswith":
		pattern = "^" + regexp.QuoteMeta(rule.Param)
	case "endswith":
		pattern = regexp.QuoteMeta(rule.Param) + "$"
	case "contains":
		pattern = regexp.QuoteMeta(rule.Param)
	}
	if pattern != "" && !r.optional && r.s.Pattern == "" {
		r.s.Pattern = pattern
	}
}

// patterns are the rules that are regular expressions.
var patterns = map[string]string{
	"alpha": "^[a-zA-Z]+$", "alphanum": "^[a-zA-Z0-9]+$", "number": "^[0-9]+$",
	"numeric": `^[-+]?[0-9]+(?:\.[0-9]+)?$`, "e164": `^\+?[1-9][0-9]{7,14}$`,
	"hexcolor": "^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$",
}

func (r rules) number(rule resource.Rule) {
	n, err := strconv.ParseFloat(rule.Param, 64)
	if err != nil {
		return
	}
	switch rule.Name {
	case "min", "gte":
		if !r.optional || n <= 0 {
			r.s.WithMin(n)
		}
	case "max", "lte":
		if !r.optional || n >= 0 {
			r.s.WithMax(n)
		}
	case "gt":
		if !r.optional || n < 0 {
			r.s.WithExclusiveMinValue(n)
		}
	case "lt":
		if !r.optional || n > 0 {
			r.s.WithExclusiveMaxValue(n)
		}
	}
}

func (r rules) items(rule resource.Rule) {
	if !r.s.Type.Is("array") {
		return
	}
	n, err := strconv.ParseInt(rule.Param, 10, 64)
	isNumber := err == nil && n >= 0
	switch {
	case rule.Name == "unique":
		r.s.UniqueItems = true
	case rule.Name == "min" && isNumber && !r.optional:
		r.s.WithMinItems(n)
	case rule.Name == "max" && isNumber:
		r.s.WithMaxItems(n)
	case rule.Name == "len" && isNumber && !r.optional:
		r.s.WithMinItems(n).WithMaxItems(n)
	}
}

// actionInput is the schema of an action's body, and whether it needs one.
func (d *document) actionInput(a *resource.Action) (s *openapi3.Schema, required bool) {
	s = openapi3.NewObjectSchema().WithoutAdditionalProperties()
	s.Title = a.Name + " " + a.Resource.Type
	for _, in := range a.Inputs() {
		if in.Private {
			continue
		}
		property(s, in.JSON, d.inputSchema(in))
		if in.Required && in.Default == nil && (a.Kind != resource.Update || a.IsArgument(in)) {
			s.Required = append(s.Required, in.JSON)
		}
	}
	for _, m := range a.Managed {
		s.WithPropertyRef(m.JSON, d.managed(m))
		if m.Required {
			s.Required = append(s.Required, m.JSON)
		}
	}
	slices.Sort(s.Required)
	return s, len(s.Required) > 0
}
