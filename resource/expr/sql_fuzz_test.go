package expr

import (
	"strings"
	"testing"
)

// FuzzSplitSQL has accepted texts come back from their pieces, and hold nothing
// that ends the expression.
func FuzzSplitSQL(f *testing.F) {
	for _, text := range []string{"? + ?", "f(?, '?')", "? ?? ?", `"a?"`, "(", "'", "--", "$1", "a;b", "??"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var parts []string
		var err error
		for n := 0; n <= strings.Count(text, "?"); n++ {
			if parts, err = splitSQL(text, "", n); err == nil {
				break
			}
		}
		if err != nil || text == "" {
			return
		}
		bare := outsideQuotes(strings.Join(parts, "?"))
		if strings.ContainsAny(bare, ";$\\\x00") || strings.Contains(bare, "--") || strings.Contains(bare, "/*") {
			t.Errorf("%q was accepted: %q", text, bare)
		}
		if strings.Count(bare, "(") != strings.Count(bare, ")") {
			t.Errorf("%q was accepted: its parentheses do not match", text)
		}
	})
}

// outsideQuotes leaves out what stands in quotes.
func outsideQuotes(text string) string {
	var out strings.Builder
	quote := rune(0)
	for _, c := range text {
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case quote == 0:
			out.WriteRune(c)
		case c == quote:
			quote = 0
		}
	}
	return out.String()
}
