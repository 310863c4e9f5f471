package form

import (
	"slices"
	"strconv"
	"strings"

	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// isDocument reports whether the model knows the members of the input, so that
// each has an input of its own: "address[zip]", "lines[0][text]".
func isDocument(in *resource.Attribute) bool {
	return in.Object != nil || in.Union != nil || in.Element != nil && isDocument(in.Element)
}

// document puts a document together from the inputs below a name; sent is
// false where there are none. Members without an input keep their zero value.
func (f *Form) document(in *resource.Attribute, name string) (v any, sent bool, issues []resource.Issue) {
	if in.Element != nil {
		return f.documents(in, name)
	}
	if in.Union != nil {
		return f.union(in, name)
	}
	if len(f.below(name)) == 0 {
		return nil, false, nil
	}
	p := in.NewPtr()
	issues = f.members(in, in.Object, p, name)
	return in.Type.ValueOf(p), true, issues
}

// members puts the members of a document, those of the object below a name,
// into what p points at.
func (f *Form) members(in *resource.Attribute, o *resource.Object, p any, name string) (issues []resource.Issue) {
	for _, m := range o.Attributes {
		if m.Private {
			continue
		}
		value, sent, found := f.valueOf(m, name+"["+m.JSON+"]")
		if !sent {
			continue
		}
		if len(found) == 0 && (value != nil || m.Type.Nullable) {
			if err := m.Set(p, value); err != nil {
				found = wire.Below(err, m.JSON)
			}
		}
		issues = append(issues, under(found, in.JSON, m.JSON)...)
	}
	return issues
}

// documents are the elements of a list, in the order of their numbers. An
// empty input of the list's own name says that there are none.
func (f *Form) documents(in *resource.Attribute, name string) (v any, sent bool, issues []resource.Issue) {
	keys := f.below(name)
	if len(keys) == 0 && !f.values.Has(name) {
		return nil, false, nil
	}
	slices.SortFunc(keys, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
	list := make([]any, len(keys))
	for i, key := range keys {
		value, _, found := f.document(in.Element, name+"["+key+"]")
		list[i] = value
		issues = append(issues, under(found, in.JSON, strconv.Itoa(i))...)
	}
	v, err := in.Type.List(list)
	if err != nil {
		issues = append(issues, wire.Below(err, in.JSON)...)
	}
	return v, true, issues
}

// below are the next parts of the names that were sent below a name, each once.
func (f *Form) below(name string) []string {
	var out []string
	for sent := range f.values.Names() {
		rest, ok := strings.CutPrefix(sent, name+"[")
		key, _, closed := strings.Cut(rest, "]")
		if ok && closed && key != "" && !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out
}

// under puts a place before the paths of issues, which begin with their own input.
func under(issues []resource.Issue, place ...string) []resource.Issue {
	for i := range issues {
		issues[i].Path = append(slices.Clone(place), issues[i].Path[min(1, len(issues[i].Path)):]...)
	}
	return issues
}

// member is the input with a nested name, the value that it has in a document,
// and its path in issues, in which the variants of unions are no steps; in is nil where there is none.
func (f *Form) member(name string) (in *resource.Attribute, v any, path []string) {
	steps := strings.FieldsFunc(name, func(r rune) bool { return r == '[' || r == ']' })
	if len(steps) < 2 {
		return nil, nil, nil
	}
	if in = f.input(steps[0]); in == nil || !isDocument(in) {
		return nil, nil, nil
	}
	if f.owns(in) && !f.hides(steps[0]) {
		v = in.Get(f.record)
	} else if in.Default != nil {
		v = in.Default()
	}
	path = steps[:1:1]
	for _, step := range steps[1:] {
		variant := in.Union != nil && step != in.Union.Discriminator
		if in, v = inside(in, v, step); in == nil {
			return nil, nil, nil
		}
		if !variant {
			path = append(path, step)
		}
	}
	return in, v, path
}

// inside is one step into a document.
func inside(in *resource.Attribute, v any, step string) (*resource.Attribute, any) {
	switch n, err := strconv.Atoi(step); {
	case in.Element != nil && err == nil:
		elements := in.Type.Elements(v)
		if n < 0 || n >= len(elements) {
			return in.Element, nil
		}
		return in.Element, elements[n]
	case in.Union != nil:
		return chosen(in, v, step)
	case in.Object == nil:
		return nil, nil
	}
	m := in.Object.Attribute(step)
	if m == nil || m.Private || v == nil {
		return m, nil
	}
	return m, m.Value(v)
}
