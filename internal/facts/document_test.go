package facts

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheDocumentTellsWhatIsTested holds docs/ash.md against the names of the
// tests here, in both directions.
func TestTheDocumentTellsWhatIsTested(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "ash.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, behaviours, _ := strings.Cut(string(text), "\n## Behaviours\n")
	status := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+) \| .* \| ([^|]*) \|$`).FindAllStringSubmatch(behaviours, -1) {
		status[row[1]] = row[2]
	}
	if len(status) != 78 {
		t.Fatalf("the document has %d behaviours, want 78", len(status))
	}
	tested := map[string]bool{}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`(?m)^func TestFact0*(\d+)`).FindAllStringSubmatch(string(code), -1) {
			tested[name[1]] = true
		}
	}
	for number, says := range status {
		switch {
		case strings.HasPrefix(says, "tested") && !tested[number]:
			t.Errorf("behaviour %s has no test, but docs/ash.md says %q", number, says)
		case strings.HasPrefix(says, "does not apply") && tested[number]:
			t.Errorf("behaviour %s has a test, but docs/ash.md says %q", number, says)
		}
	}
	for number := range tested {
		if status[number] == "" {
			t.Errorf("behaviour %s has a test, but is not in docs/ash.md", number)
		}
	}
}
