package tmpl

import (
	"go/build"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// TestEscaperNames fails when a new Go has an escaper that nobody here has
// looked at, or has lost one. Any name works, since all but our own are called
// in html/template; the list is here to make a change seen.
func TestEscaperNames(t *testing.T) {
	known := []string{
		"attrescaper", "commentescaper", "cssescaper", "cssvaluefilter", "htmlescaper", "htmlnamefilter",
		"jsregexpescaper", "jsstrescaper", "jstmpllitescaper", "jsvalescaper", "nospaceescaper", "rcdataescaper",
		"srcsetescaper", "urlescaper", "urlfilter", "urlnormalizer",
	}
	src, err := os.ReadFile(filepath.Join(build.Default.GOROOT, "src/html/template/escape.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range regexp.MustCompile(`"_html_template_(\w+)":\s`).FindAllSubmatch(src, -1) {
		names = append(names, string(m[1]))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if !slices.Equal(names, known) {
		t.Errorf("escapers of html/template\n got %v\nwant %v", names, known)
	}
	var prefixed []string
	for _, name := range names {
		prefixed = append(prefixed, escaperPrefix+name)
	}
	e, err := newEscapers(prefixed)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range prefixed {
		if _, err := e.stock.call(name, "x"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, own := range ownEscapers() {
		if e.own[own.name] == nil {
			t.Errorf("our %s differs from that of html/template", own.name)
		}
	}
}

// TestOwnEscaperReplaced shows that an escaper of ours that disagrees with the
// running html/template is not used.
func TestOwnEscaperReplaced(t *testing.T) {
	s, err := newStock([]string{"_html_template_htmlescaper"})
	if err != nil {
		t.Fatal(err)
	}
	wrong := ownEscapers()[0]
	right := wrong
	wrong.append = func(dst []byte, s string, _ content) []byte { return append(dst, s...) }
	if s.agrees(&wrong) || !s.agrees(&right) {
		t.Error("agrees does not tell the escapers apart")
	}
}
