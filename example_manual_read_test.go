package conga_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Index is a search engine, which knows articles and nothing of who may see them.
type Index struct{ articles []*Article }

// Find are the articles with the word, the best ones first.
func (i *Index) Find(_ context.Context, word string) ([]*Article, error) {
	var out []*Article
	for _, a := range i.articles {
		if strings.Contains(a.Title, word) {
			out = append(out, a)
		}
	}
	return out, nil
}

// Article is found by a search engine.
type Article struct {
	ID    uuid.UUID `conga:"primary"`
	Title string
	Draft bool
}

// Search are the arguments of the action search.
type Search struct {
	Word string `validate:"required"`
}

func (a *Article) Define(r *resource.Builder[Article]) {
	index := &Index{[]*Article{
		{uuid.New(), "Cold coffee", true}, {uuid.New(), "Hot coffee", false}, {uuid.New(), "Iced coffee", false}, {uuid.New(), "Tea", false},
	}}
	r.Read("list").Primary()
	search := r.Read("search")
	words := resource.Arguments[Search](search)
	search.Manual(func(ctx context.Context, m *resource.ManualRead) ([]*Article, error) {
		return index.Find(ctx, resource.Value(m.Inputs, &words.Word))
	})
	r.Policy().AuthorizeIf(expr.Is(&a.Draft, false))
}

func Example_manualRead() {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[Article]())
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = app.Close() }()
	articles := conga.For[Article](app)
	f := articles.Fields()

	page, err := articles.Read(ctx, "search", conga.Args(&Search{Word: "coffee"}), conga.Sort(expr.Desc(&f.Title)), conga.WithCount())
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range page.Items {
		fmt.Println(a.Title)
	}
	fmt.Println(page.Count)
	// Output:
	// Iced coffee
	// Hot coffee
	// 2
}
