package tmpl_test

import (
	"bytes"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/congago/conga/live/internal/tmpl"
)

// stock runs a template by html/template. Its panics count as errors.
func stock(text string, data any) (html string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	t, err := template.New("t.html").Funcs(funcs).Parse(text)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = t.Execute(&b, data)
	return b.String(), err
}

func compile(text string, page any) (*tmpl.Program, error) {
	return tmpl.Compile(fstest.MapFS{"t.html": {Data: []byte(text)}}, funcs, page, "t.html")
}

// same runs a template in all ways over the data, and reports where the
// results differ from those of html/template.
func same(t *testing.T, text string, p *tmpl.Program, data []any) {
	t.Helper()
	doc, _ := p.Statics()
	c, err := newClient(doc)
	if err != nil {
		t.Fatalf("statics of %q: %v\n%s", text, err, doc)
	}
	var st tmpl.State
	rendered := false
	for i, d := range data {
		want, wantErr := stock(text, d)
		got, gotErr := p.Execute([]byte("kept"), d)
		if (gotErr != nil) != (wantErr != nil) {
			t.Errorf("template %q, data %d\n got error %v\nwant error %v", text, i, gotErr, wantErr)
			continue
		}
		if wantErr != nil {
			if string(got) != "kept" {
				t.Errorf("template %q, data %d: Execute failed and left %q", text, i, got)
			}
			if _, err := p.Render(nil, d, new(tmpl.State)); err == nil {
				t.Errorf("template %q, data %d: Render succeeds where Execute fails: %v", text, i, gotErr)
			}
			continue
		}
		if string(got) != "kept"+want {
			t.Errorf("template %q, data %d\n got %q\nwant %q", text, i, got[4:], want)
			continue
		}
		if !rendered {
			r, err := p.Render(nil, d, &st)
			if err != nil {
				t.Errorf("template %q, data %d: render: %v", text, i, err)
				return
			}
			if err := c.render(r); err != nil {
				t.Errorf("template %q, data %d: rendering %s: %v", text, i, r, err)
				return
			}
			rendered = true
		} else {
			before := c.html()
			diff, changed, err := p.Diff(nil, d, &st)
			if err != nil {
				t.Errorf("template %q, data %d: diff: %v", text, i, err)
				return
			}
			if changed != (len(diff) > 0) {
				t.Errorf("template %q, data %d: changed is %v, diff %q", text, i, changed, diff)
			}
			if !changed && before != want && utf8.ValidString(want) {
				t.Errorf("template %q, data %d: no diff though the page is another\n was %q\n now %q", text, i, before, want)
			}
			if changed {
				if err := c.apply(diff); err != nil {
					t.Errorf("template %q, data %d: %v", text, i, err)
					return
				}
			}
			if again, changed, _ := p.Diff(nil, d, &st); changed {
				t.Errorf("template %q, data %d: a second diff of the same data gives %s", text, i, again)
			}
		}
		if !utf8.ValidString(want) {
			continue // halves of a character in two slots cannot travel as JSON
		}
		if html := c.html(); html != want {
			t.Errorf("template %q, data %d: the client has\n got %q\nwant %q", text, i, html, want)
			return
		}
	}
}

func anyPages() []any {
	var data []any
	for _, p := range pages() {
		data = append(data, p)
	}
	return data
}

// TestCorpus runs the templates of testdata/corpus: every file holds some, each
// after a line of dashes.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/corpus/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			for text := range strings.SplitSeq(string(body), "\n----\n") {
				p, err := compile(text, (*Page)(nil))
				if err != nil {
					t.Errorf("compile %q: %v", text, err)
					continue
				}
				if p.Stock() {
					t.Errorf("template %q is not covered by the compiler", text)
				}
				same(t, text, p, anyPages())

				// The same without knowing the type of the page.
				if p, err = compile(text, nil); err != nil {
					t.Errorf("compile %q for any data: %v", text, err)
					continue
				}
				same(t, text, p, anyPages())
			}
		})
	}
}
