package queries

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

func some(books []Book) string {
	out := make([]string, len(books))
	for i, b := range books {
		out[i] = b.ID
	}
	return strings.Join(out, " ")
}

// TestFoundRelationships loads what code of the application finds.
func TestFoundRelationships(t *testing.T) {
	libraries(t, func(l *library) {
		l.shelf()
		f := l.b
		show := func(who string, load ...conga.Option) string {
			var out []string
			for _, b := range must(l.books.Read(l.as(who), "list", conga.Load(&f.Similar, load...), conga.Load(&f.Next), conga.Limit(3)))(l).Items {
				next := "-"
				if b.Next != nil {
					next = b.Next.ID
				}
				out = append(out, b.ID+": "+some(b.Similar)+" > "+next)
			}
			return strings.Join(out, "; ")
		}
		l.seen.take()
		l.want("ann", show("ann"), "a1: a4 a3 > b1; a3: a4 a1 > b1; a4: a3 a1 > b1")
		if sent := l.seen.take(); len(sent) != 3 {
			l.Errorf("sent %d statements: %q", len(sent), sent)
		}
		l.want("sue, who sees shelved books", show("sue"), "a1: a4 a3 a2 > b1; a2: a4 a3 a1 > b1; a3: a4 a2 a1 > b1")
		l.want("in an order", show("ann", conga.Sort(expr.Asc(&f.Price))), "a1: a3 a4 > b1; a3: a1 a4 > b1; a4: a1 a3 > b1")
		l.want("a filter", show("ann", conga.Where(expr.Gt(&f.Price, 60))), "a1: a4 > b1; a3: a4 > b1; a4:  > b1")
		l.want("a page of each", show("ann", conga.Limit(1), conga.Offset(1)), "a1: a3 > b1; a3: a1 > b1; a4: a1 > b1")

		deep := must(l.books.Read(l.as("ann"), "list", conga.Limit(1), conga.Load(&f.Similar, conga.Load(&f.Owner), conga.Load(&f.Again, conga.Limit(2)),
			conga.Load(&f.Next, conga.Load(&f.Similar)), conga.With(&f.Wanted, &f.Chosen))))(l).Items[0].Similar
		l.want("what is loaded with them", fmt.Sprint(deep[1].ID, deep[1].Owner.ID, some(deep[1].Again), deep[1].Next.ID, some(deep[1].Next.Similar), deep[1].Wanted, deep[1].Chosen), "a3anna1 a3b1b4 b20a4a1")
		if deep[0].Cost == nil || !must(l.books.Read(l.as("bob"), "list", conga.Limit(1), conga.Load(&f.Similar)))(l).Items[0].Similar[0].Hidden.Has("Cost") {
			l.Error("field policies do not hold")
		}
		l.want("a calculation that needs it", must(l.books.Get(l.as("ann"), "a1", conga.With(&f.Chosen)))(l).Chosen, "a4a3")
		through := must(l.books.Read(l.as("ann"), "list", conga.Limit(1), conga.Load(&f.Next.Next)))(l).Items[0]
		l.want("a path", fmt.Sprint(through.Next.ID, through.Next.Next == nil), "b1true")
		made := must(l.books.Create(l.as("sue"), "add", conga.Set(&f.ID, "a0"), conga.Set(&f.OwnerID, "sue"), conga.Set(&f.Genre, "a"), conga.Load(&f.Similar)))(l)
		l.want("a write", some(made.Similar), "a4 a3 a2 a1")
		streamed := ""
		for b, err := range l.books.Stream(l.as("ann"), "list", conga.Load(&f.Similar)) {
			streamed += some(must(b, err)(l).Similar) + ";"
		}
		l.want("a stream", streamed, "a4 a3 a1;a4 a3;a4 a1;a3 a1;b4 b2;b4 b1;b2 b1;")
		err := l.app.Transact(l.as("ann"), func(ctx context.Context) error {
			streamed = ""
			for b, err := range l.books.Stream(ctx, "list", conga.Load(&f.Similar)) {
				if err != nil {
					return err
				}
				streamed += some(b.Similar) + ";"
			}
			return nil
		})
		l.want("a stream within a transaction", fmt.Sprint(streamed, err), "a4 a3 a1;a4 a3;a4 a1;a3 a1;b4 b2;b4 b1;b2 b1;<nil>")
		related := must(conga.Related[Book](l.as("ann"), l.books, made, "Similar"))(l)
		l.want("Related", keys(related), "a4 a3 a1")
		if plan := must(l.books.Explain(l.as("ann"), "list", conga.Load(&f.Similar), conga.With(&f.Chosen)))(l).String(); !strings.Contains(plan, "Go computes Chosen and finds Similar, Similar of Book") {
			l.Errorf("Explain: %s", plan)
		}
	})
}

