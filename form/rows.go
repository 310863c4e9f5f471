package form

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// blankRow is the name by which a record of which nothing was sent is there.
const blankRow = "_new"

// rows are the numbers of the records of a name that were sent, as in
// "comments[3][body]", in order.
func (v Values) rows(name string) []int {
	var out []int
	for sent := range v.fields {
		rest, ok := strings.CutPrefix(sent, name+"[")
		number, _, closed := strings.Cut(rest, "]")
		n, err := strconv.Atoi(number)
		if !ok || !closed || err != nil || n < 0 || strconv.Itoa(n) != number || len(rest) == len(number)+1 {
			continue
		}
		if !slices.Contains(out, n) && len(out) < maxRows {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// below reports whether there is a member of the name, as "author[name]".
func (v Values) below(name string) bool {
	for sent := range v.fields {
		if rest, ok := strings.CutPrefix(sent, name+"["); ok && !strings.HasPrefix(rest, "]") {
			return true
		}
	}
	return false
}

// under are the values below a prefix, by their names there.
func (v Values) under(prefix string) Values {
	out := Values{Submitted: v.Submitted, fields: url.Values{}, unused: map[string]bool{}}
	for sent, all := range v.fields {
		if name, ok := inner(sent, prefix); ok {
			out.fields[name] = all
		}
	}
	for sent := range v.unused {
		if name, ok := inner(sent, prefix); ok {
			out.unused[name] = true
		}
	}
	out.Target, _ = inner(v.Target, prefix)
	return out
}

// inner is "body" of "comments[0][body]" below "comments[0]".
func inner(sent, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(sent, prefix+"[")
	if !ok {
		return "", false
	}
	first, rest, ok := strings.Cut(rest, "]")
	return first + rest, ok && first != ""
}

// outer is the opposite of inner.
func outer(name, prefix string) string {
	first, rest, deeper := strings.Cut(name, "[")
	if deeper {
		return prefix + "[" + first + "][" + rest
	}
	return prefix + "[" + name + "]"
}

// with is v with a field.
func (v Values) with(name, text string) Values {
	v.fields = maps.Clone(v.fields)
	if v.fields == nil {
		v.fields = url.Values{}
	}
	v.fields[name] = []string{text}
	return v
}

// cleared is v where the name is there and empty, with nothing below it.
func (v Values) cleared(name string) Values { return v.replaced(name, Values{}).with(name, "") }

// replaced is v with other values below a prefix.
func (v Values) replaced(prefix string, by Values) Values {
	fields, unused := url.Values{}, map[string]bool{}
	for sent, all := range v.fields {
		if _, below := inner(sent, prefix); !below {
			fields[sent] = all
		}
	}
	for sent := range v.unused {
		if _, below := inner(sent, prefix); !below {
			unused[sent] = true
		}
	}
	for name, all := range by.fields {
		fields[outer(name, prefix)] = all
	}
	for name := range by.unused {
		unused[outer(name, prefix)] = true
	}
	v.fields, v.unused = fields, unused
	return v
}

// reordered is v with these records of a name, numbered anew; -1 is a blank
// one. That the name was sent stays known where there are none.
func (v Values) reordered(name string, rows []int) Values {
	out := v
	for _, row := range v.rows(name) {
		out = out.replaced(name+"["+strconv.Itoa(row)+"]", Values{})
	}
	for i, row := range rows {
		part := Values{fields: url.Values{blankRow: {""}}, unused: map[string]bool{blankRow: true}}
		if row >= 0 {
			part = v.under(name + "[" + strconv.Itoa(row) + "]")
		}
		out = out.replaced(name+"["+strconv.Itoa(i)+"]", part)
	}
	if !out.Has(name + "[]") {
		out = out.with(name+"[]", "")
	}
	return out
}
