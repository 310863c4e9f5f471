package graphql

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestPost(t *testing.T) {
	h := start(t, func(o *Options) { o.MaxBody = 4096 })
	tests := []struct {
		name, as, contentType, body string
		header                      []string
		status                      int
		want                        string // a part of the answer
	}{
		{"a query", "", "application/json", `{"query":"{ rooms { totalCount } }"}`, nil, 200, `{"data":{"rooms":{"totalCount":2}}}`},
		{"with a charset", "", "application/json; charset=utf-8", `{"query":"{ __typename }"}`, nil, 200, `{"data":{"__typename":"Query"}}`},
		{"with an actor", "bob", "application/json", `{"query":"{ rooms { totalCount } }"}`, nil, 200, `"totalCount":3`},
		{"with a wrong token", "mallory", "application/json", `{"query":"{ rooms { totalCount } }"}`, nil, 401, `"code":"UNAUTHENTICATED"`},
		{"no JSON", "", "application/json", `{`, nil, 400, `"code":"BAD_USER_INPUT"`},
		{"a batch", "", "application/json", `[{"query":"{ __typename }"}]`, nil, 400, `several operations`},
		{"a form", "", "application/x-www-form-urlencoded", `query={ __typename }`, nil, 415, `must be application/json`},
		{"plain text", "", "text/plain", `{"query":"mutation { pingUser { result } }"}`, nil, 415, `must be application/json`},
		{"too much", "", "application/json", `{"query":"{ __typename ` + strings.Repeat(" ", 5000) + `}"}`, nil, 413, `too large`},
		{"a syntax error", "", "application/json", `{"query":"{ rooms "}`, nil, 422, `"code":"GRAPHQL_PARSE_FAILED"`},
		{"an unknown field", "", "application/json", `{"query":"{ romos { totalCount } }"}`, nil, 422, `Did you mean`},
		{"an unknown field, by the newer media type", "", "application/json", `{"query":"{ romos { totalCount } }"}`,
			[]string{"Accept", "application/graphql-response+json, application/json;q=0.9"}, 400, `"code":"GRAPHQL_VALIDATION_FAILED"`},
		{"an unknown operation", "", "application/json", `{"query":"query A { __typename }","operationName":"B"}`, nil, 422, `operation B not found`},
		{"a missing variable", "", "application/json", `{"query":"query($id: ID!) { room(id: $id) { id } }"}`, nil, 422, `must be defined`},
		{"a variable of the wrong type", "", "application/json", `{"query":"query($n: Int) { messages(first: $n) { totalCount } }","variables":{"n":"x"}}`, nil, 422, `cannot use string as Int`},
		{"a subscription", "", "application/json", `{"query":"subscription { roomEvents { kind } }"}`, nil, 422, `subscriptions need a WebSocket`},
		{"one of several operations", "", "application/json", `{"query":"query A { a: __typename } query B { b: __typename }","operationName":"B"}`, nil, 200, `{"data":{"b":"Query"}}`},
		{"a huge integer", "", "application/json", `{"query":"{ messages(first: 99999999999999999999) { totalCount } }"}`, nil, 422, `non 32-bit`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, got := h.send(t, tt.as, tt.contentType, tt.body, tt.header...)
			if status != tt.status || !strings.Contains(got, tt.want) || !json.Valid([]byte(got)) {
				t.Errorf("%s\n got %d %s\nwant %d %s", tt.body, status, got, tt.status, tt.want)
			}
		})
	}
}

func TestGet(t *testing.T) {
	h := start(t)
	tests := []struct {
		name, query, variables string
		status                 int
		want                   string
	}{
		{"a query", `query($id: ID!) { room(id: $id) { name } }`, `{"id":"<general>"}`, 200, `{"data":{"room":{"name":"general"}}}`},
		{"a mutation", `mutation { pingUser { result } }`, "", 406, "GET requests only allow query operations"},
		{"a subscription", `subscription { roomEvents { kind } }`, "", 406, "GET requests only allow query operations"},
		{"nothing", "", "", 422, "no operation provided"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := url.Values{"query": {tt.query}}
			if tt.variables != "" {
				q.Set("variables", h.expand(tt.variables))
			}
			status, got := h.fetch(t, http.MethodGet, "?"+q.Encode())
			if status != tt.status || !strings.Contains(got, tt.want) {
				t.Errorf("got %d %s, want %d %s", status, got, tt.status, tt.want)
			}
		})
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete} {
		if status, got := h.fetch(t, method, ""); status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d %s", method, status, got)
		}
	}
	if status, _ := h.fetch(t, http.MethodOptions, ""); status != http.StatusNoContent {
		t.Errorf("OPTIONS: %d", status)
	}
}

