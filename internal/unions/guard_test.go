package unions

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/extension/history"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Login is how somebody proves who he is.
type Login interface{ login() }

type (
	Secret struct {
		Word string `conga:"sensitive"`
	}
	Key struct{ Public string }
)

func (Secret) login() {}
func (Key) login()    {}

// Person is also who calls.
type Person struct {
	ID     uuid.UUID `conga:"primary"`
	Name   string
	Login  Login
	Hobby  Content
	Closed Content `conga:"nofilter"`
	Note   Content `conga:"private"`
	Hidden resource.Hidden
}

func (p *Person) Define(r *resource.Builder[Person]) {
	me := resource.Actor[Person](r)
	resource.Union[Login](r).Variant("secret", Secret{}).Variant("key", Key{}).Discriminator("by")
	resource.Union[Content](r).Variant("text", Text{}).Variant("gone", Gone{})
	history.Use[PersonVersion](r)
	r.Read("list").Primary().Sort(expr.Asc(&p.Name))
	r.Create("join").Accept(&p.Name, &p.Login, &p.Hobby, &p.Closed)
	r.Update("edit").Accept(&p.Login, &p.Closed)
	r.Policy().AuthorizeIf(resource.Public)
	r.FieldPolicy(&p.Login, &p.Hobby).AuthorizeIf(expr.Eq(&p.ID, &me.ID))
	r.FieldPolicy().AuthorizeIf(resource.Always)
}

// PersonVersion is what an action made of a person.
type PersonVersion struct {
	ID uuid.UUID `conga:"primary"`
	history.Fields[uuid.UUID]
}

func (v *PersonVersion) Define(r *resource.Builder[PersonVersion]) {
	history.Versions(r, &v.Fields)
	r.Read("list")
	r.Policy("list").AuthorizeIf(resource.Public)
}

func people(t *testing.T) (*conga.App, map[string]*Person) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[Person](), resource.Of[PersonVersion]())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close() })
	h := conga.For[Person](app)
	f := h.Fields()
	out := map[string]*Person{}
	for name, login := range map[string]Login{"ann": Secret{"open sesame"}, "bob": Key{"ssh"}} {
		if out[name], err = h.Create(t.Context(), "join", conga.Set(&f.Name, name), conga.Set(&f.Login, login), conga.Set(&f.Hobby, Content(Text{Body: name})), conga.Set(&f.Closed, Content(Text{Body: name}))); err != nil {
			t.Fatal(err)
		}
	}
	return app, out
}

// TestHiddenUnionsAreNotFoundByTheirVariant: who may not see the value of a
// union does not find it by its variant.
func TestHiddenUnionsAreNotFoundByTheirVariant(t *testing.T) {
	app, people := people(t)
	actor := func(_ context.Context, token string) (any, error) { return people[token], nil }
	var o rest.Options
	o.Actor = actor
	var q graphql.Options
	q.Actor = actor
	web, ql := rest.New(app, o), graphql.New(app, q)
	for _, tt := range []struct{ filter, input, want string }{
		{"filter[login][by]=secret", `{login: {by: {eq: SECRET}}}`, "ann"},
		{"filter[login][by]=key", `{login: {by: {eq: KEY}}}`, ""},
		{"filter[login][by][ne]=secret", `{login: {by: {ne: SECRET}}}`, ""},
		{"filter[login][by][is_null]=true", `{login: {by: {isNull: true}}}`, "bob"},
		{"filter[hobby][type][not_in]=gone", `{hobby: {type: {notIn: [GONE]}}}`, "ann"},
	} {
		for door, body := range map[string]string{
			"rest":    send(web, "GET", "/api/people?"+url.PathEscape(tt.filter), ""),
			"graphql": send(ql, "POST", "/", `{"query":"{ people(filter: `+tt.input+`) { nodes { name } } }"}`),
		} {
			var names []string
			for _, name := range []string{"ann", "bob"} {
				if strings.Contains(body, `"name":"`+name+`"`) {
					names = append(names, name)
				}
			}
			if got := strings.Join(names, " "); got != tt.want || !strings.Contains(body, `"data"`) {
				t.Errorf("%s %s: %q, want %q: %s", door, tt.filter, got, tt.want, body)
			}
		}
	}
	body := send(ql, "POST", "/", `{"query":"{ people { nodes { name login { __typename } } } }"}`)
	if !strings.Contains(body, `{"message":"Person.login is hidden","path":["people","nodes",1,"login"],"extensions":{"code":"FORBIDDEN_FIELD"}}`) ||
		!strings.Contains(body, `{"name":"ann","login":{"__typename":"LoginSecret"}},{"name":"bob","login":null}`) {
		t.Errorf("a hidden union has to be null, with an error: %s", body)
	}
	for _, filter := range []string{"filter[closed][type]=gone", "filter[note][type]=gone"} {
		if body := send(web, "GET", "/api/people?"+url.PathEscape(filter), ""); !strings.Contains(body, `"status":400`) {
			t.Errorf("%s: %s", filter, body)
		}
	}
	document := send(web, "GET", "/api/openapi.json", "")
	for _, name := range []string{"filter[closed][type]", "filter[note]", `"note"`} {
		if strings.Contains(document, name) {
			t.Errorf("the document tells of %s", name)
		}
	}
}

func send(h http.Handler, method, path, body string) string {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer ann")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec.Body.String()
}

func TestSecretsOfVariantsAreNotLogged(t *testing.T) {
	app, _ := people(t)
	login := app.Registry().Resources[0].Attribute("Login")
	if got := login.Loggable(Secret{"open sesame"}); got != resource.Redacted {
		t.Errorf("got %v", got)
	}
	if got := fmt.Sprint(app.Registry().Resources[0].LogRecord(&Person{Login: Secret{"open sesame"}})); strings.Contains(got, "sesame") {
		t.Errorf("got %s", got)
	}
}

func TestVersionsHaveTheVariant(t *testing.T) {
	app, people := people(t)
	h := conga.For[Person](app)
	f := h.Fields()
	if _, err := h.Update(t.Context(), "edit", people["bob"], conga.Set(&f.Closed, Content(Gone{}))); err != nil {
		t.Fatal(err)
	}
	versions, err := conga.For[PersonVersion](app).Read(t.Context(), "list")
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	if err := json.NewEncoder(&all).Encode(versions.Items); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`{"type":"gone"}`, `{"type":"text","body":"bob"`} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("no version has %s: %s", want, all.String())
		}
	}
}
