package conga_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/resource/expr"
)

func TestExplain(t *testing.T) {
	onStores(t, func(t *testing.T, d *desk) {
		k := d.file(t, d.ann, "Printer")
		d.comment(t, k, 2000)
		people, tickets, comments := d.people.Fields(), d.tickets.Fields(), d.comments.Fields()
		nobody, bob := t.Context(), d.as(t, d.bob)
		tests := []struct {
			name       string
			explain    func() (*conga.Explanation, error)
			statements int
			flights    int
			contains   []string
			hints      []string
		}{
			{"the policy is in the statement", func() (*conga.Explanation, error) { return d.comments.Explain(bob, "list") },
				1, 1, []string{`"private" = false`, d.bob.ID.String(), " limit "}, []string{"Text sort"}},
			{"a condition on a key", func() (*conga.Explanation, error) {
				return d.comments.Explain(bob, "list", conga.Where(expr.Is(&comments.ID, k.ID)))
			}, 1, 1, nil, nil},
			{"a condition that no index serves", func() (*conga.Explanation, error) {
				return d.comments.Explain(bob, "", conga.Where(expr.Is(&comments.Text, "x")), conga.Sort(expr.Asc(&comments.ID)))
			}, 1, 1, nil, []string{"Text condition"}},
			{"levels and a count", func() (*conga.Explanation, error) {
				return d.tickets.Explain(nobody, "list", conga.Load(&tickets.Owner), conga.Load(&tickets.Comments), conga.WithCount())
			}, 3, 0, nil, nil},
			{"a unique attribute", func() (*conga.Explanation, error) {
				return d.people.Explain(nobody, "", conga.Where(expr.Is(&people.Name, "Ann")))
			}, 1, 1, nil, nil},
		}
		for _, tt := range tests {
			e, err := tt.explain()
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			text := e.String()
			var hints []string
			for _, h := range e.Hints {
				hints = append(hints, fmt.Sprintf("%s %s", h.Attribute.Name, h.Use))
				if !strings.Contains(h.String(), `r.Index("`) {
					t.Errorf("%s: hint %s", tt.name, h)
				}
			}
			if tt.flights > 0 && e.Flights != tt.flights || len(e.Statements) != tt.statements {
				t.Errorf("%s: %d statements in %d flights\n%s", tt.name, len(e.Statements), e.Flights, text)
			}
			if tt.hints != nil && !slices.Equal(hints, tt.hints) {
				t.Errorf("%s: hints %q, want %q\n%s", tt.name, hints, tt.hints, text)
			}
			for _, part := range tt.contains {
				if !strings.Contains(text, part) {
					t.Errorf("%s: %q is not in\n%s", tt.name, part, text)
				}
			}
			for _, s := range e.Statements {
				if s.Text == "" || s.SQL == "" {
					t.Errorf("%s: no plan of %q", tt.name, s.SQL)
				}
			}
		}
		_, err := d.tickets.Explain(context.Background(), "file")
		wantKind(t, err, conga.Internal)
	})
}
