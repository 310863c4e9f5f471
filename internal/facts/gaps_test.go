package facts

import (
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