func (h *harness) fetch(t *testing.T, method, query string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, h.url+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestPersistedQueries(t *testing.T) {
	h := start(t)
	const query = "{ rooms { totalCount } }"
	sum := sha256.Sum256([]byte(query))
	extension := fmt.Sprintf(`"extensions":{"persistedQuery":{"version":1,"sha256Hash":%q}}`, hex.EncodeToString(sum[:]))
	for i, tt := range []struct{ body, want string }{
		{`{` + extension + `}`, `PERSISTED_QUERY_NOT_FOUND`},
		{`{"query":"` + query + `",` + extension + `}`, `"totalCount":2`},
		{`{` + extension + `}`, `"totalCount":2`},
		{`{"query":"{ __typename }",` + extension + `}`, `hash does not match`},
	} {
		if _, got := h.send(t, "", "application/json", tt.body); !strings.Contains(got, tt.want) {
			t.Errorf("%d: %s\n got %s, want %s", i, tt.body, got, tt.want)
		}
	}
}

func TestLimits(t *testing.T) {
	h := start(t, func(o *Options) { o.MaxComplexity, o.MaxReads, o.MaxTokens = 2000, 10, 400 })
	var doubling strings.Builder
	for i := range 40 {
		fmt.Fprintf(&doubling, "fragment F%d on Room { ...F%d ...F%d } ", i, i+1, i+1)
	}
	tests := []struct{ name, query, want string }{
		{"depth", `{ rooms(first: 1) { nodes { owner { messages(first: 1) { nodes { room { owner { messages(first: 1) { nodes { room { owner { messages(first: 1) { nodes { id } } } } } } } } } } } } } }`, "DEPTH_LIMIT_EXCEEDED"},
		{"relationships", `{ rooms(first: 1) { nodes { owner { messages(first: 1) { nodes { room { owner { messages(first: 1) { nodes { room { id } } } } } } } } } } }`, "follows 6 relationships"},
		{"complexity", `{ rooms(first: 50) { nodes { messages(first: 50) { nodes { id } } } } }`, "COMPLEXITY_LIMIT_EXCEEDED"},
		{"complexity of default pages", `{ rooms { nodes { owner { messages(last: 100) { nodes { id } } } } } }`, "COMPLEXITY_LIMIT_EXCEEDED"},
		{"aliases", `{ a:rooms(first:1){totalCount} b:rooms(first:1){totalCount} c:rooms(first:1){totalCount} d:rooms(first:1){totalCount} e:rooms(first:1){totalCount} f:rooms(first:1){totalCount} g:rooms(first:1){totalCount} h:rooms(first:1){totalCount} i:rooms(first:1){totalCount} j:rooms(first:1){totalCount} k:rooms(first:1){totalCount} }`, "READS_LIMIT_EXCEEDED"},
		{"tokens", `{ ` + strings.Repeat("a:__typename ", 400) + `}`, "GRAPHQL_PARSE_FAILED"},
		{"fragments that double", `{ rooms(first: 1) { nodes { ...F0 } } } ` + doubling.String() + ` fragment F40 on Room { id name topic }`, ""},
		{"the same field again and again", `{ rooms(first: 1) { nodes { ` + strings.Repeat("name ", 370) + `} } }`, `{"data":{"rooms":{"nodes":[{"name":"attic"}]}}}`},
		{"introspection is free", `{ __schema { types { name fields { name type { name ofType { name ofType { name ofType { name } } } } } } } }`, `{"data":{"__schema":{"types":[`},
		{"a moderate query", `{ rooms(first: 5) { nodes { messages(first: 5) { nodes { author { name } } } } } }`, `{"data":{"rooms"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := h.query(t, "", tt.query, ""); !strings.Contains(got, tt.want) {
				t.Errorf("%.100s\n got %.300s\nwant %s", tt.query, got, tt.want)
			}
		})
	}
}

// TestRepeats sends what would keep the validation busy for a second.
func TestRepeats(t *testing.T) {
	h := start(t)
	for _, query := range []string{
		`{ rooms { nodes { ` + strings.Repeat("name ", 4900) + `} } }`,
		`{ rooms { nodes { ...A ...B } } } fragment A on Room { ` + strings.Repeat("name ", 2400) + `} fragment B on Room { ` + strings.Repeat("name ", 2400) + `}`,
		`{ rooms { nodes { ` + strings.Repeat("... { name } ", 1000) + `} } }`,
	} {
		if got := h.query(t, "", query, ""); !strings.Contains(got, "COMPLEXITY_LIMIT_EXCEEDED") {
			t.Errorf("%.60s: %.300s", query, got)
		}
	}
}

func TestStatements(t *testing.T) { onEach(t, testStatements) }

func testStatements(t *testing.T, start func(*testing.T) *harness) {
	h := start(t)
	const query = `{ rooms { nodes { name owner { name } messages(first: 2) { nodes { body author { name } } totalCount } } totalCount } }`
	h.counts.reset()
	h.query(t, "ann", query, "")
	few := h.counts.n()
	for i := range 10 {
		h.room(t, "ann", fmt.Sprintf("room%d", i), false)
		h.post(t, "ann", fmt.Sprintf("room%d", i), fmt.Sprintf("hi%d", i))
	}
	h.counts.reset()
	h.query(t, "ann", query, "")
	if many := h.counts.n(); many != few || few == 0 || few > 4 {
		t.Errorf("%d statements for 2 rooms, %d for 12: %q", few, many, h.counts.seen)
	}
}

func TestPaging(t *testing.T) { onEach(t, testPaging) }

func testPaging(t *testing.T, start func(*testing.T) *harness) {
	h := start(t)
	type page struct {
		Data struct {
			Messages struct {
				Edges []struct {
					Cursor string
					Node   struct{ Body string }
				}
				PageInfo struct {
					HasNextPage, HasPreviousPage bool
					StartCursor, EndCursor       string
				}
			}
		}
	}
	read := func(args string) (bodies string, p page) {
		answer := h.query(t, "", `{ messages(sort: {field: BODY}, `+args+`) { edges { cursor node { body } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`, "")
		if err := json.Unmarshal([]byte(answer), &p); err != nil {
			t.Fatal(err)
		}
		for _, e := range p.Data.Messages.Edges {
			bodies += e.Node.Body + " "
		}
		return strings.TrimSpace(bodies) + fmt.Sprint(" ", p.Data.Messages.PageInfo.HasPreviousPage, p.Data.Messages.PageInfo.HasNextPage), p
	}
	first, p1 := read(`first: 2`)
	second, p2 := read(fmt.Sprintf(`first: 2, after: %q`, p1.Data.Messages.PageInfo.EndCursor))
	third, _ := read(fmt.Sprintf(`first: 2, after: %q`, p2.Data.Messages.Edges[1].Cursor))
	back, _ := read(fmt.Sprintf(`last: 2, before: %q`, p2.Data.Messages.PageInfo.StartCursor))
	last, _ := read(`last: 2`)
	for i, got := range []string{first, second, third, back, last} {
		want := []string{"five four false true", "one three true true", "two true false", "five four false true", "three two true false"}[i]
		if got != want {
			t.Errorf("page %d = %q, want %q", i, got, want)
		}
	}
}

func TestHiddenSchema(t *testing.T) {
	h := start(t, func(o *Options) { o.HideSchema = true })
	if got := h.query(t, "", `{ __schema { queryType { name } } }`, ""); !strings.Contains(got, `"code":"FORBIDDEN"`) || strings.Contains(got, `"Query"`) {
		t.Errorf("introspection: %s", got)
	}
	if got := h.query(t, "", `{ romos { totalCount } }`, ""); strings.Contains(got, "rooms") {
		t.Errorf("the error gives names away: %s", got)
	}
}

func TestOrigins(t *testing.T) {
	h := start(t, func(o *Options) { o.Origins = []string{"https://app.example"} })
	req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, h.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://app.example")
	req.Header.Set("Access-Control-Request-Method", "POST")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "https://app.example" {
		t.Errorf("Access-Control-Allow-Origin = %q", got)
	}
}
