package guides_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the folder of the module.
const root = "../.."

// block is one fenced block of a guide.
type block struct {
	where string // file:line of its first line
	lang  string // "go"
	file  string // the name that follows the language, as in "```go main.go"
	more  bool   // the text goes to the end of Ticket.Define in that file: "```go desk.go +"
	text  string
}

// readGuide returns the fenced blocks of a Markdown file.
func readGuide(t *testing.T, name string) []block {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	open := false
	for i, line := range strings.Split(string(text), "\n") {
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open:
			open = false
		case fence:
			open = true
			words := append(strings.Fields(info), "", "", "")
			blocks = append(blocks, block{where: fmt.Sprintf("%s:%d", filepath.Base(name), i+2), lang: words[0], file: words[1], more: words[2] == "+"})
		case open:
			blocks[len(blocks)-1].text += line + "\n"
		}
	}
	if open {
		t.Fatalf("%s: a block is not closed", name)
	}
	return blocks
}

// guides are the README and all guides.
func guides(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(root + "/docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(names, root+"/README.md")
}

var space = regexp.MustCompile(`\s+`)

// normal is a line of code without its indentation and alignment.
func normal(line string) string { return strings.TrimSpace(space.ReplaceAllString(line, " ")) }

// sources are the normal lines of the code that is compiled and run: all
// examples, and those that are tests of the packages.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := filepath.Base(name)
		if entry.IsDir() && strings.HasPrefix(base, ".") && base != ".." {
			return filepath.SkipDir
		}
		of, _ := filepath.Rel(root, name)
		example := strings.HasPrefix(filepath.ToSlash(of), "examples/") || strings.HasPrefix(base, "example")
		if entry.IsDir() || !example || filepath.Ext(name) != ".go" && filepath.Ext(name) != ".html" {
			return nil
		}
		text, err := os.ReadFile(name)
		for line := range strings.SplitSeq(string(text), "\n") {
			out[name] = append(out[name], normal(line))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// matches reports whether the block stands in the source. A line of the block
// with "…" ends there and leaves out what follows; an empty line may stand for
// empty lines. When it does not match, far is the line that was not found.
func matches(text string, source []string) (ok bool, far string) {
	var parts [][]string
	part := []string{}
	for line := range strings.SplitSeq(text, "\n") {
		line = normal(line)
		if head, _, cut := strings.Cut(line, "…"); cut {
			if head = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(head), "//")); head != "" {
				part = append(part, head+"…")
			}
			parts, part = append(parts, part), []string{}
		} else if line != "" {
			part = append(part, line)
		}
	}
	parts = append(parts, part)
	var lines []string
	for _, line := range source {
		if line != "" {
			lines = append(lines, line)
		}
	}
	at := 0
	for _, part := range parts {
		found := false
		for start := at; start+len(part) <= len(lines) && !found; start++ {
			n := 0
			for n < len(part) && same(part[n], lines[start+n]) {
				n++
			}
			if found = n == len(part); found {
				at = start + n
			} else if n > 0 && (far == "" || n > 1) {
				far = part[n]
			}
		}
		if !found {
			if far == "" && len(part) > 0 {
				far = part[0]
			}
			return false, far
		}
	}
	return true, ""
}

func same(want, line string) bool {
	if head, cut := strings.CutSuffix(want, "…"); cut {
		return strings.HasPrefix(line, head)
	}
	return want == line
}

// TestSnippets holds every Go and HTML block of the guides against code that is
// compiled: no snippet exists that is not. Blocks with a file name are files of
// their own, which TestGettingStarted compiles.
func TestSnippets(t *testing.T) {
	all := sources(t)
	for _, name := range guides(t) {
		for _, b := range readGuide(t, name) {
			if b.lang != "go" && b.lang != "html" || b.file != "" {
				continue
			}
			found, nearest := false, ""
			for _, lines := range all {
				ok, far := matches(b.text, lines)
				found = found || ok
				if len(far) > len(nearest) {
					nearest = far
				}
			}
			if !found {
				t.Errorf("%s: no example has this code; it differs at or near: %s\n%s", b.where, nearest, b.text)
			}
		}
	}
}

// TestMatches shows when a snippet counts as compiled.
func TestMatches(t *testing.T) {
	source := []string{"func F() {", "", "a := 1", "b := 2", "}", "func G() error {", "return nil", "}"}
	tests := []struct {
		text string
		want bool
	}{
		{"\ta   := 1\n\tb := 2", true},
		{"a := 1\n\n}", false},
		{"func F() {\n\t// …\n\tb := 2", true},
		{"func F() { … }\nfunc G() error { … }", true},
		{"func G() { … }", false},
		{"a := 2", false},
	}
	for _, tt := range tests {
		if got, _ := matches(tt.text, source); got != tt.want {
			t.Errorf("matches(%q): got %v, want %v", tt.text, got, tt.want)
		}
	}
}

var fenced = regexp.MustCompile("(?ms)^```.*?^```|`[^`\n]*`")

var link = regexp.MustCompile(`\]\(([^)#:\s]+)(#[^)\s]*)?\)`)

// TestLinks finds links of the guides to files that are not there.
func TestLinks(t *testing.T) {
	for _, name := range guides(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		prose := fenced.ReplaceAllString(string(text), "")
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", filepath.Base(name), m[1])
			}
		}
	}
}
