package facts

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/form"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Note has defaults of updates, and texts that are NULL where they are empty.
type Note struct {
	ID      uuid.UUID `conga:"primary"`
	Key     *string   `conga:"unique,trim,null"`
	Title   *string   `validate:"required" conga:"trim,null"`
	Aside   *string   `conga:"null"`
	Mood    *string   `validate:"omitempty,oneof=good bad" conga:"null"`
	Size    int
	Token   string
	Tags    []string
	Memo    map[string]int
	Changed time.Time `conga:"updated"`
}

// turns counts what the defaults of updates made, for each token.
type turns struct{ n int }

// Echo are arguments that are tidied like attributes.
type Echo struct {
	Text *string `conga:"trim,null"`
}

func (n *Note) Define(r *resource.Builder[Note]) {
	count := &turns{}
	resource.UpdateDefault(r, &n.Token, func() string { count.n++; return strings.Repeat("x", count.n) })
	resource.UpdateDefault(r, &n.Tags, func() []string { return []string{"touched"} })
	resource.UpdateDefault(r, &n.Memo, func() map[string]int { return map[string]int{"touched": 1} })
	r.Read("list").Primary()
	find := r.Read("find")
	q := resource.Arguments[Echo](find)
	find.Filter(expr.IsNull(&q.Text).Or(expr.Eq(&n.Title, &q.Text)))
	r.Create("add").Primary().Accept(&n.Key, &n.Title, &n.Aside, &n.Mood, &n.Size)
	r.Create("put").Accept(&n.Key, &n.Title).Upsert(&n.Key)
	r.Update("edit").Primary().Accept(&n.Title, &n.Size, &n.Token)
	r.Update("read_first").Accept(&n.Size).Change(resource.ChangeFunc(func(context.Context, *resource.Changeset) error { return nil }))
	r.Update("grow").Change(resource.Increment(&n.Size, 1))
	resource.Handle(r, "echo", func(_ context.Context, in *Echo) (*Echo, error) { return in, nil })
	r.Policy().AuthorizeIf(resource.Public)
}

type pad struct {
	app   *conga.App
	notes conga.Handle[Note]
	f     *Note
}

func pads(t *testing.T, f func(t *testing.T, p *pad)) {
	stores(t, func(t *testing.T, layer datalayer.Layer, _ *statements) {
		app := ok(conga.New(layer, resource.Of[Note]()))(t)
		t.Cleanup(func() { _ = app.Close() })
		p := &pad{app: app, notes: conga.For[Note](app)}
		p.f = p.notes.Fields()
		f(t, p)
	})
}

func (p *pad) add(t *testing.T, options ...conga.Option) *Note {
	t.Helper()
	return ok(p.notes.Create(t.Context(), "add", append(options, conga.Set(&p.f.Title, new("t")))...))(t)
}

func renewed(n *Note, token string) bool {
	return n.Token == token && len(n.Tags) == 1 && n.Tags[0] == "touched" && n.Memo["touched"] == 1
}

// Behaviour 41: what moves with an update moves only where it changes something.
func TestUpdateDefaultsMoveLikeTheTimeOfAnUpdate(t *testing.T) {
	pads(t, func(t *testing.T, p *pad) {
		f := p.f
		n := p.add(t)
		if n.Token != "" || len(n.Tags) > 0 {
			t.Errorf("a create had the defaults of updates: %+v", n)
		}
		for _, action := range []string{"edit", "read_first"} { // in one statement, and with the record read
			if q := ok(p.notes.Update(t.Context(), action, n, conga.Set(&f.Size, 0)))(t); !q.Changed.Equal(n.Changed) || q.Token != "" || len(q.Tags) > 0 || len(q.Memo) > 0 {
				t.Errorf("%s: an unchanged update gave %+v", action, q)
			}
		}
		if q := ok(p.notes.Update(t.Context(), "edit", n))(t); q.Token != "" {
			t.Errorf("an empty update gave %+v", q)
		}
		for i, action := range []string{"edit", "read_first", "grow"} { // three were made in vain
			var options []conga.Option
			if action != "grow" {
				options = append(options, conga.Set(&f.Size, i+1))
			}
			if q := ok(p.notes.Update(t.Context(), action, n, options...))(t); !renewed(q, strings.Repeat("x", i+4)) || !q.Changed.After(n.Changed) {
				t.Errorf("%s gave %+v", action, q)
			}
		}
		if q := ok(p.notes.Update(t.Context(), "edit", n, conga.Set(&f.Token, "mine")))(t); !renewed(q, "mine") {
			t.Errorf("a given value became %+v", q)
		}
	})
}

