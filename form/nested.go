package form

import (
	"slices"
	"strconv"
	"strings"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// The names, below that of a managed input, by which a browser adds and takes
// away records, and sorts them. addField and dropField are those of buttons: a form that such a
// button submits is shown again and not carried out.
const (
	addField    = "_add"    // comments[_add]: another, blank one
	dropField   = "_drop"   // comments[_drop]=2: without the third one
	removeField = "_remove" // comments[2][_remove]: the same by a box that is ticked
	sortField   = "_sort"   // comments[_sort][]=2, several times: their numbers in the order that is wanted
)

// maxRows is how many records of one input a form reads.
const maxRows = 1000

// Nested are the forms for the records of a managed input, in order: those
// that were sent, or else those that are loaded into the record. A to-one
// relationship has one, also where there is no record yet. Each is used
// as any other form by templates; its names are those of the whole form. They
// are made anew by each Validate and Submit.
func (f *Form) Nested(name string) []*Form {
	m := f.manages(name)
	if m == nil {
		return nil
	}
	var out []*Form
	if f.sent(m) {
		for i, at := range f.places(m) {
			out = append(out, f.sub(m, at, i))
		}
		return out
	}
	for i, rec := range f.related(m) {
		sub := f.sub(m, f.place(m, i), i)
		sub.record, sub.action = rec, m.Update
		out = append(out, sub)
	}
	if len(out) == 0 && !m.Many() && m.Create != nil {
		out = append(out, f.sub(m, m.JSON, 0)) // for one that may be made
	}
	return out
}

// Name is the name of the element for the input of that name: the same but in
// a nested form, where it is as in "comments[0][body]".
func (f *Form) Name(name string) string {
	if f.prefix == "" {
		return name
	}
	first, rest, deeper := strings.Cut(name, "[")
	if deeper {
		return f.prefix + "[" + first + "][" + rest
	}
	return f.prefix + "[" + name + "]"
}

// ID is an identifier of the element for the input of that name.
func (f *Form) ID(name string) string {
	return f.root + "-" + strings.NewReplacer("[", "-", "]", "").Replace(f.Name(name))
}

// Key is the text of the primary key of the record that a nested form is for;
// empty for a new one.
func (f *Form) Key() string {
	if f.nested == nil {
		return ""
	}
	return f.Value(f.nested.Target.Primary.JSON)
}

// Add adds a blank record to a managed input, at its end.
func (f *Form) Add(name string) { f.arrange(name, func(rows []int) []int { return append(rows, -1) }) }

// Remove takes the record at that place out of a managed input.
func (f *Form) Remove(name string, at int) {
	f.arrange(name, func(rows []int) []int {
		if at < 0 || at >= len(rows) {
			return rows
		}
		return slices.Delete(rows, at, at+1)
	})
}

// Sort puts the records of a managed input into another order: those at these
// places, and after them all others.
func (f *Form) Sort(name string, places ...int) {
	f.arrange(name, func(rows []int) []int {
		var numbers []string
		for _, at := range places {
			if at >= 0 && at < len(rows) {
				numbers = append(numbers, strconv.Itoa(rows[at]))
			}
		}
		return sorted(rows, numbers)
	})
}

// arrange changes which records there are.
func (f *Form) arrange(name string, change func([]int) []int) {
	m := f.manages(name)
	if m == nil || f.prefix != "" {
		return
	}
	if !f.sent(m) { // what is shown becomes what was sent
		for i, sub := range f.Nested(name) {
			for _, in := range sub.inputs() {
				if text := sub.Value(in.JSON); text != "" {
					f.values = f.values.with(f.place(m, i)+"["+in.JSON+"]", text)
				}
			}
		}
	}
	f.values = f.values.reordered(name, change(f.values.rows(name)))
}

func (f *Form) manages(name string) *resource.Managed {
	m := f.managed()
	i := slices.IndexFunc(m, func(m *resource.Managed) bool { return m.JSON == name && !m.Relationship.Private })
	if i < 0 {
		return nil
	}
	return m[i]
}

func (f *Form) managed() []*resource.Managed {
	if f.nested != nil {
		return f.nested.Managed
	}
	return f.action.Managed
}

// inputs are the plain inputs of the form.
func (f *Form) inputs() []*resource.Attribute {
	if f.nested == nil {
		return f.action.Inputs()
	}
	out := slices.Clone(f.nested.Keys)
	for _, in := range f.nested.Inputs {
		if !slices.Contains(out, in) && (f.action == nil || f.action.Input(in.JSON) != nil || slices.Contains(f.joins, in)) {
			out = append(out, in)
		}
	}
	return out
}

// owns reports whether the value of an input is one of the record.
func (f *Form) owns(in *resource.Attribute) bool {
	if f.record == nil || f.action != nil && f.action.IsArgument(in) {
		return false
	}
	return f.nested == nil || slices.Contains(f.nested.Target.Attributes, in)
}

// sent reports whether the browser sent anything of the input, if only that it is empty.
func (f *Form) sent(m *resource.Managed) bool {
	return f.values.Has(m.JSON) || f.values.Has(m.JSON+"[]") || len(f.values.rows(m.JSON)) > 0 || f.values.below(m.JSON)
}

func (f *Form) place(m *resource.Managed, at int) string {
	if !m.Many() {
		return m.JSON
	}
	return m.JSON + "[" + strconv.Itoa(at) + "]"
}

// places are the prefixes of the records that were sent.
func (f *Form) places(m *resource.Managed) []string {
	if !m.Many() {
		if f.values.below(m.JSON) {
			return []string{m.JSON}
		}
		return nil
	}
	var out []string
	for _, row := range f.values.rows(m.JSON) {
		out = append(out, f.place(m, row))
	}
	return out
}

// related are the records loaded into that of the form.
func (f *Form) related(m *resource.Managed) []any {
	if f.record == nil || f.values.Submitted {
		return nil
	}
	out, _ := m.Relationship.Loaded(f.record)
	return out
}

// sub is the form for the record at a place, the index-th that is cast.
func (f *Form) sub(m *resource.Managed, at string, index int) *Form {
	sub := &Form{
		app: f.app, action: m.Create, root: f.root, prefix: f.Name(at), nested: m.Nested, joins: m.JoinInputs,
		values: f.values.under(at),
	}
	if key := sub.values.Get(m.Target().Primary.JSON); key != "" || m.Create == nil {
		sub.action = m.Update
		for _, rec := range f.loaded(m) {
			if wire.FormatText(m.Target().Primary, m.Target().Primary.Get(rec)) == key {
				sub.record = rec
			}
		}
	}
	for _, i := range f.issues {
		path := []string{m.JSON}
		if m.Many() {
			path = append(path, strconv.Itoa(index))
		}
		if len(i.Path) >= len(path) && slices.Equal(i.Path[:len(path)], path) && (m.Many() || len(i.Path) > 1) {
			i.Path = i.Path[len(path):]
			sub.issues = append(sub.issues, i)
		}
	}
	return sub
}

func (f *Form) loaded(m *resource.Managed) []any {
	if f.record == nil {
		return nil
	}
	out, _ := m.Relationship.Loaded(f.record)
	return out
}

// castNested turns the visitor's texts into the records of the managed inputs.
func (f *Form) castNested() (out []conga.NestedInput) {
	for _, m := range f.managed() {
		if m.Relationship.Private || !f.sent(m) {
			continue
		}
		in := conga.NestedInput{Managed: m}
		for i, at := range f.places(m) {
			sub := f.sub(m, at, i)
			if m.Many() || !sub.blank() || m.Required {
				in.Records = append(in.Records, sub.castRecord())
			}
		}
		in.Records = append(in.Records, f.castKeys(m)...)
		out = append(out, in)
	}
	return out
}

// castRecord is the record of a nested form.
func (f *Form) castRecord() conga.NestedRecord {
	inputs, issues := f.cast()
	key := f.nested.Target.Primary
	inputs = slices.DeleteFunc(inputs, func(in conga.Input) bool { return in.Attribute == key && in.Value == nil })
	return conga.NestedRecord{Inputs: inputs, Nested: f.castNested(), Issues: issues}
}

// castKeys are records that were sent by their keys alone, as a select does.
// An empty one only says that there are no others.
func (f *Form) castKeys(m *resource.Managed) (out []conga.NestedRecord) {
	if m.Nested.Scalar == nil {
		return nil
	}
	texts := append(slices.Clone(f.values.All(m.JSON)), f.values.All(m.JSON+"[]")...)
	for _, text := range texts {
		if text == "" {
			continue
		}
		v, err := wire.ParseText(m.Nested.Scalar, text)
		if err != nil {
			out = append(out, conga.NestedRecord{Issues: []resource.Issue{{Code: "type", Message: "is no key"}}})
			continue
		}
		out = append(out, conga.NestedRecord{Inputs: []conga.Input{{Attribute: m.Nested.Scalar, Value: v}}})
	}
	return out
}

// blank reports whether nothing was entered into a nested form.
func (f *Form) blank() bool {
	for name := range f.values.fields {
		in := f.input(name)
		for _, text := range f.values.All(name) {
			if text != "" && (in == nil || text != "false" && !f.isDefault(in, text)) {
				return false
			}
		}
	}
	return true
}

func (f *Form) isDefault(in *resource.Attribute, text string) bool {
	return in.Default != nil && !in.Primary && wire.FormatText(in, in.Default()) == text
}

// tidied are the values with the records renumbered, without those that are
// taken away and, when they are to be carried out, without blank ones. edited
// reports whether a button asked for another number of records.
func (f *Form) tidied(v Values, carryOut bool) (out Values, edited bool) {
	for _, m := range f.managed() {
		if !m.Many() {
			if ticked(v.Get(m.JSON + "[" + removeField + "]")) {
				v = v.cleared(m.JSON)
			}
			continue
		}
		add, drop := v.Get(m.JSON+"["+addField+"]") != "", v.Get(m.JSON+"["+dropField+"]")
		edited = edited || add || drop != ""
		v = v.Without(m.JSON+"["+addField+"]", m.JSON+"["+dropField+"]")
		rows := v.rows(m.JSON)
		for _, name := range []string{m.JSON + "[" + sortField + "][]", m.JSON + "[" + sortField + "]"} {
			if numbers := v.All(name); numbers != nil {
				rows, v = sorted(rows, numbers), v.Without(name)
			}
		}
		keep := make([]int, 0, len(rows)+1)
		for _, row := range rows {
			at := m.JSON + "[" + strconv.Itoa(row) + "]"
			if ticked(v.Get(at+"["+removeField+"]")) || drop == strconv.Itoa(row) {
				continue
			}
			sub := &Form{app: f.app, action: m.Create, nested: m.Nested, values: v.under(at)}
			if carryOut && !add && drop == "" && sub.blank() {
				continue
			}
			inner, more := sub.tidied(sub.values, carryOut)
			v, edited = v.replaced(at, inner), edited || more
			keep = append(keep, row)
		}
		if add {
			keep = append(keep, -1)
		}
		if len(rows) > 0 || add || drop != "" {
			v = v.reordered(m.JSON, keep)
		}
	}
	return v, edited
}

// sorted are the rows in the order of the numbers, and after them those of
// which these say nothing.
func sorted(rows []int, numbers []string) []int {
	out := make([]int, 0, len(rows))
	for _, number := range numbers {
		n, err := strconv.Atoi(number)
		if err == nil && slices.Contains(rows, n) && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	for _, row := range rows {
		if !slices.Contains(out, row) {
			out = append(out, row)
		}
	}
	return out
}

func ticked(text string) bool { return text != "" && text != "false" && text != "0" }
