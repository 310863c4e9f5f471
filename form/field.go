package form

import (
	"slices"

	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// Field is one input of a form as a template shows it.
type Field struct {
	// Name is the name of the element: the JSON name of the attribute, in a
	// nested form as in "comments[0][body]".
	Name string
	// Value is the text to show: what the visitor typed, else the value of the record.
	Value string
	// Values are the texts of a list, one for each element; nil for other inputs.
	Values []string
	// Errors are the messages to show beside the input. They are empty until
	// the visitor has dealt with it.
	Errors []string
	// Attribute tells the type and the rules of the input. It is nil when the action has no such input.
	Attribute *resource.Attribute
	// Hidden tells that the record has a value which the actor may not see:
	// the input should not be shown, because what it sent would replace that.
	Hidden bool
}

// Field is the input of that name. One that the action does not have shows
// what was typed and has no errors. A member of a document has a nested name:
// "address[zip]", "lines[0][text]".
func (f *Form) Field(name string) Field {
	if in, _, _ := f.member(name); in != nil {
		return Field{Name: f.Name(name), Value: f.Value(name), Values: f.Values(name), Errors: f.Errors(name), Attribute: in}
	}
	return Field{Name: f.Name(name), Value: f.Value(name), Values: f.Values(name), Errors: f.Errors(name), Attribute: f.input(name), Hidden: f.hides(name)}
}

// hides reports whether the record was read without the named input.
func (f *Form) hides(name string) bool {
	in := f.input(name)
	return in != nil && f.owns(in) && f.resource().Hides(f.record, in)
}

func (f *Form) input(name string) *resource.Attribute {
	for _, in := range f.inputs() {
		if in.JSON == name && !in.Private {
			return in
		}
	}
	return nil
}

// resource is what the record of the form is of.
func (f *Form) resource() *resource.Resource {
	if f.nested != nil {
		return f.nested.Target
	}
	return f.action.Resource
}

// Value is the text that the named input shows. Sensitive values of the
// record are never shown.
func (f *Form) Value(name string) string {
	if all := f.values.All(name); len(all) > 0 {
		return all[len(all)-1]
	}
	if in, v, _ := f.member(name); in != nil {
		if in.Sensitive || f.values.Submitted {
			return ""
		}
		return wire.FormatText(in, v)
	}
	in := f.input(name)
	if in == nil || in.Sensitive || f.values.Submitted || f.hides(name) {
		return ""
	}
	if f.owns(in) {
		return wire.FormatText(in, in.Get(f.record))
	}
	if in.Default != nil && !in.Primary {
		return wire.FormatText(in, in.Default())
	}
	return ""
}

// Errors are the messages for the named input; empty until the visitor has
// dealt with it.
func (f *Form) Errors(name string) []string {
	if !f.values.Used(name) || f.nested != nil && !f.values.Submitted && f.blank() {
		return nil // a blank record is left out when the form is submitted
	}
	path := []string{name}
	in, _, nested := f.member(name)
	if in != nil {
		path = nested
	}
	var out []string
	for _, i := range f.issues {
		// What is wrong with a union as a whole is shown where it is chosen.
		if in != nil && in.IsDiscriminator() && slices.Equal(i.Path, path[:len(path)-1]) {
			out = append(out, i.Text())
			continue
		}
		if len(i.Path) >= len(path) && slices.Equal(i.Path[:len(path)], path) && (len(i.Path) == 1 || f.manages(name) == nil) {
			out = append(out, i.Text())
		}
	}
	return out
}

// General are the messages that belong to none of the inputs. They are shown
// after a submit.
func (f *Form) General() []string {
	if !f.values.Submitted {
		return nil
	}
	var out []string
	for _, i := range f.issues {
		switch {
		case len(i.Path) == 0:
			out = append(out, i.Text())
		case f.manages(i.Path[0]) != nil && len(i.Path) > 1: // shown by a nested form
		case f.input(i.Path[0]) == nil:
			out = append(out, i.Path[0]+" "+i.Text())
		}
	}
	return out
}

// Issues are all faults found by the last Validate or Submit, shown or not.
func (f *Form) Issues() []resource.Issue { return f.issues }

// Valid reports whether the last Validate or Submit found nothing wrong.
func (f *Form) Valid() bool { return len(f.issues) == 0 }

// Action is what the form submits to.
func (f *Form) Action() *resource.Action { return f.action }
