package unions

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/congago/conga"
	"github.com/congago/conga/congatest"
	"github.com/congago/conga/form"
	"github.com/congago/conga/live"
	"github.com/congago/conga/live/livetest"
)

func parse(t *testing.T, encoded string) form.Values {
	t.Helper()
	v, err := form.Parse(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestForms(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		for _, tt := range []struct {
			sent string
			want Content
		}{
			{"content[type]=text&content[text][body]=hello&content[text][mood]=", Text{Body: "hello"}},
			{"content[type]=text&content[text][body]=hello&content[image][url]=nonsense&content[rating][value]=x", Text{Body: "hello"}},
			{"content[type]=rating&content[rating][value]=4", Rating(4)},
			{"content[type]=mood&content[mood][value]=glad", Mood("glad")},
			{"content[type]=gone", Gone{}},
			{"content[type]=gallery&content[gallery][title]=x&content[gallery][cover][type]=rating&content[gallery][cover][rating][value]=2" +
				"&content[gallery][items][0][type]=gone&content[gallery][items][1][type]=text&content[gallery][items][1][text][body]=y",
				&Gallery{Title: "x", Cover: Rating(2), Items: []Content{Gone{}, Text{Body: "y"}}}},
			{`content={"type":"rating","value":3}`, Rating(3)},
		} {
			f, err := form.Create(w.posts, "write")
			if err != nil {
				t.Fatal(err)
			}
			ok, err := f.Submit(t.Context(), parse(t, "title=t&"+tt.sent))
			if !ok || err != nil {
				t.Errorf("%s: %v %v", tt.sent, f.Issues(), err)
				continue
			}
			if got := form.Result[Post](f).Content; !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%s: %#v, want %#v", tt.sent, got, tt.want)
			}
		}
	})
}

func TestFormsShowErrorsInPlace(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		for _, tt := range []struct{ sent, field, want string }{
			{"content[type]=", "content[type]", "is required"},
			{"", "content[type]", "is required"},
			{"content[type]=nonsense", "content[type]", "must be one of: text, image, gallery, rating, mood, gone"},
			{"content[text][body]=x", "content[type]", "is required: one of text, image, gallery, rating, mood, gone"},
			{"content[type]=text&content[text][body]=", "content[text][body]", "is required"},
			{"content[type]=image&content[image][url]=x&content[image][width]=none", "content[image][width]", "must be a number"},
			{"content[type]=gone&extra[type]=rating&extra[rating][value]=x", "extra[rating][value]", "must be a number"},
			{"content[type]=gallery&content[gallery][title]=x&content[gallery][items][0][type]=text", "content[gallery][items][0][text][body]", "is required"},
			{"content[type]=gone&blocks[0][type]=", "blocks[0][type]", "is required"},
		} {
			f, err := form.Create(w.posts, "write")
			if err != nil {
				t.Fatal(err)
			}
			ok, err := f.Submit(t.Context(), parse(t, "title=t&"+tt.sent))
			if ok || err != nil {
				t.Fatalf("%s: %v %v", tt.sent, ok, err)
			}
			if got := strings.Join(f.Errors(tt.field), ", "); got != tt.want {
				t.Errorf("%s: %s has %q, want %q; all are %v", tt.sent, tt.field, got, tt.want, f.Issues())
			}
		}
	})
}

