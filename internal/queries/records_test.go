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

// TestRecordsInValidations has the database tell, in one question for all records.
func TestRecordsInValidations(t *testing.T) {
	libraries(t, func(l *library) {
		l.book("a1", 10)
		f := l.b
		add := func(id, isbn string) []conga.Option {
			return []conga.Option{conga.Set(&f.ID, id), conga.Set(&f.ISBN, isbn), conga.Set(&f.OwnerID, "sue")}
		}
		_, err := l.books.Create(l.as("sue"), "add", add("a2", "a1")...)
		l.want("a create", fmt.Sprint(err), "invalid: isbn is taken")
		_ = must(l.books.Create(l.as("sue"), "add", add("a3", "")...))(l)
		_ = must(l.books.Create(l.as("sue"), "add", add("a4", "")...))(l)
		l.seen.take()
		_, _, err = l.books.CreateMany(l.as("sue"), "add", conga.Bulk{}, add("b1", "b1"), add("b2", "b2"), add("b3", "b2"))
		var many *conga.BulkError
		if !errors.As(err, &many) || many.Index != 1 || len(many.Reason.Issues) != 1 || many.Reason.Issues[0].Code != "taken" {
			l.Errorf("several creates: %v", err)
		}
		if asked := strings.Count(strings.Join(l.seen.take(), "\n"), "exists"); asked > 3 {
			l.Errorf("asked %d times", asked)
		}
		l.want("nothing was stored", l.ids("ann"), "a1 a3 a4")
		l.wish("1", "a1", "bob", 5, true)
		book := must(l.books.Get(l.as("bob"), "a1"))(l)
		_, err = l.books.Update(l.as("bob"), "price", book, conga.Set(&f.Price, 2000))
		l.want("an update", fmt.Sprint(err), "invalid: price is too dear")
		_, err = l.books.UpdateEvery(l.as("bob"), "price", expr.True(), conga.Set(&f.Price, 2000))
		if err == nil || !strings.Contains(fmt.Sprint(err), "too dear") {
			l.Errorf("every: %v", err)
		}
		l.want("the price", fmt.Sprint(must(l.books.Update(l.as("bob"), "price", book, conga.Set(&f.Price, 999)))(l).Price), "999")
	})
}

type Lost struct {
	ID   int `conga:"primary"`
	Name string
}

type LostArgs struct{ Other string }

func (x *Lost) Define(r *resource.Builder[Lost]) {
	r.Read("list").Filter(expr.Exists(func(b *Book) expr.Bool { return expr.Is(&b.ID, "x") }))
	r.Create("lose").Accept(&x.Name).Change(resource.SetExpr(&x.Name, expr.If(expr.Exists[Book](), expr.V("a"), expr.V("b"))))
	some := expr.Exists(func(b *Book) expr.Bool { return expr.Eq(&b.ID, &x.Name) })
	r.Destroy("drop").Validate(resource.Valid(some, "is there"))
	edit := r.Update("edit").Accept(&x.Name)
	a := resource.Arguments[LostArgs](edit)
	edit.Validate(resource.Valid(expr.Exists(func(b *Book) expr.Bool { return expr.Eq(&b.ID, &a.Other) }), "is there"))
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
	if !errors.As(err, &faults) || len(faults) != 3 {
		t.Fatalf("steps: got %v", err)
	}
	for i, want := range []string{"a change of the action looks at other records", "the record is not there any more", "speaks of an argument"} {
		if f := faults[i]; f.Code != "C009" || !strings.Contains(f.Where, "records_test.go") || !strings.Contains(f.Message, want) {
			t.Errorf("got %v, want %s", f, want)
		}
	}
}
