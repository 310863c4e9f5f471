package tmpl_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/congago/conga/live/internal/tmpl"
)

func TestFaults(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"field", "<p>\n  {{.Nam}}", `pages/t.html:2:5: <.Nam>: *tmpl_test.Page has no field or method Nam (did you mean "Name"?)`},
		{"path", "{{.Person.Nam}}", `pages/t.html:1:10: <.Person.Nam>: *tmpl_test.Person has no field or method Nam (did you mean "Name"?)`},
		{"row", "{{range .Items}}{{.Titel}}{{end}}", `pages/t.html:1:19: <.Titel>: tmpl_test.Item has no field or method Titel (did you mean "Title"?)`},
		{"variable", "{{range $i, $x := .Items}}{{$x.Nope}}{{end}}", `pages/t.html:1:31: <$x.Nope>: tmpl_test.Item has no field or method Nope (it has Done, ID, Label, Owner, Subs, Tags, Title)`},
		{"map", "{{(index .People \"x\").Name}}{{.People.x.Nam}}", `pages/t.html:1:38: <.People.x.Nam>: tmpl_test.Person has no field or method Nam (did you mean "Name"?)`},
		{"method result", "{{.Person.Self.Names}}", `pages/t.html:1:10: <.Person.Self.Names>: *tmpl_test.Person has no field or method Names (did you mean "Name"?)`},
		{"unexported", "{{.hidden}}", `pages/t.html:1:3: <.hidden>: *tmpl_test.Page has no field or method hidden (did you mean "Hidden"?)`},
		{"template", `{{define "x"}}{{.Age.X}}{{end}}{{template "x" .Person}}`, `pages/t.html:1:21: <.Age.X>: int has no field or method X`},
		{"attribute", `{{define "x"}}{{.Foo}}{{end}}<a title="{{template "x" .Person}}">`, `pages/t.html:1:17: <.Foo>: *tmpl_test.Person has no field or method Foo`},
		{"arguments", "{{upper}}", `pages/t.html:1:3: <{{upper}}>: wrong number of args for upper: want 1 got 0`},
		{"field with arguments", "{{.Name 1}}", `pages/t.html:1:3: <.Name>: Name has arguments but cannot be invoked as function`},
		{"range", "{{range .Name}}{{end}}", `pages/t.html:1:9: <.Name>: range can't iterate over string`},
		{"unknown function", "{{nope}}", `template: pages/t.html:1: function "nope" not defined`},
		{"escape", "<a href='{{if .OK}}'{{end}}>", `html/template:pages/t.html:1:14: {{if}} branches end in different contexts`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := fstest.MapFS{"pages/t.html": {Data: []byte(tt.text)}}
			_, err := tmpl.Compile(files, funcs, (*Page)(nil), "pages/t.html")
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("compile %q\n got %v\nwant %s", tt.text, err, tt.want)
			}
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, err := compile("{{.A}}\n{{with .B}}{{.}}{{end}}\n{{range $x := .C}}{{$x}}{{$.D}}{{end}}{{$y := .E}}{{$y.F}}{{.A}}", (*Page)(nil))
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	want := []string{"t.html:1:3: <.A>", "t.html:2:8: <.B>", "t.html:3:15: <.C>", "t.html:3:28: <$.D>", "t.html:3:47: <.E>", "t.html:3:61: <.A>"}
	if len(lines) != len(want) {
		t.Fatalf("got %d faults, want %d:\n%v", len(lines), len(want), err)
	}
	for i := range want {
		if !strings.HasPrefix(lines[i], want[i]) {
			t.Errorf("fault %d\n got %s\nwant %s", i, lines[i], want[i])
		}
	}
	var e *tmpl.Error
	if !errors.As(err, &e) || e.File != "t.html" || e.Line != 1 || e.Col != 3 {
		t.Errorf("first fault is %+v", e)
	}
}

func TestRunErrors(t *testing.T) {
	p, err := compile("<p>\n{{.Missing.Name}}", (*Page)(nil))
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Execute(nil, &Page{})
	if want := "t.html:2:11: <.Missing.Name>: nil pointer evaluating *tmpl_test.Person.Name"; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if _, err := p.Execute(nil, Page{}); err == nil {
		t.Error("data of another type than the page is taken")
	}
}

