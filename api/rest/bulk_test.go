package rest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/congago/conga/api"
	"github.com/congago/conga/api/rest"
)

// step is a request and its answer; each sees what those before it did.
type step struct {
	name, method, path, body string
	headers                  headers
	status                   int
	want                     string // of the body
}

func (s *site) steps(t *testing.T, steps []step) {
	for _, tt := range steps {
		t.Run(tt.name, func(t *testing.T) {
			s.t = t
			res := s.do(tt.method, tt.path, tt.body, tt.headers)
			got := s.normal(res.Body.String())
			if res.Code != tt.status || !strings.Contains(got, tt.want) {
				t.Errorf("%s %s %.200s\n got %d %s\nwant %d %s", tt.method, tt.path, tt.body, res.Code, got, tt.status, tt.want)
			}
		})
	}
}

func TestCreateMany(t *testing.T) { onEach(t, testCreateMany) }

func testCreateMany(t *testing.T, on database) {
	s := seeded(t, on)
	ana, bob := bearer("ana"), bearer("bob")
	const long = "12345678901234567890123456789012345678901"
	s.steps(t, []step{
		{"all", "POST", "/api/messages?fields[message]=body&include=author&fields[user]=name", `[{"body":" six ","room_id":"{red}"},{"body":"seven","room_id":"{red}"}]`, ana, 201,
			`{"data":[{"body":"six","author":{"name":"ana"}},{"body":"seven","author":{"name":"ana"}}]}`},
		{"none", "POST", "/api/messages", ` [] `, ana, 200, `{"data":[]}`},
		{"all or none", "POST", "/api/messages", `[{"body":"x","room_id":"{red}"},{"body":"` + long + `","room_id":"{red}"},{"room_id":"{red}","bodi":"x"}]`, ana, 422,
			`"errors":[{"field":"1.body","pointer":"/1/body","code":"max","detail":"must be at most 40 characters"},` +
				`{"field":"2.bodi","pointer":"/2/bodi","code":"unknown","detail":"is no input of this action: did you mean \"body\"?"},{"field":"2.body","pointer":"/2/body","code":"required","detail":"is required"}]`},
		{"none of them", "GET", "/api/rooms/{red}?fields[room]=message_count", ``, nil, 200, `{"message_count":3}`},
		{"dangling key", "POST", "/api/messages", `[{"body":"x","room_id":"{red}"},{"body":"x","room_id":"{ana}"}]`, ana, 422, `"code":"exists"`},
		{"partial", "POST", "/api/messages?partial=true&fields[message]=body", `[{"body":"eight","room_id":"{red}"},{"body":"  ","room_id":"{red}"},{"body":"nine","room_id":"{ana}"}]`, ana, 200,
			`{"data":[{"body":"eight"},null,null],"errors":[` +
				`{"index":1,"status":422,"code":"invalid","title":"The input is not valid","errors":[{"field":"1.body","pointer":"/1/body","code":"required","detail":"is required"}]},` +
				`{"index":2,"status":422,"code":"invalid","title":"The input is not valid","errors":[{"field":"2.room_id","pointer":"/2/room_id","code":"exists","detail":"does not exist"}]}]}`},
		{"partial and whole", "POST", "/api/messages?partial=true&fields[message]=body", `[{"body":"nine","room_id":"{red}"}]`, ana, 201, `{"data":[{"body":"nine"}],"errors":[]}`},
		{"nobody", "POST", "/api/messages", `[{"body":"x","room_id":"{red}"}]`, nil, 401, `"code":"unauthenticated"`},
		{"nobody, partial", "POST", "/api/messages?partial=true", `[{"body":"x","room_id":"{red}"},{"body":"y","room_id":"{red}"}]`, nil, 401, `"code":"unauthenticated"`},
		{"partial of one", "POST", "/api/messages?partial=true", `{"body":"x","room_id":"{red}"}`, ana, 400, `"parameter":"partial","code":"list"`},
		{"partial that is none", "POST", "/api/messages?partial=maybe", `[]`, ana, 400, `must be true or false`},
		{"partial where there are no lists", "POST", "/api/rooms?partial=true", `{"name":"x"}`, ana, 400, `"parameter":"partial","code":"unknown"`},
		{"no list without Bulk", "POST", "/api/rooms", `[{"name":"x"}]`, ana, 400, `the document must be an object`},
		{"no objects", "POST", "/api/messages", `[1]`, ana, 400, `"pointer":"/0"`},
		{"malformed", "POST", "/api/messages", `[{"body":]`, ana, 400, `at byte 9`},
		{"JSON:API", "POST", "/api/messages", `[]`, append(headers{"Accept", "application/vnd.api+json"}, ana...), 406, `"code":"not_acceptable"`},
		{"JSON:API body", "POST", "/api/messages", `[]`, append(headers{"Content-Type", "application/vnd.api+json"}, ana...), 400, `must be an object`},

		{"upsert of a new one", "POST", "/api/rooms/ensure?fields[room]=name,topic", `{"name":"pink","topic":"x"}`, ana, 201, `{"name":"pink","topic":"x"}`},
		{"upsert of an old one", "POST", "/api/rooms/ensure?fields[room]=name,topic", `{"name":"pink","topic":"y"}`, ana, 200, `{"name":"pink","topic":"y"}`},
		{"upsert of another's", "POST", "/api/rooms/ensure", `{"name":"pink","topic":"z"}`, bob, 403, `"code":"forbidden"`},
		{"upserts", "POST", "/api/rooms/ensure?fields[room]=name,topic", `[{"name":"pink"},{"name":"gray","topic":"x"}]`, ana, 200, `{"data":[{"name":"pink","topic":"y"},{"name":"gray","topic":"x"}]}`},
		{"upserts of new ones", "POST", "/api/rooms/ensure?fields[room]=name", `[{"name":"a"},{"name":"b"}]`, ana, 201, `{"data":[{"name":"a"},{"name":"b"}]}`},
		{"upserts of another's", "POST", "/api/rooms/ensure?fields[room]=name", `[{"name":"c"},{"name":"a"}]`, bob, 403, `"errors":[{"field":"1","pointer":"/1","code":"forbidden","detail":"This is not allowed"}]`},
		{"some upserts", "POST", "/api/rooms/ensure?fields[room]=name&partial=true", `[{"name":"c"},{"name":"a"}]`, bob, 200,
			`{"data":[{"name":"c"},null],"errors":[{"index":1,"status":403,"code":"forbidden","title":"This is not allowed","errors":[{"field":"1","pointer":"/1","code":"forbidden","detail":"This is not allowed"}]}]}`},
		{"JSON:API upsert of a new one", "POST", "/api/rooms/ensure", `{"data":{"type":"room","attributes":{"name":"d"}}}`, append(headers{"Content-Type", "application/vnd.api+json", "Accept", "application/vnd.api+json"}, ana...), 201, `"name":"d"`},
		{"JSON:API upsert of an old one", "POST", "/api/rooms/ensure", `{"data":{"type":"room","attributes":{"name":"d"}}}`, append(headers{"Content-Type", "application/vnd.api+json", "Accept", "application/vnd.api+json"}, ana...), 200, `"name":"d"`},
	})
}

