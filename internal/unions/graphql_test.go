package unions

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/congago/conga/api/graphql"
)

// ask sends an operation and returns its data and the messages of its errors.
func ask(t *testing.T, w *world, query string, variables map[string]any) (data string, failed string) {
	t.Helper()
	h := graphql.New(w.app, graphql.Options{})
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(string(body)))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	var out struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		t.Fatalf("%v: %s", err, rec.Body)
	}
	for _, e := range out.Errors {
		failed += e.Message + "\n"
	}
	return string(out.Data), strings.TrimSpace(failed)
}

const shown = `
fragment shown on Content {
	__typename
	... on ContentText { type body mood }
	... on ContentImage { url width price }
	... on ContentGallery { title items { __typename ... on ContentRating { value } ... on ContentText { body } } cover { __typename } }
	... on ContentRating { value }
	... on ContentMood { feeling: value }
	... on ContentGone { type }
}`

func TestGraphQL(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		for _, tt := range []struct{ in, want string }{
			{`{"text":{"body":"hello","mood":"GLAD"}}`, `{"__typename":"ContentText","type":"TEXT","body":"hello","mood":"GLAD"}`},
			{`{"image":{"url":"https://example.org/a.png","width":3,"price":"1.50"}}`, `{"__typename":"ContentImage","url":"https://example.org/a.png","width":3,"price":"1.50"}`},
			{`{"rating":-7}`, `{"__typename":"ContentRating","value":-7}`},
			{`{"mood":"SAD"}`, `{"__typename":"ContentMood","feeling":"SAD"}`},
			{`{"gone":true}`, `{"__typename":"ContentGone","type":"GONE"}`},
			{`{"gallery":{"title":"best","items":[{"rating":3},{"text":{"body":"deep"}}],"cover":{"gone":true}}}`,
				`{"__typename":"ContentGallery","title":"best","items":[{"__typename":"ContentRating","value":3},{"__typename":"ContentText","body":"deep"}],"cover":{"__typename":"ContentGone"}}`},
		} {
			var in any
			if err := json.Unmarshal([]byte(tt.in), &in); err != nil {
				t.Fatal(err)
			}
			data, failed := ask(t, w, `mutation ($c: ContentInput!) {
				writePost(input: {title: "t", content: $c, extra: $c, blocks: [$c, {rating: 1}], frame: {color: "red", inner: $c}}) {
					result { content { ...shown } extra { ...shown } blocks { ...shown } frame { inner { ...shown } } }
					errors { message path }
				}
			}`+shown, map[string]any{"c": in})
			want := `{"writePost":{"result":{"content":` + tt.want + `,"extra":` + tt.want + `,"blocks":[` + tt.want + `,{"__typename":"ContentRating","value":1}],"frame":{"inner":` + tt.want + `}},"errors":[]}}`
			if data != want || failed != "" {
				t.Errorf("%s: %s %s\nwant %s", tt.in, data, failed, want)
			}
		}
	})
}

func TestGraphQLRefuses(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		const one = "must have exactly one of: text, image, gallery, rating, mood, gone"
		for _, tt := range []struct{ in, want string }{
			{`{}`, one},
			{`{"text":{"body":"x"},"rating":1}`, one},
			{`{"text":null}`, "text must not be null"},
			{`{"gone":false}`, "gone must be true"},
			{`{"text":{"body":""}}`, `"message":"is required"`},
			{`{"image":{"url":"x","width":1}}`, `"path":["input","content","url"]`},
			{`{"txt":{}}`, "unknown field"},
			{`{"rating":"x"}`, "Int"},
		} {
			var in any
			if err := json.Unmarshal([]byte(tt.in), &in); err != nil {
				t.Fatal(err)
			}
			data, failed := ask(t, w, `mutation ($c: ContentInput!) { writePost(input: {title: "t", content: $c}) { result { id } errors { message path } } }`, map[string]any{"c": in})
			if !strings.Contains(data+failed, tt.want) || strings.Contains(data, `"id"`) {
				t.Errorf("%s: %s %s\nwant %s", tt.in, data, failed, tt.want)
			}
		}
	})
}

func TestGraphQLFilters(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		for name, c := range all() {
			parent := w.add(t, name, c)
			_ = parent
		}
		for _, tt := range []struct{ filter, want string }{
			{`{content: {type: {eq: IMAGE}}}`, "image"},
			{`{content: {type: {in: [IMAGE, GONE]}}}`, "gone image"},
			{`{content: {type: {notIn: [IMAGE, GONE]}, isNull: false}}`, "gallery mood rating text"},
			{`{extra: {type: {isNull: true}}, content: {type: {ne: TEXT}}}`, "gallery gone image mood rating"},
			{`{not: {content: {type: {eq: IMAGE}}}}`, "gallery gone mood rating text"},
		} {
			data, failed := ask(t, w, `{ posts(filter: `+tt.filter+`) { nodes { title } } }`, nil)
			var page struct {
				Posts struct{ Nodes []struct{ Title string } }
			}
			if err := json.Unmarshal([]byte(data), &page); err != nil {
				t.Fatal(err, failed)
			}
			var titles []string
			for _, n := range page.Posts.Nodes {
				titles = append(titles, n.Title)
			}
			if got := strings.Join(titles, " "); got != tt.want || failed != "" {
				t.Errorf("%s: %q %s, want %q", tt.filter, got, failed, tt.want)
			}
		}
	})
}

func TestGraphQLTellsOfTheInput(t *testing.T) {
	on(t, func(t *testing.T, w *world) {
		data, failed := ask(t, w, `{ __type(name: "ContentInput") { kind isOneOf inputFields { name type { name kind } } } out: __type(name: "Content") { kind possibleTypes { name } } other: __type(name: "ContentTextInput") { isOneOf } }`, nil)
		want := `{"__type":{"kind":"INPUT_OBJECT","isOneOf":true,"inputFields":[{"name":"text","type":{"name":"ContentTextInput","kind":"INPUT_OBJECT"}},` +
			`{"name":"image","type":{"name":"ContentImageInput","kind":"INPUT_OBJECT"}},{"name":"gallery","type":{"name":"ContentGalleryInput","kind":"INPUT_OBJECT"}},` +
			`{"name":"rating","type":{"name":"Int","kind":"SCALAR"}},{"name":"mood","type":{"name":"Mood","kind":"ENUM"}},{"name":"gone","type":{"name":"Boolean","kind":"SCALAR"}}]},` +
			`"out":{"kind":"UNION","possibleTypes":[{"name":"ContentText"},{"name":"ContentImage"},{"name":"ContentGallery"},{"name":"ContentRating"},{"name":"ContentMood"},{"name":"ContentGone"}]},"other":{"isOneOf":false}}`
		if data != want || failed != "" {
			t.Errorf("got %s %s\nwant %s", data, failed, want)
		}
	})
}
