package live

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/congago/conga/form"
)

// Event is what a browser said happened. Handlers take it when they need all of it; most take [form.Values] or
// [Click] instead.
type Event struct {
	// Type is the kind: "click", "change", "submit", "keydown", "blur", "hook" and so on.
	Type string
	// Name is the event's name, as in phx-click="name".
	Name string
	// ID is the id of the element, if it has one.
	ID string
	// Target is the name of the input that changed, Submitter that of the button that submitted.
	Target, Submitter string

	encoded string          // the urlencoded value of a form
	value   json.RawMessage // the JSON value of anything else
}

// Decode reads the JSON value of the event, say the payload that a hook pushed, into v. A form has none.
func (e Event) Decode(v any) error {
	if e.value == nil {
		return fmt.Errorf("decode event %q: it has no json value", e.Name)
	}
	if err := json.Unmarshal(e.value, v); err != nil {
		return fmt.Errorf("decode event %q: %w", e.Name, err)
	}
	return nil
}

// Form returns the event's value as form values. The members of a JSON object count as fields.
func (e Event) Form() (form.Values, error) {
	var v form.Values
	if e.value != nil {
		fields := url.Values{}
		for name, text := range e.Click().values {
			fields.Set(name, text)
		}
		v = form.Of(fields)
	} else {
		var err error
		if v, err = form.Parse(e.encoded); err != nil {
			return v, &StatusError{Status: 400}
		}
	}
	v.Target, v.Submitted = e.Target, e.Type == "submit"
	return v, nil
}

// Click returns the event with its values as texts. The fields of a form count as values.
func (e Event) Click() Click {
	c := Click{Type: e.Type, ID: e.ID, values: map[string]string{}}
	if e.value == nil {
		fields, err := url.ParseQuery(e.encoded)
		if err == nil {
			for name := range fields {
				c.values[name] = fields.Get(name)
			}
		}
		return c
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(e.value, &members) != nil {
		return c
	}
	for name, raw := range members {
		c.values[name] = jsonText(raw)
	}
	return c
}

// jsonText is the text of a JSON value: strings without their quotes, null as nothing, the rest as written.
func jsonText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// Click is a click, or any other event that is not about a form: a key, a focus, a hook. Its values are the phx-value-*
// attributes of the element, its own value as "value", and for keys "key". They come from the browser: a handler
// treats them like any other input.
type Click struct {
	// Type is the kind: "click", "keydown", "focus" and so on.
	Type string
	// ID is the id of the element, if it has one.
	ID string

	values map[string]string
}

// NewClick returns a click with the given values, for tests of handlers.
func NewClick(values map[string]string) Click { return Click{Type: "click", values: values} }

// Get returns a value as text, or "" when there is none.
func (c Click) Get(name string) string { return c.values[name] }

// Has reports whether there is a value of that name.
func (c Click) Has(name string) bool {
	_, ok := c.values[name]
	return ok
}

// Int returns a value as a number. The error is one that a handler may return: it is the browser's fault.
func (c Click) Int(name string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(c.values[name]), 10, 64)
	if err != nil {
		return 0, &StatusError{Status: 400}
	}
	return n, nil
}
