package rest

import (
	"slices"
	"strings"

	"github.com/congago/conga"
)

// headerCut names the includes of which the answer does not have all records:
// a list of related records has at most as many as the largest page of their
// own list. A stream of lines has it as a trailer, after the last line.
const headerCut = "Include-Cut"

// markCut tells which of the included lists are cut.
func (x *exchange) markCut(found *conga.Found, v *view) {
	var paths []string
	v.cut(found, "", &paths)
	if len(paths) > 0 {
		x.header(headerCut, strings.Join(paths, ", "))
	}
}

// cuts reports whether some included list may be cut.
func (v *view) cuts() bool {
	return slices.ContainsFunc(v.loads, func(l load) bool { return l.rel.Many() || l.view.cuts() })
}

func (v *view) cut(found *conga.Found, prefix string, paths *[]string) {
	for i, l := range v.loads {
		if slices.Contains(found.Related[i].More, true) {
			*paths = append(*paths, prefix+l.rel.JSON)
		}
		l.view.cut(found.Sub(i), prefix+l.rel.JSON+".", paths)
	}
}