// TestFoundRelationshipsOfClients asks the doors.
func TestFoundRelationshipsOfClients(t *testing.T) {
	libraries(t, func(l *library) {
		l.shelf()
		l.want("REST", l.get("ann", "/api/books/a1?fields[book]=id,similar,next&include=similar,next", ""), `{"id":"a1","similar":[{"id":"a4"},{"id":"a3"}],"next":{"id":"b1"}}`)
		for _, path := range []string{"/api/books?filter[similar][id]=a1", "/api/books?filter[next][id]=a1", "/api/books?sort=next.id"} {
			if got := l.get("ann", path, ""); !strings.Contains(got, `"status":400`) || !strings.Contains(got, "found by the application") {
				l.Errorf("%s: %s", path, got)
			}
		}
		page := `{ book(id: "a1") { similar(first: 1 %s) { nodes { id next { id } } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } } } }`
		first := l.get("ann", "/graphql", fmt.Sprintf(page, ""))
		_, cursor, _ := strings.Cut(first, `"endCursor":"`)
		cursor, _, _ = strings.Cut(cursor, `"`)
		l.want("GraphQL", strings.ReplaceAll(first, cursor, "X"), `{"data":{"book":{"similar":{"nodes":[{"id":"a4","next":{"id":"b1"}}],"totalCount":2,"pageInfo":{"hasNextPage":true,"hasPreviousPage":false,"endCursor":"X"}}}}}`)
		second := l.get("ann", "/graphql", fmt.Sprintf(page, `after: "`+cursor+`"`))
		if !strings.Contains(second, `[{"id":"a3"`) || !strings.Contains(second, `"hasNextPage":false,"hasPreviousPage":true`) {
			l.Errorf("the second page: %s", second)
		}
		if got := l.get("ann", "/graphql", fmt.Sprintf(page, `after: "nonsense"`)); !strings.Contains(got, "BAD_USER_INPUT") {
			l.Errorf("a wrong cursor: %s", got)
		}
		if got := l.get("ann", "/graphql", `{ book(id: "a4") { similar(last: 1, filter: {price: {lt: 60}}, sort: {field: PRICE}) { edges { cursor node { id } } } } }`); !strings.Contains(got, `"a3"`) {
			l.Errorf("the last: %s", got)
		}
		if got := l.get("ann", "/graphql", `{ books(filter: {similar: {id: {eq: "a1"}}}) { nodes { id } } }`); !strings.Contains(got, `"errors"`) {
			l.Errorf("a filter: %s", got)
		}
		l.book("x1", 1)
		if got := l.get("ann", "/api/books/x1?include=similar", ""); !strings.Contains(got, `"status":500`) || strings.Contains(got, "genre") {
			l.Errorf("an error of the function: %s", got)
		}
	})
}

type Strange struct {
	ID     int `conga:"primary"`
	Name   string
	Others []Strange `conga:"has_many,key=-"`
	Plain  []Strange `conga:"has_many,key=ParentID"`
	Odd    []Strange `conga:"has_many,key=-"`
	Limits []Strange `conga:"has_many,key=-"`
	Count  int       `conga:"calculated"`

	ParentID *int
}

func (s *Strange) Define(r *resource.Builder[Strange]) {
	resource.Calculate(r, &s.Count, expr.Count(&s.Others))
	resource.RelatedFunc(r, &s.Others, nothing[int])
	resource.RelatedFunc(r, &s.Plain, nothing[int])
	resource.RelatedFunc(r, &s.Odd, nothing[string])
	resource.RelatedFunc(r, &s.Limits, nothing[int], &s.Others)
	resource.Related(r, &s.Limits).Limit(3)
	r.Read("list")
	r.Policy().AuthorizeIf(resource.Public)
}

// TestFaultsOfFoundRelationships are told at start, and at a read.
func TestFaultsOfFoundRelationships(t *testing.T) {
	_, err := resource.Compile(resource.Of[Strange]())
	for _, want := range []string{
		"C008: queries.Strange: Others leads to records that Go code finds", "C005: queries.Strange.Plain: keys relate the records already",
		"C005: queries.Strange.Odd: the keys of Strange are of the type int, not string", "C005: queries.Strange.Limits: it needs Others",
		"C005: queries.Strange.Limits: Go code finds the records, so there is no filter, sort or limit",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	libraries(t, func(l *library) {
		_, err := l.books.Read(l.as("ann"), "list", conga.Where(expr.Some(&l.b.Similar)))
		l.want("a filter", fmt.Sprint(conga.KindOf(err)), fmt.Sprint(resource.Internal))
	})
}

func nothing[K any](_ context.Context, records []*Strange) ([][]K, error) {
	return make([][]K, len(records)), nil
}
