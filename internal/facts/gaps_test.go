package facts

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/extension/history"
	"github.com/congago/conga/form"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Invoice has values that the database makes.
type Invoice struct {
	ID     uuid.UUID `conga:"primary"`
	Number int64     `conga:"generated,unique"`
	Code   string    `validate:"required"`
	Grade  *string
	For    string `conga:"unique"`
}

func (v *Invoice) Define(r *resource.Builder[Invoice]) {
	resource.DatabaseDefault(r, &v.Code, "'made-' || (3 + 4)")
	resource.DatabaseDefault(r, &v.Grade, "upper('b')").On("SQLite", "'B'")
	r.Read("list").Primary().Sort(expr.Asc(&v.Number))
	r.Create("add").Primary().Bulk().Accept(&v.Code, &v.Grade, &v.For).
		Validate(resource.Valid(expr.IsNot(&v.Code, "bad"), "must not be bad", &v.Code))
	r.Create("put").Accept(&v.For, &v.Code).Upsert(&v.For)
	r.Update("edit").Accept(&v.Code, &v.Grade)
	r.Policy("add").AuthorizeIf(expr.Gt(&v.Number, 0).And(expr.Is(&v.Code, "made-7").Or(expr.Is(&v.Code, "mine"))))
	r.Policy("list", "put", "edit").AuthorizeIf(resource.Public)
	r.Publish("all")
}

