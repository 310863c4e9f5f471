package graphql

import (
	"strconv"
	"strings"

	"github.com/congago/conga/internal/inflect"
)

// names gives out names of one space, each once.
type names struct{ taken map[string]bool }

func newNames(reserved ...string) *names {
	n := &names{taken: map[string]bool{}}
	for _, r := range reserved {
		n.taken[r] = true
	}
	return n
}

// claim is the first of the wanted names that is free, or else the last one
// with the smallest number that makes it free. The same calls in the same
// order give the same names.
func (n *names) claim(wanted ...string) string {
	for _, w := range wanted {
		if w = validName(w); !n.taken[w] {
			n.taken[w] = true
			return w
		}
	}
	last := validName(wanted[len(wanted)-1])
	for i := 2; ; i++ {
		if w := last + strconv.Itoa(i); !n.taken[w] {
			n.taken[w] = true
			return w
		}
	}
}

// validName is s with what GraphQL does not allow in names taken out. Two
// underscores at the beginning belong to introspection.
func validName(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '_':
			b.WriteRune(r)
		case r >= '0' && r <= '9':
			if i == 0 {
				b.WriteByte('_')
			}
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
	}
	out := b.String()
	if strings.HasPrefix(out, "__") {
		out = "_" + strings.TrimLeft(out, "_")
	}
	if out == "" {
		return "_"
	}
	return out
}

// constant is a text as the name of an enum value: "in progress" becomes
// IN_PROGRESS. It is empty where the text makes no such name.
func constant(text string) string {
	s := strings.ToUpper(inflect.Snake(strings.NewReplacer("-", "_", " ", "_", ".", "_").Replace(text)))
	switch {
	case s == "" || s[0] >= '0' && s[0] <= '9' || strings.HasPrefix(s, "__"):
		return ""
	case s == "TRUE" || s == "FALSE" || s == "NULL": // allowed in upper case, but easily confused
		return ""
	}
	for _, r := range s {
		if !(r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_') {
			return ""
		}
	}
	return s
}

// constants are the names of all texts, or nil where they make no set of distinct names.
func constants(texts []string) []string {
	out := make([]string, len(texts))
	seen := map[string]bool{}
	for i, t := range texts {
		c := constant(t)
		if c == "" || seen[c] {
			return nil
		}
		seen[c], out[i] = true, c
	}
	return out
}
