package doors

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/form"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
)

// Purse tells more than its record.
type Purse struct {
	ID    uuid.UUID `conga:"primary"`
	Owner string    `validate:"required"`
	Coins int
}

// Receipt is what writes of purses tell.
type Receipt struct {
	Number string `doc:"For the books."`
	Coins  *int
	Inner  string `json:"-"`
}

// Hits are what reads of purses tell.
type Hits struct{ Asked string }

func (x *Purse) Define(r *resource.Builder[Purse]) {
	list := r.Read("list").Primary()
	hits := resource.Metadata[Hits](list)
	list.Prepare(func(_ context.Context, p *resource.Preparation) error {
		hits.Of(p.Inputs).Asked = "yes"
		return nil
	})
	issue := func(w *resource.WriteBuilder[Purse]) {
		receipt := resource.Metadata[Receipt](w)
		w.Change(resource.ChangeFunc(func(_ context.Context, c *resource.Changeset) error {
			if coins := resource.Value(c, &x.Coins); coins > 0 {
				receipt.Of(c).Coins = &coins
			}
			return nil
		})).After(func(_ context.Context, c *resource.Changeset, p *Purse) error {
			if p.Owner != "silent" {
				receipt.Of(c).Number = "no. " + p.Owner
				receipt.Of(c).Inner = "a secret"
			}
			return nil
		})
	}
	issue(r.Create("open").Primary().Bulk().Accept(&x.Owner, &x.Coins))
	issue(r.Update("fill").Accept(&x.Coins))
	issue(r.Destroy("lose"))
	r.Update("rename").Primary().Accept(&x.Owner)
	r.Policy().AuthorizeIf(resource.Public)
}

func onPurses(t *testing.T, f func(t *testing.T, h *house, purses conga.Handle[Purse])) {
	t.Helper()
	for name, open := range map[string]func() (datalayer.Layer, error){
		"sqlite":   func() (datalayer.Layer, error) { return sqlite.Open(t.Context(), ":memory:") },
		"postgres": func() (datalayer.Layer, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			app := must(conga.New(must(open())(t), resource.Of[Purse]()))(t)
			t.Cleanup(func() { _ = app.Close() })
			f(t, &house{app: app, rest: rest.New(app, rest.Options{}), ql: graphql.New(app, graphql.Options{})}, conga.For[Purse](app))
		})
	}
}

func TestMetadataThroughGo(t *testing.T) {
	onPurses(t, func(t *testing.T, _ *house, purses conga.Handle[Purse]) {
		ctx, f := t.Context(), purses.Fields()
		receipt := Receipt{Number: "an old one"}
		p := must(purses.Create(ctx, "open", conga.Set(&f.Owner, "ann"), conga.Set(&f.Coins, 3), conga.Metadata(&receipt)))(t)
		if receipt.Number != "no. ann" || *receipt.Coins != 3 {
			t.Errorf("opened: %+v", receipt)
		}
		silent := must(purses.Create(ctx, "open", conga.Set(&f.Owner, "silent"), conga.Metadata(&receipt)))(t)
		if receipt != (Receipt{}) {
			t.Errorf("where nothing is told: %+v", receipt)
		}
		if _, err := purses.Create(ctx, "open", conga.Metadata(&receipt)); conga.KindOf(err) != conga.Invalid || receipt != (Receipt{}) {
			t.Errorf("refused: %v, %+v", err, receipt)
		}
		must(purses.Update(ctx, "fill", p, conga.Set(&f.Coins, 7), conga.Metadata(&receipt)))(t)
		if receipt.Number != "no. ann" || *receipt.Coins != 7 {
			t.Errorf("filled: %+v", receipt)
		}
		var rs [2]Receipt
		must2(purses.UpdateMany(ctx, "fill", conga.Bulk{}, conga.To(p, conga.Set(&f.Coins, 1), conga.Metadata(&rs[0])), conga.To(silent, conga.Set(&f.Coins, 2), conga.Metadata(&rs[1]))))(t)
		if rs[0].Number != "no. ann" || *rs[0].Coins != 1 || rs[1].Number != "" || *rs[1].Coins != 2 {
			t.Errorf("of many: %+v", rs)
		}
		must2(purses.CreateMany(ctx, "open", conga.Bulk{}, []conga.Option{conga.Set(&f.Owner, "bob"), conga.Metadata(&rs[0])}, []conga.Option{conga.Set(&f.Owner, "silent"), conga.Metadata(&rs[1])}))(t)
		if rs[0].Number != "no. bob" || rs[1] != (Receipt{}) {
			t.Errorf("of new ones: %+v", rs)
		}
		var hits Hits
		must(purses.Read(ctx, "list", conga.Metadata(&hits)))(t)
		if hits.Asked != "yes" {
			t.Errorf("read: %+v", hits)
		}
		hits = Hits{}
		must(purses.Get(ctx, p.ID, conga.Metadata(&hits)))(t)
		if hits.Asked != "yes" {
			t.Errorf("got: %+v", hits)
		}
		if err := purses.Destroy(ctx, "lose", p, conga.Metadata(&receipt)); err != nil || receipt.Number != "no. ann" {
			t.Errorf("lost: %v, %+v", err, receipt)
		}
		if _, err := purses.Update(ctx, "rename", silent, conga.Metadata(&receipt)); conga.KindOf(err) != conga.Internal {
			t.Errorf("without metadata: %v", err)
		}
		if _, err := purses.Update(ctx, "fill", silent, conga.Metadata(&hits)); conga.KindOf(err) != conga.Internal {
			t.Errorf("of another type: %v", err)
		}
	})
}

