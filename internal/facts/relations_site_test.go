package facts

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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

// Poet writes poems, and reads them on stages.
type Poet struct {
	ID       int64  `conga:"primary"`
	Name     string `validate:"required,max=40" conga:"unique"`
	Taste    int
	MentorID *int64

	BestScore *int    `conga:"calculated"`
	Latest    *string `conga:"calculated"`
	Loved     int     `conga:"calculated"`

	Mentor *Poet   `conga:"belongs_to"`
	Pupils []Poet  `conga:"has_many,key=MentorID"`
	Poems  []Poem  `conga:"has_many"`
	Top    []Poem  `conga:"has_many"`
	Likes  []Poem  `conga:"has_many,key=-"`
	Newest *Poem   `conga:"has_one"`
	Best   *Poem   `conga:"has_one"`
	Stages []Stage `conga:"has_many,through=Poems.Stages"`
	Fans   []Poet  `conga:"has_many,through=Pupils.Pupils"`
	Mine   []Poem  `conga:"has_many"`

	Label   string `conga:"calculated"`
	Initial string `conga:"calculated"`
	Card    string `conga:"calculated"`
	Fragile *int   `conga:"calculated"`
	Tasted  int    `conga:"calculated"`
}

// LabelArgs are the arguments of a poet's label.
type LabelArgs struct {
	Separator string `conga:"default=:" validate:"max=3"`
	Suffix    string `validate:"required,max=9"`
}

type callsKey struct{}

// cards makes the cards of poets, and counts its calls where the context has a counter.
func cards(ctx context.Context, poets []*Poet) ([]string, error) {
	if n, ok := ctx.Value(callsKey{}).(*int); ok {
		*n++
	}
	out := make([]string, len(poets))
	for i, p := range poets {
		out[i] = fmt.Sprintf("%s. %s %d/%d", p.Initial, p.Name, p.Loved, len(p.Poems))
		if p.Mentor != nil {
			out[i] += " after " + p.Mentor.Name
		}
	}
	return out, nil
}

// Define lets everybody read poets.
func (p *Poet) Define(r *resource.Builder[Poet]) {
	me := resource.Actor[Poet](r)
	resource.Related(r, &p.Top).Sort(func(x *Poem) []expr.Order { return []expr.Order{expr.Desc(&x.Score)} }).Limit(2)
	resource.Related(r, &p.Likes).Where(func(x *Poem) expr.Bool {
		return expr.Eq(&x.Score, &p.Taste)
	})
	resource.RelatedOne(r, &p.Newest).Sort(func(x *Poem) []expr.Order { return []expr.Order{expr.Desc(&x.Year)} })
	resource.RelatedOne(r, &p.Best).Sort(func(x *Poem) []expr.Order { return []expr.Order{expr.Desc(&x.Score)} })
	resource.Related(r, &p.Mine).Where(func(x *Poem) expr.Bool { return expr.Eq(&x.PoetID, &me.ID) })
	resource.Calculate(r, &p.BestScore, expr.Nullable(expr.F(&p.Best.Score)))
	resource.Calculate(r, &p.Latest, expr.Nullable(expr.F(&p.Newest.Title)))
	resource.Calculate(r, &p.Loved, expr.Count(&p.Top, func(x *Poem) expr.Bool { return expr.Gt(&x.Score, 5) }))
	resource.Calculate(r, &p.Tasted, expr.Count(&p.Poems, func(x *Poem) expr.Bool { return expr.Eq(&x.Score, &p.Taste) }))
	resource.CalculateWith(r, &p.Label, func(a *LabelArgs) expr.Value[string] {
		return expr.Concat(expr.F(&p.Name), expr.F(&a.Separator), expr.F(&a.Suffix))
	})
	resource.CalculateFunc(r, &p.Card, cards, &p.Name, &p.Initial, &p.Loved, &p.Poems, &p.Mentor.Name)
	resource.CalculateFunc(r, &p.Initial, func(_ context.Context, poets []*Poet) ([]string, error) {
		out := make([]string, len(poets))
		for i, x := range poets {
			out[i] = x.Name[:1]
		}
		return out, nil
	}, &p.Name)
	resource.CalculateFunc(r, &p.Fragile, func(_ context.Context, poets []*Poet) ([]*int, error) {
		beyond := poets[len(poets):]
		return []*int{&beyond[0].Taste}, nil
	})
	r.Read("list").Primary().Sort(expr.Asc(&p.ID))
	r.Create("add").Accept(&p.Name, &p.Taste, &p.MentorID)
	r.Destroy("drop")
	r.Policy().AuthorizeIf(resource.Public)
}

