package tmpl

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template/parse"
)

// source is a set of parsed and escaped templates.
type source struct {
	entry string             // name of the template that is the page
	set   *template.Template // for the stock executor: not escaped before its first use
	trees map[string]*parse.Tree
	// inlined tells which lists stand for a call of another template, because
	// that is escaped for a place other than text and so has no tree of its own.
	inlined map[*parse.ListNode]*parse.TemplateNode
	paths   map[string]string      // template file name → path in the file system
	plain   map[string]*parse.Tree // as written, before escaping
}

// errUncovered reports that a template needs the stock executor.
var errUncovered = errors.New("not covered by the compiler")

// load parses files and escapes them. The first file is the page; when it does
// nothing but define templates, the second file, its layout, is what is shown.
func load(fsys fs.FS, funcs template.FuncMap, files []string) (*source, error) {
	texts, paths, err := read(fsys, files)
	if err != nil {
		return nil, err
	}
	parseSet := func() (*template.Template, error) { return parseTexts(texts, funcs) }
	src := &source{paths: paths}
	if src.set, err = parseSet(); err != nil {
		return nil, src.relocate(err)
	}
	if src.entry, err = entry(src.set, texts); err != nil {
		return nil, err
	}
	src.plain = copyTrees(src.set)
	inline := map[site]bool{}
	for range 32 { // each round finds the calls one level further in
		set, err := parseSet()
		if err != nil {
			return nil, err
		}
		in := inliner{plain: src.plain, sites: inline, inlined: map[*parse.ListNode]*parse.TemplateNode{}, origin: map[*parse.TemplateNode]site{}}
		in.expandAll(set)
		if in.recursive || in.count > maxInlined {
			return src, errUncovered
		}
		if err := escape(set, src.entry); err != nil {
			return nil, src.relocate(err)
		}
		src.trees = trees(set)
		src.inlined = in.inlined
		if !in.addMangled(src) {
			return src, nil
		}
	}
	return src, errUncovered
}

type text struct{ name, body string }

func read(fsys fs.FS, files []string) ([]text, map[string]string, error) {
	if len(files) == 0 {
		return nil, nil, errors.New("compile templates: no files given")
	}
	var texts []text
	paths := map[string]string{}
	for _, file := range files {
		body, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, nil, fmt.Errorf("read template: %w", err)
		}
		name := path.Base(file)
		if other, ok := paths[name]; ok && other != file {
			return nil, nil, fmt.Errorf("compile templates: %s and %s are both called %s", other, file, name)
		}
		paths[name] = file
		texts = append(texts, text{name, string(body)})
	}
	return texts, paths, nil
}

// parseTexts parses the page last, so that its definitions replace the
// blocks of its layout.
func parseTexts(texts []text, funcs template.FuncMap) (*template.Template, error) {
	set := template.New("conga:root").Funcs(funcs)
	for i := range texts {
		t := texts[len(texts)-1-i]
		if _, err := set.New(t.name).Parse(t.body); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// entry returns the name of the first template that shows something.
func entry(set *template.Template, texts []text) (string, error) {
	for _, t := range texts {
		if tmpl := set.Lookup(t.name); tmpl != nil && tmpl.Tree != nil && !parse.IsEmptyTree(tmpl.Tree.Root) {
			return t.name, nil
		}
	}
	first := texts[0].name
	if tmpl := set.Lookup(first); tmpl == nil || tmpl.Tree == nil {
		return "", fmt.Errorf("template: %s is an incomplete or empty template", first)
	}
	return first, nil
}

// escape makes html/template escape the template called name and all that it
// calls, without running any of it.
func escape(set *template.Template, name string) error {
	const wrapper = "conga:escape"
	if _, err := set.New(wrapper).Parse(fmt.Sprintf("{{if false}}{{template %q .}}{{end}}", name)); err != nil {
		return err
	}
	err := set.ExecuteTemplate(io.Discard, wrapper, nil)
	var e *template.Error
	if errors.As(err, &e) && e.Name == wrapper {
		e.Name = name
	}
	return err
}

func trees(set *template.Template) map[string]*parse.Tree {
	m := map[string]*parse.Tree{}
	for _, t := range set.Templates() {
		if t.Tree != nil && t.Tree.Root != nil {
			m[t.Name()] = t.Tree
		}
	}
	return m
}

func copyTrees(set *template.Template) map[string]*parse.Tree {
	m := trees(set)
	for name, t := range m {
		m[name] = t.Copy()
	}
	return m
}

// relocate puts the path of a file where err has only its name.
func (s *source) relocate(err error) error {
	msg := err.Error()
	for name, file := range s.paths {
		msg = strings.ReplaceAll(msg, "template:"+name+":", "template:"+file+":")
		msg = strings.ReplaceAll(msg, "template: "+name+":", "template: "+file+":")
	}
	if msg == err.Error() {
		return err
	}
	return &located{msg, err}
}

// located is an error told with the path of its file.
type located struct {
	msg string
	err error
}

func (l *located) Error() string { return l.msg }
func (l *located) Unwrap() error { return l.err }

// executeStock runs the page by html/template.
func (s *source) executeStock(dst []byte, data any) ([]byte, error) {
	buf := bytes.NewBuffer(dst)
	if err := s.set.ExecuteTemplate(buf, s.entry, data); err != nil {
		return dst, s.relocate(err)
	}
	return buf.Bytes(), nil
}

// sortedNames returns the names of trees in order.
func sortedNames(trees map[string]*parse.Tree) []string {
	return slices.Sorted(maps.Keys(trees))
}