func TestWriteEvery(t *testing.T) { onEach(t, testWriteEvery) }

func testWriteEvery(t *testing.T, on database) {
	s := seeded(t, on)
	ana, bob := bearer("ana"), bearer("bob")
	s.steps(t, []step{
		{"own alone", "PATCH", "/api/messages?filter[room][name]=blue", `{"body":"edited"}`, ana, 200, `{"count":1}`},
		{"not others'", "GET", "/api/messages?filter[body]=edited&fields[message]=id", ``, nil, 200, `{"data":[{"id":"{m1}"}]`},
		{"named", "PATCH", "/api/messages/pin?filter[body][in]=two,five,edited", ``, bob, 200, `{"count":2}`},
		{"nothing found", "PATCH", "/api/messages/pin?filter[body]=none", ``, bob, 200, `{"count":0}`},
		{"nothing to change", "PATCH", "/api/messages?filter[pinned]=true", `{}`, bob, 200, `{"count":2}`},
		{"without a filter", "PATCH", "/api/messages", `{"body":"x"}`, ana, 400, `"parameter":"filter","code":"required"`},
		{"an empty filter", "PATCH", "/api/messages?filter=", `{"body":"x"}`, ana, 400, `is written filter[attribute]`},
		{"other parameters", "PATCH", "/api/messages?filter[pinned]=true&page[limit]=1&sort=body", `{"body":"x"}`, ana, 400, `"detail":"2 things are wrong: see errors"`},
		{"misspelt filter", "PATCH", "/api/messages?filter[pined]=true", `{"body":"x"}`, ana, 400, `did you mean \"pinned\"?`},
		{"private filter", "DELETE", "/api/messages/purge?filter[author][secret]=x", ``, ana, 400, `"code":"unknown"`},
		{"faults of the input", "PATCH", "/api/messages?filter[pinned]=true", `{"body":"","x":1}`, ana, 422, `"pointer":"/x","code":"unknown"`},
		{"nobody", "PATCH", "/api/messages?filter[pinned]=true", `{"body":"x"}`, nil, 401, `"code":"unauthenticated"`},
		{"If-Match", "PATCH", "/api/messages?filter[pinned]=true", `{"body":"x"}`, append(headers{"If-Match", `"x"`}, ana...), 400, `If-Match is about one record`},
		{"JSON:API", "PATCH", "/api/messages?filter[pinned]=true", `{"body":"x"}`, append(headers{"Accept", "application/vnd.api+json"}, ana...), 406, `"code":"not_acceptable"`},
		{"JSON:API body", "PATCH", "/api/messages?filter[pinned]=true", `{"data":{}}`, append(headers{"Content-Type", "application/vnd.api+json"}, ana...), 415, `"code":"unsupported_media_type"`},
		{"destroy", "DELETE", "/api/messages/purge?filter[pinned]=true", ``, bob, 200, `{"count":2}`},
		{"gone", "GET", "/api/messages?fields[message]=body", ``, nil, 200, `{"data":[{"body":"edited"},{"body":"three, four"}]`},
	})
}