func must2[A, B any](a A, b B, err error) func(t *testing.T) (A, B) {
	return func(t *testing.T) (A, B) {
		t.Helper()
		must(a, err)(t)
		return a, b
	}
}

func TestMetadataThroughREST(t *testing.T) {
	onPurses(t, func(t *testing.T, h *house, purses conga.Handle[Purse]) {
		doc := documented(t, h.rest)
		call := func(method, path, body, accept, want string) {
			t.Helper()
			r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
			r.Header.Set("Accept", accept)
			if body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			w := httptest.NewRecorder()
			h.rest.ServeHTTP(w, r)
			if got := w.Body.String(); !strings.Contains(got, want) || strings.Contains(got, "secret") {
				t.Errorf("%s %s: got %d %s\nwant %s", method, path, w.Code, got, want)
			}
			doc.holds(t, r, body, w)
		}
		const plain, jsonapi = "application/json", "application/vnd.api+json"
		p := must(purses.Create(t.Context(), "open", conga.Set(&purses.Fields().Owner, "ann")))(t)
		path := "/api/purses/" + p.ID.String()
		call("POST", "/api/purses", `{"owner":"bob","coins":2}`, plain, `"coins":2,"meta":{"number":"no. bob","coins":2}}`)
		call("POST", "/api/purses", `{"owner":"silent"}`, plain, `"owner":"silent","coins":0}`)
		call("POST", "/api/purses", `{"owner":"bob"}`, jsonapi, `,"meta":{"number":"no. bob","coins":null}}`)
		call("POST", "/api/purses?fields[purse]=owner", `[{"owner":"bob"},{"owner":"silent"}]`, plain, `{"data":[{"owner":"bob","meta":{"number":"no. bob","coins":null}},{"owner":"silent"}]}`)
		call("POST", "/api/purses?fields[purse]=", `{"owner":"bob"}`, plain, `{"meta":{"number":"no. bob","coins":null}}`)
		call("PATCH", path+"/fill", `{"coins":5}`, plain, `"meta":{"number":"no. ann","coins":5}}`)
		call("GET", "/api/purses", "", plain, `,"meta":{"asked":"yes"}}`)
		call("GET", "/api/purses", "", jsonapi, `"count":null},"asked":"yes"}}`)
		call("GET", path, "", plain, `,"meta":{"asked":"yes"}}`)
		call("GET", path, "", jsonapi, `,"meta":{"asked":"yes"}}`)
		call("DELETE", path, "", jsonapi, `{"jsonapi":{"version":"1.1"},"meta":{"number":"no. ann","coins":5}}`)
		q := must(purses.Create(t.Context(), "open", conga.Set(&purses.Fields().Owner, "eve")))(t)
		call("DELETE", "/api/purses/"+q.ID.String(), "", plain, `{"meta":{"number":"no. eve","coins":null}}`)
	})
}

// contract is the API as its own document has it.
type contract struct{ router routers.Router }

func documented(t *testing.T, h http.Handler) contract {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/openapi.json", http.NoBody))
	doc := must(openapi3.NewLoader().LoadFromData(w.Body.Bytes()))(t)
	if strings.Contains(w.Body.String(), "inner") {
		t.Error("the document has a private member of metadata")
	}
	return contract{must(legacy.NewRouter(doc))(t)}
}

