package graphql

import (
	"context"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/congago/conga/resource"
)

// News is one of many, and so are its mutations.
type News struct {
	ID   int64 `conga:"primary"`
	Text string
}

func (n *News) Define(r *resource.Builder[News]) {
	r.Read("list")
	r.Create("post").Accept(&n.Text).Bulk()
	r.Update("edit").Accept(&n.Text).Bulk()
	r.Create("empty").Bulk()
	resource.Handle(r, "edit_every", func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	r.Destroy("burn").Private().Bulk()
	r.Policy().AuthorizeIf(resource.Public)
}

// BulkError has the name of a type that bulk mutations need.
type BulkError struct {
	ID   int64 `conga:"primary"`
	Text string
}

func (e *BulkError) Define(r *resource.Builder[BulkError]) {
	r.Read("list")
	r.Create("report").Accept(&e.Text).Bulk()
	r.Policy().AuthorizeIf(resource.Public)
}

// TestBulkNames holds that mutations for many records take no other's name.
func TestBulkNames(t *testing.T) {
	registry, err := resource.Compile(resource.Of[News](), resource.Of[BulkError]())
	if err != nil {
		t.Fatal(err)
	}
	got := print(build(registry))
	if _, err := gqlparser.LoadSchema(&ast.Source{Input: got}); err != nil {
		t.Fatalf("the schema is not valid: %v\n%s", err, got)
	}
	for _, want := range []string{
		"  postNews(input: PostNewsInput): PostNewsPayload\n", "  postNewsList(inputs: [PostNewsInput!]!, partial: Boolean! = false): PostNewsListPayload\n",
		"  editEveryNews: EditEveryNewsPayload\n", "  editEveryNews2(filter: NewsFilter!, input: EditNewsInput): EditEveryNews2Payload\n",
		"type BulkError2 {\n", "  reportBulkErrors(inputs: ", "  errors: [BulkError!]!\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the schema lacks %q\n%s", want, got)
		}
	}
	for _, never := range []string{"burn", "emptyNewsList"} {
		if strings.Contains(got, never) {
			t.Errorf("the schema has %q", never)
		}
	}
}
