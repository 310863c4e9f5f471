package doors

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

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

// Shelf holds volumes, and is found by the database and by a function alike.
type Shelf struct {
	ID     uuid.UUID `conga:"primary"`
	Name   string    `validate:"required" conga:"ci"`
	Owner  string
	Height *int
	Secret *string
	UpID   *uuid.UUID
	Up     *Shelf  `conga:"belongs_to"`
	Notes  []Sheet `conga:"has_many"`

	Loud   string  `conga:"calculated"`
	Above  *string `conga:"calculated"`
	Pinned int     `conga:"calculated"`
	Twice  string  `conga:"calculated"`

	Hidden resource.Hidden
}

func (s *Shelf) Define(r *resource.Builder[Shelf]) {
	me := resource.Actor[Clerk](r)
	resource.Calculate(r, &s.Loud, expr.Upper(expr.F(&s.Name)))
	resource.Calculate(r, &s.Above, expr.Nullable(expr.F(&s.Up.Name)))
	resource.Calculate(r, &s.Pinned, expr.Count(&s.Notes))
	resource.CalculateFunc(r, &s.Twice, func(_ context.Context, list []*Shelf) ([]string, error) {
		out := make([]string, len(list))
		for i, rec := range list {
			out[i] = rec.Name + rec.Name
		}
		return out, nil
	}, &s.Name)
	r.Read("list").Primary().Sort(expr.Desc(&s.Name)).Page(3)
	r.Read("all").Private().MaxPage(1000)
	r.Read("found").Sort(expr.Desc(&s.Name)).Page(3).Manual(func(ctx context.Context, m *resource.ManualRead) ([]*Shelf, error) {
		if n, _ := ctx.Value(elsewhereKey{}).(*elsewhere); n != nil {
			n.note("found")
		}
		h := conga.For[Shelf](conga.FromContext(ctx))
		page, err := h.Read(conga.WithActor(ctx, &Clerk{"root"}), "all", conga.Limit(1000))
		if err != nil {
			return nil, err
		}
		slices.Reverse(page.Items)
		return page.Items, nil
	})
	r.Create("add").Private().Accept(&s.ID, &s.Name, &s.Owner, &s.Height, &s.Secret, &s.UpID)
	r.Policy("all", "add").AuthorizeIf(resource.Public)
	r.Policy("list", "found").
		ForbidIf(expr.Is(&me.Name, "nobody")).
		AuthorizeIf(expr.Eq(&s.Owner, &me.Name)).
		AuthorizeIf(expr.Some(&s.Notes, func(n *Sheet) expr.Bool { return expr.Is(&n.Text, "for all") }))
	r.FieldPolicy(&s.Secret).AuthorizeIf(expr.Eq(&s.Owner, &me.Name)).AuthorizeIf(expr.Is(&me.Name, "root"))
	r.FieldPolicy(&s.Height).AuthorizeIf(expr.IsNot(&s.Name, "low")).AuthorizeIf(expr.Is(&me.Name, "root"))
	r.FieldPolicy().AuthorizeIf(resource.Public)
}

// Sheet is pinned to a shelf.
type Sheet struct {
	ID      uuid.UUID `conga:"primary"`
	Text    string
	ShelfID uuid.UUID
	Shelf   *Shelf `conga:"belongs_to"`
}

func (n *Sheet) Define(r *resource.Builder[Sheet]) {
	r.Read("list").Primary().Sort(expr.Asc(&n.Text))
	r.Create("add").Accept(&n.Text, &n.ShelfID)
	r.Policy().AuthorizeIf(resource.Public)
}

// Volume is in a catalogue elsewhere, and never in the database.
type Volume struct {
	ID      int64 `conga:"primary"`
	Title   string
	Pages   *int
	Owner   string
	ShelfID *uuid.UUID
	Shelf   *Shelf `conga:"belongs_to"`

	Loud string  `conga:"calculated"`
	On   *string `conga:"calculated"`

	Hidden resource.Hidden
}

