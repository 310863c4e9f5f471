package form

import (
	"slices"

	"github.com/congago/conga/internal/wire"
)

// texts are the elements of a list as the browser sent them, under its name or
// the name with "[]" at the end, and whether any of these was sent. A browser
// cannot send no element at all: an empty text, as of a hidden input, is none.
func (f *Form) texts(name string) (texts []string, sent bool) {
	all := slices.Concat(f.values.All(name), f.values.All(name+"[]"))
	sent = len(all) > 0
	return slices.DeleteFunc(all, func(s string) bool { return s == "" }), sent
}

// Values are the texts that the inputs of a list show: what the visitor gave,
// or else the elements of the record or of the default. They are nil for other
// inputs, and for sensitive ones.
func (f *Form) Values(name string) []string {
	in, v, path := f.member(name)
	if in == nil {
		in = f.input(name)
	}
	if in == nil || in.Element == nil || isDocument(in) {
		return nil
	}
	if texts, sent := f.texts(name); sent {
		return texts
	}
	switch {
	case path != nil && !in.Sensitive && !f.values.Submitted:
	case path != nil, in.Sensitive, f.values.Submitted, f.hides(name):
	case f.owns(in):
		v = in.Get(f.record)
	case in.Default != nil:
		v = in.Default()
	}
	list, _ := v.([]any)
	out := make([]string, len(list))
	for i, item := range list {
		out[i] = wire.FormatText(in.Element, item)
	}
	return out
}