func TestUpdateDefaultsOfManyRecords(t *testing.T) {
	pads(t, func(t *testing.T, p *pad) {
		f := p.f
		a, b := p.add(t), p.add(t, conga.Set(&f.Size, 7))
		out, _, err := p.notes.UpdateMany(t.Context(), "edit", conga.Bulk{}, conga.To(a, conga.Set(&f.Size, 7)), conga.To(b, conga.Set(&f.Size, 7)))
		if err != nil || !renewed(out[0], "x") || out[1].Token != "" || !out[1].Changed.Equal(b.Changed) {
			t.Fatalf("UpdateMany = %+v %+v, %v", out[0], out[1], err)
		}
		if _, err := p.notes.UpdateEvery(t.Context(), "edit", expr.True(), conga.Set(&f.Size, 8)); err != nil {
			t.Fatal(err)
		}
		for _, n := range []*Note{a, b} { // one statement has one value
			if q := ok(p.notes.Get(t.Context(), n.ID))(t); !renewed(q, "xxx") {
				t.Errorf("UpdateEvery gave %+v", q)
			}
		}
		if _, err := p.notes.UpdateEvery(t.Context(), "read_first", expr.True(), conga.Set(&f.Size, 9)); err != nil {
			t.Fatal(err)
		}
		if x, y := ok(p.notes.Get(t.Context(), a.ID))(t), ok(p.notes.Get(t.Context(), b.ID))(t); len(x.Token)+len(y.Token) != 9 {
			t.Errorf("UpdateEvery, record by record, gave %q and %q", x.Token, y.Token)
		}
	})
}

func TestUpdateDefaultsOfUpserts(t *testing.T) {
	pads(t, func(t *testing.T, p *pad) {
		put := func() *Note {
			return ok(p.notes.Create(t.Context(), "put", conga.Set(&p.f.Key, new(" k ")), conga.Set(&p.f.Title, new("t"))))(t)
		}
		first := put()
		if first.Token != "" || *first.Key != "k" {
			t.Errorf("a new record = %+v", first)
		}
		if second := put(); second.ID != first.ID || !renewed(second, "xx") {
			t.Errorf("the record that was there = %+v", second)
		}
	})
}

func TestEmptyTextsAreNullThroughEveryDoor(t *testing.T) {
	pads(t, func(t *testing.T, p *pad) {
		f := p.f
		n := p.add(t, conga.Set(&f.Key, new(" ")), conga.Set(&f.Aside, new("")), conga.Set(&f.Mood, new("")))
		if n.Key != nil || n.Aside != nil || n.Mood != nil {
			t.Errorf("Go: %+v", n)
		}
		if n = p.add(t, conga.Set(&f.Aside, new(" "))); n.Aside == nil || *n.Aside != " " {
			t.Errorf("what is not trimmed is not empty: %+v", n)
		}
		if _, err := p.notes.Create(t.Context(), "add", conga.Set(&f.Title, new(" "))); !hasIssue(err, "title", "required") {
			t.Errorf("an empty title: %v", err)
		}
		if _, err := p.notes.Update(t.Context(), "edit", n, conga.Set(&f.Title, new(""))); !hasIssue(err, "title", "required") {
			t.Errorf("an empty title of an update: %v", err)
		}
		api, ql := rest.New(p.app, rest.Options{}), graphql.New(p.app, graphql.Options{})
		for _, tt := range []struct {
			door               http.Handler
			path, body, answer string
		}{
			{api, "/api/notes", `{"title":" r ","key":" ","aside":"","mood":""}`, `"key":null,"title":"r","aside":null,"mood":null`},
			{api, "/api/notes", `{"title":" "}`, `"required"`},
			{api, "/api/notes/echo", `{"text":" "}`, `"text":null`},
			{ql, "/graphql", `{"query":"mutation { addNote(input: {title: \" g \", key: \" \", aside: \"\"}) { result { key title aside } errors { code } } }"}`, `"key":null,"title":"g","aside":null`},
			{ql, "/graphql", `{"query":"mutation { addNote(input: {title: \" \"}) { result { key } errors { code } } }"}`, `required`},
		} {
			r := httptest.NewRequest(http.MethodPost, tt.path, strings.NewReader(tt.body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			tt.door.ServeHTTP(w, r)
			if !strings.Contains(w.Body.String(), tt.answer) {
				t.Errorf("%s %s: %d %s, want %s", tt.path, tt.body, w.Code, w.Body, tt.answer)
			}
		}
		all := len(ok(p.notes.Read(t.Context(), "list"))(t).Items)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/notes/find?text=%20", nil))
		if got := strings.Count(w.Body.String(), `"id":`); got != all {
			t.Errorf("an argument of spaces found %d of %d: %s", got, all, w.Body)
		}
		fm := ok(form.Create(p.notes, "add"))(t)
		if done, err := fm.Submit(t.Context(), form.Of(url.Values{"title": {"f"}, "key": {" "}})); err != nil || !done || form.Result[Note](fm).Key != nil {
			t.Errorf("the form: %v %v %v", done, err, fm.Issues())
		}
		fm = ok(form.Create(p.notes, "add"))(t)
		if done, err := fm.Submit(t.Context(), form.Of(url.Values{"title": {" "}})); err != nil || done {
			t.Errorf("the form took a title of spaces: %v %v", done, err)
		}
	})
}
