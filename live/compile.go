package live

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/congago/conga/live/internal/tmpl"
)

// Part is something that [Compile] takes: a page, [Layout], [Funcs], [Partials], [ErrorPage].
type Part interface{ addTo(p *Pages) }

// Pages are the compiled pages of an application. They are immutable and may serve several handlers.
type Pages struct {
	defs      []*PageDef
	layout    string
	errorFile string
	funcs     template.FuncMap
	partials  []string
	errorPage *shell
	router    *router
	statics   map[string]*asset // by hash
	csrfMark  string
	faults    []error
}

// Compile reads the templates of files and checks them against the pages: fields and methods that do not exist, events
// without a handler, patterns that are wrong or collide. The error tells all faults at once.
//
// A page's templates are those of html/template, executed with the page as their data. They have these functions:
// csrf, the hidden input with the visitor's token, for forms that are posted to other handlers; input, a field of a
// [form.Form] with its label and errors; form_errors, the messages that belong to no field.
func Compile(files fs.FS, parts ...Part) (*Pages, error) {
	p := &Pages{
		funcs:    make(template.FuncMap),
		router:   newRouter(),
		statics:  make(map[string]*asset),
		csrfMark: "csrf-" + newSecret(),
	}
	p.addFuncs()
	for _, part := range parts {
		part.addTo(p)
	}
	p.errorPage = p.compileShell(files, cmp.Or(p.errorFile, p.layout))
	shells := make(map[string]*shell)
	for _, d := range p.defs {
		p.compilePage(files, d, shells)
	}
	if len(p.defs) == 0 {
		p.fault(errors.New("no page is given"))
	}
	if err := errors.Join(p.faults...); err != nil {
		return nil, fmt.Errorf("compile pages:\n%w", err)
	}
	return p, nil
}

// MustCompile is Compile, and panics on faults.
func MustCompile(files fs.FS, parts ...Part) *Pages {
	p, err := Compile(files, parts...)
	if err != nil {
		panic("live: " + err.Error())
	}
	return p
}

func (p *Pages) fault(err error) { p.faults = append(p.faults, err) }

// addFuncs sets the functions that every template has.
func (p *Pages) addFuncs() {
	hidden := template.HTML(`<input type="hidden" name="` + csrfField + `" value="` + p.csrfMark + `">`) //nolint:gosec // all of it is ours
	p.funcs["csrf"] = func() template.HTML { return hidden }
	p.funcs["input"] = input
	p.funcs["form_errors"] = formErrors
}

func (p *Pages) compilePage(files fs.FS, d *PageDef, shells map[string]*shell) {
	d = p.own(d)
	defer func() { p.faults = append(p.faults, d.faults...) }()
	if err := p.router.add(d); err != nil {
		d.fault("%v", err)
	}
	layout := cmp.Or(d.layout, p.layout)
	if shells[layout] == nil {
		shells[layout] = p.compileShell(files, layout)
	}
	d.shell = shells[layout]
	if len(d.files) == 0 {
		return
	}
	program, err := tmpl.Compile(files, p.funcs, d.newPage(), append(slices.Clip(d.files), p.partialsOf(files)...)...)
	if err != nil {
		d.fault("%v", err)
		return
	}
	d.program = program
	statics, hash := program.Statics()
	d.hash = hash
	p.statics[hash] = newAsset("application/json", hash, statics)
	d.allow(program.Events())
}

// own copies d, so that one declaration can be compiled twice.
func (p *Pages) own(d *PageDef) *PageDef {
	c := *d
	for i := range p.defs {
		if p.defs[i] == d {
			p.defs[i] = &c
		}
	}
	return &c
}

// partialsOf resolves the patterns of Partials, once.
func (p *Pages) partialsOf(files fs.FS) []string {
	var all []string
	for _, pattern := range p.partials {
		names, err := fs.Glob(files, pattern)
		if err != nil || len(names) == 0 {
			p.fault(fmt.Errorf("partials %q: no such file", pattern))
		}
		all = append(all, names...)
	}
	p.partials = all
	return all
}

type partFunc func(p *Pages)

func (f partFunc) addTo(p *Pages) { f(p) }

// Layout names the file with the document around the pages, an html/template whose data is a [Document]. It must show
// .Head and .Live; when it shows .Message, errors have no .Live. Without it a plain document is used.
func Layout(file string) Part { return partFunc(func(p *Pages) { p.layout = file }) }

// ErrorPage names the file of the document for errors, an html/template whose data is a [Document] with Status and
// Message. Without it the layout is used, with the message in the place of the page.
func ErrorPage(file string) Part { return partFunc(func(p *Pages) { p.errorFile = file }) }

// Funcs adds functions to the templates of all pages and layouts.
func Funcs(funcs template.FuncMap) Part {
	return partFunc(func(p *Pages) { maps.Copy(p.funcs, funcs) })
}

// Partials names files, by patterns of [path.Match], whose templates every page may use.
func Partials(patterns ...string) Part {
	return partFunc(func(p *Pages) {
		for _, pattern := range patterns {
			if _, err := path.Match(pattern, ""); err != nil {
				p.fault(fmt.Errorf("partials %q: %w", pattern, err))
				continue
			}
			p.partials = append(p.partials, pattern)
		}
	})
}

// Guard has check called before every Mount of the given pages. Its error keeps them from being mounted: one with
// HTTPStatus 401 or 403, or after s.Redirect the error nil, which sends the visitor elsewhere.
func Guard(check func(*Session) error, pages ...*PageDef) Part {
	return partFunc(func(p *Pages) {
		for _, d := range pages {
			d.Guard(check).addTo(p)
		}
	})
}
