// Package form stands between what a browser sends and what a changeset takes: it reads form values, casts and
// validates them through an action, and says which errors to show beside which input. It writes no HTML.
package form

import (
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// unusedPrefix marks the name of an input that the visitor has not touched yet: "_unused_email=" beside "email=". In
// a nested name the prefix may also stand before the last part, as in "user[_unused_email]".
const unusedPrefix = "_unused_"

// targetField names, beside the inputs, the one that changed.
const targetField = "_target"

// Values are the inputs of a form as a browser sent them, and what is known about the moment: which input changed,
// which ones the visitor has not touched, and whether the form was submitted. The zero value is an empty form. Values
// are read-only and may be shared.
type Values struct {
	// Target is the name of the input whose change caused the event; empty when there was none, as on submit.
	Target string
	// Submitted says that the form was submitted, not only changed. All its inputs then count as used.
	Submitted bool

	fields url.Values
	unused map[string]bool
}

// Parse reads an urlencoded form. The names that begin with "_unused_" mark inputs as unused and are no fields, nor is
// "_target", which becomes Target. The error says what could not be read.
func Parse(encoded string) (Values, error) {
	fields, err := url.ParseQuery(encoded)
	if err != nil {
		return Values{}, fmt.Errorf("read form: %w", err)
	}
	return Of(fields), nil
}

// Of makes Values of fields that were parsed already, for example those of an *http.Request. It copies what it keeps.
func Of(fields url.Values) Values {
	v := Values{fields: make(url.Values, len(fields))}
	for name, all := range fields {
		if marked, ok := unusedName(name); ok {
			if v.unused == nil {
				v.unused = make(map[string]bool)
			}
			v.unused[marked] = true
			continue
		}
		v.fields[name] = slices.Clone(all)
	}
	v.Target = v.fields.Get(targetField)
	delete(v.fields, targetField)
	return v
}

// unusedName returns the name of the input that a mark speaks of.
func unusedName(name string) (string, bool) {
	if rest, ok := strings.CutPrefix(name, unusedPrefix); ok {
		return rest, rest != ""
	}
	open := strings.LastIndexByte(strings.TrimSuffix(name, "[]"), '[')
	if open < 0 {
		return "", false
	}
	last, ok := strings.CutPrefix(name[open+1:], unusedPrefix)
	if !ok || strings.HasPrefix(last, "]") {
		return "", false
	}
	return name[:open+1] + last, true
}

// Get returns the first value of the named input, or "" when it was not sent.
func (v Values) Get(name string) string { return v.fields.Get(name) }

// All returns every value of the named input, in the order of the form. The slice must not be changed.
func (v Values) All(name string) []string { return v.fields[name] }

// Has reports whether the named input was sent, if only empty.
func (v Values) Has(name string) bool { return v.fields.Has(name) }

// Len returns the number of different names that were sent.
func (v Values) Len() int { return len(v.fields) }

// Names returns the names that were sent, in alphabetical order.
func (v Values) Names() iter.Seq[string] {
	return slices.Values(slices.Sorted(maps.Keys(v.fields)))
}

// Used reports whether the visitor has dealt with the named input, so that its errors may be shown: the form was
// submitted, or the input was sent and not marked as unused. A name also stands for all below it: "user" is used when
// "user[email]" is, or "dates" when "dates[]" is.
func (v Values) Used(name string) bool {
	if v.Submitted {
		return true
	}
	for sent := range v.fields {
		below := strings.HasPrefix(sent, name) && strings.HasPrefix(sent[len(name):], "[")
		if (sent == name || below) && !v.unused[sent] {
			return true
		}
	}
	return false
}

// Without returns the values but for the named inputs.
func (v Values) Without(names ...string) Values {
	v.fields = maps.Clone(v.fields)
	for _, name := range names {
		delete(v.fields, name)
	}
	return v
}

// Encode writes the values as an urlencoded form, in alphabetical order, with the marks of unused inputs and Target. Parse reads
// it back, but for Submitted.
func (v Values) Encode() string {
	all := maps.Clone(v.fields)
	if all == nil {
		all = url.Values{}
	}
	for name := range v.unused {
		all.Set(unusedPrefix+name, "")
	}
	if v.Target != "" {
		all.Set(targetField, v.Target)
	}
	return all.Encode()
}
