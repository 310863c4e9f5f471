package live

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/congago/conga/form"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// longText is the length from which an input of text becomes a textarea.
const longText = 500

// input is the template function of the same name: a label, the input of the
// form's field as its type and rules ask for, and its errors; nothing where the
// actor may not see the field. attrs are pairs
// of further attributes of the input: {{input .Form "body" "Message" "autofocus" ""}}.
func input(f *form.Form, name, label string, attrs ...string) (template.HTML, error) {
	if len(attrs)%2 != 0 {
		return "", fmt.Errorf("input %q: attribute %q has no value", name, attrs[len(attrs)-1])
	}
	field := f.Field(name)
	if field.Attribute != nil && field.Attribute.Union != nil && !field.Hidden {
		name += "[" + field.Attribute.Union.Discriminator + "]" // the choice among its variants
		field = f.Field(name)
	}
	if field.Attribute == nil {
		return "", fmt.Errorf("input %q: the form has no such input", f.Name(name))
	}
	if field.Hidden {
		return "", nil
	}
	w := inputWriter{field: field, id: f.ID(name), extra: attrs}
	w.open()
	fmt.Fprintf(&w.b, `<label for="%s">%s</label>`, w.id, template.HTMLEscapeString(label))
	w.control()
	w.errors()
	w.b.WriteString(`</div>`)
	return template.HTML(w.b.String()), nil //nolint:gosec // everything from outside was escaped
}

// inputWriter writes one field.
type inputWriter struct {
	b     strings.Builder
	field form.Field
	id    string
	extra []string
}

func (w *inputWriter) open() {
	class := "field"
	if len(w.field.Errors) > 0 {
		class += " field-invalid"
	}
	fmt.Fprintf(&w.b, `<div class="%s">`, class)
}

func (w *inputWriter) control() {
	in, value := w.field.Attribute, template.HTMLEscapeString(w.field.Value)
	switch {
	case in.Element != nil && in.Element.Object == nil && in.Element.Union == nil:
		w.list()
	case len(in.Enum) > 0:
		w.tag("select")
		w.b.WriteByte('>')
		w.options()
		w.b.WriteString(`</select>`)
	case in.Type.Kind == structs.Bool:
		// The hidden input makes an empty box say no instead of nothing.
		fmt.Fprintf(&w.b, `<input type="hidden" name="%s" value="false">`, template.HTMLEscapeString(w.field.Name))
		w.tag("input")
		w.b.WriteString(` type="checkbox" value="true"`)
		if w.field.Value == "true" || w.field.Value == "on" {
			w.b.WriteString(` checked`)
		}
		w.b.WriteByte('>')
	case isLong(in):
		w.tag("textarea")
		// HTML drops a newline right after the start tag.
		fmt.Fprintf(&w.b, ">\n%s</textarea>", value)
	default:
		w.tag("input")
		fmt.Fprintf(&w.b, ` type="%s" value="%s">`, inputType(in), value)
	}
}

func isLong(in *resource.Attribute) bool {
	if in.Type.Kind == structs.JSON {
		return true
	}
	r, ok := in.Rule("max")
	n := 0
	if ok {
		_, _ = fmt.Sscan(r.Param, &n)
	}
	return in.Type.Kind == structs.String && !in.Sensitive && n >= longText
}

func inputType(in *resource.Attribute) string {
	switch in.Type.Kind {
	case structs.Int, structs.Float, structs.Decimal:
		return "number"
	case structs.Time:
		return "datetime-local"
	case structs.Date:
		return "date"
	case structs.String:
		if in.Sensitive {
			return "password"
		}
		for rule, kind := range map[string]string{"email": "email", "url": "url", "http_url": "url", "e164": "tel"} {
			if _, ok := in.Rule(rule); ok {
				return kind
			}
		}
	}
	return "text"
}

