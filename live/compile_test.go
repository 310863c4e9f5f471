package live_test

import (
	"html/template"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/congago/conga/form"
	"github.com/congago/conga/live"
	"github.com/congago/conga/live/livetest"
)

// plainPage has handlers of every form, and methods that are none.
type plainPage struct {
	Name string
	Last string
}

func (p *plainPage) Mount(*live.Session) error                { return nil }
func (p *plainPage) Params(*live.Session) error               { return nil }
func (p *plainPage) Save(*live.Session) error                 { p.Last = "Save"; return nil }
func (p *plainPage) AddItem(*live.Session, form.Values) error { p.Last = "AddItem"; return nil }
func (p *plainPage) SetID(*live.Session, live.Click) error    { p.Last = "SetID"; return nil }
func (p *plainPage) Raw(_ *live.Session, e live.Event) error  { p.Last = "Raw " + e.Type; return nil }
func (p *plainPage) Twice(*live.Session) error                { return nil }
func (p *plainPage) TwIce(*live.Session) error                { return nil }
func (p *plainPage) WithNumber(s *live.Session, n int) error  { return nil }
func (p *plainPage) WithoutSession() string                   { return "" }
func (p *plainPage) Exact(*live.Session) error                { p.Last = "Exact"; return nil }

func compile(pages map[string]string, parts ...live.Part) error {
	files := fstest.MapFS{"ok.html": {Data: []byte("<p>{{.Name}}</p>")}}
	for name, text := range pages {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	_, err := live.Compile(files, parts...)
	return err
}

func TestCompileFaults(t *testing.T) {
	page := func(text string) map[string]string { return map[string]string{"p.html": text} }
	tests := []struct {
		name  string
		files map[string]string
		parts []live.Part
		want  string // "" for none
	}{
		{"fine", nil, []live.Part{live.Page[plainPage]("/", "ok.html")}, ""},
		{"no pages", nil, nil, "no page is given"},
		{"no file", nil, []live.Part{live.Page[plainPage]("/")}, `page "/" (live_test.plainPage): no template file is given`},
		{"missing file", nil, []live.Part{live.Page[plainPage]("/", "none.html")}, "none.html"},
		{"bad template", page("{{if}}"), []live.Part{live.Page[plainPage]("/", "p.html")}, "p.html"},
		{"unknown field", page("{{.Nonsense}}"), []live.Part{live.Page[plainPage]("/", "p.html")}, "Nonsense"},
		{"unknown event", page(`<a phx-click="sav">`), []live.Part{live.Page[plainPage]("/", "p.html")}, `p.html:1: event "sav" has no method; did you mean Save?`},
		{"unlike any event", page(`<a phx-click="do_something">`), []live.Part{live.Page[plainPage]("/", "p.html")},
			`event "do_something" has no method; add func (p *plainPage) DoSomething(s *live.Session) error`},
		{"unknown pushed event", page(`<a phx-click='[["push",{"event":"sav"}],["hide",{}]]'>`), []live.Part{live.Page[plainPage]("/", "p.html")}, `event "sav"`},
		{"method of the session", page(`<a phx-click="mount">`), []live.Part{live.Page[plainPage]("/", "p.html")}, `event "mount" is the name of a method that only the session calls`},
		{"two methods", page(`<a phx-click="twice">`), []live.Part{live.Page[plainPage]("/", "p.html")}, `could mean the methods TwIce and Twice`},
		{"wrong signature", page(`<a phx-click="with_number">`), []live.Part{live.Page[plainPage]("/", "p.html")},
			`event "with_number" has the method WithNumber, but func(*live_test.plainPage, *live.Session, int) error is no handler`},
		{"event added by hand", nil, []live.Part{live.Page[plainPage]("/", "ok.html").Events("nothing")}, `event "nothing"`},
		{"pattern with a method", nil, []live.Part{live.Page[plainPage]("GET /", "ok.html")}, "must begin with a slash"},
		{"bad pattern", nil, []live.Part{live.Page[plainPage]("/{a", "ok.html")}, `page "/{a"`},
		{"patterns that collide", nil, []live.Part{live.Page[plainPage]("/a/{x}", "ok.html"), live.Page[plainPage]("/a/{y}", "ok.html")}, "conflicts with pattern"},
		{"our own path", nil, []live.Part{live.Page[plainPage]("/_live/x", "ok.html")}, "are taken"},
		{"layout without the page", map[string]string{"l.html": "{{.Head}}"}, []live.Part{live.Layout("l.html"), live.Page[plainPage]("/", "ok.html")}, "layout l.html: {{.Live}} is missing"},
		{"layout with an unknown field", map[string]string{"l.html": "{{.Head}}{{.Live}}{{.Titel}}"}, []live.Part{live.Layout("l.html"), live.Page[plainPage]("/", "ok.html")}, "Titel"},
		{"no such partials", nil, []live.Part{live.Partials("x/*.html"), live.Page[plainPage]("/", "ok.html")}, `partials "x/*.html": no such file`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := compile(tt.files, tt.parts...)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v, want no fault", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v\nwant a fault with %q", err, tt.want)
			}
		})
	}
}

