package tmpl_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/congago/conga/live/internal/tmpl"
)

type row struct {
	ID   string
	Text string
	Subs []row
}

type listPage struct {
	Title string
	Show  bool
	Rows  []row
}

func rows(specs ...string) (list []row) {
	for _, s := range specs {
		id, text, _ := strings.Cut(s, "=")
		list = append(list, row{ID: id, Text: text})
	}
	return list
}

// TestDiff pins the bytes of renderings and diffs.
func TestDiff(t *testing.T) {
	const keyed = `<h1>{{.Title}}</h1><ul>{{range .Rows}}<li id="r-{{.ID}}">{{.Text}}</li>{{end}}</ul>`
	const plain = `<ul>{{range .Rows}}<li>{{.Text}}</li>{{end}}</ul>`
	const nested = `{{range .Rows}}<div phx-key="{{.ID}}">{{.Text}}{{range .Subs}}<p id="{{.ID}}">{{.Text}}</p>{{end}}</div>{{end}}`
	deep := func(text, subs string) []row {
		r := rows("a="+text, "b=B")
		r[0].Subs = rows(strings.Fields(subs)...)
		return r
	}
	tests := []struct {
		name, text  string
		from, to    listPage
		first, diff string
	}{
		{"nothing", keyed, listPage{Title: "t"}, listPage{Title: "t"}, `["t",{"rows":[]}]`, ``},
		{"text", keyed, listPage{Title: "t"}, listPage{Title: `<"\`}, `["t",{"rows":[]}]`, `{"0":"&lt;&#34;\\"}`},
		{
			"append", keyed, listPage{Rows: rows("1=a", "2=b")}, listPage{Rows: rows("1=a", "2=b", "3=c")},
			`["",{"rows":[["r-1",[1,"1","a"]],["r-2",[1,"2","b"]]]}]`, `{"1":{"ops":[["=",0,2],["+","r-3",[1,"3","c"]]]}}`,
		},
		{
			"insert and change", keyed, listPage{Rows: rows("1=a", "2=b", "3=c")}, listPage{Rows: rows("0=z", "1=a", "2=B", "3=c")},
			`["",{"rows":[["r-1",[1,"1","a"]],["r-2",[1,"2","b"]],["r-3",[1,"3","c"]]]}]`,
			`{"1":{"ops":[["+","r-0",[1,"0","z"]],["=",0,1],["~",1,{"0":"2","1":"B"}],["=",2,1]]}}`,
		},
		{
			"move", keyed, listPage{Rows: rows("1=a", "2=b", "3=c", "4=d")}, listPage{Rows: rows("3=c", "4=d", "1=a")},
			`["",{"rows":[["r-1",[1,"1","a"]],["r-2",[1,"2","b"]],["r-3",[1,"3","c"]],["r-4",[1,"4","d"]]]}]`,
			`{"1":{"ops":[["=",2,2],["=",0,1]]}}`,
		},
		{
			"delete", keyed, listPage{Rows: rows("1=a", "2=b", "3=c")}, listPage{Rows: rows("1=a", "3=c")},
			`["",{"rows":[["r-1",[1,"1","a"]],["r-2",[1,"2","b"]],["r-3",[1,"3","c"]]]}]`, `{"1":{"ops":[["=",0,1],["=",2,1]]}}`,
		},
		{
			"delete all", keyed, listPage{Rows: rows("1=a")}, listPage{},
			`["",{"rows":[["r-1",[1,"1","a"]]]}]`, `{"1":{"ops":[]}}`,
		},
		{
			"index keys", plain, listPage{Rows: rows("1=a", "2=b")}, listPage{Rows: rows("2=b", "2=b", "9=c")},
			`[{"rows":[["0",[1,"a"]],["1",[1,"b"]]]}]`, `{"0":{"ops":[["~",0,{"0":"b"}],["=",1,1],["+","2",[1,"c"]]]}}`,
		},
		{
			"equal keys go by index", keyed, listPage{Rows: rows("1=a", "1=b")}, listPage{Rows: rows("1=a", "1=c")},
			`["",{"rows":[["0",[1,"1","a"]],["1",[1,"1","b"]]]}]`, `{"1":{"ops":[["=",0,1],["~",1,{"0":"1","1":"c"}]]}}`,
		},
		{
			"lists in rows", nested, listPage{Rows: deep("A", "x=1 y=2")}, listPage{Rows: deep("A", "x=1 y=3 z=4")},
			`[{"rows":[["a",[1,"a","A",{"rows":[["x",[2,"x","1"]],["y",[2,"y","2"]]]}]],["b",[1,"b","B",{"rows":[]}]]]}]`,
			`{"0":{"ops":[["~",0,{"2":{"ops":[["=",0,1],["~",1,{"0":"y","1":"3"}],["+","z",[2,"z","4"]]]}}],["=",1,1]]}}`,
		},
		{
			"branch", `{{if .Show}}<b>{{.Title}}</b>{{else}}<i>none</i>{{end}}{{with .Title}}{{.}}{{end}}`,
			listPage{Show: true, Title: "t"}, listPage{}, `[[1,"t"],[3,"t"]]`, `{"0":[2],"1":null}`,
		},
		{
			"inside a branch", `{{if .Show}}<b>{{.Title}}</b>{{end}}`,
			listPage{Show: true, Title: "t"}, listPage{Show: true, Title: "u"}, `[[1,"t"]]`, `{"0":{"0":"u"}}`,
		},
		{
			"else of a range", `{{range .Rows}}<p id="{{.ID}}">{{.Text}}</p>{{else}}none{{end}}`,
			listPage{}, listPage{Rows: rows("else=x")}, `[{"rows":[["else",[2]]]}]`, `{"0":{"ops":[["+","else",[1,"else","x"]]]}}`,
		},
		{
			"continue", `{{range .Rows}}<p id="{{.ID}}">{{if eq .Text "-"}}skip</p>{{continue}}{{end}}{{.Text}}</p>{{end}}`,
			listPage{Rows: rows("1=a", "2=-")}, listPage{Rows: rows("1=a", "2=b")},
			`[{"rows":[["1",[1,"1",null,[3,"a"]]],["2",[1,"2",[2],null]]]}]`, `{"0":{"ops":[["=",0,1],["~",1,{"0":"2","1":null,"2":[3,"b"]}]]}}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := compile(tt.text, (*listPage)(nil))
			if err != nil {
				t.Fatal(err)
			}
			var st tmpl.State
			first, err := p.Render(nil, &tt.from, &st)
			if err != nil || string(first) != tt.first {
				t.Errorf("rendering (error %v)\n got %s\nwant %s", err, first, tt.first)
			}
			diff, changed, err := p.Diff([]byte("kept"), &tt.to, &st)
			if err != nil || string(diff) != "kept"+tt.diff || changed != (tt.diff != "") {
				t.Errorf("diff (changed %v, error %v)\n got %s\nwant %s", changed, err, diff[4:], tt.diff)
			}
			same(t, tt.text, p, []any{&tt.from, &tt.to, &tt.from, &listPage{}, &tt.to})
		})
	}
}