// tag begins the element with what all kinds of inputs have.
func (w *inputWriter) tag(element string) {
	in := w.field.Attribute
	fmt.Fprintf(&w.b, `<%s id="%s" name="%s"`, element, w.id, template.HTMLEscapeString(w.field.Name))
	if in.Required && in.Type.Kind != structs.Bool && in.Element == nil {
		w.b.WriteString(` required`)
	}
	w.rules()
	if len(w.field.Errors) > 0 {
		fmt.Fprintf(&w.b, ` aria-invalid="true" aria-describedby="%s-errors"`, w.id)
	}
	for i := 0; i < len(w.extra); i += 2 {
		fmt.Fprintf(&w.b, ` %s="%s"`, template.HTMLEscapeString(w.extra[i]), template.HTMLEscapeString(w.extra[i+1]))
	}
}

// rules are the checks of the field that a browser knows too.
func (w *inputWriter) rules() {
	in := w.field.Attribute
	names := map[string]string{"max": "maxlength", "min": "minlength"}
	switch in.Type.Kind {
	case structs.String:
	case structs.Int, structs.Float, structs.Decimal:
		names = map[string]string{"max": "max", "min": "min", "lte": "max", "gte": "min"}
		if in.Type.Kind != structs.Int {
			w.b.WriteString(` step="any"`)
		}
	default:
		return
	}
	for _, r := range in.Rules {
		if attr := names[r.Name]; attr != "" {
			fmt.Fprintf(&w.b, ` %s="%s"`, attr, template.HTMLEscapeString(r.Param))
		}
	}
}

func (w *inputWriter) options() {
	in := w.field.Attribute
	if !in.Required || w.field.Value == "" {
		w.b.WriteString(`<option value=""></option>`)
	}
	for _, v := range in.Enum {
		selected := ""
		if v == w.field.Value {
			selected = " selected"
		}
		w.option(in, v, selected)
	}
}

// option writes one of the allowed values, with its label where it has one.
func (w *inputWriter) option(in *resource.Attribute, v, selected string) {
	fmt.Fprintf(&w.b, `<option value="%s"%s>%s</option>`,
		template.HTMLEscapeString(v), selected, template.HTMLEscapeString(in.EnumValue(v).Label))
}

// list writes the inputs of a list: a choice of several of the allowed values,
// or an input for each element and an empty one for the next. The hidden input
// makes no element at all say so.
func (w *inputWriter) list() {
	in := w.field.Attribute
	fmt.Fprintf(&w.b, `<input type="hidden" name="%s" value="">`, template.HTMLEscapeString(w.field.Name))
	if of := in.Element; len(of.Enum) > 0 {
		w.tag("select")
		w.b.WriteString(` multiple>`)
		for _, v := range of.Enum {
			selected := ""
			if slices.Contains(w.field.Values, v) {
				selected = " selected"
			}
			w.option(of, v, selected)
		}
		w.b.WriteString(`</select>`)
		return
	}
	id := w.id
	for i, v := range append(slices.Clip(w.field.Values), "") {
		if i > 0 {
			w.id = fmt.Sprintf("%s-%d", id, i)
		}
		w.tag("input")
		fmt.Fprintf(&w.b, ` type="%s" value="%s">`, inputType(in.Element), template.HTMLEscapeString(v))
	}
	w.id = id
}

func (w *inputWriter) errors() {
	if len(w.field.Errors) == 0 {
		return
	}
	fmt.Fprintf(&w.b, `<p class="field-errors" id="%s-errors" role="alert">`, w.id)
	for i, e := range w.field.Errors {
		if i > 0 {
			w.b.WriteString(`, `)
		}
		w.b.WriteString(template.HTMLEscapeString(e))
	}
	w.b.WriteString(`</p>`)
}

// formErrors is the template function form_errors: the messages of a form
// that belong to none of its inputs.
func formErrors(f *form.Form) template.HTML {
	var b strings.Builder
	for _, text := range f.General() {
		fmt.Fprintf(&b, `<p class="form-error" role="alert">%s</p>`, template.HTMLEscapeString(text))
	}
	return template.HTML(b.String()) //nolint:gosec // the texts were escaped
}
