package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/congago/conga/api"
	"github.com/congago/conga/api/rest"
)

// TestWrite goes through writes in order; each sees what those before it did.
func TestWrite(t *testing.T) { onEach(t, testWrite) }

func testWrite(t *testing.T, on database) {
	s := seeded(t, on)
	ana := bearer("ana")
	tests := []struct {
		name, method, path, body string
		headers                  headers
		status                   int
		want                     string
	}{
		{"update", "PATCH", "/api/messages/{m1}", `{"body":" uno "}`, ana, 200,
			`{"id":"{m1}","body":"uno","pinned":false,"room_id":"{blue}","author_id":"{ana}","inserted_at":"{time}","updated_at":"{time}"}`},
		{"update nothing", "PATCH", "/api/messages/{m1}?fields[message]=body", `{}`, ana, 200, `{"body":"uno"}`},
		{"update without a body", "PATCH", "/api/messages/{m1}/pin?fields[message]=pinned", ``, ana, 200, `{"pinned":true}`},
		{"update with include", "PATCH", "/api/messages/{m1}?include=author&fields[message]=body&fields[user]=name", `{"body":"eins"}`, ana, 200,
			`{"body":"eins","author":{"name":"ana"}}`},
		{"calculated in an answer", "PATCH", "/api/rooms/{red}?fields[room]=name,message_count", `{"topic":"x"}`, ana, 200, `{"name":"red","message_count":1}`},
		{"missing keeps", "PATCH", "/api/rooms/{red}?fields[room]=name,topic", `{"name":"pink"}`, ana, 200, `{"name":"pink","topic":"x"}`},
		{"null removes", "PATCH", "/api/rooms/{red}?fields[room]=name,topic", `{"topic":null}`, ana, 200, `{"name":"pink","topic":null}`},
		{"empty is no null", "PATCH", "/api/rooms/{red}?fields[room]=name,topic", `{"topic":""}`, ana, 200, `{"name":"pink","topic":""}`},
		{"destroy", "DELETE", "/api/messages/{m1}", ``, ana, 204, ``},
		{"gone", "GET", "/api/messages/{m1}", ``, nil, 404, ``},
		{"other destroy", "DELETE", "/api/messages/{m3}/purge", ``, ana, 204, ``},
		{"generic with a result", "POST", "/api/users/sign_in", `{"name":"ana","password":"password"}`, nil, 200,
			`{"token":"ana","user":{"id":"{ana}","name":"ana","email":null,"inserted_at":"{time}"},"rooms":[]}`},
		{"generic with a record", "POST", "/api/users/myself", ``, ana, 200, `{"id":"{ana}","name":"ana","email":null,"inserted_at":"{time}"}`},
		{"generic without a result", "POST", "/api/users/forget", ``, nil, 204, ``},
		{"generic with an empty object", "POST", "/api/users/forget", `{}`, nil, 204, ``},
		{"every kind", "POST", "/api/samples", `{"state":"closed","note":"\u0001é","count":7,"ratio":0.5,"price":"12.50","day":"2024-02-29T12:00:00.123456+01:00",` +
			`"took":"PT1H30M","owner":"{ana}","blob":"AQI=","labels":["a","b"],"done":false}`, nil, 201,
			`{"id":1,"state":"closed","note":"\u0001é","count":7,"ratio":0.5,"price":"12.50","day":"{time}","took":"PT1H30M","owner":"{ana}","blob":"AQI=","labels":["a","b"],"done":false}`},
		{"defaults", "POST", "/api/samples", `{}`, nil, 201,
			`{"id":2,"state":"open","note":null,"count":0,"ratio":0,"price":"0","day":null,"took":"PT0S","owner":null,"blob":"","labels":[],"done":null}`},
		{"keys that are numbers", "GET", "/api/samples/2?fields[sample]=id", ``, nil, 200, `{"id":2}`},
		{"filters of every kind", "GET", "/api/samples?fields[sample]=id&filter[count][gte]=7&filter[ratio][lt]=0.6&filter[price]=12.5&filter[day][gt]=2024-02-29T00:00:00Z" +
			"&filter[took][lte]=PT90M&filter[owner][in]={ana}&filter[done]=false&filter[state]=closed&filter[labels][is_null]=false&filter[blob]=AQI%3D", ``, nil, 200,
			`{"data":[{"id":1}],"page":{"limit":50,"after":null,"before":null,"count":null}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.t = t
			res := s.do(tt.method, tt.path, tt.body, tt.headers)
			got := s.normal(res.Body.String())
			if res.Code != tt.status || tt.status < 400 && got != tt.want {
				t.Errorf("%s %s %s\n got %d %s\nwant %d %s", tt.method, tt.path, tt.body, res.Code, got, tt.status, tt.want)
			}
		})
	}
}

func TestCreatedIsWhereLocationSays(t *testing.T) {
	s := seeded(t, onSQLite)
	res := s.do("POST", "/api/messages?include=author&fields[message]=id,body&fields[user]=name", `{"body":"new","room_id":"{red}"}`, bearer("bob"))
	if res.Code != 201 || !strings.HasSuffix(res.Body.String(), `"body":"new","author":{"name":"bob"}}`) {
		t.Fatalf("got %d %s", res.Code, res.Body)
	}
	again := s.do("GET", res.Header().Get("Location")+"?include=author&fields[message]=id,body&fields[user]=name", "")
	if again.Body.String() != res.Body.String() {
		t.Errorf("GET %s\n got %s\nwant %s", res.Header().Get("Location"), again.Body, res.Body)
	}
}

func TestAliasOfTheOnlyAction(t *testing.T) {
	s := seeded(t, onSQLite)
	if res := s.do("POST", "/api/messages/post", `{"body":"x","room_id":"{red}"}`, bearer("bob")); res.Code != 201 {
		t.Errorf("got %d %s", res.Code, res.Body)
	}
}

func TestPrefixAndLimits(t *testing.T) {
	s := newSite(t, onSQLite, rest.Options{Options: api.Options{MaxBody: 20, MaxDepth: 1}, Prefix: "/v1/", Docs: "-", Title: "Chat"})
	for path, want := range map[string]int{
		"/v1/rooms": 200, "/v1/openapi.json": 200, "/v1/docs": 404, "/api/rooms": 404,
		"/v1/messages?include=room": 200, "/v1/messages?include=room.owner": 400, "/v1/messages?filter[room][owner][name]=x": 400,
	} {
		if res := s.do("GET", path, ""); res.Code != want {
			t.Errorf("GET %s: %d %s, want %d", path, res.Code, res.Body, want)
		}
	}
	if res := s.do("POST", "/v1/users/register", `{"name":"ana","password":"password"}`); res.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d %s", res.Code, res.Body)
	}
}
