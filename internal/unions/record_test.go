package unions

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/congago/conga"
	"github.com/congago/conga/resource/expr"
)

func all() map[string]Content {
	taken := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	glad := Mood("glad")
	return map[string]Content{
		"text":  Text{Body: "hello", Mood: &glad},
		"image": Image{URL: "https://example.org/a.png", Width: 3, Price: decimal.RequireFromString("1.50"), Taken: &taken},
		"gallery": &Gallery{Title: "best", Items: []Content{Rating(3), Text{Body: "deep"}, &Gallery{Title: "deeper", Items: []Content{}}},
			Cover: Image{URL: "https://example.org/b.png", Width: 1, Price: decimal.RequireFromString("0")}},
		"rating": Rating(-7),
		"mood":   Mood("sad"),
		"gone":   Gone{},
	}
}

func TestRecordsComeBackWithTheirTypes(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		for name, c := range all() {
			made := w.add(t, name, c, conga.Set(&w.f.Extra, c), conga.Set(&w.f.Blocks, []Content{c, Gone{}}), conga.Set(&w.f.Frame, &Frame{Color: "red", Inner: c}))
			read, err := w.posts.Get(t.Context(), made.ID, conga.With(&w.f.Kind))
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range []*Post{made, read} {
				if !reflect.DeepEqual(p.Content, c) || !reflect.DeepEqual(p.Extra, c) {
					t.Errorf("%s: content %#v, extra %#v, want %#v", name, p.Content, p.Extra, c)
				}
				if want := []Content{c, Gone{}}; !reflect.DeepEqual(p.Blocks, want) {
					t.Errorf("%s: blocks %#v, want %#v", name, p.Blocks, want)
				}
				if want := (&Frame{"red", c}); !reflect.DeepEqual(p.Frame, want) {
					t.Errorf("%s: frame %#v, want %#v", name, p.Frame, want)
				}
			}
			if read.Kind == nil || *read.Kind != name {
				t.Errorf("%s: the kind is %v", name, read.Kind)
			}
		}
		plain := w.add(t, "plain", Gone{})
		if plain.Extra != nil || len(plain.Blocks) != 0 || plain.Frame != nil {
			t.Errorf("what was not given is %#v", plain)
		}
	})
}

func TestAPointerIsTakenForItsVariant(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		if p := w.add(t, "a", &Text{Body: "x"}); p.Content != (Text{Body: "x"}) {
			t.Errorf("got %#v", p.Content)
		}
		_, err := w.posts.Create(t.Context(), "write", conga.Set(&w.f.Title, "b"), conga.Set(&w.f.Content, Content((*Text)(nil))))
		if got := faults(err); got != "content required is required" {
			t.Errorf("a nil pointer: %s, %v", got, err)
		}
	})
}

func TestUpdatesReplaceAContent(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		p := w.add(t, "a", Text{Body: "x"}, conga.Set(&w.f.Extra, Content(Rating(1))))
		edit := func(options ...conga.Option) *Post {
			out, err := w.posts.Update(t.Context(), "edit", p, options...)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		same := edit(conga.Set(&w.f.Content, Content(Text{Body: "x"})))
		if !same.UpdatedAt.Equal(p.UpdatedAt) {
			t.Error("an update that changes nothing moves the time")
		}
		if got := edit(conga.Set(&w.f.Content, Content(Rating(4))), conga.Set(&w.f.Extra, nil)); got.Content != Rating(4) || got.Extra != nil || !got.UpdatedAt.After(p.UpdatedAt) {
			t.Errorf("got %#v", got)
		}
		cleared, err := w.posts.Update(t.Context(), "clear", p)
		if err != nil || cleared.Content != (Gone{}) {
			t.Errorf("clear: %#v, %v", cleared, err)
		}
	})
}

