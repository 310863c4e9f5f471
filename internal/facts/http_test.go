package facts

import (
	"net/http"
	"strings"
	"testing"
)

// refused asks for something that has to be refused, with these words.
func (p *poetry) refused(t *testing.T, path, words string) {
	t.Helper()
	w := p.call(p.rest, "ann", http.MethodGet, path, "")
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), words) {
		t.Errorf("GET %s: %d %s, want 400 with %q", path, w.Code, w.Body, words)
	}
}

// TestFact64UnknownInputIsRefused sends what no action takes, breaks a rule,
// and asks for what belongs to nobody.
func TestFact64UnknownInputIsRefused(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		for _, tt := range []struct {
			method, path, body string
			status             int
			words              string
		}{
			{http.MethodPatch, "/api/poems/1", `{"nothing": 1}`, http.StatusUnprocessableEntity, `"pointer":"/nothing","code":"unknown"`},
			{http.MethodPatch, "/api/poems/1", `{"year": 1}`, http.StatusUnprocessableEntity, `"pointer":"/year","code":"unknown"`},
			{http.MethodPatch, "/api/poems/1", `{"title": ""}`, http.StatusUnprocessableEntity, `"pointer":"/title","code":"required"`},
			{http.MethodPatch, "/api/poems/99", `{"title": "x"}`, http.StatusNotFound, `"code":"not_found"`},
			{http.MethodGet, "/api/poets/99?include=poems", "", http.StatusNotFound, `"code":"not_found"`},
		} {
			if w := p.call(p.rest, "ann", tt.method, tt.path, tt.body); w.Code != tt.status || !strings.Contains(w.Body.String(), tt.words) {
				t.Errorf("%s %s %s: %d %s, want %d with %s", tt.method, tt.path, tt.body, w.Code, w.Body, tt.status, tt.words)
			}
		}
	})
}

// TestFact65ParametersThatMakeNoSense gives names twice, pages as text, and
// names that are not there.
func TestFact65ParametersThatMakeNoSense(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		p.refused(t, "/api/poets/1?id=2", "is no parameter here")
		p.refused(t, "/api/poets?sort=name&sort=id", "is given twice")
		p.refused(t, "/api/poets?page=%7B%22limit%22%3A1%7D", "is written page[limit]")
		p.refused(t, "/api/poets?fields[poet]=nam", "did you mean")
		p.refused(t, "/api/poets?fields[pot]=name", "there is no type")
		p.refused(t, "/api/poets?sort=nam", "did you mean")
		p.refused(t, "/api/poets?include=mentr", "did you mean")
	})
}

// TestFact67LinksOfOffsetPages has no next page after the last one, counted or not.
func TestFact67LinksOfOffsetPages(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		for path, next := range map[string]bool{
			"/api/poets?page[offset]=0&page[limit]=2":                  true,
			"/api/poets?page[offset]=2&page[limit]=2":                  false,
			"/api/poets?page[offset]=1&page[limit]=2&page[count]=true": false,
			"/api/poets?page[offset]=0&page[limit]=1&page[count]=true": true,
		} {
			body := p.call(p.rest, "ann", http.MethodGet, path, "", "Accept", "application/vnd.api+json").Body.String()
			if got := !strings.Contains(body, `"next":null`); got != next || !strings.Contains(body, `"links":{"self":`) {
				t.Errorf("%s: a next page %v, want %v\n%s", path, got, next, body)
			}
		}
	})
}

// TestFact68PointersOfSingleWrites has no index of a batch in them.
func TestFact68PointersOfSingleWrites(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		const jsonapi = "application/vnd.api+json"
		body := `{"data": {"type": "poem", "id": "1", "attributes": {"title": ""}}}`
		w := p.call(p.rest, "ann", http.MethodPatch, "/api/poems/1", body, "Content-Type", jsonapi, "Accept", jsonapi)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `"pointer":"/data/attributes/title"`) {
			t.Errorf("JSON:API: %d %s", w.Code, w.Body)
		}
		sameText(t, "GraphQL", p.query(t, "ann", `mutation { editPoem(id: "1", input: {title: ""}) { errors { path } } }`),
			`{"editPoem":{"errors":[{"path":["input","title"]}]}}`)
	})
}

