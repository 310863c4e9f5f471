package guides_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Content is what a note shows.
type Content interface{ content() }

type Text struct {
	Body string `validate:"required,max=4000"`
}

type Image struct {
	URL   string `json:"url" validate:"required,url"`
	Width int
}

type Rating int

func (Text) content()   {}
func (Image) content()  {}
func (Rating) content() {}

// Note has a content of one of several types.
type Note struct {
	ID      uuid.UUID `conga:"primary"`
	Content Content   `validate:"required"`
}

func (n *Note) Define(r *resource.Builder[Note]) {
	resource.Union[Content](r).Variant("text", Text{}).Variant("image", Image{}).Variant("rating", Rating(0))
	r.Read("list").Primary()
	r.Create("write").Accept(&n.Content)
	r.Policy().AuthorizeIf(resource.Public)
}

func TestUnions(t *testing.T) {
	store, err := sqlite.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[Note]())
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	notes := conga.For[Note](app)
	n := notes.Fields()
	for _, c := range []Content{Text{"hello"}, Image{"https://example.org/cat.png", 640}, Rating(5)} {
		if _, err := notes.Create(t.Context(), "write", conga.Set(&n.Content, c)); err != nil {
			t.Fatal(err)
		}
	}
	found, err := notes.Read(t.Context(), "list", conga.Where(expr.IsVariant(&n.Content, "image")))
	if err != nil || len(found.Items) != 1 {
		t.Fatalf("%d images, %v", len(found.Items), err)
	}
	if image, ok := found.Items[0].Content.(Image); !ok || image.Width != 640 {
		t.Errorf("got %#v", found.Items[0].Content)
	}
}
