package inflect

import "strings"

// Singular is the noun whose Plural is the given one, in snake case:
// "chat_messages" becomes "chat_message". Without such a noun, it is the
// plural itself.
func Singular(plural string) string {
	head, last := "", plural
	if i := strings.LastIndexByte(plural, '_'); i >= 0 {
		head, last = plural[:i+1], plural[i+1:]
	}
	for one, many := range irregular {
		if many == last {
			return head + one
		}
	}
	for _, ending := range [][2]string{{"ies", "y"}, {"ses", "s"}, {"xes", "x"}, {"zes", "z"}, {"ches", "ch"}, {"shes", "sh"}, {"s", ""}} {
		stem, ok := strings.CutSuffix(last, ending[0])
		if one := stem + ending[1]; ok && one != "" && Plural(one) == last {
			return head + one
		}
	}
	return plural
}
