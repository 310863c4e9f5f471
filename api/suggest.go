package api

import (
	"fmt"
	"strings"

	"github.com/congago/conga/internal/inflect"
)

// Suggest is "did you mean …?" with the candidate that a misspelt name
// probably means, or empty.
func Suggest(name string, candidates []string) string {
	best, at := "", min(2+len(name)/4, 4)
	for _, c := range candidates {
		if d := inflect.Distance(strings.ToLower(name), strings.ToLower(c)); d < at {
			best, at = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}