// Poem is a text by a poet.
type Poem struct {
	ID     int64  `conga:"primary"`
	Title  string `validate:"required,max=40"`
	Score  int
	Year   int
	Secret bool
	PoetID int64

	Poet   *Poet   `conga:"belongs_to"`
	Stages []Stage `conga:"many_to_many,through=Reading"`
	Order  []Stage `conga:"many_to_many,through=Reading"`
}

// Define keeps secret poems from all but poets.
func (p *Poem) Define(r *resource.Builder[Poem]) {
	resource.RelatedThrough[Reading](r, &p.Order).
		Where(func(_ *Stage, x *Reading) expr.Bool { return expr.Gt(&x.Night, 0) }).
		Sort(func(_ *Stage, x *Reading) []expr.Order { return []expr.Order{expr.Desc(&x.Night)} })
	r.Read("list").Primary().Sort(expr.Asc(&p.ID)).Page(3).MaxPage(4)
	r.Create("add").Accept(&p.Title, &p.Score, &p.Year, &p.Secret, &p.PoetID)
	r.Update("edit").Accept(&p.Title, &p.Score)
	r.Policy("list").AuthorizeIf(expr.Is(&p.Secret, false)).AuthorizeIf(resource.ActorPresent)
	r.Policy("add", "edit").AuthorizeIf(resource.Public)
}

// Stage is where poems are read.
type Stage struct {
	ID   int64  `conga:"primary"`
	Name string `validate:"required,max=40"`
}

// Define lets everybody see stages.
func (s *Stage) Define(r *resource.Builder[Stage]) {
	r.Read("list").Primary().Sort(expr.Asc(&s.ID))
	r.Create("add").Accept(&s.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

// Reading is a night on which a poem is read on a stage.
type Reading struct {
	ID      int64 `conga:"primary"`
	Night   int
	PoemID  int64
	StageID int64
	Poem    *Poem  `conga:"belongs_to"`
	Stage   *Stage `conga:"belongs_to"`
}

// Define keeps readings inside.
func (x *Reading) Define(r *resource.Builder[Reading]) {
	r.Identity("pair", &x.PoemID, &x.StageID)
	r.Create("add").Accept(&x.Night, &x.PoemID, &x.StageID)
	r.Policy().AuthorizeIf(resource.Public)
}

// Review is what somebody says about a poem. The struct of poems has no field
// for it, as if reviews were in a package that poems cannot import.
type Review struct {
	ID     int64 `conga:"primary"`
	Stars  int
	Poem   *Poem `conga:"belongs_to"`
	PoemID int64
	Gem    *Poem  `conga:"belongs_to"`
	GemID  *int64 `conga:"unique"`

	OnPoetID  *int64
	OnStageID *int64
	OnPoet    *Poet  `conga:"belongs_to,on_delete=cascade"`
	OnStage   *Stage `conga:"belongs_to"`
}

// Define gives poems their reviews.
func (x *Review) Define(r *resource.Builder[Review]) {
	resource.Inverse(r, &x.Poem, "Reviews").Where(func(o *Review) expr.Bool { return expr.Gt(&o.Stars, 0) }).
		Sort(func(o *Review) []expr.Order { return []expr.Order{expr.Desc(&o.Stars)} })
	resource.Inverse(r, &x.Gem, "GemReview")
	r.OneOf("about", &x.OnPoet, &x.OnStage)
	r.Read("list").Primary().Sort(expr.Asc(&x.ID))
	r.Create("add").Accept(&x.Stars, &x.PoemID, &x.GemID, &x.OnPoetID, &x.OnStageID)
	r.Update("move").Accept(&x.OnPoetID, &x.OnStageID)
	r.Policy().AuthorizeIf(resource.Public)
}

// poetry is an application of poets with its doors.
type poetry struct {
	app      *conga.App
	rest, ql http.Handler
	poets    map[string]*Poet // also the bearer tokens
	log      *bytes.Buffer
	sent     *int
}

type sentCount int

func (n *sentCount) Statement(context.Context, string) { *n++ }

func onPoetry(t *testing.T, f func(t *testing.T, p *poetry)) {
	t.Helper()
	for name, open := range map[string]func(t *testing.T, o datalayer.Observer) (datalayer.Layer, error){
		"sqlite": func(_ *testing.T, o datalayer.Observer) (datalayer.Layer, error) {
			return sqlite.OpenWith(context.Background(), ":memory:", sqlite.Options{Observer: o})
		},
		"postgres": func(t *testing.T, o datalayer.Observer) (datalayer.Layer, error) {
			return postgres.OpenWith(context.Background(), pgtest.Database(t), postgres.Options{Observer: o})
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := new(sentCount)
			layer, err := open(t, n)
			if err != nil {
				t.Fatal(err)
			}
			f(t, newPoetry(t, layer, (*int)(n)))
		})
	}
}

func newPoetry(t *testing.T, layer datalayer.Layer, sent *int) *poetry {
	t.Helper()
	p := &poetry{log: &bytes.Buffer{}, poets: map[string]*Poet{}, sent: sent}
	log := slog.New(slog.NewTextHandler(p.log, nil))
	var err error
	p.app, err = conga.NewWith(conga.Options{Log: log}, layer, resource.Of[Poet](), resource.Of[Poem](), resource.Of[Stage](), resource.Of[Reading](), resource.Of[Review]())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.app.Close() })
	o := api.Options{Actor: func(_ context.Context, token string) (any, error) {
		if x := p.poets[token]; x != nil {
			return x, nil
		}
		return nil, nil
	}}
	p.rest, p.ql = rest.New(p.app, rest.Options{Options: o}), graphql.New(p.app, graphql.Options{Options: o, Log: log})
	p.fill(t)
	return p
}

