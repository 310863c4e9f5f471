package queries

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// TestRecords aggregates over resources that no relationship leads to.
func TestRecords(t *testing.T) {
	libraries(t, func(l *library) {
		l.book("a1", 10)
		l.book("a2", 30)
		l.book("b1", 20)
		l.book("b2", 90, conga.Set(&l.b.Shelved, true))
		l.wish("1", "a1", "ann", 3, false)
		l.wish("2", "a1", "bob", 5, true)
		l.wish("3", "b1", "bob", 1, false)

		show := func(who string) string {
			var out []string
			for _, b := range must(l.books.Read(l.as(who), "list", conga.With(&l.b.Wanted, &l.b.Keen, &l.b.Dearest, &l.b.Wishers)))(l).Items {
				out = append(out, fmt.Sprint(b.ID, b.Wanted, b.Keen, *b.Dearest, b.Wishers))
			}
			return strings.Join(out, " ")
		}
		l.want("ann", show("ann"), "a11 false 30 [ann] a20 false 30 [] b11 false 20 [bob]")
		l.want("bob, who sees his own wish", show("bob"), "a12 true 30 [bob ann] a20 false 30 [] b11 false 20 [bob]")
		l.want("sue, who sees shelved books", show("sue"), "a11 false 30 [ann] a20 false 30 [] b11 false 90 [bob] b20 false 90 []")

		wished := expr.Exists(func(w *Wish) expr.Bool { return expr.Eq(&w.ISBN, &l.b.ISBN) })
		l.want("a filter", l.ids("ann", conga.Where(wished)), "a1 b1")
		l.want("its opposite", l.ids("ann", conga.Where(expr.Not(wished))), "a2")
		l.want("nested", l.ids("ann", conga.Where(expr.Exists(func(w *Wish) expr.Bool {
			return expr.Eq(&w.ISBN, &l.b.ISBN).And(expr.Exists(func(other *Wish) expr.Bool {
				return expr.Eq(&other.ReaderID, &w.ReaderID).And(expr.IsNot(&other.ISBN, "a1"))
			}))
		}))), "b1")
		l.want("without a condition", l.ids("ann", conga.Where(expr.Exists[Wish]())), "a1 a2 b1")
		l.want("a sort by a calculation", l.ids("bob", conga.Sort(expr.Desc(&l.b.Wanted), expr.Desc(&l.b.ID))), "a1 b1 a2")
		l.want("a filter by a calculation", l.ids("bob", conga.Where(expr.Ge(&l.b.Wanted, 2))), "a1")

		l.want("REST", l.get("ann", "/api/books?filter[wanted][gte]=1&fields[book]=id,wanted", ""), `{"data":[{"id":"a1","wanted":1},{"id":"b1","wanted":1}],"page":{"limit":50,"after":null,"before":null,"count":null}}`)
		l.want("GraphQL", l.get("bob", "/graphql", `{ books(filter: {keen: {eq: true}}) { edges { node { id wanted } } } }`), `{"data":{"books":{"edges":[{"node":{"id":"a1","wanted":2}}]}}}`)
	})
}

// TestRecordsInPolicies has policies look at what nobody may read.
func TestRecordsInPolicies(t *testing.T) {
	libraries(t, func(l *library) {
		l.book("a1", 10)
		l.wish("1", "a1", "bob", 5, true)
		l.ban("ann@x")
		l.ban("banned")
		l.want("one who is banned", l.ids("ann"), "")
		l.want("another", l.ids("bob"), "a1")
		_, err := l.books.Create(l.as("sue"), "add", conga.Set(&l.b.ID, "x"), conga.Set(&l.b.OwnerID, "sue"), conga.Set(&l.b.Title, "banned"))
		l.want("a create", fmt.Sprint(conga.KindOf(err)), fmt.Sprint(resource.Forbidden))
		book := must(l.books.Get(l.as("sue"), "a1"))(l)
		_, err = l.books.Update(l.as("sue"), "price", book, conga.Set(&l.b.Price, 1))
		l.want("an update without a wish", fmt.Sprint(conga.KindOf(err)), fmt.Sprint(resource.Forbidden))
		_ = must(l.books.Update(l.as("bob"), "price", book, conga.Set(&l.b.Price, 1)))(l)
		l.want("may", fmt.Sprint(must(l.books.CanEach(l.as("bob"), "price", []*Book{book}))(l)), "[true]")
	})
}

type Lost struct {
	ID int `conga:"primary"`
}

func (x *Lost) Define(r *resource.Builder[Lost]) {
	r.Read("list").Filter(expr.Exists(func(b *Book) expr.Bool { return expr.Is(&b.ID, "x") }))
	r.Create("lose").Validate(resource.Valid(expr.Not(expr.Exists(func(l *Lost) expr.Bool { return expr.Eq(&l.ID, &x.ID) })), "is there"))
	r.Policy().AuthorizeIf(resource.Public)
}

// TestFaultsOfRecords are told at start.
func TestFaultsOfRecords(t *testing.T) {
	_, err := resource.Compile(resource.Of[Lost]())
	var faults resource.Diagnostics
	if !errors.As(err, &faults) || !strings.Contains(faults.Error(), "Book is no resource of the application: add it with resource.Of") {
		t.Errorf("an unknown resource: got %v", err)
	}
	_, err = resource.Compile(resource.Of[Lost](), resource.Of[Book](), resource.Of[Reader](), resource.Of[Wish](), resource.Of[Ban]())
	if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Code != "C009" || !strings.Contains(faults[0].Where, "records_test.go") {
		t.Errorf("a validation: got %v", err)
	}
}
