package sqltext

import (
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// comparisons are the rules that compare a number, or the length of a text.
var comparisons = map[string]string{
	"min": ">=", "gte": ">=", "max": "<=", "lte": "<=", "gt": ">", "lt": "<", "len": "=",
}

// conditions are those of the attribute's rules that SQL can say.
func (d *Dialect) conditions(a *resource.Attribute) []string {
	var out []string
	for _, r := range a.Rules {
		if c := d.ruleCondition(a, r); c != "" {
			out = append(out, c)
		}
	}
	return out
}

func (d *Dialect) ruleCondition(a *resource.Attribute, r resource.Rule) string {
	column := string(appendIdent(nil, a.Column))
	if r.Name == "oneof" {
		return d.oneOf(a, column, r)
	}
	operator, ok := comparisons[r.Name]
	if !ok {
		return ""
	}
	switch a.Type.Kind {
	case structs.String:
		if n, err := strconv.ParseUint(r.Param, 10, 31); err == nil {
			return d.length() + "(" + column + ") " + operator + " " + strconv.FormatUint(n, 10)
		}
	case structs.Int:
		if n, err := strconv.ParseInt(r.Param, 10, 64); err == nil && r.Name != "len" {
			return column + " " + operator + " " + strconv.FormatInt(n, 10)
		}
	case structs.Float, structs.Decimal:
		n, err := decimal.NewFromString(r.Param)
		if err != nil || r.Name == "len" {
			return ""
		}
		if a.Type.Kind == structs.Decimal && !d.arrays {
			return column + " " + operator + " " + quote(n.String())
		}
		return column + " " + operator + " " + n.String()
	}
	return ""
}

func (d *Dialect) length() string {
	if d.arrays {
		return "char_length"
	}
	return "length"
}

func (d *Dialect) oneOf(a *resource.Attribute, column string, r resource.Rule) string {
	words := a.Enum
	if a.Type.Kind == structs.Int {
		words = strings.Fields(r.Param)
	}
	list := make([]string, 0, len(words)+1)
	for _, word := range words {
		if a.Type.Kind == structs.Int {
			if _, err := strconv.ParseInt(word, 10, 64); err != nil {
				return ""
			}
			list = append(list, word)
			continue
		}
		list = append(list, quote(word))
	}
	if len(list) == 0 {
		return ""
	}
	return column + " in (" + strings.Join(list, ", ") + ")"
}

// check is the condition of the attribute's CHECK constraint. Values of
// attributes that need not be given may be zero, whatever the rules say.
func (d *Dialect) check(a *resource.Attribute) string {
	text := strings.Join(d.conditions(a), " and ")
	_, optional := a.Rule("omitempty")
	if a.Type.Nullable || a.Required && !optional {
		return text
	}
	zero := "0"
	switch {
	case a.Type.Kind == structs.String:
		zero = "''"
	case a.Type.Kind == structs.Decimal && !d.arrays:
		zero = "'0'"
	}
	return string(appendIdent(nil, a.Column)) + " = " + zero + " or " + text
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
