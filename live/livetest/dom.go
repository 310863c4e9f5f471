package livetest

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// view is a document, or the live region of one, to look at. Its root changes as the page does.
type view struct {
	t    testing.TB
	root func() *html.Node
}

// HasElement reports whether something matches the selector.
func (v *view) HasElement(selector string) bool {
	v.t.Helper()
	return len(v.find(selector)) > 0
}

// Count returns how many elements match the selector.
func (v *view) Count(selector string) int {
	v.t.Helper()
	return len(v.find(selector))
}

// Text returns the text of the one element that matches the selector, with runs of space as one blank.
func (v *view) Text(selector string) string {
	v.t.Helper()
	return textOf(v.one(selector))
}

// Texts returns the texts of all elements that match the selector.
func (v *view) Texts(selector string) []string {
	v.t.Helper()
	var texts []string
	for _, n := range v.find(selector) {
		texts = append(texts, textOf(n))
	}
	return texts
}

// Attr returns an attribute of the one element that matches the selector, and whether it has it.
func (v *view) Attr(selector, name string) (string, bool) {
	v.t.Helper()
	n := v.one(selector)
	return attr(n, name), hasAttr(n, name)
}

// HTML returns the one element that matches the selector, as a browser would write it.
func (v *view) HTML(selector string) string {
	v.t.Helper()
	return htmlOf(v.one(selector))
}

func (v *view) find(text string) []*html.Node {
	v.t.Helper()
	s, err := parseSelector(text)
	if err != nil {
		v.t.Fatal(err)
	}
	return s.find(v.root())
}

// one returns the only element that matches, or ends the test.
func (v *view) one(selector string) *html.Node {
	v.t.Helper()
	found := v.find(selector)
	if len(found) != 1 {
		v.t.Fatalf("%d elements match %q, want one; the page is\n%s", len(found), selector, htmlOf(v.root()))
	}
	return found[0]
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func htmlOf(n *html.Node) string {
	var b strings.Builder
	if err := html.Render(&b, n); err != nil {
		return err.Error()
	}
	return b.String()
}

// parseRegion parses the content of the live element.
func parseRegion(content string) (*html.Node, error) {
	root := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(strings.NewReader(content), root)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	return root, nil
}

func ancestor(n *html.Node, match func(*html.Node) bool) *html.Node {
	for ; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && match(n) {
			return n
		}
	}
	return nil
}

func elementByID(root *html.Node, id string) *html.Node {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			return n
		}
	}
	return nil
}

// twice returns an id that two elements below root share.
func twice(root *html.Node) string {
	seen := make(map[string]bool)
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || !hasAttr(n, "id") {
			continue
		}
		id := attr(n, "id")
		if seen[id] {
			return id
		}
		seen[id] = true
	}
	return ""
}
