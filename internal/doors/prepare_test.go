package doors

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Band plays tracks.
type Band struct {
	ID     uuid.UUID `conga:"primary"`
	Name   string
	Tracks []Track `conga:"has_many"`
}

func (b *Band) Define(r *resource.Builder[Band]) {
	r.Read("list").Primary().Sort(expr.Asc(&b.Name))
	r.Create("add").Accept(&b.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

// Track is read in ways that hooks prepare.
type Track struct {
	ID     uuid.UUID `conga:"primary"`
	Title  string
	Album  string
	Plays  int
	BandID uuid.UUID
	Band   *Band  `conga:"belongs_to"`
	Loud   string `conga:"calculated"`
}

// Chart are the arguments of the action chart.
type Chart struct{ Best bool }

type heardKey struct{}

// heard is what the After hook of charts has seen.
type heard struct {
	mu  sync.Mutex
	all []string
}

func (x *Track) Define(r *resource.Builder[Track]) {
	resource.Calculate(r, &x.Loud, expr.Upper(expr.F(&x.Title)))
	r.Read("list").Primary().Sort(expr.Asc(&x.Title)).Prepare(func(_ context.Context, p *resource.Preparation) error {
		if err := p.Limit(3); err != nil {
			return err
		}
		if err := p.Load(&x.Band); err != nil {
			return err
		}
		return p.Sort(expr.Desc(&x.Title))
	})
	chart := r.Read("chart").Sort(expr.Asc(&x.Title)).Page(4).MaxPage(5).Groups(&x.Album)
	args := resource.Arguments[Chart](chart)
	chart.Prepare(func(_ context.Context, p *resource.Preparation) error {
		if !resource.Value(p.Inputs, &args.Best) {
			return nil
		}
		for _, err := range []error{p.Filter(expr.Gt(&x.Plays, 0)), p.Sort(expr.Desc(&x.Plays)), p.Limit(100), p.Limit(2), p.Distinct(&x.Album), p.Load(&x.Band, &x.Loud)} {
			if err != nil {
				return err
			}
		}
		return nil
	}).After(func(ctx context.Context, list []*Track) error {
		if h, _ := ctx.Value(heardKey{}).(*heard); h != nil {
			h.mu.Lock()
			defer h.mu.Unlock()
			for _, rec := range list {
				if rec.Band != nil {
					h.all = append(h.all, rec.Band.Name+rec.Loud)
				}
			}
		}
		return nil
	})
	r.Read("broken").Prepare(func(_ context.Context, p *resource.Preparation) error { return p.Limit(0) })
	r.Create("add").Accept(&x.Title, &x.Album, &x.Plays, &x.BandID)
	r.Policy().AuthorizeIf(resource.Public)
}

func TestPreparedReads(t *testing.T) {
	for name, open := range map[string]func() (datalayer.Layer, error){
		"sqlite":   func() (datalayer.Layer, error) { return sqlite.Open(t.Context(), ":memory:") },
		"postgres": func() (datalayer.Layer, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			app := must(conga.New(must(open())(t), resource.Of[Band](), resource.Of[Track]()))(t)
			t.Cleanup(func() { _ = app.Close() })
			h := &house{app: app, rest: rest.New(app, rest.Options{}), ql: graphql.New(app, graphql.Options{})}
			bands, tracks := conga.For[Band](app), conga.For[Track](app)
			f := tracks.Fields()
			band := must(bands.Create(t.Context(), "add", conga.Set(&bands.Fields().Name, "x")))(t)
			for i, title := range []string{"a", "b", "c", "d", "e", "f"} {
				must(tracks.Create(t.Context(), "add", conga.Set(&f.Title, title), conga.Set(&f.Album, []string{"one", "two", "three"}[i%3]), conga.Set(&f.Plays, i), conga.Set(&f.BandID, band.ID)))(t)
			}
			testPrepared(t, h, tracks, bands)
		})
	}
}

func testPrepared(t *testing.T, h *house, tracks conga.Handle[Track], bands conga.Handle[Band]) {
	f, heard := tracks.Fields(), &heard{}
	ctx := context.WithValue(t.Context(), heardKey{}, heard)
	best := conga.Args(&Chart{Best: true})
	read := func(options ...conga.Option) string {
		t.Helper()
		page := must(tracks.Read(ctx, "chart", options...))(t)
		out := fmt.Sprint(page.Count, " ")
		for _, rec := range page.Items {
			out += rec.Title
		}
		return out
	}
	// Of each album there is one: d is of one, e of two, f of three; the most played first.
	for _, c := range []struct {
		what, got, want string
	}{
		{"as it is", read(), "-1 abcd"},
		{"the best", read(best, conga.WithCount()), "3 fe"},
		{"in the caller's order", read(best, conga.Sort(expr.Asc(&f.Title)), conga.WithCount()), "3 de"},
		{"more than allowed", read(best, conga.Limit(5)), "-1 fe"},
		{"fewer", read(best, conga.Limit(1)), "-1 f"},
		{"the caller's own distinct", read(best, conga.Distinct(&f.BandID)), "-1 fe"},
		{"the next page", read(best, conga.After(must(tracks.Read(ctx, "chart", best))(t).After)), "-1 d"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", c.what, c.got, c.want)
		}
	}
	heard.all = nil
	rec := must(tracks.Read(ctx, "chart", best, conga.Select(&f.Title)))(t).Items[0]
	if rec.Band == nil || rec.Loud != "F" || fmt.Sprint(heard.all) != "[xF xE]" {
		t.Errorf("loaded: %+v, hooks have seen %v", rec, heard.all)
	}
	if n := must(tracks.Count(ctx, "chart", best))(t); n != 3 {
		t.Errorf("%d are counted", n)
	}
	if got := must(bands.Read(ctx, "list", conga.Load(&bands.Fields().Tracks)))(t).Items[0].Tracks; len(got) != 6 || got[0].Title != "f" || got[0].Band != nil {
		t.Errorf("through a relationship: %+v", got)
	}
	var titles string
	for rec, err := range tracks.Stream(ctx, "chart", best) {
		if titles += must(rec, err)(t).Title; rec.Band == nil {
			t.Error("a stream without what is to be loaded")
		}
	}
	if titles != "fe" {
		t.Errorf("a stream has %s", titles)
	}
	if _, err := tracks.Read(ctx, "broken"); conga.KindOf(err) != conga.Internal {
		t.Errorf("a preparation that fails: %v", err)
	}

	get := func(path, accept string) string {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, http.NoBody)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		h.rest.ServeHTTP(w, r)
		return w.Body.String()
	}
	for path, want := range map[string]string{
		"/api/tracks/chart?best=true&fields[track]=title":                            `{"data":[{"title":"f"},{"title":"e"}],"page":{"limit":2,`,
		"/api/tracks/chart?best=true&fields[track]=title&sort=title&page[limit]=4":   `{"data":[{"title":"d"},{"title":"e"}],"page":{"limit":2,`,
		"/api/tracks/chart?best=true&page[limit]=6":                                  `"page[limit]"`,
		"/api/tracks?fields[track]=title":                                            `{"data":[{"title":"f"},{"title":"e"},{"title":"d"}],"page":{"limit":3,`,
		"/api/tracks/chart?best=true&group=album&aggregate=count&sort=album":         `{"data":[{"album":"one","count":1},{"album":"three","count":1},{"album":"two","count":1}]`,
		"/api/tracks/chart?best=true&fields[track]=title&include=band&fields[band]=": `{"title":"f","band":{}}`,
	} {
		if got := get(path, "application/json"); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	if got := get("/api/tracks?fields[track]=title", "application/x-ndjson"); got != "{\"title\":\"f\"}\n{\"title\":\"e\"}\n{\"title\":\"d\"}\n" {
		t.Errorf("lines: %s", got)
	}
	got := h.query(ctx, "", `{ chartTracks(best: true, first: 5) { totalCount nodes { title band { name } } } tracks { nodes { title } } bands { nodes { tracks(first: 4) { nodes { title } } } } }`, nil).Body.String()
	if want := `{"data":{"chartTracks":{"totalCount":3,"nodes":[{"title":"f","band":{"name":"x"}},{"title":"e","band":{"name":"x"}}]},"tracks":{"nodes":[{"title":"f"},{"title":"e"},{"title":"d"}]},` +
		`"bands":{"nodes":[{"tracks":{"nodes":[{"title":"f"},{"title":"e"},{"title":"d"},{"title":"c"}]}}]}}}`; got != want {
		t.Errorf("GraphQL: got %s\nwant %s", got, want)
	}
}