// catalogue is where volumes are.
type catalogue struct {
	volumes []*Volume
	mu      sync.Mutex // the fields of a GraphQL query ask at the same time
	asked   []*resource.ManualRead
	answer  func(m *resource.ManualRead) ([]*Volume, error)
}

type catalogueKey struct{}

// Words are what a catalogue is searched for.
type Words struct {
	Words string `validate:"max=10"`
}

func (v *Volume) Define(r *resource.Builder[Volume]) {
	me := resource.Actor[Clerk](r)
	resource.Calculate(r, &v.Loud, expr.Upper(expr.F(&v.Title)))
	resource.Calculate(r, &v.On, expr.Nullable(expr.F(&v.Shelf.Name)))
	search := r.Read("search").Primary().Sort(expr.Asc(&v.Title)).Page(2)
	args := resource.Arguments[Words](search)
	search.Manual(func(ctx context.Context, m *resource.ManualRead) ([]*Volume, error) {
		c := ctx.Value(catalogueKey{}).(*catalogue)
		c.mu.Lock()
		c.asked = append(c.asked, m)
		c.mu.Unlock()
		if c.answer != nil {
			return c.answer(m)
		}
		var out []*Volume
		for _, x := range c.volumes {
			if strings.Contains(x.Title, resource.Value(m.Inputs, &args.Words)) {
				out = append(out, x)
			}
		}
		return out, nil
	})
	r.Policy("search").ForbidUnless(resource.ActorPresent).AuthorizeIf(expr.IsNot(&v.Owner, "hidden"))
	r.FieldPolicy(&v.Pages).AuthorizeIf(expr.Eq(&v.Owner, &me.Name))
	r.FieldPolicy().AuthorizeIf(resource.Public)
}

type library struct {
	house
	shelves conga.Handle[Shelf]
	volumes conga.Handle[Volume]
	out     *elsewhere
	cat     *catalogue
}

func onLibraries(t *testing.T, f func(t *testing.T, l *library)) {
	t.Helper()
	for name, open := range map[string]func(datalayer.Observer) (datalayer.Layer, error){
		"sqlite": func(o datalayer.Observer) (datalayer.Layer, error) {
			return sqlite.OpenWith(t.Context(), ":memory:", sqlite.Options{Observer: o})
		},
		"postgres": func(o datalayer.Observer) (datalayer.Layer, error) {
			return postgres.OpenWith(t.Context(), pgtest.Database(t), postgres.Options{Observer: o})
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := &library{out: &elsewhere{calls: map[string]int{}}, cat: &catalogue{}}
			l.seen = &observer{}
			l.app = must(conga.New(must(open(l.seen))(t), resource.Of[Shelf](), resource.Of[Sheet](), resource.Of[Volume]()))(t)
			t.Cleanup(func() { _ = l.app.Close() })
			o := api.Options{Actor: func(_ context.Context, token string) (any, error) { return &Clerk{token}, nil }}
			l.rest, l.ql = rest.New(l.app, rest.Options{Options: o}), graphql.New(l.app, graphql.Options{Options: o})
			l.shelves, l.volumes = conga.For[Shelf](l.app), conga.For[Volume](l.app)
			f(t, l)
		})
	}
}

func (l *library) by(t *testing.T, name string) context.Context {
	t.Helper()
	ctx := context.WithValue(t.Context(), catalogueKey{}, l.cat)
	if name != "" {
		ctx = conga.WithActor(ctx, &Clerk{name})
	}
	return context.WithValue(ctx, elsewhereKey{}, l.out)
}

// fill adds shelves, and what is pinned to them.
func (l *library) fill(t *testing.T) []*Shelf {
	t.Helper()
	f, sheets := l.shelves.Fields(), conga.For[Sheet](l.app)
	n := sheets.Fields()
	var all []*Shelf
	for i, name := range []string{"low", "high", "wide", "deep", "long", "tall", "Flat", "even", "odd"} {
		options := []conga.Option{conga.Set(&f.Name, name), conga.Set(&f.Owner, []string{"ann", "bob", "eve"}[i%3])}
		if i%4 != 1 {
			options = append(options, conga.Set(&f.Height, new(i%5)), conga.Set(&f.Secret, new("secret of "+name)))
		}
		if i > 2 {
			options = append(options, conga.Set(&f.UpID, &all[i-3].ID))
		}
		s := must(l.shelves.Create(t.Context(), "add", options...))(t)
		all = append(all, s)
		for j := range i % 3 {
			must(sheets.Create(t.Context(), "add", conga.Set(&n.ShelfID, s.ID), conga.Set(&n.Text, []string{"for all", "for some"}[(i+j)%2])))(t)
		}
	}
	return all
}