func TestStatics(t *testing.T) {
	p, err := compile("<h1>{{.Title}}</h1>{{define \"x\"}}\t{{.}}\"{{end}}{{template \"x\" .Title}}{{template \"x\" .Show}}", (*listPage)(nil))
	if err != nil {
		t.Fatal(err)
	}
	doc, hash := p.Statics()
	want := `{"v":"` + hash + `","blocks":[["<h1>","</h1>","",""],["\t","\""]]}`
	if string(doc) != want || len(hash) != 32 {
		t.Errorf("statics\n got %s\nwant %s", doc, want)
	}
}

func TestStateOfAnotherProgram(t *testing.T) {
	p, err := compile("{{.Title}}", (*listPage)(nil))
	if err != nil {
		t.Fatal(err)
	}
	var st tmpl.State
	if _, _, err := p.Diff(nil, &listPage{}, &st); err == nil {
		t.Error("a diff without a rendering gives no error")
	}
}

// TestFailureKeepsState shows that a page that fails can be diffed later.
func TestFailureKeepsState(t *testing.T) {
	p, err := compile("{{.Name}}{{if .OK}}{{.Missing.Name}}{{end}}", (*Page)(nil))
	if err != nil {
		t.Fatal(err)
	}
	var st tmpl.State
	if _, err := p.Render(nil, &Page{Name: "a"}, &st); err != nil {
		t.Fatal(err)
	}
	if dst, changed, err := p.Diff([]byte("kept"), &Page{Name: "b", OK: true}, &st); err == nil || changed || string(dst) != "kept" {
		t.Errorf("got %q, changed %v, error %v", dst, changed, err)
	}
	dst, _, err := p.Diff(nil, &Page{Name: "c"}, &st)
	if want := `{"0":"c"}`; err != nil || string(dst) != want {
		t.Errorf("got %s (error %v), want %s", dst, err, want)
	}
}

func TestConcurrentUse(t *testing.T) {
	p, _ := chatProgram(t)
	want, err := p.Execute(nil, newChatPage())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			page := newChatPage()
			var st tmpl.State
			if _, err := p.Render(nil, page, &st); err != nil {
				t.Error(err)
			}
			for i := range 20 {
				page.Online = i
				if _, _, err := p.Diff(nil, page, &st); err != nil {
					t.Error(err)
				}
			}
			got, err := p.Execute(nil, newChatPage())
			if err != nil || string(got) != string(want) {
				t.Errorf("another page (error %v)", err)
			}
		})
	}
	wg.Wait()
}
