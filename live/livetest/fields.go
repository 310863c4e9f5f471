package livetest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// field is an input of a form as it would be sent.
type field struct {
	name, value string
	hidden      bool
}

// formFields returns what a browser would send of the form, in the order of its elements.
func formFields(form *html.Node) []field {
	var fields []field
	for n := range form.Descendants() {
		if n.Type != html.ElementNode || attr(n, "name") == "" || isDisabled(n) {
			continue
		}
		f := field{name: attr(n, "name")}
		switch n.Data {
		case "textarea":
			f.value = strings.TrimPrefix(rawText(n), "\n")
		case "select":
			for _, value := range selected(n) {
				fields = append(fields, field{name: f.name, value: value})
			}
			continue
		case "input":
			switch strings.ToLower(attr(n, "type")) {
			case "submit", "button", "image", "reset", "file":
				continue
			case "checkbox", "radio":
				if !hasAttr(n, "checked") {
					continue
				}
				f.value = boxValue(n)
			case "hidden":
				f.hidden = true
				fallthrough
			default:
				f.value = attr(n, "value")
			}
		default:
			continue
		}
		fields = append(fields, f)
	}
	return fields
}

func isDisabled(n *html.Node) bool {
	return hasAttr(n, "disabled") || ancestor(n.Parent, func(up *html.Node) bool {
		return up.Data == "fieldset" && hasAttr(up, "disabled")
	}) != nil
}

func rawText(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func boxValue(n *html.Node) string {
	if hasAttr(n, "value") {
		return attr(n, "value")
	}
	return "on"
}

func options(n *html.Node) []*html.Node {
	var all []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == "option" && !hasAttr(d, "disabled") {
			all = append(all, d)
		}
	}
	return all
}

func optionValue(n *html.Node) string {
	if hasAttr(n, "value") {
		return attr(n, "value")
	}
	return textOf(n)
}

func selected(n *html.Node) []string {
	var values []string
	all := options(n)
	for _, o := range all {
		if hasAttr(o, "selected") {
			values = append(values, optionValue(o))
		}
	}
	switch multiple := hasAttr(n, "multiple"); {
	case multiple:
		return values
	case len(values) > 0:
		return values[len(values)-1:]
	case len(all) > 0:
		return []string{optionValue(all[0])}
	}
	return nil
}

// checkFill says why a visitor could not give the form's input these values, or nil.
func checkFill(form *html.Node, name string, values []string) error {
	var inputs []*html.Node
	for n := range form.Descendants() {
		if n.Type == html.ElementNode && attr(n, "name") == name && slices.Contains([]string{"input", "select", "textarea"}, n.Data) {
			inputs = append(inputs, n)
		}
	}
	if len(inputs) == 0 {
		return fmt.Errorf("the form has no input %q", name)
	}
	var offered []string
	open, enabled := false, false
	for _, n := range inputs {
		if isDisabled(n) {
			continue
		}
		enabled = true
		kind := strings.ToLower(attr(n, "type"))
		switch {
		case n.Data == "select":
			for _, o := range options(n) {
				offered = append(offered, optionValue(o))
			}
		case n.Data == "input" && (kind == "checkbox" || kind == "radio"):
			offered = append(offered, boxValue(n))
		case n.Data == "input" && kind == "hidden":
			if len(inputs) == 1 {
				return fmt.Errorf("the input %q is hidden", name)
			}
			offered = append(offered, attr(n, "value"))
		default:
			open = open || !hasAttr(n, "readonly")
		}
	}
	switch {
	case !enabled:
		return fmt.Errorf("the input %q is disabled", name)
	case open:
		return nil
	case len(offered) == 0:
		return fmt.Errorf("the input %q is read-only", name)
	}
	for _, v := range values {
		if !slices.Contains(offered, v) {
			return fmt.Errorf("the input %q offers %q, not %q", name, offered, v)
		}
	}
	return nil
}

// filled is what a visitor has typed into a form that is not submitted yet.
type filled struct {
	values map[string][]string
	used   map[string]bool
}

// fill reads pairs of names and values, of which a name may come several times. The target is the last name.
func (f *filled) fill(form *html.Node, pairs []string) (target string, err error) {
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("the value of %q is missing", pairs[len(pairs)-1])
	}
	given := make(map[string][]string)
	for i := 0; i < len(pairs); i += 2 {
		target = pairs[i]
		given[target] = append(given[target], pairs[i+1])
	}
	for name, values := range given {
		if err := checkFill(form, name, values); err != nil {
			return "", err
		}
		if f.values == nil {
			f.values, f.used = make(map[string][]string), make(map[string]bool)
		}
		f.values[name], f.used[name] = values, true
	}
	return target, nil
}

// encode writes the form with what was filled in. With marks, the inputs not used yet are marked.
func (f *filled) encode(form *html.Node, marks bool) string {
	var pairs []string
	add := func(name, value string) {
		pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	done := make(map[string]bool)
	for _, one := range formFields(form) {
		if values, ok := f.values[one.name]; ok {
			if !done[one.name] {
				for _, value := range values {
					add(one.name, value)
				}
			}
			done[one.name] = true
			continue
		}
		if marks && !one.hidden && !done[one.name] {
			add(unusedName(one.name), "")
		}
		done[one.name] = true
		add(one.name, one.value)
	}
	for name, values := range f.values { // boxes that are not ticked in the page; what is gone from it is not sent
		if !done[name] && checkFill(form, name, values) == nil {
			for _, value := range values {
				add(name, value)
			}
		}
	}
	return strings.Join(pairs, "&")
}

// unusedName marks the last part of a name: user[email] becomes user[_unused_email].
func unusedName(name string) string {
	plain := strings.TrimSuffix(name, "[]")
	list := name[len(plain):]
	if open := strings.LastIndexByte(plain, '['); open >= 0 {
		return plain[:open+1] + "_unused_" + plain[open+1:] + list
	}
	return "_unused_" + name
}
