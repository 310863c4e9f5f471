package tmpl

import (
	"html/template"
	"slices"
	"strings"
	"text/template/parse"
)

// site is a place in a template where another is called.
type site struct {
	tree string
	pos  parse.Pos
}

// maxInlined bounds how many calls are replaced by what they call.
const maxInlined = 2000

// inliner replaces calls of templates by copies of what they call.
type inliner struct {
	plain     map[string]*parse.Tree
	sites     map[site]bool
	inlined   map[*parse.ListNode]*parse.TemplateNode
	origin    map[*parse.TemplateNode]site
	recursive bool
	count     int
}

func (in *inliner) expandAll(set *template.Template) {
	for name, tree := range trees(set) {
		in.expand(tree.Root, name, nil)
	}
}

// expand walks list, which was written in the template called tree; calls
// names the templates that are being inlined around it.
func (in *inliner) expand(list *parse.ListNode, tree string, calls []string) {
	if list == nil || in.recursive || in.count > maxInlined {
		return
	}
	for i, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.TemplateNode:
			in.origin[n] = site{tree, n.Pos}
			target := in.plain[n.Name]
			if !in.sites[site{tree, n.Pos}] || target == nil {
				continue
			}
			for _, c := range calls {
				in.recursive = in.recursive || c == n.Name
			}
			in.count++
			body := target.Root.CopyList()
			in.inlined[body] = n
			list.Nodes[i] = body
			in.expand(body, n.Name, append(slices.Clip(calls), n.Name))
		case *parse.IfNode:
			in.expandBranch(&n.BranchNode, tree, calls)
		case *parse.WithNode:
			in.expandBranch(&n.BranchNode, tree, calls)
		case *parse.RangeNode:
			in.expandBranch(&n.BranchNode, tree, calls)
		}
	}
}

func (in *inliner) expandBranch(b *parse.BranchNode, tree string, calls []string) {
	in.expand(b.List, tree, calls)
	in.expand(b.ElseList, tree, calls)
}

// addMangled adds the calls to sites that html/template has redirected to a
// copy of the template, made for another context. It reports whether there are any.
func (in *inliner) addMangled(s *source) bool {
	found := false
	seen := map[string]bool{}
	var walk func(list *parse.ListNode)
	visit := func(name string) {
		if t := s.trees[name]; t != nil && !seen[name] {
			seen[name] = true
			walk(t.Root)
		}
	}
	walk = func(list *parse.ListNode) {
		if list == nil {
			return
		}
		for _, n := range list.Nodes {
			switch n := n.(type) {
			case *parse.TemplateNode:
				if s.trees[n.Name] == nil && strings.Contains(n.Name, "$htmltemplate_") {
					in.sites[in.origin[n]] = true
					found = true
				}
				visit(n.Name)
			case *parse.ListNode:
				walk(n)
			case *parse.IfNode:
				walk(n.List)
				walk(n.ElseList)
			case *parse.WithNode:
				walk(n.List)
				walk(n.ElseList)
			case *parse.RangeNode:
				walk(n.List)
				walk(n.ElseList)
			}
		}
	}
	visit(s.entry)
	return found
}
