package rest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/congago/conga/api"
	"github.com/congago/conga/api/rest"
)

// TestStatus is the table of what goes wrong: each status, and who is told what.
func TestStatus(t *testing.T) { onEach(t, testStatus) }

func testStatus(t *testing.T, on database) {
	s := seeded(t, on)
	const missing = "018f0000-0000-7000-8000-000000000000"
	jsonapi := headers{"Accept", "application/vnd.api+json"}
	tests := []struct {
		name, method, path, body string
		headers                  headers
		status                   int
		want                     string // of the body, with names in the place of ids
	}{
		{"unknown parameter", "GET", "/api/messages?filtre[body]=x", "", nil, 400, `"parameter":"filtre[body]","code":"unknown","detail":"is no parameter here: did you mean \"filter\"?"`},
		{"form of a parameter", "GET", "/api/messages?filter=x", "", nil, 400, `"parameter":"filter","code":"syntax","detail":"is written filter[attribute]`},
		{"brackets", "GET", "/api/messages?filter[body=x", "", nil, 400, `"code":"syntax"`},
		{"unknown filter", "GET", "/api/messages?filter[bodi]=x", "", nil, 400, `"code":"unknown","detail":"message has no attribute or relationship \"bodi\": did you mean \"body\"?"`},
		{"private filter", "GET", "/api/users?filter[secret]=x", "", nil, 400, `"parameter":"filter[secret]","code":"unknown"`},
		{"private filter through a path", "GET", "/api/messages?filter[author][secret][starts_with]=a", "", nil, 400, `"code":"unknown"`},
		{"path to what cannot be read", "GET", "/api/users?filter[tokens][id]=" + missing, "", nil, 400, `"code":"unknown"`},
		{"unknown operator", "GET", "/api/messages?filter[pinned][gt]=true", "", nil, 400, `the operator \"gt\" does not exist for pinned`},
		{"relationship alone", "GET", "/api/messages?filter[author]=x", "", nil, 400, `names a relationship`},
		{"too many parts", "GET", "/api/messages?filter[body][eq][x]=x", "", nil, 400, `has parts after the operator`},
		{"wrong type", "GET", "/api/messages?filter[room_id]=x", "", nil, 400, `"parameter":"filter[room_id]","code":"format","detail":"must be a UUID"`},
		{"no value", "GET", "/api/messages?filter[room_id]=", "", nil, 400, `filter by [is_null] for null`},
		{"wrong type in a list", "GET", "/api/samples?filter[count][in]=1,x", "", nil, 400, `"parameter":"filter[count][in]"`},
		{"enum", "GET", "/api/samples?filter[state]=ajar", "", nil, 400, `must be one of: open, closed`},
		{"twice", "GET", "/api/messages?filter[body]=x&filter[body]=y", "", nil, 400, `is given twice`},
		{"all at once", "GET", "/api/messages?sort=x&page[limit]=0&page[x]=1", "", nil, 400, `"detail":"3 things are wrong: see errors"`},
		{"unknown sort", "GET", "/api/messages?sort=-insertd_at", "", nil, 400, `did you mean \"inserted_at\"?`},
		{"private sort", "GET", "/api/users?sort=secret", "", nil, 400, `"parameter":"sort","code":"unknown"`},
		{"sort through many", "GET", "/api/rooms?sort=messages.body", "", nil, 400, `it leads to many`},
		{"sort by a document", "GET", "/api/samples?sort=labels", "", nil, 400, `cannot be sorted by labels`},
		{"unknown include", "GET", "/api/messages?include=authr", "", nil, 400, `did you mean \"author\"?`},
		{"include of what cannot be read", "GET", "/api/users?include=tokens", "", nil, 400, `"code":"unknown"`},
		{"too deep", "GET", "/api/messages?include=room.messages.room.messages.room.messages", "", nil, 400, `follows more than 5 relationships`},
		{"unknown fields", "GET", "/api/messages?fields[message]=id,bod", "", nil, 400, `did you mean \"body\"?`},
		{"private fields", "GET", "/api/users?fields[user]=secret", "", nil, 400, `"code":"unknown"`},
		{"unknown type", "GET", "/api/messages?fields[messages]=id", "", nil, 400, `did you mean \"message\"?`},
		{"limit", "GET", "/api/rooms?page[limit]=11", "", nil, 400, `"parameter":"page[limit]","code":"max","detail":"must be at most 10"`},
		{"limit of zero", "GET", "/api/rooms?page[limit]=0", "", nil, 400, `must be at least 1`},
		{"limit that is none", "GET", "/api/rooms?page[limit]=x", "", nil, 400, `must be a whole number`},
		{"cursor", "GET", "/api/rooms?page[after]=x", "", nil, 400, `"parameter":"page[after]","code":"cursor"`},
		{"empty cursor", "GET", "/api/rooms?page[after]=", "", nil, 400, `"parameter":"page[after]","code":"cursor"`},
		{"cursor and offset", "GET", "/api/rooms?page[after]=x&page[offset]=1", "", nil, 400, `"parameter":"page[offset]"`},
		{"filter of a record", "GET", "/api/messages/{m1}?filter[body]=x", "", nil, 400, `is no parameter here`},
		{"missing argument", "GET", "/api/messages/search", "", nil, 400, `"parameter":"text","code":"required"`},
		{"argument against its rule", "GET", "/api/messages/search?text=123456789012345678901", "", nil, 400, `"parameter":"text","code":"max"`},
		{"argument of wrong type", "GET", "/api/messages/search?text=a&loud=maybe", "", nil, 400, `"parameter":"loud","code":"type"`},
		{"query string", "GET", "/api/messages?%zz", "", nil, 400, `"code":"bad_request"`},

		{"malformed", "POST", "/api/rooms", `{"name":`, bearer("ana"), 400, `at byte 8`},
		{"no object", "POST", "/api/rooms", `[]`, bearer("ana"), 400, `the document must be an object`},
		{"twice in the body", "POST", "/api/rooms", `{"name":"a","name":"b"}`, bearer("ana"), 400, `the key \"name\" occurs twice`},
		{"rest", "POST", "/api/rooms", `{} {}`, bearer("ana"), 400, `something follows`},
		{"unknown input", "POST", "/api/rooms", `{"nam":"x"}`, bearer("ana"), 422, `"field":"nam","pointer":"/nam","code":"unknown","detail":"is no input of this action: did you mean \"name\"?"`},
		{"input not accepted", "POST", "/api/rooms", `{"name":"x","owner_id":"` + missing + `"}`, bearer("ana"), 422, `"pointer":"/owner_id","code":"unknown"`},
		{"private input", "POST", "/api/users/register", `{"name":"eve","password":"password","secret":"x"}`, nil, 422, `"pointer":"/secret","code":"unknown"`},
		{"escaped pointer", "POST", "/api/rooms", `{"a/b~":1}`, bearer("ana"), 422, `"pointer":"/a~1b~0"`},
		{"required", "POST", "/api/rooms", `{}`, bearer("ana"), 422, `"field":"name","pointer":"/name","code":"required","detail":"is required"`},
		{"null is not missing", "PATCH", "/api/rooms/{red}", `{"name":null}`, bearer("ana"), 422, `"code":"required"`},
		{"empty is not missing", "PATCH", "/api/rooms/{red}", `{"name":""}`, bearer("ana"), 422, `"code":"required"`},
		{"rule", "POST", "/api/messages", `{"body":"12345678901234567890123456789012345678901","room_id":"{red}"}`, bearer("ana"), 422, `"code":"max","detail":"must be at most 40 characters"`},
		{"wrong type of an input", "POST", "/api/rooms", `{"name":1}`, bearer("ana"), 422, `"pointer":"/name","code":"type"`},
		{"several inputs", "POST", "/api/samples", `{"state":"ajar","count":1000,"price":"x","day":"today"}`, nil, 422, `"detail":"4 things are wrong: see errors"`},
		{"immutable", "PATCH", "/api/messages/{m1}", `{"room_id":"{red}"}`, bearer("ana"), 422, `"code":"unknown"`},
		{"dangling key", "POST", "/api/messages", `{"body":"x","room_id":"` + missing + `"}`, bearer("ana"), 422, `"pointer":"/room_id","code":"exists"`},
		{"arguments of a generic action", "POST", "/api/users/sign_in", `{"name":"ana"}`, nil, 422, `"pointer":"/password","code":"required"`},

		{"nobody", "POST", "/api/rooms", `{"name":"x"}`, nil, 401, `"code":"unauthenticated"`},
		{"nobody deletes", "DELETE", "/api/messages/{m1}", "", nil, 401, `"code":"unauthenticated"`},
		{"unknown token", "GET", "/api/rooms", "", bearer("eve"), 401, `the bearer token is not valid`},
		{"wrong password", "POST", "/api/users/sign_in", `{"name":"ana","password":"x"}`, nil, 401, `wrong name or password`},
		{"not the author", "PATCH", "/api/messages/{m1}", `{"body":"x"}`, bearer("bob"), 403, `"code":"forbidden"`},
		{"not the author deletes", "DELETE", "/api/messages/{m1}", "", bearer("bob"), 403, `"code":"forbidden"`},
		{"no record", "GET", "/api/messages/" + missing, "", nil, 404, `"code":"not_found"`},
		{"no key", "GET", "/api/messages/x", "", nil, 404, `"code":"not_found"`},
		{"no record to update", "PATCH", "/api/messages/" + missing, `{"body":"x"}`, bearer("ana"), 404, `"code":"not_found"`},
		{"no record to delete", "DELETE", "/api/messages/" + missing, "", bearer("ana"), 404, `"code":"not_found"`},
		{"no path", "GET", "/api/nothing", "", nil, 404, `"code":"not_found"`},
		{"private read", "GET", "/api/tokens", "", nil, 404, `"code":"not_found"`},
		{"private action", "POST", "/api/users/hidden", "", nil, 405, `"code":"method_not_allowed"`},
		{"method", "PUT", "/api/messages/{m1}", "{}", nil, 405, `this path takes GET, HEAD, PATCH, DELETE, OPTIONS`},
		{"accept", "GET", "/api/rooms", "", headers{"Accept", "text/html"}, 406, `"code":"not_acceptable"`},
		{"accept with parameters", "GET", "/api/rooms", "", headers{"Accept", "application/vnd.api+json; charset=utf-8"}, 406, `"code":"not_acceptable"`},
		{"accept with extension", "GET", "/api/rooms", "", headers{"Accept", `application/vnd.api+json; ext="https://example.com/x"`}, 406, `"code":"not_acceptable"`},
		{"taken", "POST", "/api/rooms", `{"name":"red"}`, bearer("ana"), 409, `"field":"name","pointer":"/name","code":"unique","detail":"has already been taken"`},
		{"large", "POST", "/api/rooms", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, bearer("ana"), 413, `must not be larger than 1048576 bytes`},
		{"media type", "POST", "/api/rooms", `name=x`, append(headers{"Content-Type", "application/x-www-form-urlencoded"}, bearer("ana")...), 415, `"code":"unsupported_media_type"`},
		{"media type with parameters", "POST", "/api/rooms", `{}`, append(headers{"Content-Type", "application/vnd.api+json; charset=utf-8"}, bearer("ana")...), 415, `"code":"unsupported_media_type"`},
		{"inside", "POST", "/api/users/fail", "", nil, 500, `"code":"internal"`},
		{"inside the actor", "GET", "/api/rooms", "", bearer("broken"), 500, `"code":"internal"`},
		{"busy", "POST", "/api/users/busy", "", nil, 503, `"code":"unavailable"`},
		{"busy actor", "GET", "/api/rooms", "", bearer("busy"), 503, `"code":"unavailable"`},

		{"JSON:API parameter", "GET", "/api/rooms?sort=x", "", jsonapi, 400, `{"status":"400","code":"unknown","title":"The request is not valid","detail":"room has no attribute \"x\"","source":{"parameter":"sort"}}`},
		{"JSON:API not found", "GET", "/api/rooms/x", "", jsonapi, 404, `{"status":"404","code":"not_found","title":"Nothing was found"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.t = t
			res := s.do(tt.method, tt.path, tt.body, tt.headers)
			got := s.normal(res.Body.String())
			if res.Code != tt.status || !strings.Contains(got, tt.want) {
				t.Errorf("%s %s %.200s\n got %d %s\nwant %d %s", tt.method, tt.path, tt.body, res.Code, got, tt.status, tt.want)
			}
			if strings.Contains(got, "internal text") {
				t.Errorf("internal text in %s", got)
			}
			checkErrorHeaders(t, tt.status, res.Header())
			checkStatusMember(t, tt.status, res.Body.Bytes(), res.Header().Get("Content-Type"))
		})
	}
}

func checkErrorHeaders(t *testing.T, status int, h http.Header) {
	t.Helper()
	want := map[int]string{401: "Www-Authenticate", 405: "Allow", 503: "Retry-After"}[status]
	if want != "" && h.Get(want) == "" {
		t.Errorf("no header %s with status %d", want, status)
	}
	if got := h.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control = %q, want no-store", got)
	}
}

func checkStatusMember(t *testing.T, status int, body []byte, mediaType string) {
	t.Helper()
	var got struct{ Status int }
	switch mediaType {
	case "application/problem+json":
		if err := json.Unmarshal(body, &got); err != nil || got.Status != status {
			t.Errorf("status in the problem = %d, %v", got.Status, err)
		}
	case "application/vnd.api+json":
		if !json.Valid(body) {
			t.Errorf("no JSON: %s", body)
		}
	default:
		t.Errorf("an error of type %q", mediaType)
	}
}

func TestEveryOriginIsAStrangerUnlessNamed(t *testing.T) {
	s := newSite(t, onSQLite, rest.Options{})
	if got := s.do("GET", "/api/rooms", "", headers{"Origin", "https://evil.example"}).Header().Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("allowed %q", got)
	}
	s = newSite(t, onSQLite, rest.Options{Options: api.Options{Origins: []string{"https://good.example"}}})
	for origin, want := range map[string]string{"https://good.example": "https://good.example", "https://evil.example": ""} {
		res := s.do("OPTIONS", "/api/rooms", "", headers{"Origin", origin, "Access-Control-Request-Method", "POST"})
		if got := res.Header().Get("Access-Control-Allow-Origin"); got != want || res.Code != 204 {
			t.Errorf("%s: %d, allowed %q, want %q", origin, res.Code, got, want)
		}
	}
}
