package form

import (
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// Field is one input of a form as a template shows it.
type Field struct {
	// Name is the name of the input: the JSON name of the attribute.
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
// what was typed and has no errors.
func (f *Form) Field(name string) Field {
	return Field{Name: name, Value: f.Value(name), Values: f.Values(name), Errors: f.Errors(name), Attribute: f.input(name), Hidden: f.hides(name)}
}

// hides reports whether the record was read without the named input.
func (f *Form) hides(name string) bool {
	in := f.input(name)
	return in != nil && f.record != nil && !f.action.IsArgument(in) && f.action.Resource.Hides(f.record, in)
}

func (f *Form) input(name string) *resource.Attribute {
	in := f.action.Input(name)
	if in == nil || in.Private {
		return nil
	}
	return in
}

// Value is the text that the named input shows. Sensitive values of the
// record are never shown.
func (f *Form) Value(name string) string {
	if all := f.values.All(name); len(all) > 0 {
		return all[len(all)-1]
	}
	in := f.input(name)
	if in == nil || in.Sensitive || f.values.Submitted || f.hides(name) {
		return ""
	}
	if f.record != nil && !f.action.IsArgument(in) {
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
	if !f.values.Used(name) {
		return nil
	}
	var out []string
	for _, i := range f.issues {
		if len(i.Path) > 0 && i.Path[0] == name {
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
