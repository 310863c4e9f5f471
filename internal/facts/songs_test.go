package facts

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Singer and Song are what the facts of queries are about.
type Singer struct {
	ID    uuid.UUID `conga:"primary"`
	Name  string    `validate:"required"`
	Songs []Song    `conga:"has_many"`

	Lengths  int      `conga:"calculated"`
	Shortest *int     `conga:"calculated"`
	Mean     *float64 `conga:"calculated"`
	Count    int      `conga:"calculated"`
	Titles   []string `conga:"calculated"`
	Moods    []string `conga:"calculated"`
	Feelings int      `conga:"calculated"`
	Total    *int     `conga:"calculated"`
}

func (s *Singer) Define(r *resource.Builder[Singer]) {
	length := func(x *Song) *int { return &x.Length }
	resource.Calculate(r, &s.Lengths, expr.Coalesce(expr.Sum(&s.Songs, length), expr.V(0)))
	resource.Calculate(r, &s.Total, expr.Sum(&s.Songs, length))
	resource.Calculate(r, &s.Shortest, expr.Min(&s.Songs, length))
	resource.Calculate(r, &s.Mean, expr.Avg(&s.Songs, length))
	resource.Calculate(r, &s.Count, expr.Count(&s.Songs))
	resource.Calculate(r, &s.Titles, expr.ListOf(&s.Songs, func(x *Song) *string { return &x.Title }, func(x *Song) []expr.Order { return []expr.Order{expr.Desc(&x.Title)} }))
	resource.Calculate(r, &s.Moods, expr.ListDistinct(&s.Songs, func(x *Song) *string { return &x.Mood }))
	resource.Calculate(r, &s.Feelings, expr.CountDistinct(&s.Songs, func(x *Song) *string { return &x.Mood }))
	r.Read("list").Primary().Sort(expr.Asc(&s.Name))
	r.Create("add").Accept(&s.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

type Song struct {
	ID       uuid.UUID `conga:"primary"`
	Title    string    `validate:"required"`
	Mood     string
	Length   int
	Loud     bool
	Rank     *int
	Released time.Time
	Secret   string `conga:"private"`
	SingerID *uuid.UUID
	Singer   *Singer `conga:"belongs_to"`
	Plays    []Play  `conga:"has_many"`

	Late int `conga:"calculated"`
}

func (s *Song) Define(r *resource.Builder[Song]) {
	resource.Calculate(r, &s.Late, expr.Count(&s.Plays, func(p *Play) expr.Bool {
		return expr.Less(expr.F(&s.Released), expr.F(&p.At))
	}))
	r.Read("list").Primary().Sort(expr.Asc(&s.Title)).Page(2)
	r.Create("add").Accept(&s.Title, &s.Mood, &s.Length, &s.Loud, &s.Rank, &s.Released, &s.SingerID)
	r.Policy().AuthorizeIf(resource.Public)
}

type Play struct {
	ID     uuid.UUID `conga:"primary"`
	At     time.Time
	SongID uuid.UUID
	Song   *Song `conga:"belongs_to"`
}

func (p *Play) Define(r *resource.Builder[Play]) {
	r.Read("list").Primary()
	r.Create("add").Accept(&p.At, &p.SongID)
	r.Policy().AuthorizeIf(resource.Public)
}

type studio struct {
	*office // for get, which asks REST and GraphQL
	songs   conga.Handle[Song]
	singers conga.Handle[Singer]
	f       *Song
}

func studios(t *testing.T, f func(t *testing.T, s *studio)) {
	stores(t, func(t *testing.T, layer datalayer.Layer, seen *statements) {
		app, err := conga.New(layer, resource.Of[Singer](), resource.Of[Song](), resource.Of[Play]())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = app.Close() })
		s := &studio{office: &office{app: app, seen: seen}, songs: conga.For[Song](app), singers: conga.For[Singer](app)}
		s.rest, s.ql, s.f = rest.New(app, rest.Options{}), graphql.New(app, graphql.Options{}), s.songs.Fields()
		f(t, s)
	})
}

func (s *studio) song(t *testing.T, title string, options ...conga.Option) *Song {
	t.Helper()
	return must(s.songs.Create(t.Context(), "add", append(options, conga.Set(&s.f.Title, title))...))(t)
}

// titles are the titles of what a read finds, in order.
func (s *studio) titles(t *testing.T, options ...conga.Option) string {
	t.Helper()
	page := must(s.songs.Read(t.Context(), "list", options...))(t)
	var out []string
	for _, song := range page.Items {
		out = append(out, song.Title)
	}
	return strings.Join(out, " ")
}