func TestCompileTellsAllFaults(t *testing.T) {
	err := compile(map[string]string{"p.html": `<a phx-click="a1"><a phx-click="b1">`},
		live.Page[plainPage]("x", "p.html"), live.Page[plainPage]("/y", "none.html"))
	for _, want := range []string{"a1", "b1", "must begin with a slash", "none.html"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
}

func TestEventNames(t *testing.T) {
	const text = `<p id="last">{{.Last}}</p>
<button id="1" phx-click="save">a</button><button id="2" phx-click="Save">a</button>
<button id="3" phx-click="add_item">a</button><button id="4" phx-click="add-item">a</button><button id="5" phx-click="AddItem">a</button>
<button id="6" phx-click="set_id">a</button><button id="7" phx-click="raw">a</button>
<button id="8" phx-click='[["hide",{"to":"#x"}],["push",{"event":"exact"}]]'>a</button>`
	pages, err := live.Compile(fstest.MapFS{"p.html": {Data: []byte(text)}}, live.Page[plainPage]("/", "p.html"))
	if err != nil {
		t.Fatal(err)
	}
	p := livetest.Open(t, live.New(nil, pages, live.Options{}), "/")
	for id, want := range map[string]string{"1": "Save", "2": "Save", "3": "AddItem", "4": "AddItem", "5": "AddItem", "6": "SetID",
		"7": "Raw click", "8": "Exact"} {
		p.Click("[id='" + id + "']")
		if got := p.Text("#last"); got != want {
			t.Errorf("button %s: got %q, want %q", id, got, want)
		}
	}
}

func TestLayoutPartialsFuncsAndGuard(t *testing.T) {
	files := fstest.MapFS{
		"layout.html":     {Data: []byte(`<title>{{.Title}} · Site</title>{{.Head}}<nav>{{template "nav" .Path}}</nav>{{.Flash}}{{.Live}}{{if .Message}}<b id="trouble">{{.Status}} {{.Message}}</b>{{end}}<form id="out">{{csrf}}</form>`)},
		"parts/nav.html":  {Data: []byte(`{{define "nav"}}<i id="nav">{{shout .}}</i>{{end}}`)},
		"parts/name.html": {Data: []byte(`{{define "name"}}<b id="name">{{shout .}}</b>{{end}}`)},
		"p.html":          {Data: []byte(`{{template "name" .Name}}<form id="f">{{csrf}}</form>`)},
	}
	secret := false
	pages, err := live.Compile(files,
		live.Layout("layout.html"),
		live.Partials("parts/*.html"),
		live.Funcs(template.FuncMap{"shout": strings.ToUpper}),
		live.Page[plainPage]("/", "p.html").Title("Home"),
		live.Guard(func(s *live.Session) error {
			if !secret {
				return s.Redirect("/")
			}
			return nil
		}, live.Page[plainPage]("/secret/{path...}", "p.html")),
	)
	if err != nil {
		t.Fatal(err)
	}
	h := live.New(nil, pages, live.Options{})
	b := livetest.NewBrowser(t, h)
	d := b.Get("/")
	if d.Title() != "Home · Site" || d.Text("#nav") != "/" || !d.HasElement("#conga #name") || d.HasElement("#conga #nav") {
		t.Errorf("document:\n%s", d.Source())
	}
	inPage, _ := d.Attr("#f input[name=_csrf]", "value")
	inLayout, _ := d.Attr("#out input[name=_csrf]", "value")
	p := b.Open("/")
	connected, _ := p.Attr("#f input", "value")
	if inPage == "" || inPage != inLayout || inPage != connected {
		t.Errorf("csrf tokens: page %q, layout %q, connected %q", inPage, inLayout, connected)
	}
	if got := b.Get("/secret/a/b"); got.URL != "/" {
		t.Errorf("the guard let through to %s", got.URL)
	}
	secret = true
	if got := b.Get("/secret/a/b"); got.URL != "/secret/a/b" || got.Status != 200 {
		t.Errorf("the guard kept from %s: %d", got.URL, got.Status)
	}
	if got := b.Get("/nowhere"); got.Status != 404 || got.Text("#trouble") != "404 Not Found" || got.HasElement("main") {
		t.Errorf("error page:\n%s", got.Source())
	}
}
