package live

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Document is what a layout shows: the page and what belongs around it.
type Document struct {
	// Title is the page's title.
	Title string
	// Head are the elements that the page needs in its head: the browser's client.
	Head template.HTML
	// Flash is the region where flash messages appear, also those that come later.
	Flash template.HTML
	// Live is the page.
	Live template.HTML
	// Path is the path of the URL.
	Path string
	// Session are the values of the visitor's cookie, Actor is who he is, or nil.
	Session SessionData
	Actor   any
	// CSRF is the visitor's token, for forms of the layout; the function csrf writes it as an input.
	CSRF string
	// Status and Message tell of an error. Status is 0 when there is none.
	Status  int
	Message string
}

// shell is a compiled layout. A layout is outside the live region: it is rendered once, by html/template.
type shell struct {
	t           *template.Template
	tellsErrors bool // it shows Message itself
}

const defaultLayout = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
{{.Head}}
</head>
<body>
{{.Flash}}
{{.Live}}
</body>
</html>
`

// compileShell compiles the layout of file, or the default one, and sees whether it shows what it must.
func (p *Pages) compileShell(files fs.FS, file string) *shell {
	t := template.New("layout").Funcs(p.funcs)
	var err error
	if file == "" {
		t, err = t.Parse(defaultLayout)
	} else {
		t = template.New(path.Base(file)).Funcs(p.funcs)
		t, err = t.ParseFS(files, append([]string{file}, p.partialsOf(files)...)...)
	}
	if err != nil {
		p.fault(fmt.Errorf("layout %s: %w", file, err))
		return nil
	}
	s := &shell{t: t}
	p.tryShell(s, file)
	return s
}

// tryShell executes a layout once: as a page, and as an error.
func (p *Pages) tryShell(s *shell, file string) {
	page, err := s.execute(&Document{Head: "conga-head", Live: "conga-live"})
	if err != nil {
		p.fault(fmt.Errorf("layout %s: %w", file, err))
		return
	}
	trouble, err := s.execute(&Document{Status: 500, Message: "conga-message"})
	if err != nil {
		p.fault(fmt.Errorf("layout %s: %w", file, err))
		return
	}
	s.tellsErrors = bytes.Contains(trouble, []byte("conga-message"))
	if file == p.errorFile {
		return
	}
	for part, field := range map[string]string{"conga-head": "{{.Head}}", "conga-live": "{{.Live}}"} {
		if !bytes.Contains(page, []byte(part)) {
			p.fault(fmt.Errorf("layout %s: %s is missing", file, field))
		}
	}
}

func (s *shell) execute(d *Document) ([]byte, error) {
	var b bytes.Buffer
	if err := s.t.Execute(&b, d); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// flashRegion is the element that the client keeps up to date.
func flashRegion(flash map[string]string) template.HTML {
	var b strings.Builder
	b.WriteString(`<div id="conga-flash" aria-live="polite">`)
	for _, kind := range slices.Sorted(maps.Keys(flash)) {
		role := "status"
		if kind == "error" {
			role = "alert"
		}
		fmt.Fprintf(&b, `<p class="conga-flash" data-kind="%s" role="%s">%s</p>`,
			template.HTMLEscapeString(kind), role, template.HTMLEscapeString(flash[kind]))
	}
	b.WriteString(`</div>`)
	return template.HTML(b.String()) //nolint:gosec // kinds and texts are escaped
}