func TestUpdateMany(t *testing.T) { onEach(t, testUpdateMany) }

func testUpdateMany(t *testing.T, on database) {
	s := seeded(t, on)
	ana := bearer("ana")
	s.remember("own", s.post("ana", "/api/messages", `{"body":"own","room_id":"{red}"}`))
	s.remember("other", s.post("ana", "/api/messages", `{"body":"other","room_id":"{red}"}`))
	s.remember("bobs", s.post("bob", "/api/messages", `{"body":"bobs","room_id":"{red}"}`))
	const long = "12345678901234567890123456789012345678901"
	s.steps(t, []step{
		{"all", "PATCH", "/api/messages?fields[message]=body&include=author&fields[user]=name", `[{"id":"{own}","body":" six "},{"body":"seven","id":"{other}"}]`, ana, 200,
			`{"data":[{"body":"six","author":{"name":"ana"}},{"body":"seven","author":{"name":"ana"}}]}`},
		{"none", "PATCH", "/api/messages", ` [] `, ana, 200, `{"data":[]}`},
		{"all or none", "PATCH", "/api/messages", `[{"id":"{own}","body":"x"},{"id":"{other}","body":"` + long + `"}]`, ana, 422, `"pointer":"/1/body","code":"max"`},
		{"another's", "PATCH", "/api/messages", `[{"id":"{own}","body":"x"},{"id":"{bobs}","body":"y"}]`, ana, 403, `"pointer":"/1","code":"forbidden"`},
		{"none of them", "GET", "/api/messages/{own}?fields[message]=body", ``, nil, 200, `{"body":"six"}`},
		{"one that is not there", "PATCH", "/api/messages", `[{"id":"{own}","body":"x"},{"id":"{red}","body":"y"}]`, ana, 404, `"pointer":"/1","code":"not_found"`},
		{"one that cannot be", "PATCH", "/api/messages", `[{"id":"nonsense","body":"y"}]`, ana, 404, `"pointer":"/0","code":"not_found"`},
		{"partial", "PATCH", "/api/messages?partial=true&fields[message]=body", `[{"id":"{own}","body":"eight"},{"id":"{bobs}","body":"y"},{"id":"{other}","body":"  "}]`, ana, 200,
			`{"data":[{"body":"eight"},null,null],"errors":[{"index":1,"status":403,"code":"forbidden","title":"This is not allowed","errors":[{"field":"1","pointer":"/1","code":"forbidden","detail":"This is not allowed"}]},` +
				`{"index":2,"status":422,"code":"invalid","title":"The input is not valid","errors":[{"field":"2.body","pointer":"/2/body","code":"required","detail":"is required"}]}]}`},
		{"no key", "PATCH", "/api/messages", `[{"id":"{own}","body":"x"},{"body":"y"},{"id":null}]`, ana, 400, `"errors":[{"field":"1.id","pointer":"/1/id","code":"required","detail":"is required"},{"field":"2.id","pointer":"/2/id","code":"required","detail":"is required"}]`},
		{"a filter", "PATCH", "/api/messages?filter[body]=x", `[]`, ana, 400, `"parameter":"filter[body]","code":"unknown"`},
		{"one twice", "PATCH", "/api/messages?fields[message]=body", `[{"id":"{own}","body":"a"},{"id":"{own}","body":"b"}]`, ana, 200, `{"data":[{"body":"a"},{"body":"b"}]}`},
		{"by another action", "PATCH", "/api/messages/pin?fields[message]=pinned", `[{"id":"{own}"},{"id":"{other}"}]`, ana, 200, `{"data":[{"pinned":true},{"pinned":true}]}`},
		{"nobody", "PATCH", "/api/messages", `[{"id":"{own}","body":"x"}]`, nil, 401, `"code":"unauthenticated"`},
		{"no objects", "PATCH", "/api/messages", `[1]`, ana, 400, `"pointer":"/0"`},
		{"no list of destroys", "DELETE", "/api/messages/purge?filter[pinned]=true", `[{"id":"{own}"}]`, ana, 400, `must be an object`},
		{"If-Match", "PATCH", "/api/messages", `[]`, append(headers{"If-Match", `"x"`}, ana...), 400, `If-Match is about one record`},
		{"JSON:API", "PATCH", "/api/messages", `[]`, append(headers{"Accept", "application/vnd.api+json"}, ana...), 406, `"code":"not_acceptable"`},
	})
}

