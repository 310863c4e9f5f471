package tmpl_test

import (
	"strings"
	"testing"

	"github.com/congago/conga/live/internal/tmpl"
)

// stream is a small stream: like that of package live it holds what has not
// been flushed.
type stream struct{ ops []tmpl.StreamOp }

func (s *stream) StreamOps() []tmpl.StreamOp { return s.ops }

func (s *stream) Items() (items []Item) {
	for _, op := range s.ops {
		if op.Kind == tmpl.StreamInsert {
			switch x := op.Item.(type) {
			case Item:
				items = append(items, x)
			case *Item:
				items = append(items, *x)
			}
		}
	}
	return items
}

func (s *stream) insert(at int, key string, item any) {
	s.ops = append(s.ops, tmpl.StreamOp{Kind: tmpl.StreamInsert, At: at, Key: key, Item: item})
}

// Label needs an addressable item.
func (i *Item) Label() string { return "label of " + i.Title }

type streamPage struct {
	Name     string
	Messages stream
	Rooms    []streamRoom
}

type streamRoom struct {
	ID   int
	Last stream
}

func TestStream(t *testing.T) {
	p, err := compile(`<h1>{{.Name}}</h1><ol>{{range $i, $m := .Messages.Items}}<li id="m{{.ID}}">{{$i}} {{.Label}}{{if .Done}}{{continue}}{{end}}!{{$m.Title}}</li>{{end}}</ol>`, (*streamPage)(nil))
	if err != nil {
		t.Fatal(err)
	}
	page := &streamPage{Name: "n"}
	page.Messages.insert(-1, "m1", Item{ID: 1, Title: "one"})
	page.Messages.insert(-1, "m2", &Item{ID: 2, Title: "<two>", Done: true})

	html, err := p.Execute(nil, page)
	if want := `<h1>n</h1><ol><li id="m1">0 label of one!one</li><li id="m2">1 label of &lt;two&gt;</ol>`; err != nil || string(html) != want {
		t.Errorf("Execute (error %v)\n got %s\nwant %s", err, html, want)
	}
	var st tmpl.State
	got, err := p.Render(nil, page, &st)
	if err != nil {
		t.Fatal(err)
	}
	want := `["n",{"stream":[["insert",-1,"m1",[1,"1","0","label of one",null,[3,"one"]]],["insert",-1,"m2",[1,"2","1","label of &lt;two&gt;",[2],null]]]}]`
	if string(got) != want {
		t.Errorf("rendering\n got %s\nwant %s", got, want)
	}
	if st.Size() > 16 {
		t.Errorf("a state of %d bytes remembers rows", st.Size())
	}

	page.Messages.ops = nil
	if diff, changed, err := p.Diff(nil, page, &st); changed || err != nil {
		t.Errorf("diff of a flushed stream: %s (error %v)", diff, err)
	}
	page.Messages.ops = []tmpl.StreamOp{{Kind: tmpl.StreamDelete, Key: `m"1`}, {Kind: tmpl.StreamLimit, At: -50}, {Kind: tmpl.StreamReset}}
	page.Messages.insert(0, "m3", Item{ID: 3, Title: "three"})
	diff, _, err := p.Diff(nil, page, &st)
	want = `{"1":{"stream":[["delete","m\"1"],["limit",-50],["reset"],["insert",0,"m3",[1,"3","0","label of three",null,[3,"three"]]]]}}`
	if err != nil || string(diff) != want {
		t.Errorf("diff (error %v)\n got %s\nwant %s", err, diff, want)
	}
}

// TestStreamInRow shows that a row that holds a stream changes slot by slot:
// sent anew, it would lose the rows of the stream.
func TestStreamInRow(t *testing.T) {
	p, err := compile(`{{range $r := .Rooms}}<div id="{{.ID}}">{{range $r.Last.Items}}<p>{{.Title}}</p>{{end}}{{$.Name}}</div>{{end}}`, (*streamPage)(nil))
	if err != nil {
		t.Fatal(err)
	}
	page := &streamPage{Name: "n", Rooms: make([]streamRoom, 2)}
	page.Rooms[1].ID = 1
	var st tmpl.State
	if _, err := p.Render(nil, page, &st); err != nil {
		t.Fatal(err)
	}
	page.Rooms[1].Last.insert(-1, "k", Item{Title: "t"})
	diff, _, err := p.Diff(nil, page, &st)
	want := `{"0":{"ops":[["=",0,1],["~",1,{"1":{"stream":[["insert",-1,"k",[2,"t"]]]}}]]}}`
	if err != nil || string(diff) != want {
		t.Errorf("diff (error %v)\n got %s\nwant %s", err, diff, want)
	}
}

func TestStreamFaults(t *testing.T) {
	for text, want := range map[string]string{
		"{{range .Messages.Items}}x{{else}}none{{end}}":                              "a stream has no {{else}}",
		"{{range .Messages.Items}}{{if .Done}}{{break}}{{end}}x{{end}}":              "cannot be left with {{break}}",
		"{{range .Messages.Items}}{{range .Tags}}{{break}}{{end}}{{.Titel}}x{{end}}": `did you mean "Title"`,
	} {
		if _, err := compile(text, (*streamPage)(nil)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("compile %q\n got %v\nwant %s", text, err, want)
		}
	}
	p, err := compile("{{range .Messages.Items}}{{.ID}}{{end}}", (*streamPage)(nil))
	if err != nil {
		t.Fatal(err)
	}
	page := &streamPage{}
	page.Messages.insert(0, "x", "not an item")
	if _, err := p.Render(nil, page, new(tmpl.State)); err == nil || !strings.Contains(err.Error(), "stream item") {
		t.Errorf("an item of another type gives error %v", err)
	}
}
