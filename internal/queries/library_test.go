package queries

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/golang-sql/civil"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// Reader is somebody who reads books.
type Reader struct {
	ID    string `conga:"primary"`
	Email string
	Staff bool

	Wished int `conga:"calculated"`
}

func (x *Reader) Define(r *resource.Builder[Reader]) {
	resource.Calculate(r, &x.Wished, expr.Count(expr.Records[Wish](), func(w *Wish) expr.Bool { return expr.Eq(&w.ReaderID, &x.ID) }))
	r.Read("list").Primary().Sort(expr.Asc(&x.ID))
	r.Create("join").Accept(&x.ID, &x.Email, &x.Staff)
	r.Policy().AuthorizeIf(resource.Public)
}

// Book is what they read. Shelved ones are for the staff, costs for it and for
// who owns the book.
type Book struct {
	ID      string `conga:"primary"`
	Title   string
	ISBN    string
	Genre   string
	Price   int
	Cost    *int
	OwnerID string
	Shelved bool
	Bought  civil.Date
	Lent    *civil.Date

	Hidden resource.Hidden

	Wanted  int      `conga:"calculated"`
	Keen    bool     `conga:"calculated"`
	Dearest *int     `conga:"calculated"`
	Wishers []string `conga:"calculated"`
	Chosen  string   `conga:"calculated"`
	Loud    string   `conga:"calculated"`
	Line    *string  `conga:"calculated"`

	Similar []Book  `conga:"has_many,key=-"`
	Next    *Book   `conga:"has_one,key=-"`
	Owner   *Reader `conga:"belongs_to"`
	Again   []Book  `conga:"has_many,key=OwnerID,source=OwnerID"`
}

func (b *Book) Define(r *resource.Builder[Book]) {
	me := resource.Actor[Reader](r)
	wishes := func(w *Wish) expr.Bool { return expr.Eq(&w.ISBN, &b.ISBN) }
	resource.Calculate(r, &b.Wanted, expr.Count(expr.Records[Wish](), wishes))
	resource.Calculate(r, &b.Keen, expr.Exists(wishes, func(w *Wish) expr.Bool { return expr.Ge(&w.Keenness, 5) }))
	resource.Calculate(r, &b.Dearest, expr.Max(expr.Records[Book](), func(x *Book) *int { return &x.Price },
		func(x *Book) expr.Bool { return expr.Eq(&x.Genre, &b.Genre) }))
	resource.Calculate(r, &b.Wishers, expr.ListOf(expr.Records[Wish](), func(w *Wish) *string { return &w.ReaderID },
		func(w *Wish) []expr.Order { return []expr.Order{expr.Desc(&w.Keenness)} }, wishes))

	resource.Calculate(r, &b.Loud, expr.SQL[string](expr.Fragment{
		PostgreSQL: "upper(?) || case when ? ?? 'a' then '?' else '' end",
		SQLite:     "upper(?) || iif(instr(?, 'a'), '?', '')",
	}, expr.F(&b.Title), expr.SQL[map[string]int](expr.Fragment{PostgreSQL: "jsonb_build_object(?, 1)", SQLite: "?"}, expr.F(&b.Genre))))
	resource.Calculate(r, &b.Line, expr.AggregateSQL(expr.Records[Book](), func(x *Book) expr.Value[string] {
		return expr.SQL[string](expr.Fragment{PostgreSQL: "string_agg(?, '-' order by ? desc)", SQLite: "group_concat(?, '-' order by ? desc)"}, expr.F(&x.ID), expr.F(&x.Price))
	}, func(x *Book) expr.Bool { return expr.Eq(&x.Genre, &b.Genre) }))
	resource.RelatedFunc(r, &b.Similar, similar, &b.Genre, &b.Wanted)
	resource.RelatedOneFunc(r, &b.Next, next, &b.Owner)
	resource.CalculateFunc(r, &b.Chosen, choose, &b.Similar)

	r.Read("list").Primary().Sort(expr.Asc(&b.ID)).Page(50).Groups(&b.Bought, &b.Lent, &b.Genre).Aggregates(&b.Price)
	r.Create("add").Accept(&b.ID, &b.Title, &b.ISBN, &b.Genre, &b.Price, &b.Cost, &b.OwnerID, &b.Shelved, &b.Bought, &b.Lent).
		Validate(resource.Valid(expr.Not(expr.Exists(func(x *Book) expr.Bool {
			return expr.Eq(&x.ISBN, &b.ISBN).And(expr.Not(expr.Eq(&x.ID, &b.ID)))
		})), "is taken", &b.ISBN).Code("taken").When(expr.IsNot(&b.ISBN, "")))
	r.Update("price").Accept(&b.Price).Validate(resource.Valid(expr.SQL[bool](expr.Both("? < 1000"), expr.F(&b.Price)), "is too dear", &b.Price))
	r.Update("shout").Change(resource.SetExpr(&b.Title, expr.SQL[string](expr.Both("upper(?)"), expr.F(&b.Title))))
	r.Policy("shout").AuthorizeIf(expr.SQL[bool](expr.Both("length(?) < ?"), expr.F(&b.Title), expr.V(7)))
	r.Policy("list").AuthorizeIf(expr.Is(&b.Shelved, false)).AuthorizeIf(expr.Is(&me.Staff, true))
	r.Policy("list").ForbidIf(expr.Exists(func(x *Ban) expr.Bool { return expr.Eq(&x.ID, &me.Email) })).AuthorizeIf(resource.Always)
	r.Policy("add").ForbidIf(expr.SQL[bool](expr.Both("? = upper('never')"), expr.F(&b.Title))).ForbidIf(expr.Exists(func(x *Ban) expr.Bool { return expr.Eq(&x.ID, &b.Title) })).AuthorizeIf(resource.Always)
	r.Policy("price").AuthorizeIf(expr.Exists(func(w *Wish) expr.Bool {
		return expr.Eq(&w.ISBN, &b.ISBN).And(expr.Eq(&w.ReaderID, &me.ID))
	}))
	r.FieldPolicy(&b.Cost).AuthorizeIf(expr.Is(&me.Staff, true)).AuthorizeIf(expr.Eq(&b.OwnerID, &me.ID))
	r.FieldPolicy().AuthorizeIf(resource.Public)
}

