package rest_test

import (
	"testing"
)

func TestIfMatch(t *testing.T) { onEach(t, testIfMatch) }

func testIfMatch(t *testing.T, on database) {
	s := seeded(t, on)
	ana := bearer("ana")
	tag := func(method, path, body string) string {
		t.Helper()
		s.t = t
		res := s.do(method, path, body, ana)
		if res.Code >= 300 || res.Header().Get("ETag") == "" {
			t.Fatalf("%s %s: %d %s without ETag", method, path, res.Code, res.Body)
		}
		return res.Header().Get("ETag")
	}
	and := func(h headers, tag string) headers { return append(headers{"If-Match", tag}, h...) }
	first := tag("GET", "/api/messages/{m1}", "")
	if again := tag("GET", "/api/messages/{m1}", ""); again != first {
		t.Errorf("tags of the same record: %s, %s", first, again)
	}
	few, wide := tag("GET", "/api/messages/{m1}?fields[message]=body", ""), tag("GET", "/api/messages/{m1}?include=author", "")
	second := tag("PATCH", "/api/messages/{m1}", `{"body":"second"}`)
	if got := tag("GET", "/api/messages/{m1}", ""); got != second {
		t.Errorf("tag of an update is %s, that of the record then %s", second, got)
	}
	s.steps(t, []step{
		{"changed", "PATCH", "/api/messages/{m1}", `{"body":"lost"}`, and(ana, first), 412, `"code":"precondition_failed"`},
		{"changed, few fields", "PATCH", "/api/messages/{m1}", `{"body":"lost"}`, and(ana, few), 412, `"code":"precondition_failed"`},
		{"changed, with others", "DELETE", "/api/messages/{m1}", ``, and(ana, wide), 412, `"code":"precondition_failed"`},
		{"weak", "PATCH", "/api/messages/{m1}", `{"body":"lost"}`, and(ana, "W/"+second), 412, `"code":"precondition_failed"`},
		{"foreign", "PATCH", "/api/messages/{m1}", `{"body":"lost"}`, and(ana, `"x", "y.zzzzzzzzzzzzz", nonsense`), 412, `"code":"precondition_failed"`},
		{"empty", "PATCH", "/api/messages/{m1}", `{"body":"lost"}`, and(ana, ``), 412, `"code":"precondition_failed"`},
		{"still", "GET", "/api/messages/{m1}?fields[message]=body", ``, nil, 200, `{"body":"second"}`},
		{"not the author's", "PATCH", "/api/messages/{m2}", `{"body":"lost"}`, and(ana, first), 403, `"code":"forbidden"`},
		{"not there", "PATCH", "/api/messages/{ana}", `{"body":"lost"}`, and(ana, first), 404, `"code":"not_found"`},
		{"one of several", "PATCH", "/api/messages/{m1}?fields[message]=body", `{"body":"third"}`, and(ana, first+", "+second), 200, `{"body":"third"}`},
		{"any", "PATCH", "/api/messages/{m1}?fields[message]=body", `{"body":"fourth"}`, and(ana, "*"), 200, `{"body":"fourth"}`},
		{"a fault comes first", "PATCH", "/api/messages/{m1}", `{"body":""}`, and(ana, first), 422, `"code":"required"`},
		{"no versions", "PATCH", "/api/rooms/{red}", `{"topic":"x"}`, and(ana, `"x"`), 400, `a room has no time of its last update`},
		{"any, without versions", "PATCH", "/api/rooms/{red}?fields[room]=topic", `{"topic":"x"}`, and(ana, "*"), 200, `{"topic":"x"}`},
	})
	s.t = t
	fourth := tag("GET", "/api/messages/{m1}", "")
	s.steps(t, []step{{"unchanged", "DELETE", "/api/messages/{m1}", ``, and(ana, fourth), 204, ``}})
	s.t = t
	jsonapi := append(headers{"Accept", "application/vnd.api+json"}, ana...)
	res := s.do("GET", "/api/messages/{m3}?fields[message]=body", "", jsonapi)
	s.steps(t, []step{{"JSON:API", "PATCH", "/api/messages/{m3}", `{"body":"x"}`, and(jsonapi, res.Header().Get("ETag")), 200, `"body":"x"`},
		{"JSON:API, changed", "PATCH", "/api/messages/{m3}", `{"body":"y"}`, and(jsonapi, res.Header().Get("ETag")), 412, `"status":"412","code":"precondition_failed"`}})
}