// TestOneAtATimeUnlessBulk finds no way to many records without Bulk.
func TestOneAtATimeUnlessBulk(t *testing.T) {
	s := seeded(t, onSQLite)
	for _, method := range []string{"DELETE", "PATCH"} {
		req := httptest.NewRequest(method, map[string]string{"DELETE": "/api/messages", "PATCH": "/api/rooms"}[method]+"?filter[id][is_null]=false", nil)
		req.Header.Set("Authorization", "Bearer ana")
		rec := httptest.NewRecorder()
		s.rest.ServeHTTP(rec, req)
		if rec.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d %s", req.URL, rec.Code, rec.Body)
		}
	}
}

func TestMaxBulk(t *testing.T) {
	onEach(t, func(t *testing.T, on database) {
		s := newSite(t, on, rest.Options{Options: api.Options{MaxBulk: 2}})
		s.remember("ana", s.post("", "/api/users/register", `{"name":"ana","password":"password"}`))
		ana := bearer("ana")
		s.remember("red", s.post("ana", "/api/rooms", `{"name":"red"}`))
		one := `{"body":"x","room_id":"{red}"}`
		s.steps(t, []step{
			{"as many as allowed", "POST", "/api/messages", "[" + one + "," + one + "]", ana, 201, `{"data":[`},
			{"more", "POST", "/api/messages", "[" + one + "," + one + "," + one + "]", ana, 413, `must not have more than 2 records`},
			{"as many as allowed of those found", "PATCH", "/api/messages?filter[body]=x", `{"body":"y"}`, ana, 200, `{"count":2}`},
			{"one more", "POST", "/api/messages", one, ana, 201, ``},
			{"more of those found", "PATCH", "/api/messages?filter[body][in]=x,y", `{"body":"z"}`, ana, 422, `more than 2 records match`},
			{"nothing was written", "GET", "/api/messages?filter[body]=z", ``, nil, 200, `{"data":[]`},
		})
	})
}