// similar are the books of the same genre with other numbers, the last one
// first, one that is not there, and one twice.
func similar(_ context.Context, books []*Book) ([][]string, error) {
	out := make([][]string, len(books))
	for i, b := range books {
		if b.Genre == "x" {
			return nil, errors.New("no such genre")
		}
		for n := 4; n > 0; n-- {
			if id := fmt.Sprint(b.Genre, n); id != b.ID {
				out[i] = append(out[i], id)
			}
		}
		out[i] = append(out[i], b.Genre+"9", out[i][0])
	}
	return out, nil
}

// next is the first book of the next genre, for books of ann alone.
func next(_ context.Context, books []*Book) ([]string, error) {
	out := make([]string, len(books))
	for i, b := range books {
		if b.Owner != nil && b.Owner.ID == "ann" {
			out[i] = string(b.ID[0]+1) + "1"
		}
	}
	return out, nil
}

// choose names the similar books.
func choose(_ context.Context, books []*Book) ([]string, error) {
	out := make([]string, len(books))
	for i, b := range books {
		for _, s := range b.Similar {
			out[i] += s.ID
		}
	}
	return out, nil
}

// Wish is somebody's wish for a book, which no relationship leads to. Silent
// ones are nobody else's business.
type Wish struct {
	ID       string `conga:"primary"`
	ISBN     string
	ReaderID string
	Keenness int
	Silent   bool
}

func (w *Wish) Define(r *resource.Builder[Wish]) {
	me := resource.Actor[Reader](r)
	r.Read("list").Primary().Sort(expr.Asc(&w.ID))
	r.Create("wish").Accept(&w.ID, &w.ISBN, &w.ReaderID, &w.Keenness, &w.Silent)
	r.Policy("list").AuthorizeIf(expr.Is(&w.Silent, false)).AuthorizeIf(expr.Eq(&w.ReaderID, &me.ID))
	r.Policy("wish").AuthorizeIf(resource.Public)
}

// Ban names what is banned: a title, or somebody's address. Nobody may read bans.
type Ban struct {
	ID string `conga:"primary"`
}

func (x *Ban) Define(r *resource.Builder[Ban]) {
	r.Create("ban").Accept(&x.ID)
	r.Policy().AuthorizeIf(resource.Public)
}

// library is an application with a few books.
type library struct {
	*testing.T
	app     *conga.App
	readers conga.Handle[Reader]
	books   conga.Handle[Book]
	wishes  conga.Handle[Wish]
	bans    conga.Handle[Ban]
	b       *Book
	people  map[string]*Reader
	rest    http.Handler
	ql      http.Handler
	seen    *statements
}

// statements are what a layer was asked to run.
type statements struct {
	mu   sync.Mutex
	list []string
}

func (s *statements) Statement(_ context.Context, sql string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, sql)
}

func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.list
	s.list = nil
	return list
}

