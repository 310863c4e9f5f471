package resource

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"
	"github.com/golang-sql/civil"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/structs"
)

// Rule is one check of a validate tag: "max=4000" is {"max", "4000"}.
type Rule struct{ Name, Param string }

// Rule is the rule of that name, if the attribute has it.
func (a *Attribute) Rule(name string) (Rule, bool) {
	for _, r := range a.Rules {
		if r.Name == name {
			return r, true
		}
	}
	return Rule{}, false
}

// parseRules splits a validate tag at its commas. Alternatives ("a|b") stay one rule.
func parseRules(tag string) []Rule {
	var out []Rule
	for part := range strings.SplitSeq(tag, ",") {
		if part == "" {
			continue
		}
		name, param, _ := strings.Cut(part, "=")
		if name == "dive" {
			break // what follows is about the elements
		}
		out = append(out, Rule{name, param})
	}
	return out
}

// values are the words of a oneof rule; single quotes keep spaces in a word.
func (r Rule) values() []string {
	var out []string
	rest := strings.TrimSpace(r.Param)
	for rest != "" {
		var word string
		if rest[0] == '\'' {
			word, rest, _ = strings.Cut(rest[1:], "'")
		} else {
			word, rest, _ = strings.Cut(rest, " ")
		}
		out = append(out, word)
		rest = strings.TrimSpace(rest)
	}
	return out
}

func newValidator() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterCustomTypeFunc(func(f structs.Reflected) any {
		return f.Interface().(decimal.Decimal).InexactFloat64()
	}, decimal.Decimal{})
	v.RegisterCustomTypeFunc(func(f structs.Reflected) any { // a day is no struct with members to check
		d := f.Interface().(civil.Date)
		if structs.IsZeroDate(d) {
			return ""
		}
		return d.String()
	}, civil.Date{})
	v.RegisterTagNameFunc(structs.Naming(inflect.Snake))
	return v
}

// probeRules reports what is wrong with a validate tag for values of the type, if anything.
func probeRules(v *validator.Validate, t structs.Type, tag string) (problem string) {
	defer func() {
		if r := recover(); r != nil {
			problem = fmt.Sprint(r)
		}
	}()
	for _, r := range parseRules(tag) {
		if strings.HasSuffix(r.Name, "field") || strings.HasPrefix(r.Name, "required_") || strings.HasPrefix(r.Name, "excluded_") {
			return fmt.Sprintf("rule %q looks at other fields, which the inputs of an action may not have", r.Name)
		}
	}
	_ = v.Var(t.ValueOf(t.NewPtr()), tag)
	return ""
}

// check runs the rules of in on a canonical value that is not nil.
func (a *Attribute) check(v *validator.Validate, value any) []Issue {
	if _, err := a.Type.Fit(value); err != nil {
		return []Issue{{Path: []string{a.JSON}, Code: "format", Message: "is not valid"}}
	}
	var issues []Issue
	if a.Union != nil {
		issues = a.checkVariant(v, value)
	} else if a.Tag != "" {
		issues = append(issues, a.issues(v.Var(value, a.Tag), false)...)
	}
	if text, ok := value.(string); ok && len(issues) == 0 && a.Enum != nil && !slices.Contains(a.Enum, text) {
		one, _ := a.Rule("oneof") // which omitempty had skipped: the database knows no exception
		issues = append(issues, ruleIssue([]string{a.JSON}, one, structs.String))
	}
	if a.Type.Kind == structs.JSON && a.Union == nil && structs.IsStruct(value) {
		issues = append(issues, a.issues(v.Struct(value), true)...)
	}
	if _, isList := a.Type.Items(); isList {
		if _, _, dives := cutDive(a.Tag); !dives {
			issues = append(issues, a.issues(v.Var(value, "dive"), false)...)
		}
	}
	if len(issues) == 0 && (a.Object != nil || a.Element != nil || a.Union != nil) {
		issues = append(issues, a.checkDocument(value, []string{a.JSON})...)
	}
	return issues
}

