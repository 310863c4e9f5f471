package rest_test

import (
	"net/http"
	"strings"
	"testing"
)

var (
	acceptJSONAPI = headers{"Accept", "application/vnd.api+json"}
	speakJSONAPI  = headers{"Accept", "application/vnd.api+json", "Content-Type", "application/vnd.api+json", "Authorization", "Bearer ana"}
)

func TestJSONAPI(t *testing.T) { onEach(t, testJSONAPI) }

func testJSONAPI(t *testing.T, on database) {
	s := seeded(t, on)
	const head = `{"jsonapi":{"version":"1.1"},`
	user := func(name string) string {
		return `{"type":"user","id":"{` + name + `}","attributes":{"name":"` + name + `"},"links":{"self":"/api/users/{` + name + `}"}}`
	}
	data := func(id, room string) string { return `{"data":{"type":"` + room + `","id":"{` + id + `}"}}` }
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"record", "GET", "/api/users/{ana}", "", 200,
			head + `"data":{"type":"user","id":"{ana}","attributes":{"name":"ana","email":null,"inserted_at":"{time}"},"links":{"self":"/api/users/{ana}"}}}`},
		{"the key is always there", "GET", "/api/users/{ana}?fields[user]=name", "", 200, head + `"data":` + user("ana") + `}`},
		{"to-one", "GET", "/api/messages/{m1}?include=author&fields[message]=body&fields[user]=name", "", 200,
			head + `"data":{"type":"message","id":"{m1}","attributes":{"body":"one"},"relationships":{"author":` + data("ana", "user") +
				`},"links":{"self":"/api/messages/{m1}"}},"included":[` + user("ana") + `]}`},
		{"included once", "GET", "/api/messages?include=author&fields[message]=author&fields[user]=name&filter[author][name]=bob", "", 200,
			head + `"data":[{"type":"message","id":"{m2}","attributes":{},"relationships":{"author":` + data("bob", "user") +
				`},"links":{"self":"/api/messages/{m2}"}},{"type":"message","id":"{m4}","attributes":{},"relationships":{"author":` + data("bob", "user") +
				`},"links":{"self":"/api/messages/{m4}"}}],"included":[` + user("bob") + `],"links":{"self":"{self}","first":"{self}","prev":null,"next":null},` +
				`"meta":{"page":{"limit":50,"after":null,"before":null,"count":null}}}`},
		{"relationships of both ways to a record", "GET", "/api/messages/{m1}?include=author.rooms,room.owner.messages&fields[message]=&fields[room]=&fields[user]=", "", 200,
			`"relationships":{"rooms":{"data":[`},
		{"create", "POST", "/api/rooms?fields[room]=name", `{"data":{"type":"room","attributes":{"name":"new"}}}`, 201,
			head + `"data":{"type":"room","id":"`},
		{"create with a relationship", "POST", "/api/messages?fields[message]=room_id",
			`{"data":{"type":"message","attributes":{"body":"x"},"relationships":{"room":{"data":{"type":"room","id":"{red}"}}}}}`, 201, `"attributes":{"room_id":"{red}"}`},
		{"update", "PATCH", "/api/messages/{m1}?fields[message]=body", `{"data":{"type":"message","id":"{m1}","attributes":{"body":"uno"}}}`, 200,
			head + `"data":{"type":"message","id":"{m1}","attributes":{"body":"uno"},"links":{"self":"/api/messages/{m1}"}}}`},
		{"generic", "POST", "/api/users/sign_in", `{"data":{"attributes":{"name":"ana","password":"password"}}}`, 200, head + `"meta":{"token":"ana","user":{`},
		{"generic with a record", "POST", "/api/users/myself", ``, 200,
			head + `"data":{"type":"user","id":"{ana}","attributes":{"name":"ana","email":null,"inserted_at":"{time}"}}}`},
		{"numbers as keys", "POST", "/api/samples?fields[sample]=id", `{"data":{"type":"sample","attributes":{}}}`, 201,
			head + `"data":{"type":"sample","id":"1","attributes":{},"links":{"self":"/api/samples/1"}}}`},

		{"no data", "POST", "/api/rooms", `{}`, 400, `the document has no data`},
		{"no type", "POST", "/api/rooms", `{"data":{"attributes":{"name":"x"}}}`, 400, `"source":{"pointer":"/data/type"}`},
		{"another type", "POST", "/api/rooms", `{"data":{"type":"user"}}`, 409, `"source":{"pointer":"/data/type"}`},
		{"another id", "PATCH", "/api/messages/{m1}", `{"data":{"type":"message","id":"{m2}"}}`, 409, `"source":{"pointer":"/data/id"}`},
		{"id of the client", "POST", "/api/rooms", `{"data":{"type":"room","id":"{m2}"}}`, 403, `"source":{"pointer":"/data/id"}`},
		{"attributes that are none", "POST", "/api/rooms", `{"data":{"type":"room","attributes":[]}}`, 400, `"source":{"pointer":"/data/attributes"}`},
		{"unknown attribute", "POST", "/api/rooms", `{"data":{"type":"room","attributes":{"nam":"x"}}}`, 422, `"source":{"pointer":"/data/attributes/nam"}`},
		{"invalid attribute", "POST", "/api/rooms", `{"data":{"type":"room","attributes":{"name":""}}}`, 422,
			`{"status":"422","code":"required","title":"The input is not valid","detail":"is required","source":{"pointer":"/data/attributes/name"}}`},
		{"unknown relationship", "POST", "/api/rooms", `{"data":{"type":"room","relationships":{"owner":{"data":null}}}}`, 422, `"source":{"pointer":"/data/relationships/owner"}`},
		{"relationship to another type", "POST", "/api/messages", `{"data":{"type":"message","relationships":{"room":{"data":{"type":"user","id":"{ana}"}}}}}`, 409,
			`"source":{"pointer":"/data/relationships/room/data/type"}`},
		{"relationship to nothing", "POST", "/api/messages", `{"data":{"type":"message","attributes":{"body":"x"},"relationships":{"room":{"data":{"type":"room","id":"{m1}"}}}}}`, 422,
			`"code":"exists","title":"The input is not valid","detail":"does not exist","source":{"pointer":"/data/relationships/room"}`},
		{"given twice", "POST", "/api/messages", `{"data":{"type":"message","attributes":{"body":"x","room_id":"{red}"},"relationships":{"room":{"data":{"type":"room","id":"{red}"}}}}}`, 400,
			`"source":{"pointer":"/data/relationships/room"}`},
		{"unknown member", "POST", "/api/rooms", `{"data":{"type":"room","attribs":{}}}`, 400, `"source":{"pointer":"/data/attribs"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.t = t
			res := s.do(tt.method, tt.path, tt.body, speakJSONAPI)
			got := s.normal(res.Body.String())
			if strings.Contains(tt.path, "?") {
				got = s.normal(strings.ReplaceAll(res.Body.String(), encodedQuery(s.fill(tt.path)), "{self}"))
			}
			if strings.Contains(tt.path, "?") {
				got = strings.ReplaceAll(got, s.normal(s.fill(tt.path)), "{self}")
			}
			if res.Code != tt.status || !strings.Contains(got, tt.want) {
				t.Errorf("%s %s %s\n got %d %s\nwant %d %s", tt.method, tt.path, tt.body, res.Code, got, tt.status, tt.want)
			}
			if got := res.Header().Get("Content-Type"); got != "application/vnd.api+json" {
				t.Errorf("Content-Type = %q", got)
			}
		})
	}
}

// encodedQuery is the path with its query as package url writes it.
func encodedQuery(path string) string {
	req, err := http.NewRequest(http.MethodGet, path, nil)
	if err != nil || req.URL.RawQuery == "" {
		return path
	}
	return req.URL.Path + "?" + req.URL.Query().Encode()
}

func TestJSONAPIPageLinks(t *testing.T) {
	s := seeded(t, onSQLite)
	res := s.do("GET", "/api/messages?page[limit]=1&page[offset]=1&sort=body", "", acceptJSONAPI)
	const query = `/api/messages?page%5B`
	got := s.normal(res.Body.String())
	for _, want := range []string{
		`"self":"/api/messages?page[limit]=1&page[offset]=1&sort=body"`,
		`"first":"` + query + `limit%5D=1&sort=body"`,
		`"prev":"` + query + `before%5D={cursor}&page%5Blimit%5D=1&sort=body"`,
		`"next":"` + query + `after%5D={cursor}&page%5Blimit%5D=1&sort=body"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

func TestAccept(t *testing.T) {
	s := seeded(t, onSQLite)
	const plain, jsonapi = "application/json", "application/vnd.api+json"
	for accept, want := range map[string]string{
		"":                                plain,
		"*/*":                             plain,
		"application/*":                   plain,
		"application/json":                plain,
		"application/json; charset=utf-8": plain,
		"text/html, application/xhtml+xml, */*;q=0.8": plain,
		jsonapi: jsonapi,
		jsonapi + "; profile=\"https://example.com/x\"": jsonapi,
		jsonapi + ", */*":                             jsonapi,
		jsonapi + ", application/json":                plain,
		jsonapi + ", application/json;q=0.5":          jsonapi,
		jsonapi + ";q=0.5, application/json":          plain,
		jsonapi + "; charset=utf-8, " + jsonapi:       jsonapi,
		jsonapi + "; charset=utf-8, application/json": "application/problem+json",
		"text/html":                "application/problem+json",
		"application/json;q=0":     "application/problem+json",
		"application/problem+json": plain,
		"application/vnd.api+json;q=nonsense, application/json;": plain,
	} {
		var hs headers
		if accept != "" {
			hs = headers{"Accept", accept}
		}
		res := s.do("GET", "/api/rooms", "", hs)
		if got := res.Header().Get("Content-Type"); got != want {
			t.Errorf("Accept: %s\n got %s\nwant %s", accept, got, want)
		}
	}
}