var cursorsOf = regexp.MustCompile(`"(after|before|cursor|startCursor|endCursor|first|last|next|prev|self)":"[^"]*"`)

// TestManualReadsAgreeWithOrdinaryOnes asks the same of a read whose records a
// function finds, and of one whose records the database finds.
func TestManualReadsAgreeWithOrdinaryOnes(t *testing.T) {
	onLibraries(t, func(t *testing.T, l *library) {
		all := l.fill(t)
		fields := "fields[shelf]=id,name,owner,height,secret,loud,above,pinned,twice"
		queries := []string{"", fields, "include=up", "include=notes&page[limit]=10", "include=up.notes,up.up&" + fields,
			"filter[name]=LOW", "filter[height][gte]=2&sort=height,-name", "sort=-height", "sort=secret", "sort=above&" + fields,
			"sort=pinned,name&" + fields, "filter[up][name]=high&page[count]=true", "filter[secret][is_null]=true&page[count]=true",
			"filter[notes][text]=for all", "filter[pinned][gt]=0&sort=name", "page[limit]=2&page[count]=true", "page[limit]=2&page[offset]=2",
			"filter[id]=" + all[3].ID.String() + "&" + fields, "sort=name&page[limit]=20&fields[shelf]=name,height"}
		for _, actor := range []string{"ann", "bob", "root", "nobody"} {
			for _, q := range queries {
				values, err := url.ParseQuery(q)
				if err != nil {
					t.Fatal(err)
				}
				ask := func(path string) string {
					w := serve(l.by(t, ""), l.rest, actor, http.MethodGet, path+"?"+values.Encode(), "")
					return fmt.Sprint(w.Code, cursorsOf.ReplaceAllString(strings.ReplaceAll(w.Body.String(), "/found", ""), `"$1":"…"`))
				}
				want, got := ask("/api/shelves"), ask("/api/shelves/found")
				if got != want {
					t.Errorf("%s asks %s\n got %s\nwant %s", actor, q, got, want)
				}
			}
			selections := []string{`nodes { name above pinned secret up { name notes(first: 1) { totalCount nodes { text } } } notes(first: 1) { totalCount nodes { text } pageInfo { hasNextPage } } }`,
				`totalCount edges { node { id height } cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`}
			for _, s := range selections {
				ask := func(name string) string {
					got := l.query(l.by(t, ""), actor, `{ list: `+name+`(first: 4, sort: [{field: HEIGHT, order: DESC}, {field: NAME}]) { `+s+` } }`, nil).Body.String()
					return strings.ReplaceAll(cursorsOf.ReplaceAllString(got, `"$1":"…"`), `"path":["list"]`, "")
				}
				if want, got := ask("shelves"), ask("foundShelves"); got != want {
					t.Errorf("%s selects %s\n got %s\nwant %s", actor, s, got, want)
				}
			}
		}
	})
}

