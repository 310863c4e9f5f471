package unions

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/congago/conga/api/rest"
)

// web is the REST API of a world, which holds what it answers against its document.
type web struct {
	h      http.Handler
	doc    *openapi3.T
	router routers.Router
}

func newWeb(t *testing.T, w *world) *web {
	t.Helper()
	out := &web{h: rest.New(w.app, rest.Options{})}
	rec := httptest.NewRecorder()
	out.h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/api/openapi.json", nil))
	var err error
	if out.doc, err = openapi3.NewLoader().LoadFromData(rec.Body.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := out.doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out.router, err = legacy.NewRouter(out.doc); err != nil {
		t.Fatal(err)
	}
	return out
}

func (w *web) do(t *testing.T, method, path, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := func() *http.Request {
		req := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		return req
	}
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, request())
	route, params, err := w.router.FindRoute(request())
	if err != nil {
		t.Fatal(err)
	}
	in := &openapi3filter.RequestValidationInput{Request: request(), PathParams: params, Route: route, Options: &openapi3filter.Options{IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	if err := openapi3filter.ValidateRequest(t.Context(), in); (err != nil) != (rec.Code == http.StatusBadRequest || rec.Code == http.StatusUnprocessableEntity) {
		t.Errorf("%s %s %s: %d %s, but by the document %v", method, path, body, rec.Code, rec.Body, err)
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: rec.Code, Header: rec.Header(), Options: in.Options, Body: io.NopCloser(bytes.NewReader(rec.Body.Bytes())),
	})
	if err != nil {
		t.Errorf("%s %s: %d %s: %v", method, path, rec.Code, rec.Body, err)
	}
	return rec
}

// issues are those of a problem, one a line: path, code and message.
func issues(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	var problem struct {
		Errors []struct{ Pointer, Parameter, Code, Detail string }
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &problem); err != nil {
		t.Fatalf("%v in %s", err, rec.Body)
	}
	var out []string
	for _, e := range problem.Errors {
		out = append(out, e.Pointer+e.Parameter+" "+e.Code+" "+e.Detail)
	}
	return strings.Join(out, "\n")
}

func TestREST(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		web := newWeb(t, w)
		for _, doc := range []string{
			`{"type":"text","body":"hello","mood":"glad"}`,
			`{"type":"text","body":"hello","mood":null}`,
			`{"type":"image","url":"https://example.org/a.png","width":3,"price":"1.50","taken":null}`,
			`{"type":"rating","value":-7}`,
			`{"type":"mood","value":"sad"}`,
			`{"type":"gone"}`,
			`{"type":"gallery","title":"best","items":[{"type":"rating","value":3},{"type":"gallery","title":"deep","items":[],"cover":null}],"cover":{"type":"gone"}}`,
		} {
			body := `{"title":"t","content":` + doc + `,"extra":` + doc + `,"blocks":[` + doc + `],"frame":{"color":"red","inner":` + doc + `}}`
			rec := web.do(t, "POST", "/api/posts", body)
			var got struct {
				ID             string
				Content, Extra json.RawMessage
				Blocks         []json.RawMessage
				Frame          struct{ Inner json.RawMessage }
			}
			if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != 201 {
				t.Fatalf("%s: %d %s", body, rec.Code, rec.Body)
			}
			for _, part := range []json.RawMessage{got.Content, got.Extra, got.Blocks[0], got.Frame.Inner} {
				if !sameDocument(string(part), doc) {
					t.Errorf("%s became %s", doc, part)
				}
			}
			again := web.do(t, "PATCH", "/api/posts/"+got.ID, `{"extra":null,"content":{"type":"gone"}}`)
			if !strings.Contains(again.Body.String(), `"extra":null`) {
				t.Errorf("extra: %s", again.Body)
			}
			web.do(t, "GET", "/api/posts/"+got.ID, "", "Accept", "application/vnd.api+json")
		}
	})
}

func sameDocument(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && equalJSON(x, y)
}

func equalJSON(x, y any) bool {
	a, _ := json.Marshal(x)
	b, _ := json.Marshal(y)
	return bytes.Equal(a, b)
}