func TestFormsShowTheRecord(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		p := w.add(t, "t", &Gallery{Title: "best", Cover: Image{URL: "https://example.org", Width: 2}, Items: []Content{Rating(5)}}, conga.Set(&w.f.Frame, &Frame{Inner: Mood("sad")}))
		f, err := form.Update(w.posts, "edit", p)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Variant("content"); got != "gallery" {
			t.Errorf("the variant is %q", got)
		}
		if got := f.Variant("extra"); got != "" {
			t.Errorf("the variant of nothing is %q", got)
		}
		for name, want := range map[string]string{
			"content[type]": "gallery", "content[gallery][title]": "best", "content[gallery][cover][type]": "image",
			"content[gallery][cover][image][url]": "https://example.org", "content[gallery][items][0][rating][value]": "5",
			"content[text][body]": "", "content[rating][value]": "", "extra[type]": "", "frame[inner][type]": "mood", "frame[inner][mood][value]": "sad",
		} {
			if got := f.Value(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
			if f.Field(name).Attribute == nil {
				t.Errorf("%s is no input", name)
			}
		}
		if f.Field("content[nonsense][x]").Attribute != nil || f.Field("content[text][nonsense]").Attribute != nil {
			t.Error("what is not there is an input")
		}
		if err := f.Validate(t.Context(), parse(t, "content[type]=text&content[text][body]=x")); err != nil || f.Variant("content") != "text" || !f.Valid() {
			t.Errorf("%v: %v %s", err, f.Issues(), f.Variant("content"))
		}
	})
}

// postPage writes posts, and shows the last one.
type postPage struct {
	Form *form.Form
	Last *Post
}

func (p *postPage) Mount(s *live.Session) (err error) {
	p.Form, err = form.Create(conga.For[Post](s.App()), "write")
	return err
}

func (p *postPage) Validate(s *live.Session, v form.Values) error { return p.Form.Validate(s, v) }

func (p *postPage) Save(s *live.Session, v form.Values) error {
	ok, err := p.Form.Submit(s, v)
	if ok {
		p.Last = form.Result[Post](p.Form)
		p.Form.Reset()
	}
	return err
}

const postHTML = `<form id="write" phx-change="validate" phx-submit="save">{{input .Form "title" "Title"}}{{input .Form "content" "What"}}
{{$kind := .Form.Variant "content"}}
{{if eq $kind "text"}}{{input .Form "content[text][body]" "Body"}}{{end}}
{{if eq $kind "rating"}}{{input .Form "content[rating][value]" "Rating"}}{{end}}
{{if eq $kind "mood"}}{{input .Form "content[mood][value]" "Mood"}}{{end}}
</form>
<p id="last">{{with .Last}}{{with .Content}}{{printf "%T" .}} {{.Body}}{{end}}{{end}}</p>`

func TestPages(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		pages, err := live.Compile(fstest.MapFS{"t.html": {Data: []byte(postHTML)}}, live.Page[postPage]("/", "t.html"))
		if err != nil {
			t.Fatal(err)
		}
		p := livetest.Open(t, live.New(w.app, pages, live.Options{}), "/")
		p.WaitFor(`select[name="content[type]"] option[value="gallery"]`)
		p.WaitGone(`[name="content[text][body]"]`)
		p.Change("#write", "content[type]", "mood")
		p.WaitFor(`select[name="content[mood][value]"] option[value="glad"]`)
		p.Change("#write", "content[type]", "rating")
		p.WaitFor(`input[type="number"][name="content[rating][value]"]`)
		p.Change("#write", "content[rating][value]", "x")
		p.WaitFor(".field-errors")
		p.Change("#write", "content[type]", "text")
		p.WaitFor(`input[name="content[text][body]"][maxlength="20"]`)
		p.WaitGone(`[name="content[rating][value]"]`)
		p.WaitGone(".field-errors")
		p.Submit("#write", "title", "t", "content[type]", "text", "content[text][body]", "hello")
		p.WaitForText("#last", "unions.Text hello")
	})
}

func TestInputsOfTests(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		seen := map[string]bool{}
		action := conga.For[Post](w.app).Resource().Action("write")
		for seed := range uint64(60) {
			in := congatest.Inputs(action, seed, map[string]any{"parent_id": nil})
			out, err := w.app.Write(t.Context(), &conga.Write{Action: action, Inputs: in})
			if err != nil {
				t.Fatalf("seed %d: %v %v", seed, faults(err), in)
			}
			recs, err := out.Records()
			if err != nil {
				t.Fatal(err)
			}
			seen[fmt.Sprintf("%T", recs[0].(*Post).Content)] = true
		}
		if len(seen) != 6 {
			t.Errorf("only %v", seen)
		}
	})
}
