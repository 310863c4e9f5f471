package api_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/api"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

type Author struct {
	ID     uuid.UUID `conga:"primary"`
	Name   string
	State  string `validate:"omitempty,oneof=new old"`
	Extra  map[string]string
	Secret string `conga:"private"`

	Books []Book `conga:"has_many"`
	Notes []Note `conga:"has_many"`
}

func (a *Author) Define(r *resource.Builder[Author]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type Book struct {
	ID       uuid.UUID `conga:"primary"`
	Title    string
	Pages    int
	AuthorID uuid.UUID
	Author   *Author `conga:"belongs_to"`
}

func (b *Book) Define(r *resource.Builder[Book]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

// Note cannot be read from outside.
type Note struct {
	ID       uuid.UUID `conga:"primary"`
	AuthorID uuid.UUID
}

func (n *Note) Define(r *resource.Builder[Note]) {
	r.Read("list").Private()
	r.Policy().AuthorizeIf(resource.Public)
}

func compile(t *testing.T) (author, book *resource.Resource) {
	t.Helper()
	g, err := resource.Compile(resource.Of[Author](), resource.Of[Book](), resource.Of[Note]())
	if err != nil {
		t.Fatal(err)
	}
	return resource.For[Author](g), resource.For[Book](g)
}

func TestCompare(t *testing.T) {
	author, book := compile(t)
	name, title := author.Attribute("Name"), book.Attribute("Title")
	toAuthor, toBooks := book.Relationship("Author"), author.Relationship("Books")
	tests := []struct {
		path  []*resource.Relationship
		attr  *resource.Attribute
		op    string
		value any
		want  string // empty: an error
	}{
		{nil, title, "eq", "x", `Title == "x"`},
		{nil, title, "eq", nil, `Title is null`},
		{nil, title, "ne", nil, `Title is not null`},
		{nil, title, "gt", nil, ``},
		{nil, title, "in", []any{"x", "y"}, `Title in ["x", "y"]`},
		{nil, title, "in", []any{}, `Title in []`},
		{nil, title, "in", []any{nil}, ``},
		{nil, title, "in", "x", ``},
		{nil, title, "not_in", []any{"x"}, `not (Title in ["x"])`},
		{nil, title, "between", []any{"a", "b"}, `Title >= "a" and Title <= "b"`},
		{nil, title, "between", []any{"a"}, ``},
		{nil, title, "between", []any{"a", nil}, ``},
		{nil, title, "is_null", false, `Title is not null`},
		{nil, title, "is_null", nil, ``},
		{nil, title, "contains", "x", `contains(Title, "x")`},
		{[]*resource.Relationship{toAuthor}, name, "eq", "x", `Author.Name == "x"`},
		{[]*resource.Relationship{toBooks}, title, "eq", "x", `exists(Books where Title == "x")`},
		{[]*resource.Relationship{toAuthor, toBooks, toAuthor}, name, "eq", "x", `exists(Author.Books where Author.Name == "x")`},
		{[]*resource.Relationship{toBooks, toAuthor, toBooks}, title, "eq", "x", `exists(Books where exists(Author.Books where Title == "x"))`},
	}
	for _, tt := range tests {
		op, ok := api.LookupOperator(tt.attr, tt.op)
		if !ok {
			t.Fatalf("no operator %s", tt.op)
		}
		n, err := api.Compare(tt.path, tt.attr, op, tt.value)
		if tt.want == "" {
			if err == nil {
				t.Errorf("%s %v: got %s, want an error", tt.op, tt.value, expr.String(n))
			}
			continue
		}
		if err != nil || expr.String(n) != tt.want {
			t.Errorf("%s %v\n got %s, %v\nwant %s", tt.op, tt.value, expr.String(n), err, tt.want)
		}
	}
}

func TestOperators(t *testing.T) {
	author, book := compile(t)
	for attr, want := range map[*resource.Attribute]int{
		author.Attribute("Name"): 13, author.Attribute("State"): 5, author.Attribute("ID"): 5,
		author.Attribute("Extra"): 1, book.Attribute("Pages"): 10,
	} {
		if got := api.Operators(attr); len(got) != want {
			t.Errorf("%s has %d operators, want %d", attr.Name, len(got), want)
		}
	}
}

func TestSortKey(t *testing.T) {
	author, book := compile(t)
	toAuthor := []*resource.Relationship{book.Relationship("Author")}
	order, err := api.SortKey(toAuthor, author.Attribute("Name"), true)
	if err != nil || expr.String(order.Node) != "Author.Name" || !order.Descending {
		t.Errorf("got %+v, %v", order, err)
	}
	for _, attr := range []string{"Extra", "Secret"} {
		if _, err := api.SortKey(nil, author.Attribute(attr), false); err == nil {
			t.Errorf("sorted by %s", attr)
		}
	}
	if _, err := api.SortKey([]*resource.Relationship{author.Relationship("Books")}, book.Attribute("Title"), false); err == nil {
		t.Error("sorted through a list")
	}
}

func TestFollows(t *testing.T) {
	author, _ := compile(t)
	if !api.Follows(author.Relationship("Books")) || api.Follows(author.Relationship("Notes")) || api.Follows(nil) {
		t.Error("books can be followed, notes cannot")
	}
}

func TestSuggest(t *testing.T) {
	for name, want := range map[string]string{"bdoy": `did you mean "body"?`, "Body": `did you mean "body"?`, "xyz": "", "": ""} {
		if got := api.Suggest(name, []string{"id", "body", "room_id"}); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", name, got, want)
		}
	}
}
