package queries

import (
	"strings"
	"testing"
)

// TestFiltersByMaskedFields are such that an index can serve them, and find
// what the actor sees.
func TestFiltersByMaskedFields(t *testing.T) {
	libraries(t, func(l *library) {
		l.shelf()
		for filter, want := range map[string][2]string{ // for ann, who owns the books, and for bob
			"filter[cost]=2":              {"", ""},
			"filter[cost]=4":              {"a3", ""},
			"filter[cost][gt]=4":          {"a4 b4", ""},
			"filter[cost][in]=1,4,5":      {"a3 b1", ""},
			"filter[cost][is_null]=false": {"a1 a3 a4 b1 b2 b4", ""},
			"filter[cost][ne]=4":          {"a1 a4 b1 b2 b4", ""},
		} {
			for i, who := range []string{"ann", "bob"} {
				l.seen.take()
				got := l.get(who, "/api/books?fields[book]=id&"+filter, "")
				sent := l.seen.take()
				if len(sent) != 1 {
					l.Fatalf("%s: %q, %s", filter, sent, got)
				}
				if _, where, _ := strings.Cut(sent[0], " where "); strings.Contains(where, "case") {
					l.Errorf("%s: no index can serve %s", filter, where)
				}
				ids := strings.NewReplacer(`{"data":[`, "", `{"id":"`, "", `"},`, " ", `"}]`, "|", `],"page`, `|"page`).Replace(got)
				ids, _, _ = strings.Cut(ids, "|")
				l.want(filter+" for "+who, ids, want[i])
			}
		}
	})
}