func TestLayout(t *testing.T) {
	files := fstest.MapFS{
		"layout/main.html": {Data: []byte(`<main>{{block "content" .}}default{{end}}{{template "note.html" .}}</main>`)},
		"pages/room.html":  {Data: []byte(`{{define "content"}}<h1>{{.Name}}</h1>{{end}}` + "\n")},
		"pages/about.html": {Data: []byte(`<i>{{.Name}}</i>{{template "note.html" .}}`)},
		"parts/note.html":  {Data: []byte(`({{.Count}})`)},
		"other/about.html": {Data: []byte(`x`)},
	}
	tests := []struct {
		files []string
		want  string
	}{
		{[]string{"pages/room.html", "layout/main.html", "parts/note.html"}, "<main><h1>N</h1>(2)</main>"},
		{[]string{"pages/about.html", "layout/main.html", "parts/note.html"}, "<i>N</i>(2)"},
		{[]string{"layout/main.html", "parts/note.html"}, "<main>default(2)</main>"},
	}
	for _, tt := range tests {
		p, err := tmpl.Compile(files, nil, (*Page)(nil), tt.files...)
		if err != nil {
			t.Errorf("compile %v: %v", tt.files, err)
			continue
		}
		got, err := p.Execute(nil, &Page{Name: "N", Count: 2})
		if err != nil || string(got) != tt.want {
			t.Errorf("%v\n got %s (error %v)\nwant %s", tt.files, got, err, tt.want)
		}
	}
	for _, names := range [][]string{nil, {"none.html"}, {"pages/about.html", "other/about.html"}} {
		if _, err := tmpl.Compile(files, nil, (*Page)(nil), names...); err == nil {
			t.Errorf("compile %v: no error", names)
		}
	}
}

// TestStock covers what is left to html/template.
func TestStock(t *testing.T) {
	var wide strings.Builder
	wide.WriteString(`{{define "c"}}{{.}}{{end}}`)
	for range 2100 {
		wide.WriteString(`<p class="{{template "c" .Name}}">`)
	}
	tests := []struct {
		name, text string
		stock      bool
	}{
		{"declaration in parentheses", "{{if ($x := .Name)}}{{.Count}}{{end}}{{and ($y := 1) .OK}}", true},
		{"recursion in an attribute", `{{define "r"}}{{if .}}{{len .}}{{template "r" (slice . 1)}}{{end}}{{end}}<p title="{{template "r" .Strings}}">`, true},
		{"recursion in text", `{{define "r"}}{{if .}}{{len .}}{{template "r" (slice . 1)}}{{end}}{{end}}<p>{{template "r" .Strings}}`, false},
		{"many calls in attributes", wide.String(), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := compile(tt.text, (*Page)(nil))
			if err != nil {
				t.Fatal(err)
			}
			if p.Stock() != tt.stock {
				t.Errorf("Stock() is %v", p.Stock())
			}
			same(t, tt.text, p, anyPages())
		})
	}
}

func TestEndlessRecursion(t *testing.T) {
	p, err := compile(`{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}`, (*Page)(nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Execute(nil, &Page{}); err == nil || !strings.Contains(err.Error(), "maximum template depth") {
		t.Errorf("got error %v", err)
	}
}

func TestEvents(t *testing.T) {
	files := fstest.MapFS{"pages/a.html": {Data: []byte(`<form phx-change="validate"
 phx-submit='save &amp; go'>{{if .OK}}<b
  phx-click="pick" phx-click="{{.Name}}" phx-value-x="1" phx-target="x">{{end}}
<!-- phx-click="old"
 --><i phx-window-keydown = "key" data-phx-click="no" PHX-BLUR="left" phx-throttle="100">{{template "b.html" .}}`)},
		"parts/b.html": {Data: []byte("{{range .Items}}\n<a phx-click=\"row\">{{else}}<a phx-focus=\"none\">{{end}}")}}
	p, err := tmpl.Compile(files, nil, (*Page)(nil), "pages/a.html", "parts/b.html")
	if err != nil {
		t.Fatal(err)
	}
	want := []tmpl.Event{
		{Attr: "phx-change", Name: "validate", File: "pages/a.html", Line: 1},
		{Attr: "phx-submit", Name: "save & go", File: "pages/a.html", Line: 2},
		{Attr: "phx-click", Name: "pick", File: "pages/a.html", Line: 3},
		{Attr: "phx-window-keydown", Name: "key", File: "pages/a.html", Line: 5},
		{Attr: "phx-blur", Name: "left", File: "pages/a.html", Line: 5},
		{Attr: "phx-click", Name: "row", File: "parts/b.html", Line: 2},
		{Attr: "phx-focus", Name: "none", File: "parts/b.html", Line: 2},
	}
	got := p.Events()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("events\n got %+v\nwant %+v", got, want)
		}
	}
}