// TestFact69MediaTypesOfJSONAPI sends parameters of media types.
func TestFact69MediaTypesOfJSONAPI(t *testing.T) {
	const jsonapi = "application/vnd.api+json"
	onPoetry(t, func(t *testing.T, p *poetry) {
		for _, tt := range []struct {
			header, value string
			want          int
		}{
			{"Content-Type", jsonapi, http.StatusCreated},
			{"Content-Type", jsonapi + "; charset=utf-8", http.StatusUnsupportedMediaType},
			{"Content-Type", jsonapi + `; profile="https://example.com/a"`, http.StatusCreated},
			{"Accept", "*/*", http.StatusCreated},
			{"Accept", jsonapi + `; profile="https://example.com/a"`, http.StatusCreated},
			{"Accept", jsonapi + "; charset=utf-8", http.StatusNotAcceptable},
		} {
			headers := []string{"Content-Type", jsonapi}
			w := p.call(p.rest, "ann", http.MethodPost, "/api/stages", `{"data":{"type":"stage","attributes":{"name":"loft"}}}`, append(headers, tt.header, tt.value)...)
			if w.Code != tt.want {
				t.Errorf("%s %s: %d %s, want %d", tt.header, tt.value, w.Code, w.Body, tt.want)
			}
		}
	})
}

// TestFact70NotFoundIsInTheResult writes a record that is not there.
func TestFact70NotFoundIsInTheResult(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		sameText(t, "update", p.query(t, "ann", `mutation { editPoem(id: "99", input: {title: "x"}) { result { id } errors { code message } } }`),
			`{"editPoem":{"result":null,"errors":[{"code":"not_found","message":"could not be found"}]}}`)
		sameText(t, "destroy", p.query(t, "ann", `mutation { dropPoet(id: "99") { errors { code } } }`), `{"dropPoet":{"errors":[{"code":"not_found"}]}}`)
	})
}

// TestFact72FirstAndLast gives both, and one of them.
func TestFact72FirstAndLast(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		if body := p.ask("ann", `{ poets(first: 1, last: 1) { nodes { id } } }`).Body.String(); !strings.Contains(body, "cannot be combined with first") {
			t.Errorf("first and last: %s", body)
		}
		sameText(t, "the last ones of all", p.query(t, "ann", `{ poets(last: 2) { nodes { name } pageInfo { hasNextPage hasPreviousPage } } }`),
			`{"poets":{"nodes":[{"name":"bob"},{"name":"cid"}],"pageInfo":{"hasNextPage":false,"hasPreviousPage":true}}}`)
		cursor := strings.Split(p.query(t, "ann", `{ poets(last: 1) { pageInfo { startCursor } } }`), `"`)[7]
		sameText(t, "the last ones before a place", p.query(t, "ann", `{ poets(last: 1, before: "`+cursor+`") { nodes { name } pageInfo { hasNextPage hasPreviousPage } } }`),
			`{"poets":{"nodes":[{"name":"bob"}],"pageInfo":{"hasNextPage":true,"hasPreviousPage":true}}}`)
	})
}

// TestFact73ThePageSizeIsTheDefault gives no limit.
func TestFact73ThePageSizeIsTheDefault(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		sameText(t, "GraphQL", p.query(t, "ann", `{ poems { nodes { title } pageInfo { hasNextPage } } }`),
			`{"poems":{"nodes":[{"title":"a1"},{"title":"a2"},{"title":"a3"}],"pageInfo":{"hasNextPage":true}}}`)
		sameText(t, "the largest page", p.query(t, "ann", `{ poems(first: 4) { totalCount pageInfo { hasNextPage } } }`), `{"poems":{"totalCount":7,"pageInfo":{"hasNextPage":true}}}`)
		if body := p.ask("ann", `{ poems(first: 5) { nodes { title } } }`).Body.String(); !strings.Contains(body, "at most 4") {
			t.Errorf("more than the largest page: %s", body)
		}
	})
}

// TestFact74RelationshipsByTwoAliases selects no keys, and a relationship twice.
func TestFact74RelationshipsByTwoAliases(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		sameText(t, "GraphQL", p.query(t, "ann", `{ poets(first: 1) { nodes { best { title } early: poems(first: 1) { nodes { title } } late: poems(last: 1, filter: {score: {gt: 3}}) { nodes { title poet { name } } } } } }`),
			`{"poets":{"nodes":[{"best":{"title":"a2"},"early":{"nodes":[{"title":"a1"}]},"late":{"nodes":[{"title":"a4","poet":{"name":"ann"}}]}}]}}`)
	})
}

// TestTheDocumentKnowsCalculations asks the OpenAPI document for arguments.
func TestTheDocumentKnowsCalculations(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		w := p.call(p.rest, "", http.MethodGet, "/api/openapi.json", "")
		for _, want := range []string{`"arguments[poet][label][suffix]"`, `"Include-Cut"`, `"card"`, `"reviews"`} {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("the document (%d) has no %s", w.Code, want)
			}
		}
		if strings.Contains(w.Body.String(), `"filter[card]`) {
			t.Error("the document has filters by what Go computes")
		}
	})
}