func libraries(t *testing.T, f func(l *library)) {
	t.Run("sqlite", func(t *testing.T) {
		f(newLibrary(t, func(o datalayer.Observer) (datalayer.Layer, error) {
			return sqlite.OpenWith(context.Background(), ":memory:", sqlite.Options{Observer: o})
		}))
	})
	t.Run("postgres", func(t *testing.T) {
		f(newLibrary(t, func(o datalayer.Observer) (datalayer.Layer, error) {
			return postgres.OpenWith(context.Background(), pgtest.Database(t), postgres.Options{Observer: o})
		}))
	})
}

func newLibrary(t *testing.T, open func(datalayer.Observer) (datalayer.Layer, error)) *library {
	t.Helper()
	l := &library{T: t, seen: &statements{}, people: map[string]*Reader{}}
	layer := must(open(l.seen))(l)
	l.app = must(conga.New(layer, resource.Of[Reader](), resource.Of[Book](), resource.Of[Wish](), resource.Of[Ban]()))(l)
	t.Cleanup(func() { _ = l.app.Close() })
	l.readers, l.books, l.wishes, l.bans = conga.For[Reader](l.app), conga.For[Book](l.app), conga.For[Wish](l.app), conga.For[Ban](l.app)
	l.b = l.books.Fields()
	p := l.readers.Fields()
	for _, name := range []string{"ann", "bob", "sue"} {
		l.people[name] = must(l.readers.Create(t.Context(), "join", conga.Set(&p.ID, name), conga.Set(&p.Email, name+"@x"), conga.Set(&p.Staff, name == "sue")))(l)
	}
	shared := api.Options{Actor: func(_ context.Context, token string) (any, error) {
		if p := l.people[token]; p != nil {
			return p, nil
		}
		return nil, errors.New("nobody")
	}}
	l.rest, l.ql = rest.New(l.app, rest.Options{Options: shared}), graphql.New(l.app, graphql.Options{Options: shared})
	return l
}

// as is the context of somebody; an empty name is nobody.
func (l *library) as(name string) context.Context {
	if name == "" {
		return l.Context()
	}
	return conga.WithActor(l.Context(), l.people[name])
}

// book adds a book, whose key begins its genre.
func (l *library) book(id string, price int, options ...conga.Option) *Book {
	l.Helper()
	options = append([]conga.Option{conga.Set(&l.b.ID, id), conga.Set(&l.b.ISBN, id), conga.Set(&l.b.Title, "The "+id),
		conga.Set(&l.b.Genre, id[:1]), conga.Set(&l.b.Price, price), conga.Set(&l.b.OwnerID, "sue")}, options...)
	return must(l.books.Create(l.as("sue"), "add", options...))(l)
}

func (l *library) wish(id, isbn, reader string, keenness int, silent bool) {
	l.Helper()
	w := l.wishes.Fields()
	_ = must(l.wishes.Create(l.Context(), "wish", conga.Set(&w.ID, id), conga.Set(&w.ISBN, isbn), conga.Set(&w.ReaderID, reader),
		conga.Set(&w.Keenness, keenness), conga.Set(&w.Silent, silent)))(l)
}

func (l *library) ban(what string) {
	l.Helper()
	_ = must(l.bans.Create(l.Context(), "ban", conga.Set(&l.bans.Fields().ID, what)))(l)
}

// ids are the keys of what a read of books finds, in order.
func (l *library) ids(who string, options ...conga.Option) string {
	l.Helper()
	return keys(must(l.books.Read(l.as(who), "list", options...))(l).Items)
}

func keys(books []*Book) string {
	out := make([]string, len(books))
	for i, b := range books {
		out[i] = b.ID
	}
	return strings.Join(out, " ")
}

func (l *library) want(what, got, want string) {
	l.Helper()
	if got != want {
		l.Errorf("%s: got %s, want %s", what, got, want)
	}
}

// get asks REST or, at /graphql, GraphQL.
func (l *library) get(who, path, query string) string {
	l.Helper()
	handler, method, body := l.rest, http.MethodGet, ""
	if path == "/graphql" {
		text := must(json.Marshal(map[string]string{"query": query}))(l)
		handler, method, body = l.ql, http.MethodPost, string(text)
	}
	r := httptest.NewRequestWithContext(l.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+who)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return strings.TrimSpace(w.Body.String())
}

func must[V any](v V, err error) func(l *library) V {
	return func(l *library) V {
		l.Helper()
		if err != nil {
			l.Fatalf("%v (cause %v)", err, errors.Unwrap(err))
		}
		return v
	}
}