func TestTheDatabaseMakesValuesThroughEveryDoor(t *testing.T) {
	stores(t, func(t *testing.T, layer datalayer.Layer, seen *statements) {
		app := ok(conga.New(layer, resource.Of[Invoice]()))(t)
		t.Cleanup(func() { _ = app.Close() })
		invoices := conga.For[Invoice](app)
		f := invoices.Fields()
		add := func(of string, options ...conga.Option) (*Invoice, error) {
			return invoices.Create(t.Context(), "add", append(options, conga.Set(&f.For, of))...)
		}
		v := ok(add("a"))(t)
		if v.Number != 1 || v.Code != "made-7" || v.Grade == nil || *v.Grade != "B" {
			t.Errorf("made %+v", v)
		}
		if v = ok(add("b", conga.Set(&f.Code, "mine"), conga.Set(&f.Grade, (*string)(nil))))(t); v.Number != 2 || v.Code != "mine" || v.Grade != nil {
			t.Errorf("given values became %+v", v)
		}
		if _, err := add("c", conga.Set(&f.Code, "bad")); !hasIssue(err, "code", "invalid") {
			t.Errorf("a bad code: %v", err)
		}
		if _, err := add("c", conga.Set(&f.Code, "")); !hasIssue(err, "code", "required") {
			t.Errorf("an empty code: %v", err)
		}
		if _, err := add("c", conga.Set(&f.Code, "theirs")); conga.KindOf(err) != conga.Forbidden {
			t.Errorf("a code that the policy refuses: %v", err)
		}
		rows := [][]conga.Option{
			{conga.Set(&f.For, "m0")}, {conga.Set(&f.For, "m1"), conga.Set(&f.Code, "mine")}, {conga.Set(&f.For, "m2")},
			{conga.Set(&f.For, "m3"), conga.Set(&f.Grade, new("A"))},
		}
		many, _, err := invoices.CreateMany(t.Context(), "add", conga.Bulk{}, rows...)
		if err != nil {
			t.Fatal(err)
		}
		numbers := map[int64]bool{}
		for i, v := range many {
			numbers[v.Number] = true
			if v.For != "m"+string(rune('0'+i)) || (v.Code == "mine") != (i == 1) || *v.Grade != "B" && (i != 3 || *v.Grade != "A") || v.Number < 3 {
				t.Errorf("record %d is %+v", i, v)
			}
		}
		if len(numbers) != 4 {
			t.Errorf("the numbers of four are %v", numbers)
		}
		first := ok(invoices.Create(t.Context(), "put", conga.Set(&f.For, "u")))(t)
		again := ok(invoices.Create(t.Context(), "put", conga.Set(&f.For, "u"), conga.Set(&f.Code, "changed")))(t)
		if again.Number != first.Number || again.ID != first.ID || again.Code != "changed" || first.Code != "made-7" || *again.Grade != "B" {
			t.Errorf("an upsert made %+v of %+v", again, first)
		}
		api, ql := rest.New(app, rest.Options{}), graphql.New(app, graphql.Options{})
		for _, tt := range []struct {
			door               http.Handler
			path, body, answer string
		}{
			{api, "/api/invoices", `{"for":"r"}`, `"code":"made-7","grade":"B"`},
			{api, "/api/invoices", `{"for":"r2","number":7}`, `"code":"unknown"`},
			{api, "/api/invoices", `[{"for":"r3"},{"for":"r4","code":"mine"}]`, `"code":"mine","grade":"B","for":"r4"`},
			{ql, "/graphql", `{"query":"mutation { addInvoice(input: {for: \"g\"}) { result { code grade number } errors { code } } }"}`, `"code":"made-7","grade":"B"`},
		} {
			r := httptest.NewRequest(http.MethodPost, tt.path, strings.NewReader(tt.body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			tt.door.ServeHTTP(w, r)
			if !strings.Contains(w.Body.String(), tt.answer) {
				t.Errorf("%s %s: %d %s, want %s", tt.path, tt.body, w.Code, w.Body, tt.answer)
			}
		}
		for i, values := range []url.Values{{"for": {"f"}}, {"for": {"f2"}, "code": {""}, "grade": {""}}} {
			fm := ok(form.Create(invoices, "add"))(t)
			if done, err := fm.Submit(t.Context(), form.Of(values)); err != nil || !done || form.Result[Invoice](fm).Code != "made-7" {
				t.Errorf("form %d: %v %v %v", i, done, err, fm.Issues())
			}
		}
		all := ok(invoices.Read(t.Context(), "list", conga.Where(expr.Contains(&f.Code, "made"))))(t).Items
		if !slices.IsSortedFunc(all, func(a, b *Invoice) int { return int(a.Number - b.Number) }) || len(all) < 8 {
			t.Errorf("the list is %v", all)
		}
	})
}

// Essay has a long text that is read only when asked for.
type Essay struct {
	ID    uuid.UUID `conga:"primary"`
	Title string
	Text  string   `conga:"lazy"`
	Marks []string `conga:"lazy"`

	Length   int       `conga:"calculated"`
	Praised  string    `conga:"calculated"`
	Opinions []Opinion `conga:"has_many"`
}

type essayVersion struct {
	ID uuid.UUID `conga:"primary"`
	history.Fields[uuid.UUID]
}

func (v *essayVersion) Define(r *resource.Builder[essayVersion]) {
	history.Versions(r, &v.Fields)
	r.Read("list").Primary().Sort(expr.Asc(&v.At))
	r.Policy("list").AuthorizeIf(resource.Public)
}

type Opinion struct {
	ID      uuid.UUID `conga:"primary"`
	EssayID uuid.UUID
	Essay   *Essay `conga:"belongs_to,on_delete=cascade"`
	Echo    string `conga:"calculated"`
}

func (x *Opinion) Define(r *resource.Builder[Opinion]) {
	resource.CalculateFunc(r, &x.Echo, func(_ context.Context, rs []*Opinion) ([]string, error) {
		out := make([]string, len(rs))
		for i, x := range rs {
			out[i] = x.Essay.Text
		}
		return out, nil
	}, &x.Essay.Text)
	r.Read("list").Primary()
	r.Create("add").Accept(&x.EssayID)
	r.Policy().AuthorizeIf(resource.Public)
}

func (e *Essay) Define(r *resource.Builder[Essay]) {
	resource.Calculate(r, &e.Length, expr.Length(expr.F(&e.Text)))
	resource.CalculateFunc(r, &e.Praised, func(_ context.Context, es []*Essay) ([]string, error) {
		out := make([]string, len(es))
		for i, e := range es {
			out[i] = "praised: " + e.Text
		}
		return out, nil
	}, &e.Text)
	r.Read("list").Primary().Sort(expr.Asc(&e.Title))
	r.Create("write").Accept(&e.Title, &e.Text, &e.Marks)
	r.Update("edit").Primary().Accept(&e.Title, &e.Text, &e.Marks).
		Validate(resource.Valid(expr.IsNot(&e.Text, "").Or(expr.Is(&e.Title, "b")), "must have a text", &e.Text))
	r.Update("sign").Accept(&e.Title)
	r.Destroy("burn")
	r.Policy("list", "write", "edit", "burn").AuthorizeIf(resource.Public)
	r.Policy("sign").AuthorizeIf(expr.StartsWith(&e.Text, "Once"))
	history.Use[essayVersion](r)
}

func TestLazyAttributesAreReadWhenNamed(t *testing.T) {
	stores(t, func(t *testing.T, layer datalayer.Layer, seen *statements) {
		app := ok(conga.New(layer, resource.Of[Essay](), resource.Of[essayVersion](), resource.Of[Opinion]()))(t)
		t.Cleanup(func() { _ = app.Close() })
		essays := conga.For[Essay](app)
		f, ctx := essays.Fields(), t.Context()
		var events []*Essay
		app.Subscribe(ctx, essays.Topic("", nil), func(e conga.Event) { events = append(events, e.Record.(*Essay)) })
		made := ok(essays.Create(ctx, "write", conga.Set(&f.Title, "a"), conga.Set(&f.Text, "Once upon"), conga.Set(&f.Marks, []string{"x"})))(t)
		if made.Text != "" || made.Marks != nil || made.Title != "a" {
			t.Errorf("a create gave %+v", made)
		}
		named := ok(essays.Create(ctx, "write", conga.Set(&f.Title, "b"), conga.Set(&f.Text, "Never"), conga.With(&f.Text)))(t)
		if named.Text != "Never" || named.Marks != nil {
			t.Errorf("a create that names it gave %+v", named)
		}
		if len(events) != 2 || events[0].Text != "Once upon" {
			t.Errorf("the events are %+v", events)
		}
		seen.take()
		for _, rec := range []*Essay{ok(essays.Get(ctx, made.ID))(t), ok(essays.Read(ctx, "list"))(t).Items[0]} {
			if rec.Text != "" || rec.Marks != nil || rec.Title != "a" {
				t.Errorf("a read gave %+v", rec)
			}
		}
		for _, s := range seen.take() {
			if strings.Contains(s, `"text"`) || strings.Contains(s, `"marks"`) {
				t.Errorf("the statement reads it: %s", s)
			}
		}
		for name, options := range map[string][]conga.Option{
			"With": {conga.With(&f.Text)}, "Select": {conga.Select(&f.Text)}, "a filter": {conga.With(&f.Text), conga.Where(expr.Is(&f.Text, "Once upon"))},
		} {
			if rec := ok(essays.Read(ctx, "list", options...))(t).Items[0]; rec.Text != "Once upon" || rec.Marks != nil || (rec.Title == "") != (name == "Select") {
				t.Errorf("%s gave %+v", name, rec)
			}
		}
		if rec := ok(essays.Get(ctx, made.ID, conga.With(&f.Length, &f.Praised)))(t); rec.Length != 9 || rec.Praised != "praised: Once upon" || rec.Text != "" {
			t.Errorf("calculations gave %+v", rec)
		}
		reviews := conga.For[Opinion](app)
		rf := reviews.Fields()
		ok(reviews.Create(ctx, "add", conga.Set(&rf.EssayID, made.ID)))(t)
		review := ok(reviews.Read(ctx, "list", conga.With(&rf.Echo), conga.Load(&rf.Essay)))(t).Items[0]
		if review.Echo != "Once upon" || review.Essay.Text != "" || review.Essay.Title != "a" {
			t.Errorf("a review gave %+v of %+v", review, review.Essay)
		}
		plain := ok(essays.Get(ctx, made.ID))(t)
		for rec, want := range map[*Essay]bool{plain: true, named: false} {
			if can := ok(essays.Can(ctx, "sign", rec))(t); can != want {
				t.Errorf("Can of %q is %v", rec.Title, can)
			}
		}
		ok(essays.Update(ctx, "edit", plain, conga.Set(&f.Title, "A")))(t)
		if rec := ok(essays.Get(ctx, made.ID, conga.With(&f.Text, &f.Marks)))(t); rec.Text != "Once upon" || len(rec.Marks) != 1 || rec.Title != "A" {
			t.Errorf("after an update of the title: %+v", rec)
		}
		lazyThroughTheDoors(t, app, plain)
		fm := ok(form.Update(essays, "edit", plain))(t)
		for _, values := range []url.Values{
			{"title": {"A2"}, "text": {""}, "marks[]": {""}}, {"title": {"A3"}, "text": {"Once more"}},
		} {
			if err := fm.Validate(ctx, form.Of(values)); err != nil || len(fm.Issues()) > 0 {
				t.Errorf("validating %v: %v %v", values, err, fm.Issues())
			}
			if done, err := fm.Submit(ctx, form.Of(values)); err != nil || !done {
				t.Errorf("the form: %v %v %v", done, err, fm.Issues())
			}
			want := max(values.Get("text"), "Once ")
			if rec := ok(essays.Get(ctx, made.ID, conga.With(&f.Text, &f.Marks)))(t); !strings.HasPrefix(rec.Text, want) || rec.Title != values.Get("title") || len(rec.Marks) != 1 {
				t.Errorf("after the form: %+v", rec)
			}
			fm = ok(form.Update(essays, "edit", ok(essays.Get(ctx, made.ID))(t)))(t)
		}
		if err := essays.Destroy(ctx, "burn", plain); err != nil {
			t.Fatal(err)
		}
		versions := ok(conga.For[essayVersion](app).Read(ctx, "list"))(t).Items
		if first, last := versions[0], versions[len(versions)-1]; string(first.Changes["text"]) != `"Once upon"` || last.Kind != history.Destroyed || string(last.Changes["text"]) != `"Once more"` {
			t.Errorf("the first version is %s, the last %s", first.Changes, last.Changes)
		}
	})
}

func lazyThroughTheDoors(t *testing.T, app *conga.App, e *Essay) {
	api, ql := rest.New(app, rest.Options{}), graphql.New(app, graphql.Options{})
	id := e.ID.String()
	for _, tt := range []struct {
		door               http.Handler
		path, body, accept string
		want, not          string
	}{
		{api, "/api/essays/" + id, "", "", `"title":"A"`, `"text"`},
		{api, "/api/essays", "", "application/vnd.api+json", `"title":"A"`, `"text"`},
		{api, "/api/essays/" + id + "?fields[essay]=title,text", "", "", `"text":"Once upon"`, `"marks"`},
		{api, "/api/essays?fields[essay]=text&filter[text][starts_with]=Once", "", "application/vnd.api+json", `"text":"Once upon"`, `"marks"`},
		{api, "/api/essays?format=x&sort=text", "", "application/x-ndjson", `"title":"A"`, `"text"`},
		{api, "/api/opinions?include=essay", "", "", `"title":"A"`, `"text"`},
		{api, "/api/essays", `{"title":"n","text":"t"}`, "", `"title":"n"`, `"text"`},
		{ql, "/graphql", `{"query":"{ essays { nodes { title } } }"}`, "", `"title":"A"`, `"text"`},
		{ql, "/graphql", `{"query":"{ essays(sort: [{field: TEXT}]) { nodes { text marks } } }"}`, "", `"text":"Once upon","marks":["x"]`, `"title"`},
		{ql, "/graphql", `{"query":"mutation { writeEssay(input: {title: \"g\", text: \"gt\"}) { result { title text } } }"}`, "", `"text":"gt"`, `"marks"`},
	} {
		method := http.MethodGet
		if tt.body != "" {
			method = http.MethodPost
		}
		r := httptest.NewRequest(method, strings.ReplaceAll(tt.path, "format=x&", ""), strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/json")
		if tt.accept != "" {
			r.Header.Set("Accept", tt.accept)
		}
		w := httptest.NewRecorder()
		tt.door.ServeHTTP(w, r)
		if got := w.Body.String(); !strings.Contains(got, tt.want) || strings.Contains(got, tt.not) {
			t.Errorf("%s %s: %d %s, want %s without %s", tt.path, tt.body, w.Code, got, tt.want, tt.not)
		}
	}
}
