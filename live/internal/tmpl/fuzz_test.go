package tmpl_test

import (
	"fmt"
	"html/template"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// writer makes random templates: most of them valid, in all contexts of HTML.
type writer struct {
	r     *rand.Rand
	b     strings.Builder
	vars  []string
	depth int
	loops int
}

func (w *writer) pick(choices ...string) string { return choices[w.r.IntN(len(choices))] }

// scalar is an expression whose value can be shown.
func (w *writer) scalar() string {
	exprs := []string{
		".Name", ".Count", ".Small", ".Ratio", ".OK", ".Person.Name", ".Missing.Name", ".Value.Age", ".Any", ".Nothing",
		".Text", ".Fault", ".HTML", ".URL", ".JS", ".CSS", ".Attr", ".JSStr", ".Srcset", ".Kind", ".Level", ".ID", ".Link", ".Inner",
		".Depth", ".PP.Name", ".When.Year", `(.When.Format "15:04 <Jan> +07")`, ".Map.a", ".Map.none", ".Anys.p.Name", ".Anys.s",
		`(index .Map "b")`, `(index .Strings 0)`, `(index .Mixed 1)`, "(len .Items)", "(upper .Name)", "(.Upper .Name)",
		`(printf "%v-%q" .Any .Name)`, `(.Value.Greet .Name)`, "(.Value.Older 3)", "(eq .Count 3)", "(and .OK .Name)", "(or .Nothing .Kind)",
		"(not .OK)", "1", "-2.5", `"str<'&\">"`, "true", "(call .Fn 2 .Name)", "(safe .Name)", "(ident .HTML)", "(html .Name)", "(ident .Mixed)",
		".Items", ".Map", ".Wave", ".Bytes", ".Person", "(slice .Name 1)", "(.Two .Any nil)", "(print .Name .Count)", "(lt .Count 2)",
		`(join .Strings ", ")`, "(js .Name)", "(urlquery .Link)", "(.Maybe .OK)", "(add .Count 1)", "(index .Items 1).Title", ".Missing",
	}
	e := exprs[w.r.IntN(len(exprs))]
	if w.depth > 0 && w.r.IntN(3) > 0 { // dot may be anything: go through $
		e = strings.ReplaceAll(strings.ReplaceAll(e, " .", " $."), "(.", "($.")
		if strings.HasPrefix(e, ".") {
			e = "$" + e
		}
	}
	if len(w.vars) > 0 && w.r.IntN(4) == 0 {
		e = w.vars[w.r.IntN(len(w.vars))]
	}
	if w.depth > 0 && w.r.IntN(4) == 0 {
		e = "."
	}
	switch w.r.IntN(12) {
	case 0:
		e += " | ident"
	case 1:
		e += ` | printf "%v"`
	case 2:
		e += w.pick(" | html", " | urlquery", " | print", " | js", " | len", " | not", " | and 1", " | or nil")
	}
	return e
}

func (w *writer) list() string {
	l := w.pick(".Items", ".Strings", ".Map", ".Ints", ".Anys", ".Mixed", ".Array", ".Empty", ".Ptrs", ".Count", "3", ".Nothing",
		".Pairs", ".Seq", ".Chan", ".Tree.Kids", ".People", ".Bytes", "(slice .Items 1)", "(list 1 .Name nil)")
	if w.depth > 0 {
		l = strings.ReplaceAll(l, " .", " $.")
		if strings.HasPrefix(l, ".") {
			l = "$" + l
		}
	}
	return l
}

// slot writes an action that shows something where only values may stand.
func (w *writer) slot() {
	switch {
	case w.r.IntN(5) == 0:
		fmt.Fprintf(&w.b, "{{if %s}}", w.scalar())
		w.slot()
		if w.r.IntN(2) == 0 {
			w.b.WriteString("{{else}}")
			w.slot()
		}
		w.b.WriteString("{{end}}")
	case w.r.IntN(8) == 0:
		fmt.Fprintf(&w.b, "{{template %q %s}}", w.pick("t0", "t1"), w.scalar())
	default:
		fmt.Fprintf(&w.b, "{{%s%s%s}}", w.pick("", "", "- "), w.scalar(), w.pick("", "", " -"))
	}
}

func (w *writer) around(before, after string) {
	w.b.WriteString(before)
	w.slot()
	w.b.WriteString(after)
}

// html writes one piece of a page.
func (w *writer) html(size int) {
	for range 1 + w.r.IntN(3) {
		switch w.r.IntN(16) {
		case 0:
			w.around(`<a href="`, `">`)
		case 1:
			w.around(`<a href='/p?q=`, `&x=1'>`)
		case 2:
			w.around("<p class=", " id=x>")
		case 3:
			w.around(`<i title="a `, ` b" hidden>`)
		case 4:
			w.around("<script>var a = ", ";</script>")
		case 5:
			w.around(`<b onclick="f('`, `')">`)
		case 6:
			w.around("<style>p{color: ", "}</style>")
		case 7:
			w.around("<textarea>", "</textarea>")
		case 8:
			w.around(`<img srcset="`, ` 2x" src=/i/`)
			w.b.WriteString(">")
		case 9:
			w.around("<script>`x ", "`</script><!-- c -->")
		case 10:
			w.around("<em ", "=1>")
		case 11, 12:
			w.slot()
		default:
			w.b.WriteString(w.pick("<p>text</p>", " & ", "\n", "<br>", "é\u2028", `<input name="n">`, "a < b", "\"'"))
		}
		if size > 0 && w.r.IntN(2) == 0 {
			w.control(size - 1)
		}
	}
}

func (w *writer) control(size int) {
	mark := len(w.vars)
	defer func() { w.vars = w.vars[:mark] }()
	switch w.r.IntN(9) {
	case 0, 1:
		fmt.Fprintf(&w.b, "{{if %s}}", w.scalar())
	case 2:
		fmt.Fprintf(&w.b, "{{with %s}}", w.scalar())
		w.depth++
		defer func() { w.depth-- }()
	case 3, 4, 5:
		w.loop(size)
		return
	case 6:
		name := fmt.Sprintf("$v%d", w.r.IntN(3))
		fmt.Fprintf(&w.b, "{{%s := %s}}", name, w.scalar())
		w.vars = append(w.vars, name)
		mark++ // stays in scope
		return
	case 7:
		if len(w.vars) > 0 {
			fmt.Fprintf(&w.b, "{{%s = %s}}", w.vars[w.r.IntN(len(w.vars))], w.scalar())
		}
		return
	default:
		if w.loops > 0 {
			fmt.Fprintf(&w.b, "{{if %s}}x{{%s}}{{end}}", w.scalar(), w.pick("break", "continue"))
		}
		return
	}
	w.html(size)
	if w.r.IntN(2) == 0 {
		w.vars = w.vars[:mark]
		w.b.WriteString("{{else}}")
		w.html(size)
	}
	w.b.WriteString("{{end}}")
}

func (w *writer) loop(size int) {
	mark := len(w.vars)
	switch w.r.IntN(3) {
	case 0:
		fmt.Fprintf(&w.b, "{{range $i, $e := %s}}", w.list())
		w.vars = append(w.vars, "$i", "$e")
	case 1:
		fmt.Fprintf(&w.b, "{{range $e := %s}}", w.list())
		w.vars = append(w.vars, "$e")
	default:
		fmt.Fprintf(&w.b, "{{range %s}}", w.list())
	}
	w.depth++
	w.loops++
	w.b.WriteString(w.pick("", `<li id="{{.}}">`, "<li phx-key='k-{{.}}' class={{.}}>", `{{if $.OK}}<p id="{{.}}">{{end}}`))
	w.html(size)
	w.loops--
	w.depth--
	w.vars = w.vars[:mark]
	if w.r.IntN(3) == 0 {
		w.b.WriteString("{{else}}")
		w.html(size)
	}
	w.b.WriteString("{{end}}")
}

func randomTemplate(seed uint64) string {
	w := &writer{r: rand.New(rand.NewPCG(seed, 1))}
	w.b.WriteString(`{{define "t0"}}{{.}}{{end}}{{define "t1"}}{{if .}}[{{template "t0" .}}]{{end}}{{end}}`)
	w.html(3)
	return w.b.String()
}

// TestRandom compares random templates with html/template.
func TestRandom(t *testing.T) {
	count := uint64(1000)
	if testing.Short() {
		count = 200
	}
	compiled, shown := 0, 0
	for seed := range count {
		text := randomTemplate(seed)
		if ok, executed := compare(t, text); ok {
			compiled++
			shown += executed
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d templates, %d compiled, %d executions without an error", count, compiled, shown)
	if compiled < int(count)/3 || shown < compiled {
		t.Error("too few random templates are valid")
	}
}

// compare runs text in all ways; it reports whether it compiles, and how many
// of the pages it can show.
func compare(t *testing.T, text string) (ok bool, executed int) {
	t.Helper()
	parsed, parseErr := template.New("t.html").Funcs(funcs).Parse(text)
	var data []any
	for _, p := range pages() {
		data = append(data, p)
		if _, err := stock(text, p); err == nil {
			executed++
		}
	}
	for _, page := range []any{(*Page)(nil), nil} {
		p, err := compile(text, page)
		if err != nil {
			// A fault found early must be one that html/template meets too,
			// though perhaps only for other data.
			if page == nil && parseErr == nil && parsed != nil && executed == len(data) && !staticFault.MatchString(err.Error()) {
				t.Errorf("template %q does not compile: %v", text, err)
			}
			continue
		}
		if parseErr != nil {
			t.Errorf("template %q compiles, but html/template says %v", text, parseErr)
			continue
		}
		ok = true
		same(t, text, p, data)
	}
	return ok, executed
}

// staticFault matches the faults that Compile finds without knowing the page.
var staticFault = regexp.MustCompile(`wrong number of args|range can't iterate|has no field or method|can't give argument|` +
	`cannot be invoked|nil is not a command|overflows int|undefined variable`)

var longNumber = regexp.MustCompile(`[0-9_xXeEpP]{3}`)

// FuzzProgram compares any template with html/template.
func FuzzProgram(f *testing.F) {
	files, _ := filepath.Glob("testdata/corpus/*.html")
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for text := range strings.SplitSeq(string(body), "\n----\n") {
			f.Add(text, "<s'&\"> \x00")
		}
	}
	for seed := range uint64(50) {
		f.Add(randomTemplate(seed), "javascript:x")
	}
	f.Fuzz(func(t *testing.T, text, s string) {
		if longNumber.MatchString(text) || strings.Count(text, "range") > 3 {
			return // may run for very long
		}
		compare(t, text)
		p, err := compile(text, (*Page)(nil))
		if err != nil {
			return
		}
		page := *pages()[0]
		page.Name, page.Any, page.Link, page.Kind = s, s, s, Kind(s)
		page.HTML, page.URL, page.Strings = template.HTML(s), template.URL(s), []string{s, s, "x"}
		changed := page
		changed.Name, changed.Strings = s+s, []string{"x", s}
		same(t, text, p, []any{&page, &changed, &page})
	})
}

// FuzzEscape compares the escapers for any text.
func FuzzEscape(f *testing.F) {
	f.Add("<a href='x'>&amp;", "javascript:alert(1)")
	f.Add("\x00\xff\ufdd0\uffff é", "HTTPS:// %zz%41")
	const text = `{{.Name}}<a title="{{.Name}}" href="{{.Link}}" class={{.Name}} data-u='{{.HTML}}'><a href="/?q={{.Link}}&u={{.URL}}">` +
		`<img src={{.Link}} srcset="{{.Link}}"><textarea>{{.HTML}}{{.Name}}</textarea><script>x({{.Name}}, "{{.Link}}")</script>` +
		`<p style="color:{{.Name}}" {{.Kind}}="1">{{.HTML}}{{.URL}}{{.Any}}<a href={{.URL}}><a href='{{.HTML}}'>`
	p, err := compile(text, (*Page)(nil))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		page := Page{Name: a, Link: b, HTML: template.HTML(a), URL: template.URL(b), Kind: Kind(a), Any: template.HTML(b)}
		other := Page{Name: b, Link: a, HTML: template.HTML(b), URL: template.URL(a), Kind: Kind(b), Any: a}
		same(t, text, p, []any{&page, &other})
	})
}