// TestManualReadsHaveCursors turns the pages of a manual read forth and back.
func TestManualReadsHaveCursors(t *testing.T) {
	onLibraries(t, func(t *testing.T, l *library) {
		l.fill(t)
		ctx, f := l.by(t, "root"), l.shelves.Fields()
		for _, actor := range []string{"ann", "root"} {
			ctx = l.by(t, actor)
			names := func(page *conga.Records[Shelf]) (out []string) {
				for _, rec := range page.Items {
					out = append(out, rec.Name)
				}
				return out
			}
			whole := names(must(l.shelves.Read(ctx, "found", conga.Limit(100)))(t))
			var forth, back []string
			page := must(l.shelves.Read(ctx, "found", conga.Limit(2)))(t)
			for {
				forth = append(forth, names(page)...)
				if page.After == "" {
					break
				}
				page = must(l.shelves.Read(ctx, "found", conga.Limit(2), conga.After(page.After)))(t)
			}
			for page.Before != "" {
				page = must(l.shelves.Read(ctx, "found", conga.Limit(2), conga.Before(page.Before)))(t)
				back = append(names(page), back...)
			}
			if !slices.Equal(forth, whole) || !slices.Equal(back, whole[:len(back)]) || len(back) < len(whole)-2 {
				t.Errorf("%s: whole %v, forth %v, back %v", actor, whole, forth, back)
			}
		}
		page := must(l.shelves.Read(ctx, "found", conga.Limit(2)))(t)
		if _, err := l.shelves.Read(ctx, "found", conga.Sort(expr.Asc(&f.Owner)), conga.After(page.After)); conga.KindOf(err) != conga.Invalid {
			t.Errorf("a cursor of another order: %v", err)
		}
		if _, err := l.shelves.Read(ctx, "list", conga.After(page.After)); conga.KindOf(err) != conga.Invalid {
			t.Errorf("a cursor of another list: %v", err)
		}
		n := must(l.shelves.Count(l.by(t, "ann"), "found", conga.Where(expr.Is(&f.Owner, "ann"))))(t)
		if there := must(l.shelves.Exists(ctx, "found", conga.Where(expr.Is(&f.Owner, "zoe"))))(t); n != 3 || there {
			t.Errorf("%d of Ann, of Zoe %v", n, there)
		}
	})
}

// TestManualReadsOfForeignRecords reads what is not in the database.
func TestManualReadsOfForeignRecords(t *testing.T) {
	onLibraries(t, func(t *testing.T, l *library) {
		shelf := l.fill(t)[0]
		l.cat.volumes = []*Volume{
			{ID: 3, Title: "carp", Owner: "ann", Pages: new(30), ShelfID: &shelf.ID}, {ID: 1, Title: "ape", Owner: "bob", Pages: new(10)},
			{ID: 2, Title: "bee", Owner: "hidden", Pages: new(20)}, {ID: 4, Title: "dog", Owner: "ann", Pages: new(5), ShelfID: new(uuid.New())}}
		ctx := l.by(t, "ann")
		ask := func(path string) string {
			return serve(ctx, l.rest, "ann", http.MethodGet, "/api/volumes"+path, "").Body.String()
		}
		l.seen.take()
		want := `{"data":[{"title":"ape","pages":null,"loud":"APE"},{"title":"carp","pages":30,"loud":"CARP"}],"page":`
		if got := ask("?fields[volume]=title,pages,loud"); !strings.HasPrefix(strings.ReplaceAll(got, `{"title":"ape","loud"`, `{"title":"ape","pages":null,"loud"`), want) {
			t.Errorf("got %s", got)
		}
		if sent := l.seen.take(); len(sent) > 0 {
			t.Errorf("sent %q for what the records tell", sent)
		}
		if got := ask("?include=shelf&fields[volume]=title,on&fields[shelf]=name&page[limit]=9"); !strings.HasPrefix(got,
			`{"data":[{"title":"ape","on":null,"shelf":null},{"title":"carp","on":null,"shelf":{"name":"low"}},{"title":"dog","on":null,"shelf":null}]`) {
			t.Errorf("with shelves: %s", got)
		}
		if sent := l.seen.take(); len(sent) != 2 {
			t.Errorf("sent %q, want a statement for the shelves and one for what is on them", sent)
		}
		for path, want := range map[string]string{
			"/3?fields[volume]=title":        `{"title":"carp"}`,
			"/2":                             `"status":404`,
			"/9":                             `"status":404`,
			"?words=og&fields[volume]=title": `{"data":[{"title":"dog"}]`,
			"?words=far-too-long-a-word":     `"status":400`,
			"?filter[pages][gte]=10&fields[volume]=title":         `{"data":[{"title":"carp"}]`, // what is hidden is NULL
			"?filter[shelf][name]=low&fields[volume]=title":       `{"data":[],`,                // the database does not know the volume
			"?sort=-title&page[limit]=1&fields[volume]=title":     `{"data":[{"title":"dog"}]`,
			"?page[count]=true&page[limit]=1&fields[volume]=":     `"count":3`,
			"?filter[title][in]=dog,bee&fields[volume]=title":     `{"data":[{"title":"dog"}]`,
			"?page[after]=nonsense":                               `"page[after]"`,
			"?sort=shelf.name&fields[volume]=title&page[limit]=9": `{"data":[{"title":"ape"},{"title":"carp"},{"title":"dog"}]`,
		} {
			if got := ask(path); !strings.Contains(got, want) {
				t.Errorf("%s: got %s\nwant %s", path, got, want)
			}
		}
		got := l.query(ctx, "ann", `{ volumes(words: "a", first: 1) { totalCount nodes { title pages shelf { name } } pageInfo { hasNextPage } } volume(id: 4) { loud } }`, nil).Body.String()
		if !strings.Contains(got, `{"volumes":{"totalCount":2,"nodes":[{"title":"ape","pages":null,"shelf":null}],"pageInfo":{"hasNextPage":true}},"volume":{"loud":"DOG"}}`) {
			t.Errorf("GraphQL: %s", got)
		}
		if got := ask("?fields[volume]=title"); strings.Contains(got, "bee") {
			t.Errorf("the hidden volume: %s", got)
		}
		if w := serve(l.by(t, ""), l.rest, "", http.MethodGet, "/api/volumes", ""); w.Code != http.StatusUnauthorized {
			t.Errorf("nobody: %d", w.Code)
		}
	})
}