// fill adds two poets, and a third without poems. Ann's newest poem and her
// best one are secret.
func (p *poetry) fill(t *testing.T) {
	t.Helper()
	poets, poems, stages, readings := conga.For[Poet](p.app), conga.For[Poem](p.app), conga.For[Stage](p.app), conga.For[Reading](p.app)
	f, g, s, x := poets.Fields(), poems.Fields(), stages.Fields(), readings.Fields()
	for i, name := range []string{"ann", "bob", "cid"} {
		var mentor *int64
		if i > 0 {
			mentor = &p.poets[[]string{"ann", "bob"}[i-1]].ID
		}
		poet, err := poets.Create(t.Context(), "add", conga.Set(&f.Name, name), conga.Set(&f.Taste, 3+i), conga.Set(&f.MentorID, mentor))
		if err != nil {
			t.Fatal(err)
		}
		p.poets[name] = poet
	}
	for _, name := range []string{"hall", "pub", "attic"} {
		if _, err := stages.Create(t.Context(), "add", conga.Set(&s.Name, name)); err != nil {
			t.Fatal(err)
		}
	}
	for i, poem := range []Poem{
		{Title: "a1", Score: 3, Year: 2001, PoetID: p.poets["ann"].ID},
		{Title: "a2", Score: 9, Year: 2002, PoetID: p.poets["ann"].ID, Secret: true},
		{Title: "a3", Score: 6, Year: 2003, PoetID: p.poets["ann"].ID},
		{Title: "a4", Score: 4, Year: 2004, PoetID: p.poets["ann"].ID},
		{Title: "a5", Score: 2, Year: 2005, PoetID: p.poets["ann"].ID, Secret: true},
		{Title: "b1", Score: 5, Year: 2007, PoetID: p.poets["bob"].ID},
		{Title: "b2", Score: 4, Year: 2006, PoetID: p.poets["bob"].ID},
	} {
		made, err := poems.Create(t.Context(), "add", conga.Set(&g.Title, poem.Title), conga.Set(&g.Score, poem.Score),
			conga.Set(&g.Year, poem.Year), conga.Set(&g.Secret, poem.Secret), conga.Set(&g.PoetID, poem.PoetID))
		if err != nil {
			t.Fatal(err)
		}
		for n := range i % 3 {
			if _, err := readings.Create(t.Context(), "add", conga.Set(&x.PoemID, made.ID), conga.Set(&x.StageID, int64(n+1)), conga.Set(&x.Night, n*(i+1))); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// call sends a request to a handler.
func (p *poetry) call(handler http.Handler, actor, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if actor != "" {
		r.Header.Set("Authorization", "Bearer "+actor)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// get is the data of a REST answer, which has to succeed.
func (p *poetry) get(t *testing.T, actor, path string) string {
	t.Helper()
	w := p.call(p.rest, actor, http.MethodGet, path, "")
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s %s", path, w.Code, w.Body, p.log)
	}
	var doc struct{ Data json.RawMessage }
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || doc.Data == nil {
		return w.Body.String()
	}
	return string(doc.Data)
}

// query is the data of a GraphQL answer, which has to have no errors.
func (p *poetry) query(t *testing.T, actor, text string) string {
	t.Helper()
	w := p.ask(actor, text)
	var doc struct{ Data, Errors json.RawMessage }
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || doc.Errors != nil {
		t.Fatalf("%s: %s %s", text, w.Body, p.log)
	}
	return string(doc.Data)
}

func (p *poetry) ask(actor, text string) *httptest.ResponseRecorder {
	body, err := json.Marshal(map[string]any{"query": text})
	if err != nil {
		panic(err)
	}
	return p.call(p.ql, actor, http.MethodPost, "/graphql", string(body))
}

// sameText holds a text against the wanted one.
func sameText(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s\n got %s\nwant %s", what, got, want)
	}
}