func (a *Attribute) issues(err error, isStruct bool) []Issue {
	var faults validator.ValidationErrors
	if !errors.As(err, &faults) {
		return nil
	}
	out := make([]Issue, len(faults))
	for i, f := range faults {
		at := append([]string{a.JSON}, faultPath(f, isStruct)...)
		out[i] = ruleIssue(at, Rule{f.Tag(), f.Param()}, structs.KindOf(f.Value()))
	}
	return out
}

// ruleIssue words the breach of a rule.
func ruleIssue(path []string, r Rule, kind structs.Kind) Issue {
	out := Issue{Path: path, Code: r.Name, Message: "is not valid"}
	if r.Param != "" {
		out.Vars = map[string]any{r.Name: r.Param}
	}
	unit := ""
	switch kind {
	case structs.String:
		unit = " characters"
	case structs.JSON, structs.Bytes, structs.List:
		unit = " items"
	}
	switch r.Name {
	case "required":
		out.Message = "is required"
	case "max", "lte":
		out.Message = "must be at most {" + r.Name + "}" + unit
	case "min", "gte":
		out.Message = "must be at least {" + r.Name + "}" + unit
	case "gt":
		out.Message = "must be more than {gt}" + unit
	case "lt":
		out.Message = "must be less than {lt}" + unit
	case "len":
		out.Message = "must have exactly {len}" + unit
	case "eq":
		out.Message = "must be {eq}"
	case "ne":
		out.Message = "must not be {ne}"
	case "oneof":
		out.Message = "must be one of: {oneof}"
		out.Vars["oneof"] = strings.Join(r.values(), ", ")
	default:
		if m, ok := ruleMessages[r.Name]; ok {
			out.Message = m
		}
	}
	return out
}

// ruleMessages are the messages of rules without a number.
var ruleMessages = map[string]string{
	"email":        "must be an e-mail address",
	"url":          "must be a URL",
	"http_url":     "must be a web address",
	"uri":          "must be a URI",
	"uuid":         "must be a UUID",
	"alpha":        "must have letters only",
	"alphanum":     "must have letters and digits only",
	"alphaunicode": "must have letters only",
	"numeric":      "must be a number",
	"number":       "must have digits only",
	"lowercase":    "must be in lower case",
	"uppercase":    "must be in upper case",
	"contains":     "must contain {contains}",
	"excludes":     "must not contain {excludes}",
	"startswith":   "must start with {startswith}",
	"endswith":     "must end with {endswith}",
	"ascii":        "must have ASCII characters only",
	"printascii":   "must have printable ASCII characters only",
	"ip":           "must be an IP address",
	"hostname":     "must be a host name",
	"e164":         "must be a phone number such as +15551234567",
	"hexcolor":     "must be a colour such as #ff8800",
	"datetime":     "must be a time of the form {datetime}",
	"unique":       "must not have the same item twice",
	"json":         "must be JSON",
	"timezone":     "must be a time zone such as Europe/Berlin",
}

// unsound is the issue with a canonical value that not every database can
// hold, or that cannot be written as JSON; nil for all others. The codes and
// messages are those of package wire.
func unsound(a *Attribute, value any) *Issue {
	flaw := structs.FlawOf(value)
	if flaw == structs.Sound {
		return nil
	}
	i := &Issue{Path: []string{a.JSON}, Code: "format"}
	switch flaw {
	case structs.NotUTF8:
		i.Message = "must be valid UTF-8"
	case structs.HasNUL:
		i.Message = "must not contain the character NUL"
	case structs.NoNumber:
		i.Message = "must be a number"
	case structs.TooLong:
		i.Code, i.Message = "range", "has too many digits"
	case structs.OutOfAge:
		i.Code, i.Message = "range", "must be between the years {min} and {max}"
		i.Vars = map[string]any{"min": structs.FirstYear, "max": structs.LastYear}
	case structs.Unfit:
		i.Message = "cannot be stored"
	default:
		return nil
	}
	return i
}
