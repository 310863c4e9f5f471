package rest

import (
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// calculations are the arguments that a query string gives to calculations:
// arguments[type][calculation][argument]. They hold wherever the request
// speaks of the calculation: in fields, filters and sorts.
type calculations struct {
	given map[*resource.Attribute]map[string]any
	made  map[*resource.Attribute]*resource.Attribute
}

// readArgumentOf reads one argument of a calculation.
func (r *queryReader) readArgumentOf(key string, parts []string, values []string) {
	res := r.h.types[parts[0]]
	if res == nil {
		r.unknown(key, "there is no type "+strconv.Quote(parts[0]), parts[0], r.typeNames())
		return
	}
	attr := res.PublicAttribute(parts[1])
	if attr == nil || len(attr.Arguments) == 0 {
		var names []string
		for _, a := range res.Attributes {
			if !a.Private && len(a.Arguments) > 0 {
				names = append(names, a.JSON)
			}
		}
		r.unknown(key, res.Type+" has no calculation "+strconv.Quote(parts[1])+" with arguments", parts[1], names)
		return
	}
	var names []string
	for _, arg := range attr.Arguments {
		names = append(names, arg.JSON)
		if arg.JSON != parts[2] {
			continue
		}
		text, ok := r.one(key, values)
		if !ok {
			return
		}
		v, err := wire.ParseText(arg, text)
		if err != nil {
			r.issues(key, err)
			return
		}
		if r.calculations.given == nil {
			r.calculations.given = map[*resource.Attribute]map[string]any{}
		}
		if r.calculations.given[attr] == nil {
			r.calculations.given[attr] = map[string]any{}
		}
		r.calculations.given[attr][arg.Name] = v
		return
	}
	r.unknown(key, attr.JSON+" has no argument "+strconv.Quote(parts[2]), parts[2], names)
}

// argued is the attribute of res with the arguments that the query gives it.
func (r *queryReader) argued(res *resource.Resource, attr *resource.Attribute) *resource.Attribute {
	if len(attr.Arguments) == 0 {
		return attr
	}
	if made := r.calculations.made[attr]; made != nil {
		return made
	}
	values, issues := attr.Take(r.h.app.Registry().Validator, r.calculations.given[attr])
	for _, i := range issues {
		r.fault("arguments["+res.Type+"]["+attr.JSON+"]["+i.Path[0]+"]", i.Code, i.Text())
	}
	if r.calculations.made == nil {
		r.calculations.made = map[*resource.Attribute]*resource.Attribute{}
	}
	r.calculations.made[attr] = attr.With(values)
	return r.calculations.made[attr]
}

// calculationParameters are the arguments of a resource's calculations.
func (d *document) calculationParameters(r *resource.Resource) (out openapi3.Parameters) {
	for _, attr := range r.Attributes {
		if attr.Private {
			continue
		}
		for _, arg := range attr.Arguments {
			s := d.typeSchema(arg)
			rules := rules{s, arg, hasRule(arg, "omitempty")}
			for _, rule := range arg.Rules {
				rules.add(rule)
			}
			text := "The argument " + arg.JSON + " of " + attr.JSON + ", wherever the request speaks of that."
			if arg.Required && arg.Default == nil {
				text += " It is required then."
			}
			if arg.Description != "" {
				text = arg.Description + " " + text
			}
			name := "arguments[" + r.Type + "][" + attr.JSON + "][" + arg.JSON + "]"
			out = append(out, d.share("arguments."+r.Type+"."+attr.JSON+"."+arg.JSON, queryParameter(name, text, s)))
		}
	}
	return out
}