// holds holds a request and its answer against the document.
func (c contract) holds(t *testing.T, r *http.Request, body string, w *httptest.ResponseRecorder) {
	t.Helper()
	again := httptest.NewRequestWithContext(t.Context(), r.Method, r.URL.String(), strings.NewReader(body))
	again.Header = r.Header
	route, params, err := c.router.FindRoute(again)
	if err != nil {
		t.Errorf("%s %s is not in the document: %v", r.Method, r.URL, err)
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: again, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
	if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil && w.Code < 300 {
		t.Errorf("%s %s %s: %v", r.Method, r.URL, body, err)
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: w.Code,
		Header: w.Header(), Options: in.Options, Body: io.NopCloser(bytes.NewReader(w.Body.Bytes()))})
	if err != nil {
		t.Errorf("%s %s answers not according to the document: %v\n%d %s", r.Method, r.URL, err, w.Code, w.Body)
	}
}

func TestMetadataThroughGraphQL(t *testing.T) {
	onPurses(t, func(t *testing.T, h *house, purses conga.Handle[Purse]) {
		p := must(purses.Create(t.Context(), "open", conga.Set(&purses.Fields().Owner, "ann")))(t)
		for query, want := range map[string]string{
			`openPurse(input: {owner: "bob", coins: 2}) { result { owner } metadata { number coins } m: metadata { __typename } }`: `{"openPurse":{"result":{"owner":"bob"},"metadata":{"number":"no. bob","coins":2},"m":{"__typename":"Receipt"}}}`,
			`openPurse(input: {owner: "silent"}) { metadata { number } }`:                                                          `{"openPurse":{"metadata":null}}`,
			`openPurse(input: {owner: ""}) { metadata { number } errors { code } }`:                                                `{"openPurse":{"metadata":null,"errors":[{"code":"required"}]}}`,
			`openPurses(inputs: [{owner: "a"}, {owner: "silent"}, {owner: "", coins: 1}], partial: true) { metadata { number } }`:  `{"openPurses":{"metadata":[{"number":"no. a"},null,null]}}`,
			`losePurse(id: "` + p.ID.String() + `") { metadata { number } }`:                                                       `{"losePurse":{"metadata":{"number":"no. ann"}}}`,
		} {
			if got := h.query(t.Context(), "", "mutation { "+query+" }", nil).Body.String(); got != `{"data":`+want+`}` {
				t.Errorf("%s:\n got %s\nwant %s", query, got, want)
			}
		}
		if got := h.query(t.Context(), "", `{ __type(name: "Receipt") { fields { name } } p: __type(name: "RenamePursePayload") { fields { name } } }`, nil).Body.String(); got !=
			`{"data":{"__type":{"fields":[{"name":"number"},{"name":"coins"}]},"p":{"fields":[{"name":"result"},{"name":"errors"}]}}}` {
			t.Errorf("introspection: %s", got)
		}
	})
}

func TestMetadataThroughForms(t *testing.T) {
	onPurses(t, func(t *testing.T, _ *house, purses conga.Handle[Purse]) {
		f := must(form.Create(purses, "open"))(t)
		v := must(form.Parse("owner=ann&coins=4"))(t)
		if ok := must(f.Submit(t.Context(), v))(t); !ok || form.Metadata[Receipt](f) == nil || form.Metadata[Receipt](f).Number != "no. ann" || form.Metadata[Hits](f) != nil {
			t.Errorf("submitted: %v, %+v", ok, form.Metadata[Receipt](f))
		}
		if f.Reset(); form.Metadata[Receipt](f) != nil {
			t.Error("a form that was reset tells something")
		}
	})
}

// Sack has faults.
type Sack struct {
	ID   uuid.UUID `conga:"primary"`
	Meta string
}

func (x *Sack) Define(r *resource.Builder[Sack]) {
	list := r.Read("list")
	resource.Metadata[struct{ Page int }](list)
	resource.Metadata[Hits](list)
	resource.Metadata[struct{ Sacks []Sack }](r.Create("fill"))
	resource.Metadata[Hits](resource.Handle(r, "shake", func(context.Context, *struct{}) (*struct{}, error) { return nil, nil }))
	r.Policy().AuthorizeIf(resource.Public)
}

func TestMetadataIsCheckedAtStart(t *testing.T) {
	_, err := resource.Compile(resource.Of[Sack]())
	for _, want := range []string{"called meta in documents", "has metadata already", "metadata Sacks holds records", "a generic action has no metadata"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlack %q", err, want)
		}
	}
}
