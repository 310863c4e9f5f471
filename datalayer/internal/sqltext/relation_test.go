package sqltext_test

import (
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Shelf holds books, whose pages are reached through them.
type Shelf struct {
	ID    int64 `conga:"primary"`
	Limit int

	Books  []Book  `conga:"has_many"`
	Best   []Book  `conga:"has_many"`
	Large  []Book  `conga:"has_many"`
	Newest *Book   `conga:"has_one"`
	Pages  []Page  `conga:"has_many,through=Books.Pages"`
	Peers  []Shelf `conga:"has_many,key=-"`
}

func (s *Shelf) Define(r *resource.Builder[Shelf]) {
	byYear := func(b *Book) []expr.Order { return []expr.Order{expr.Desc(&b.Year)} }
	resource.Related(r, &s.Best).Where(func(b *Book) expr.Bool { return expr.Gt(&b.Year, 1900) }).Sort(byYear).Limit(2)
	resource.Related(r, &s.Large).Where(func(b *Book) expr.Bool { return expr.Equal(expr.F(&b.Size), expr.F(&s.Limit)) })
	resource.RelatedOne(r, &s.Newest).Sort(byYear)
	resource.Related(r, &s.Peers).Where(func(o *Shelf) expr.Bool { return expr.Eq(&o.Limit, &s.Limit) })
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

// Book stands on a shelf.
type Book struct {
	ID      int64 `conga:"primary"`
	Year    int
	Size    int
	ShelfID int64
	Shelf   *Shelf `conga:"belongs_to"`
	Pages   []Page `conga:"has_many"`
}

func (b *Book) Define(r *resource.Builder[Book]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

// Page is a page of a book.
type Page struct {
	ID     int64 `conga:"primary"`
	BookID int64
	Book   *Book `conga:"belongs_to"`
}

func (p *Page) Define(r *resource.Builder[Page]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

// TestRelations writes what relationships say beyond their keys.
func TestRelations(t *testing.T) {
	g, err := resource.Compile(resource.Of[Shelf](), resource.Of[Book](), resource.Of[Page]())
	if err != nil {
		t.Fatal(err)
	}
	shelf := resource.For[Shelf](g)
	s := shelf.Probe().(*Shelf)
	golden(t, "relations", both(t, func(d *sqltext.Dialect) ([]sqltext.Statement, error) {
		var out []sqltext.Statement
		for _, name := range []string{"Best", "Large", "Pages", "Peers"} {
			rel := shelf.Relationship(name)
			for _, limit := range []int{0, 5} {
				inc := &datalayer.Include{Relationship: rel, Query: &datalayer.Query{Resource: rel.Target, Select: rel.Target.Columns()[:1], Sort: rel.Sort, Limit: limit}}
				sel, err := d.Related(inc, sqltext.Array{Kind: structs.Int, Values: []any{int64(1), int64(2)}})
				if err != nil {
					return nil, err
				}
				out = append(out, sel.Statement)
			}
		}
		for _, where := range []expr.Bool{
			expr.Some(&s.Best, func(b *Book) expr.Bool { return expr.Is(&b.Size, 3) }),
			expr.Some(&s.Large), expr.Some(&s.Pages), expr.Some(&s.Peers), expr.Is(&s.Newest.Size, 4),
		} {
			sel, err := d.Read(&datalayer.Query{Resource: shelf, Select: shelf.Columns()[:1], Where: resolve(t, shelf, where)})
			if err != nil {
				return nil, err
			}
			out = append(out, sel.Statement)
		}
		del, err := d.Delete(&datalayer.Delete{Resource: shelf, Where: resolve(t, shelf, expr.Is(&s.Newest.Size, 4))})
		return append(out, del), err
	}))
}