// TestManualReadsThatPage are asked for no more than a page, and are not
// trusted with what the caller may not see.
func TestManualReadsThatPage(t *testing.T) {
	onLibraries(t, func(t *testing.T, l *library) {
		ctx, f := l.by(t, "ann"), l.volumes.Fields()
		total := 40
		l.cat.answer = func(m *resource.ManualRead) ([]*Volume, error) {
			var out []*Volume
			for i := range m.Limit {
				out = append(out, &Volume{ID: int64(m.Offset + i + 1), Title: fmt.Sprint("t", m.Offset+i), Owner: "ann"})
			}
			m.Paged(total)
			return out, nil
		}
		page := must(l.volumes.Read(ctx, "search", conga.Limit(3), conga.Offset(6), conga.WithCount()))(t)
		if len(page.Items) != 3 || page.Items[0].Title != "t6" || page.Count != 40 || page.After == "" {
			t.Errorf("got %+v", page)
		}
		next := must(l.volumes.Read(ctx, "search", conga.Limit(3), conga.After(page.After)))(t)
		if next.Items[0].Title != "t9" {
			t.Errorf("the next page is %v", next.Items[0])
		}
		m := l.cat.asked[0]
		if m.Limit != 4 || m.Offset != 6 || !m.Count || m.Actor.(*Clerk).Name != "ann" || len(m.Sort) != 1 || !strings.Contains(expr.String(m.Where), "hidden") {
			t.Errorf("the function was asked %+v", m)
		}
		if _, err := l.volumes.Read(ctx, "search", conga.Where(expr.Is(&f.Title, "t0"))); conga.KindOf(err) != conga.Internal {
			t.Errorf("records that were not asked for: %v", err)
		}
		total = -1
		if _, err := l.volumes.Read(ctx, "search", conga.WithCount()); conga.KindOf(err) != conga.Invalid {
			t.Errorf("an unknown count: %v", err)
		}
	})
}

