package livetest

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// selector is a list of alternatives.
type selector []complex

// complex is compounds from left to right, with how each relates to the one before it.
type complex []compound

type compound struct {
	child bool // of the one before; otherwise any descendant
	tag   string
	tests []func(n *html.Node) bool
}

// parseSelector reads a CSS selector of the kinds that the package comment lists.
func parseSelector(text string) (selector, error) {
	p := &selectorParser{rest: strings.TrimSpace(text)}
	s, err := p.list()
	if err != nil {
		return nil, fmt.Errorf("selector %q: %w", text, err)
	}
	return s, nil
}

type selectorParser struct{ rest string }

func (p *selectorParser) list() (selector, error) {
	var all selector
	var current complex
	child, gap := false, true
	for {
		before := len(p.rest)
		p.rest = strings.TrimLeft(p.rest, " \t\n")
		gap = gap || len(p.rest) < before
		if p.rest == "" || p.rest[0] == ',' {
			if len(current) == 0 || child {
				return nil, fmt.Errorf("something is missing before %q", p.rest)
			}
			all, current = append(all, current), nil
			if p.rest == "" {
				return all, nil
			}
			p.rest, gap = p.rest[1:], true
			continue
		}
		if p.rest[0] == '>' && len(current) > 0 && !child {
			p.rest, child, gap = p.rest[1:], true, true
			continue
		}
		if !gap {
			return nil, fmt.Errorf("cannot read %q", p.rest)
		}
		c, err := p.compound()
		if err != nil {
			return nil, err
		}
		c.child = child
		current, child, gap = append(current, c), false, false
	}
}

func (p *selectorParser) compound() (c compound, err error) {
	start := p.rest
	if strings.HasPrefix(p.rest, "*") {
		p.rest = p.rest[1:]
	} else {
		c.tag = strings.ToLower(p.name())
	}
	for p.rest != "" {
		switch p.rest[0] {
		case '#', '.':
			kind := p.rest[0]
			p.rest = p.rest[1:]
			name := p.name()
			if name == "" {
				return c, fmt.Errorf("a name is missing after %q", kind)
			}
			if kind == '#' {
				c.tests = append(c.tests, func(n *html.Node) bool { return attr(n, "id") == name })
			} else {
				c.tests = append(c.tests, func(n *html.Node) bool { return slices.Contains(strings.Fields(attr(n, "class")), name) })
			}
			continue
		case '[':
			test, err := p.attribute()
			if err != nil {
				return c, err
			}
			c.tests = append(c.tests, test)
			continue
		}
		break
	}
	if p.rest == start {
		return c, fmt.Errorf("cannot read %q", p.rest)
	}
	return c, nil
}

func (p *selectorParser) name() string {
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return !(r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80)
	})
	if end < 0 {
		end = len(p.rest)
	}
	name := p.rest[:end]
	p.rest = p.rest[end:]
	return name
}

func (p *selectorParser) attribute() (func(*html.Node) bool, error) {
	p.rest = p.rest[1:]
	name := strings.ToLower(p.name())
	if name == "" {
		return nil, fmt.Errorf("an attribute's name is missing before %q", p.rest)
	}
	if rest, ok := strings.CutPrefix(p.rest, "]"); ok {
		p.rest = rest
		return func(n *html.Node) bool { return hasAttr(n, name) }, nil
	}
	match := func(got, want string) bool { return got == want }
	switch {
	case strings.HasPrefix(p.rest, "^="):
		match = strings.HasPrefix
	case strings.HasPrefix(p.rest, "$="):
		match = strings.HasSuffix
	case strings.HasPrefix(p.rest, "*="):
		match = strings.Contains
	case !strings.HasPrefix(p.rest, "="):
		return nil, fmt.Errorf("cannot read %q", p.rest)
	}
	_, p.rest, _ = strings.Cut(p.rest, "=")
	value, err := p.value()
	if err != nil {
		return nil, err
	}
	return func(n *html.Node) bool { return hasAttr(n, name) && match(attr(n, name), value) }, nil
}

func (p *selectorParser) value() (value string, err error) {
	if p.rest != "" && (p.rest[0] == '"' || p.rest[0] == '\'') {
		quote := p.rest[:1]
		var ok bool
		if value, p.rest, ok = strings.Cut(p.rest[1:], quote); !ok || !strings.HasPrefix(p.rest, "]") {
			return "", fmt.Errorf("the value %q is not closed", value)
		}
		p.rest = p.rest[1:]
		return value, nil
	}
	value, rest, ok := strings.Cut(p.rest, "]")
	if !ok || value == "" {
		return "", fmt.Errorf("the value %q is not closed", p.rest)
	}
	p.rest = rest
	return value, nil
}

// find returns the elements below root that match, in document order.
func (s selector) find(root *html.Node) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && s.matches(n) {
			found = append(found, n)
		}
	}
	return found
}

func (s selector) matches(n *html.Node) bool {
	return slices.ContainsFunc(s, func(c complex) bool { return c.matches(n) })
}

func (c complex) matches(n *html.Node) bool {
	last := c[len(c)-1]
	if !last.matches(n) {
		return false
	}
	if len(c) == 1 {
		return true
	}
	rest := c[:len(c)-1]
	for up := n.Parent; up != nil && up.Type == html.ElementNode; up = up.Parent {
		if rest.matches(up) {
			return true
		}
		if last.child {
			return false
		}
	}
	return false
}

func (c compound) matches(n *html.Node) bool {
	if c.tag != "" && n.Data != c.tag {
		return false
	}
	for _, test := range c.tests {
		if !test(n) {
			return false
		}
	}
	return true
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}