func (s *studio) want(t *testing.T, what, want string, options ...conga.Option) {
	t.Helper()
	if got := s.titles(t, options...); got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// The numbers are those of the behaviours in docs/ash.md.

func TestFact01ClientsCannotFilterByPrivateFields(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		for _, path := range []string{"/api/songs?filter[secret]=x", "/api/songs?sort=secret", "/api/singers?filter[songs][secret]=x"} {
			if got := s.get(t, "", path, ""); !strings.Contains(got, `"status":400`) || !strings.Contains(got, "secret") {
				t.Errorf("%s: %s", path, got)
			}
		}
		if got := s.get(t, "", "/graphql", `{ songs(filter: {secret: {eq: "x"}}) { totalCount } }`); !strings.Contains(got, `"errors"`) {
			t.Errorf("GraphQL: %s", got)
		}
	})
}

func TestFact02NotNullKeepsZeroAndFalse(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		s.song(t, "zero", conga.Set(&s.f.Rank, new(0)))
		s.song(t, "none")
		s.want(t, "not null", "zero", conga.Where(expr.Not(expr.IsNull(&s.f.Rank))))
		s.want(t, "false is not null", "none zero", conga.Where(expr.Not(expr.IsNull(&s.f.Loud))))
	})
}

func TestFact04SearchesHaveNoWildcards(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		for _, title := range []string{"50%", "50_", "505", `5\0`, "*"} {
			s.song(t, title)
		}
		s.want(t, "percent", "50%", conga.Where(expr.Contains(&s.f.Title, "%")))
		s.want(t, "underscore", "50_", conga.Where(expr.EndsWith(&s.f.Title, "_")))
		s.want(t, "backslash", `5\0`, conga.Where(expr.StartsWith(&s.f.Title, `5\`)))
		s.want(t, "star", "*", conga.Where(expr.StartsWith(&s.f.Title, "*")))
		if got := s.get(t, "", "/api/songs?fields[song]=title&filter[title][contains]=%25", ""); !strings.HasPrefix(got, `{"data":[{"title":"50%"}]`) {
			t.Errorf("REST: %s", got)
		}
	})
}

func TestFact06MalformedKeysAreRefusedBeforeAnyStatement(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		s.seen.take()
		if got := s.get(t, "", "/api/songs?filter[singer_id]=nonsense", ""); !strings.Contains(got, `"status":400`) || !strings.Contains(got, "filter[singer_id]") {
			t.Errorf("REST: %s", got)
		}
		if got := s.get(t, "", "/graphql", `{ songs(filter: {singerId: {eq: "nonsense"}}) { totalCount } }`); !strings.Contains(got, "BAD_USER_INPUT") {
			t.Errorf("GraphQL: %s", got)
		}
		if sent := s.seen.take(); len(sent) > 0 {
			t.Errorf("sent %q", sent)
		}
	})
}

func TestFact08AMissingRelativeLeavesTheOthers(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		ann := must(s.singers.Create(t.Context(), "add", conga.Set(&s.singers.Fields().Name, "Ann")))(t)
		s.song(t, "alone")
		s.song(t, "sung", conga.Set(&s.f.SingerID, &ann.ID))
		s.want(t, "none or Ann", "alone sung", conga.Where(expr.Any(expr.IsNull(&s.f.Singer.ID), expr.Is(&s.f.Singer.Name, "Ann"))))
		s.want(t, "none", "alone", conga.Where(expr.IsNull(&s.f.Singer.Name)))
	})
}

func TestFact09DistinctFromTakesNullForAValue(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		s.song(t, "none")
		s.song(t, "one", conga.Set(&s.f.Rank, new(1)))
		s.want(t, "distinct from one", "none", conga.Where(expr.Distinct(expr.F(&s.f.Rank), expr.V(new(1)))))
		s.want(t, "not distinct from null", "none", conga.Where(expr.Not(expr.Distinct(expr.F(&s.f.Rank), expr.V[*int](nil)))))
		s.want(t, "what cannot be null", "one", conga.Where(expr.Distinct(expr.F(&s.f.Title), expr.V("none"))))
	})
}

func TestFact12DistinctComesBeforeOrderAndLimit(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		for i, title := range []string{"c", "a", "d", "b", "e"} {
			s.song(t, title, conga.Set(&s.f.Mood, []string{"sad", "gay"}[i%2]), conga.Set(&s.f.Length, i))
		}
		first := []conga.Option{conga.Distinct(&s.f.Mood), conga.DistinctSort(expr.Desc(&s.f.Length))}
		s.want(t, "the longest of each mood", "b e", first...)
		s.want(t, "in another order", "e b", append(first, conga.Sort(expr.Desc(&s.f.Title)))...)
		s.want(t, "cut afterwards", "e", append(first, conga.Sort(expr.Desc(&s.f.Title)), conga.Limit(1))...)
		s.want(t, "without an order of its own", "e b", conga.Distinct(&s.f.Mood), conga.Sort(expr.Desc(&s.f.Title), expr.Asc(&s.f.Length)), conga.Where(expr.NotIn(&s.f.Title, "d")))
		page := must(s.songs.Read(t.Context(), "list", append(first, conga.WithCount(), conga.Limit(1))...))(t)
		if page.Count != 2 || page.After == "" {
			t.Errorf("count %d, after %q", page.Count, page.After)
		}
		s.want(t, "the next page", "e", append(first, conga.Limit(1), conga.After(page.After))...)
	})
}

func TestFact16CountsAreOfAllPages(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		for _, title := range []string{"a", "b", "c", "d"} {
			s.song(t, title)
		}
		where := conga.Where(expr.IsNot(&s.f.Title, "d"))
		one := must(s.songs.Read(t.Context(), "list", where, conga.Limit(1), conga.WithCount()))(t)
		two := must(s.songs.Read(t.Context(), "list", where, conga.Limit(1), conga.WithCount(), conga.After(one.After)))(t)
		if one.Count != 3 || two.Count != 3 || two.Items[0].Title != "b" {
			t.Errorf("counts %d and %d", one.Count, two.Count)
		}
	})
}

func TestFact17BeforeKeepsTheRequestedOrder(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		for _, title := range []string{"a", "b", "c", "d", "e"} {
			s.song(t, title)
		}
		last := must(s.songs.Read(t.Context(), "list", conga.Offset(4)))(t)
		s.want(t, "the two before e", "c d", conga.Before(last.Before))
		down := must(s.songs.Read(t.Context(), "list", conga.Sort(expr.Desc(&s.f.Title)), conga.Offset(4)))(t)
		s.want(t, "the two before a", "c b", conga.Sort(expr.Desc(&s.f.Title)), conga.Before(down.Before))
	})
}

func TestFact18CursorsKnowNulls(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		for i, rank := range []*int{nil, new(2), nil, new(1), new(2)} {
			s.song(t, string(rune('a'+i)), conga.Set(&s.f.Rank, rank))
		}
		for _, order := range []expr.Order{expr.Asc(&s.f.Rank), expr.Desc(&s.f.Rank), expr.Asc(&s.f.Rank).WithNullsFirst(), expr.Desc(&s.f.Rank).WithNullsFirst()} {
			sort := conga.Sort(order, expr.Asc(&s.f.Title))
			all := s.titles(t, sort, conga.Limit(10))
			var forth, back []string
			page := must(s.songs.Read(t.Context(), "list", sort, conga.Limit(1)))(t)
			for {
				forth = append(forth, page.Items[0].Title)
				if page.After == "" {
					break
				}
				page = must(s.songs.Read(t.Context(), "list", sort, conga.Limit(1), conga.After(page.After)))(t)
			}
			for {
				back = append(back, page.Items[0].Title)
				if page.Before == "" {
					break
				}
				page = must(s.songs.Read(t.Context(), "list", sort, conga.Limit(1), conga.Before(page.Before)))(t)
			}
			slices.Reverse(back)
			if strings.Join(forth, " ") != all || strings.Join(back, " ") != all {
				t.Errorf("by %+v: all %s, forth %s, back %s", order, all, forth, back)
			}
		}
	})
}

func TestFact19EachRecordHasACursor(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		for _, title := range []string{"a", "b", "c"} {
			s.song(t, title)
		}
		found := must(s.app.Find(t.Context(), &conga.Find{Action: s.songs.Resource().Action("list"), Page: conga.Page{Offset: 1, Limit: 2}}))(t)
		for row, want := range []string{"c", ""} {
			s.want(t, "after a record of an offset page", want, conga.After(must(found.Cursor(row))(t)))
		}
	})
}

func TestFact20CursorsAreOfOneSort(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		for _, title := range []string{"a", "b", "c"} {
			s.song(t, title)
		}
		page := must(s.songs.Read(t.Context(), "list", conga.Limit(1)))(t)
		_, err := s.songs.Read(t.Context(), "list", conga.Sort(expr.Asc(&s.f.Length)), conga.After(page.After))
		if conga.KindOf(err) != conga.Invalid || strings.Contains(err.Error(), page.After) {
			t.Errorf("a foreign cursor: %v", err)
		}
	})
}

func TestFact21NothingIsBeforeTheFirstPage(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		for _, title := range []string{"a", "b", "c"} {
			s.song(t, title)
		}
		first := must(s.songs.Read(t.Context(), "list", conga.Limit(2)))(t)
		if first.Before != "" {
			t.Errorf("the first page has a cursor to what precedes it: %q", first.Before)
		}
		second := must(s.songs.Read(t.Context(), "list", conga.Limit(2), conga.After(first.After)))(t)
		again := must(s.songs.Read(t.Context(), "list", conga.Limit(2), conga.Before(second.Before)))(t)
		if again.Items[0].Title != "a" || again.Before != "" || again.After == "" {
			t.Errorf("back on the first page: %+v", again)
		}
	})
}

func TestFact22CursorsKeepMicroseconds(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
		for i := range 5 {
			s.song(t, string(rune('a'+i)), conga.Set(&s.f.Released, at.Add(time.Duration(i)*time.Microsecond)))
		}
		var got []string
		for cursor := ""; ; {
			page := must(s.songs.Read(t.Context(), "list", conga.Sort(expr.Desc(&s.f.Released)), conga.Limit(1), conga.After(cursor)))(t)
			got = append(got, page.Items[0].Title)
			if cursor = page.After; cursor == "" {
				break
			}
		}
		if want := "e d c b a"; strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
}

// singers are Ann with five songs and Bob with one.
func (s *studio) sing(t *testing.T) {
	t.Helper()
	for _, name := range []string{"Ann", "Bob"} {
		singer := must(s.singers.Create(t.Context(), "add", conga.Set(&s.singers.Fields().Name, name)))(t)
		n := map[string]int{"Ann": 5, "Bob": 1}[name]
		for i := range n {
			s.song(t, fmt.Sprint(name, i), conga.Set(&s.f.SingerID, &singer.ID), conga.Set(&s.f.Length, i+1), conga.Set(&s.f.Mood, []string{"sad", "gay"}[i%2]))
		}
	}
}

func TestFact23LoadsAreNoPages(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		s.sing(t)
		page := must(s.singers.Read(t.Context(), "list", conga.Load(&s.singers.Fields().Songs)))(t)
		if n := len(page.Items[0].Songs); n != 5 {
			t.Errorf("a load has %d songs, want 5: the page of the action is 2", n)
		}
	})
}

func TestFact24PagesOfLoadsAreOfEachParent(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		s.sing(t)
		got := s.get(t, "", "/graphql", `{ singers { nodes { name songs(first: 2) { nodes { title } totalCount pageInfo { hasNextPage } } } } }`)
		want := `{"data":{"singers":{"nodes":[{"name":"Ann","songs":{"nodes":[{"title":"Ann0"},{"title":"Ann1"}],"totalCount":5,"pageInfo":{"hasNextPage":true}}},` +
			`{"name":"Bob","songs":{"nodes":[{"title":"Bob0"}],"totalCount":1,"pageInfo":{"hasNextPage":false}}}]}}}`
		if got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	})
}

func TestFact25NothingIsAskedWhereNothingCanBe(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		s.song(t, "a")
		s.seen.take()
		page := must(s.songs.Read(t.Context(), "list", conga.Where(expr.False()), conga.WithCount()))(t)
		var g struct {
			Mood  string
			Count int
		}
		groups := must(conga.Group(t.Context(), s.songs, "list", &g, conga.By(&g.Mood, &s.f.Mood), conga.Counting(&g.Count), conga.Where(expr.False())))(t)
		if sent := s.seen.take(); len(sent) > 0 || len(page.Items) > 0 || page.Count != 0 || len(groups.Items) > 0 {
			t.Errorf("sent %q, found %+v and %+v", sent, page, groups)
		}
	})
}

func TestFact53AggregatesOfNothing(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		s.sing(t)
		f := s.singers.Fields()
		must(s.singers.Create(t.Context(), "add", conga.Set(&f.Name, "Cid")))(t)
		page := must(s.singers.Read(t.Context(), "list",
			conga.With(&f.Lengths, &f.Total, &f.Shortest, &f.Mean, &f.Count, &f.Titles, &f.Moods, &f.Feelings)))(t)
		ann, cid := page.Items[0], page.Items[2]
		if cid.Total != nil || cid.Shortest != nil || cid.Mean != nil || cid.Count != 0 || cid.Lengths != 0 || cid.Titles == nil || len(cid.Titles)+len(cid.Moods) != 0 || cid.Feelings != 0 {
			t.Errorf("of nothing: %+v", cid)
		}
		if *ann.Total != 15 || *ann.Shortest != 1 || *ann.Mean != 3 || ann.Count != 5 || ann.Feelings != 2 ||
			!slices.Equal(ann.Titles, []string{"Ann4", "Ann3", "Ann2", "Ann1", "Ann0"}) || !slices.Equal(ann.Moods, []string{"gay", "sad"}) {
			t.Errorf("of five: %+v", ann)
		}
		got := s.get(t, "", "/api/singers?fields[singer]=name,titles,count,total&filter[count][lte]=1", "")
		want := `{"data":[{"name":"Bob","titles":["Bob0"],"count":1,"total":1},{"name":"Cid","titles":[],"count":0,"total":null}],`
		if !strings.HasPrefix(got, want) {
			t.Errorf("REST: got %s\nwant %s", got, want)
		}
	})
}

func TestFact55AggregatesSeeWhatIsNotSelected(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		song := s.song(t, "a", conga.Set(&s.f.Released, at))
		plays := conga.For[Play](s.app)
		p := plays.Fields()
		for _, d := range []time.Duration{-time.Hour, time.Hour, 2 * time.Hour} {
			must(plays.Create(t.Context(), "add", conga.Set(&p.SongID, song.ID), conga.Set(&p.At, at.Add(d))))(t)
		}
		page := must(s.songs.Read(t.Context(), "list", conga.Select(&s.f.Title, &s.f.Late), conga.Limit(1)))(t)
		if got := page.Items[0]; got.Late != 2 || !got.Released.IsZero() {
			t.Errorf("got %+v", got)
		}
	})
}

func TestFact57CalculationsAreOfTheDatabase(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		s.sing(t)
		f := s.singers.Fields()
		ann := must(s.singers.Read(t.Context(), "list", conga.With(&f.Count), conga.Limit(1)))(t).Items[0]
		ann.Count, ann.Name = 99, "Zoe"
		again := must(s.singers.Get(t.Context(), ann.ID, conga.With(&f.Count)))(t)
		if again.Count != 5 || again.Name != "Ann" {
			t.Errorf("read again: %+v", again)
		}
	})
}

// TestForUpdate has many add one to what they have read.
func TestForUpdate(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		ctx := t.Context()
		if _, err := s.songs.Read(ctx, "list", conga.ForUpdate()); conga.KindOf(err) != conga.Internal {
			t.Errorf("outside a transaction: %v", err)
		}
		s.seen.take()
		err := s.app.Transact(ctx, func(ctx context.Context) error {
			_, err := s.songs.Read(ctx, "list", conga.ForUpdate(), conga.Distinct(&s.f.Mood))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		sent := strings.Join(s.seen.take(), ";")
		if locks := strings.Contains(sent, "for update of"); locks != strings.Contains(t.Name(), "postgres") {
			t.Errorf("sent %s", sent)
		}
	})
}

// TestBadZones: what is wrong in a declaration is told at its start.
func TestBadZones(t *testing.T) {
	stores(t, func(t *testing.T, layer datalayer.Layer, _ *statements) {
		t.Cleanup(func() { _ = layer.Close() })
		_, err := conga.New(layer, resource.Of[Almanac]())
		for _, want := range []string{"C008", "Mars/Base", "nth", "C009", "Secret is private", "C006", "count"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error: %v\nwant %q", err, want)
			}
		}
	})
}

// Almanac has faults.
type Almanac struct {
	ID     uuid.UUID `conga:"primary"`
	At     time.Time
	Secret string    `conga:"private"`
	Number int       `json:"count"`
	Month  time.Time `conga:"calculated"`
	Day    int       `conga:"calculated"`
}

func (a *Almanac) Define(r *resource.Builder[Almanac]) {
	resource.Calculate(r, &a.Month, expr.StartOfIn(expr.Month, expr.F(&a.At), "Mars/Base"))
	resource.Calculate(r, &a.Day, expr.Extract("nth", expr.F(&a.At)))
	r.Read("list").Groups(&a.Secret, &a.Number, &a.At)
	r.Policy().AuthorizeIf(resource.Public)
}
