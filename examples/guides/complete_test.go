package guides_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTagsAreDocumented: the tables of docs/resources.md have every option of
// tags and every code of diagnostics that the code knows.
func TestTagsAreDocumented(t *testing.T) {
	guide := read(t, "docs/resources.md")
	wanted := map[string]*regexp.Regexp{
		"resource/describe.go":   regexp.MustCompile(`(?s)attributeOptions = \[\]string\{(.*?)\}`),
		"resource/link.go":       regexp.MustCompile(`(?s)relationshipOptions = \[\]string\{(.*?)\}`),
		"resource/diagnostic.go": regexp.MustCompile(`(?s)const \((.*?)\n\)`),
	}
	quoted := regexp.MustCompile(`"(\w+)"`)
	for file, list := range wanted {
		found := list.FindStringSubmatch(read(t, file))
		if found == nil {
			t.Fatalf("%s: the list is not where it was", file)
		}
		names := quoted.FindAllStringSubmatch(found[1], -1)
		if len(names) == 0 {
			t.Errorf("%s: the list is empty", file)
		}
		for _, name := range names {
			// As a cell of a table: `name`, `name=…`, or C001.
			if !regexp.MustCompile("(?m)^\\|.*(`|,)" + name[1] + "(=|`|,)|^\\| " + name[1] + " \\|").MatchString(guide) {
				t.Errorf("docs/resources.md does not tell of %q of %s", name[1], file)
			}
		}
	}
}

// TestOptionsAreDocumented: docs/queries.md has every option of calls.
func TestOptionsAreDocumented(t *testing.T) {
	guide := read(t, "docs/queries.md") + read(t, "docs/actions.md")
	options := regexp.MustCompile(`(?m)^func ([A-Z]\w*)(\[.*?\])?\([^)]*\) Option`).FindAllStringSubmatch(read(t, "option.go"), -1)
	if len(options) < 10 {
		t.Fatalf("found %d options only", len(options))
	}
	for _, o := range options {
		if !strings.Contains(guide, "`"+o[1]+"(") && !strings.Contains(guide, "conga."+o[1]+"(") {
			t.Errorf("docs/queries.md does not tell of the option %s", o[1])
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(root + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