// TestManualReadsThatFail says whose fault it is, and nothing of the inside.
func TestManualReadsThatFail(t *testing.T) {
	onLibraries(t, func(t *testing.T, l *library) {
		ctx := l.by(t, "ann")
		for name, c := range map[string]struct {
			answer func(*resource.ManualRead) ([]*Volume, error)
			status int
		}{
			"an error": {func(*resource.ManualRead) ([]*Volume, error) { return nil, errBoom }, 500},
			"a panic":  {func(*resource.ManualRead) ([]*Volume, error) { panic(errBoom) }, 500},
			"unavailable": {func(*resource.ManualRead) ([]*Volume, error) {
				return nil, &conga.Error{Kind: conga.Unavailable, Cause: errBoom}
			}, 503},
			"a fault": {func(*resource.ManualRead) ([]*Volume, error) {
				return nil, resource.Fault(nil, "words", "are not understood", nil)
			}, 400},
			"nil":     {func(*resource.ManualRead) ([]*Volume, error) { return []*Volume{nil}, nil }, 500},
			"no key":  {func(*resource.ManualRead) ([]*Volume, error) { return []*Volume{{Title: "boom"}}, nil }, 500},
			"twice":   {func(*resource.ManualRead) ([]*Volume, error) { return []*Volume{{ID: 1}, {ID: 1}}, nil }, 500},
			"nothing": {func(*resource.ManualRead) ([]*Volume, error) { return nil, nil }, 200},
		} {
			l.cat.answer = c.answer
			w := serve(ctx, l.rest, "ann", http.MethodGet, "/api/volumes", "")
			if w.Code != c.status || strings.Contains(w.Body.String(), "boom") {
				t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, c.status)
			}
		}
		l.cat.answer = nil
		for name, options := range map[string][]conga.Option{"FailUnseen": {conga.FailUnseen()}, "Distinct": {conga.Distinct(&l.volumes.Fields().Title)}} {
			if _, err := l.volumes.Read(ctx, "search", options...); conga.KindOf(err) != conga.Internal {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, err := range l.volumes.Stream(ctx, "search") {
			if conga.KindOf(err) != conga.Internal {
				t.Errorf("a stream: %v", err)
			}
		}
		if _, err := l.volumes.Explain(ctx, "search"); conga.KindOf(err) != conga.Internal {
			t.Errorf("an explanation: %v", err)
		}
		r := must(http.NewRequestWithContext(ctx, http.MethodGet, "/api/volumes", http.NoBody))(t)
		r.Header.Set("Accept", "application/x-ndjson")
		got := httptest.NewRecorder()
		if l.rest.ServeHTTP(got, r); got.Code != http.StatusNotAcceptable {
			t.Errorf("lines: %d", got.Code)
		}
		before := len(l.cat.asked)
		page := must(l.volumes.Read(ctx, "search", conga.Where(expr.False()), conga.WithCount()))(t)
		if len(page.Items) > 0 || page.Count != 0 || len(l.cat.asked) != before {
			t.Errorf("the function is asked for nothing: %+v", page)
		}
	})
}

// Ledger and Entry have faults.
type Ledger struct {
	ID int64 `conga:"primary"`
	N  int
}

func (x *Ledger) Define(r *resource.Builder[Ledger]) {
	r.Read("far").Groups(&x.N).Manual(func(context.Context, *resource.ManualRead) ([]*Ledger, error) { return nil, nil })
	r.Read("none").Manual(nil)
	r.Read("list").Primary().Manual(func(context.Context, *resource.ManualRead) ([]*Ledger, error) { return nil, nil })
	r.Policy().AuthorizeIf(resource.Public)
}

type Entry struct {
	ID       int64 `conga:"primary"`
	LedgerID int64
	Ledger   *Ledger `conga:"belongs_to"`
}

func (x *Entry) Define(r *resource.Builder[Entry]) {
	r.Read("list")
	r.Policy().AuthorizeIf(resource.Public)
}

func TestManualReadsAreCheckedAtStart(t *testing.T) {
	_, err := resource.Compile(resource.Of[Ledger](), resource.Of[Entry]())
	var ds resource.Diagnostics
	if !errors.As(err, &ds) {
		t.Fatalf("error: %v", err)
	}
	for _, want := range []string{"Ledger.far: the records of a manual read", "Ledger.none: the manual action has no function", "Entry.Ledger: the relationship leads to records that only the manual read list"} {
		if !slices.ContainsFunc(ds, func(d resource.Diagnostic) bool { return d.Where != "" && strings.Contains(d.String(), want) }) {
			t.Errorf("%v\nlack %q", err, want)
		}
	}
}
