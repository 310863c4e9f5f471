package unions

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// Content is what a post shows.
type Content interface{ content() }

type Text struct {
	Body string `validate:"required,max=20"`
	Mood *Mood
}

type Image struct {
	URL   string `json:"url" validate:"required,url"`
	Width int    `validate:"min=1"`
	Price decimal.Decimal
	Taken *time.Time
}

// Gallery has further contents in it.
type Gallery struct {
	Title string    `validate:"required"`
	Items []Content `validate:"dive"`
	Cover Content
}

type Rating int

type Gone struct{}

func (Text) content()     {}
func (Image) content()    {}
func (*Gallery) content() {}
func (Rating) content()   {}
func (Mood) content()     {}
func (Gone) content()     {}

// Mood is an enum.
type Mood string

func (Mood) Values() []resource.EnumValue {
	return []resource.EnumValue{{Value: "glad", Label: "Glad"}, {Value: "sad"}}
}

// Frame is a document with a union in it.
type Frame struct {
	Color string
	Inner Content `validate:"required"`
}

type Post struct {
	ID        uuid.UUID `conga:"primary"`
	Title     string    `validate:"required"`
	Content   Content   `validate:"required"`
	Extra     Content   `doc:"What else there is."`
	Blocks    []Content `validate:"max=3"`
	Frame     *Frame
	ParentID  *uuid.UUID
	Kind      *string   `conga:"calculated"`
	UpdatedAt time.Time `conga:"updated"`

	Parent  *Post  `conga:"belongs_to"`
	Replies []Post `conga:"has_many,key=ParentID"`
}

func (p *Post) Define(r *resource.Builder[Post]) {
	resource.Union[Content](r).
		Variant("text", Text{}).Variant("image", Image{}).Variant("gallery", &Gallery{}).
		Variant("rating", Rating(0)).Variant("mood", Mood("")).Variant("gone", Gone{})
	resource.Calculate(r, &p.Kind, expr.Nullable(expr.Variant(&p.Content)))
	r.Read("list").Primary().Sort(expr.Asc(&p.Title)).Page(50)
	r.Read("images").Filter(expr.IsVariant(&p.Content, "image"))
	r.Create("write").Primary().Bulk().Accept(&p.Title, &p.Content, &p.Extra, &p.Blocks, &p.Frame, &p.ParentID)
	r.Update("edit").Primary().Accept(&p.Title, &p.Content, &p.Extra, &p.Blocks, &p.Frame)
	r.Update("clear").Change(resource.Set(&p.Content, new(Content(Gone{}))))
	r.Destroy("delete")
	resource.Handle(r, "echo", func(_ context.Context, in *Echo) (*Echo, error) { return in, nil })
	r.Policy().AuthorizeIf(resource.Public)
}

// Echo is what the action echo takes and returns.
type Echo struct {
	Content Content `validate:"required"`
	More    []Content
}

// world is the application on one database.
type world struct {
	app   *conga.App
	layer datalayer.Layer
	posts conga.Handle[Post]
	f     *Post
}

// on runs a test on each database.
func on(t *testing.T, f func(t *testing.T, w *world)) {
	open := map[string]func() (datalayer.Layer, error){
		"sqlite":   func() (datalayer.Layer, error) { return sqlite.Open(context.Background(), ":memory:") },
		"postgres": func() (datalayer.Layer, error) { return postgres.Open(context.Background(), pgtest.Database(t)) },
	}
	for name, layer := range open {
		t.Run(name, func(t *testing.T) {
			w := &world{}
			var err error
			if w.layer, err = layer(); err == nil {
				w.app, err = conga.New(w.layer, resource.Of[Post]())
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = w.app.Close() })
			w.posts = conga.For[Post](w.app)
			w.f = w.posts.Fields()
			f(t, w)
		})
	}
}

// add stores a post with a content, and further inputs.
func (w *world) add(t *testing.T, title string, content Content, options ...conga.Option) *Post {
	t.Helper()
	post, err := w.posts.Create(t.Context(), "write", append(options, conga.Set(&w.f.Title, title), conga.Set(&w.f.Content, content))...)
	if err != nil {
		t.Fatal(err)
	}
	return post
}

// titles are those of the posts that meet the condition.
func (w *world) titles(t *testing.T, action string, options ...conga.Option) string {
	t.Helper()
	page, err := w.posts.Read(t.Context(), action, options...)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range page.Items {
		out = append(out, p.Title)
	}
	return strings.Join(out, " ")
}

// faults are the issues of an error, one a line: path, code and message.
func faults(err error) string {
	var e *conga.Error
	if !errors.As(err, &e) {
		return ""
	}
	var out []string
	for _, i := range e.Issues {
		out = append(out, i.Field()+" "+i.Code+" "+i.Text())
	}
	return strings.Join(out, "\n")
}
