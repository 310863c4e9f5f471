package tmpl

import (
	"html"
	"regexp"
	"strings"
	"text/template/parse"
)

// Event is an attribute of a page that names an event for its handlers.
type Event struct {
	Attr string // as phx-click
	Name string // the attribute's value, a literal: an event, or a list of client commands in JSON
	File string // path of the template's file
	Line int    // from 1
}

// Events returns the attributes of the page that name events by literal values,
// in the order of the templates' files.
func (p *Program) Events() []Event { return p.events }

var (
	eventAttr = regexp.MustCompile(`(?i)(?:^|[\s"'/])(phx-(?:click-away|click|change|submit|` +
		`window-keydown|window-keyup|window-blur|window-focus|keydown|keyup|blur|focus|` +
		`viewport-top|viewport-bottom|auto-recover|mounted|remove))\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	comment = regexp.MustCompile(`(?s)<!--.*?(?:-->|$)`)
)

// findEvents scans the text of the templates as written.
func findEvents(s *source) []Event {
	var events []Event
	for _, name := range sortedNames(s.plain) {
		tree := s.plain[name]
		texts(tree.Root, func(n *parse.TextNode) {
			events = append(events, eventsIn(s, tree, n)...)
		})
	}
	return events
}

func eventsIn(s *source, tree *parse.Tree, n *parse.TextNode) []Event {
	var events []Event
	// Comments are blanked, so that offsets and lines stay.
	text := comment.ReplaceAllStringFunc(string(n.Text), func(c string) string {
		return strings.Map(func(r rune) rune {
			if r == '\n' {
				return r
			}
			return ' '
		}, c)
	})
	at := position{s, tree, n}.error("", "", nil)
	for _, m := range eventAttr.FindAllStringSubmatchIndex(text, -1) {
		value := ""
		for _, g := range []int{4, 6} {
			if m[g] >= 0 {
				value = text[m[g]:m[g+1]]
			}
		}
		events = append(events, Event{
			Attr: strings.ToLower(text[m[2]:m[3]]),
			Name: html.UnescapeString(value),
			File: at.File,
			Line: at.Line + strings.Count(text[:m[2]], "\n"),
		})
	}
	return events
}

// texts calls yield for the text in list, in order.
func texts(list *parse.ListNode, yield func(*parse.TextNode)) {
	if list == nil {
		return
	}
	branch := func(b *parse.BranchNode) {
		texts(b.List, yield)
		texts(b.ElseList, yield)
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			yield(n)
		case *parse.IfNode:
			branch(&n.BranchNode)
		case *parse.WithNode:
			branch(&n.BranchNode)
		case *parse.RangeNode:
			branch(&n.BranchNode)
		}
	}
}