func TestRESTRefuses(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		web := newWeb(t, w)
		const list = "text, image, gallery, rating, mood, gone"
		for _, tt := range []struct{ doc, want string }{
			{`null`, "/content required is required"},
			{`[]`, "/content type must be an object"},
			{`"text"`, "/content type must be an object"},
			{`{}`, "/content/type required is required: one of " + list},
			{`{"body":"x"}`, "/content/type required is required: one of " + list},
			{`{"type":null}`, "/content/type null must not be null, but one of: " + list},
			{`{"type":3}`, "/content/type type must be a text, one of: " + list},
			{`{"type":"txt"}`, "/content/type oneof must be one of: " + list},
			{`{"type":"text"}`, "/content/body required is required"},
			{`{"type":"text","url":"x"}`, "/content unknown has an unknown member \"url\""},
			{`{"type":"text","body":3,"mood":"odd"}`, "/content/body type must be a text\n/content/mood oneof must be one of: glad, sad"},
			{`{"type":"rating"}`, "/content/value required is required"},
			{`{"type":"rating","value":null}`, "/content/value null must not be null"},
			{`{"type":"rating","value":"x"}`, "/content/value type must be a number"},
			{`{"type":"mood","value":"odd"}`, "/content/value oneof must be one of: glad, sad"},
			{`{"type":"gone","value":1}`, "/content unknown has an unknown member \"value\""},
			{`{"type":"gallery","title":"x","items":[{"type":"text"}]}`, "/content/items/0/body required is required"},
			{`{"type":"gallery","title":"x","items":[null]}`, "/content/items/0 null must not be null"},
			{`{"type":"gallery","title":"x","cover":{}}`, "/content/cover/type required is required: one of " + list},
		} {
			rec := web.do(t, "POST", "/api/posts", `{"title":"t","content":`+tt.doc+`}`)
			if got := issues(t, rec); got != tt.want || rec.Code != 422 {
				t.Errorf("%s: %d %s\nwant %s", tt.doc, rec.Code, got, tt.want)
			}
		}
		rec := web.do(t, "POST", "/api/posts", `{"title":"t","content":{"type":"gone"},"frame":{"inner":{"type":"x"}},"blocks":[{"type":"gone"},{}]}`)
		if got, want := issues(t, rec), "/frame/inner/type oneof must be one of: "+list+"\n/blocks/1/type required is required: one of "+list; got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	})
}

func TestRESTFilters(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		web := newWeb(t, w)
		for name, c := range all() {
			w.add(t, name, c)
		}
		for _, tt := range []struct{ query, want string }{
			{"filter[content][type]=image", "image"},
			{"filter[content][type][in]=image,gone", "gone image"},
			{"filter[content][type][not_in]=image,gone,text", "gallery mood rating"},
			{"filter[content][type][ne]=image", "gallery gone mood rating text"},
			{"filter[extra][type][is_null]=true", "gallery gone image mood rating text"},
			{"filter[content][is_null]=true", ""},
		} {
			rec := web.do(t, "GET", "/api/posts?"+url.PathEscape(tt.query), "")
			var page struct{ Data []struct{ Title string } }
			if err := json.Unmarshal(rec.Body.Bytes(), &page); err != nil {
				t.Fatal(err)
			}
			var titles []string
			for _, p := range page.Data {
				titles = append(titles, p.Title)
			}
			if got := strings.Join(titles, " "); got != tt.want || rec.Code != 200 {
				t.Errorf("%s: %d %q, want %q", tt.query, rec.Code, got, tt.want)
			}
		}
		rec := web.do(t, "GET", "/api/posts?"+url.PathEscape("filter[content][type]=imago"), "")
		if got, want := issues(t, rec), "filter[content][type] oneof must be one of: text, image, gallery, rating, mood, gone"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestOpenAPIHasTheVariants(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		schemas := newWeb(t, w).doc.Components.Schemas
		for _, suffix := range []string{"", "Input"} {
			u := schemas["Content"+suffix]
			if u == nil || len(u.Value.OneOf) != 6 || u.Value.Discriminator.PropertyName != "type" {
				t.Fatalf("Content%s: %#v", suffix, u)
			}
			for name, component := range map[string]string{"text": "ContentText", "gallery": "ContentGallery", "rating": "ContentRating", "gone": "ContentGone"} {
				if got, want := u.Value.Discriminator.Mapping[name].Ref, "#/components/schemas/"+component+suffix; got != want {
					t.Errorf("%s leads to %q, want %q", name, got, want)
				}
				if schemas[component+suffix] == nil {
					t.Errorf("there is no %s%s", component, suffix)
				}
			}
		}
	})
}