func TestFiltersByVariant(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		for name, c := range all() {
			parent := w.add(t, name, c)
			if name == "image" {
				w.add(t, "reply", Rating(1), conga.Set(&w.f.ParentID, &parent.ID), conga.Set(&w.f.Extra, Content(Rating(2))))
			}
		}
		f := w.f
		for _, tt := range []struct {
			where expr.Bool
			want  string
		}{
			{expr.IsVariant(&f.Content, "image"), "image"},
			{expr.IsVariant(&f.Content, "image", "gone"), "gone image"},
			{expr.Not(expr.IsVariant(&f.Content, "rating")), "gallery gone image mood text"},
			{expr.IsVariant(&f.Extra, "rating"), "reply"},
			{expr.Not(expr.IsVariant(&f.Extra, "text")), "reply"},
			{expr.IsNull(&f.Extra), "gallery gone image mood rating text"},
			{expr.Equal(expr.Variant(&f.Parent.Content), expr.V("image")), "reply"},
			{expr.Some(&f.Replies, func(x *Post) expr.Bool { return expr.IsVariant(&x.Content, "rating") }), "image"},
			{expr.Equal(expr.Variant(&f.Content), expr.Variant(&f.Extra)), "reply"},
			{expr.Is(&f.Content, Content(all()["image"])), "image"},
			{expr.Is(&f.Content, Content(Gone{})), "gone"},
		} {
			if got := w.titles(t, "list", conga.Where(tt.where)); got != tt.want {
				t.Errorf("%s: %q, want %q", expr.String(tt.where.Node()), got, tt.want)
			}
		}
		if got := w.titles(t, "images"); got != "image" {
			t.Errorf("images: %q", got)
		}
		_, err := w.posts.Read(t.Context(), "list", conga.Where(expr.IsVariant(&f.Content, "imago")))
		var e *conga.Error
		if !errors.As(err, &e) || !strings.Contains(e.Unwrap().Error(), `has no variant "imago", but "text", "image"`) {
			t.Errorf("an unknown name: %v", err)
		}
	})
}

func TestRulesOfVariants(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		for _, tt := range []struct {
			content, extra Content
			blocks         []Content
			frame          *Frame
			want           string
		}{
			{content: nil, want: "content required is required"},
			{content: Text{}, want: "content.body required is required"},
			{content: Text{Body: strings.Repeat("x", 21), Mood: new(Mood("odd"))}, want: "content.body max must be at most 20 characters"},
			{content: Text{Body: "x", Mood: new(Mood("odd"))}, want: "content.mood oneof must be one of: glad, sad"},
			{content: Image{URL: "x"}, want: "content.url url must be a URL\ncontent.width min must be at least 1"},
			{content: Mood("odd"), want: "content.value oneof must be one of: glad, sad"},
			{content: Gone{}, extra: Text{}, want: "extra.body required is required"},
			{content: Gone{}, blocks: []Content{Gone{}, Text{}}, want: "blocks.1.body required is required"},
			{content: Gone{}, blocks: []Content{Gone{}, Mood("odd")}, want: "blocks.1.value oneof must be one of: glad, sad"},
			{content: Gone{}, blocks: make([]Content, 4), want: "blocks max must be at most 3 items"},
			{content: Gone{}, blocks: make([]Content, 1), want: "blocks.0 required is required"},
			{content: Gone{}, frame: &Frame{}, want: "frame.inner required is required"},
			{content: Gone{}, frame: &Frame{Inner: Gone{}}, want: ""},
			{content: Gone{}, frame: &Frame{Inner: Text{}}, want: "frame.inner.body required is required"},
			{content: &Gallery{Title: "x", Items: []Content{Text{}}}, want: "content.items.0.body required is required"},
			{content: &Gallery{Title: "x", Items: []Content{&Gallery{}}}, want: "content.items.0.title required is required"},
			{content: &Gallery{Title: "x", Cover: Mood("odd")}, want: "content.cover.value oneof must be one of: glad, sad"},
			{content: other{}, want: "content format is not valid"},
			{content: Gone{}, blocks: []Content{other{}}, want: "blocks.0 format is not valid"},
			{content: Gone{}, frame: &Frame{Inner: other{}}, want: "frame.inner format is not valid"},
			{content: Text{Body: "a\x00"}, want: "content format must not contain the character NUL"},
		} {
			_, err := w.posts.Create(t.Context(), "write", conga.Set(&w.f.Title, "t"), conga.Set(&w.f.Content, tt.content),
				conga.Set(&w.f.Extra, tt.extra), conga.Set(&w.f.Blocks, tt.blocks), conga.Set(&w.f.Frame, tt.frame))
			if got := faults(err); got != tt.want || (err != nil) != (tt.want != "") {
				t.Errorf("%#v %#v %#v: %s, want %s (%v)", tt.content, tt.blocks, tt.frame, got, tt.want, err)
			}
		}
	})
}

// other is a Content that is no variant.
type other struct{ N int }

func (other) content() {}
