package rest_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestGroups asks lists for groups.
func TestGroups(t *testing.T) { onEach(t, testGroups) }

func testGroups(t *testing.T, on database) {
	s := seeded(t, on)
	for _, body := range []string{
		`{"state":"open","count":3,"price":"1.5","took":"PT1H","day":"2026-03-29T01:30:00Z","note":"a"}`,
		`{"state":"open","count":4,"price":"2.50","took":"PT2H","day":"2026-03-30T12:00:00Z","note":"a"}`,
		`{"state":"closed","count":5,"price":"0.1","done":true,"ratio":0.5}`,
	} {
		if res := s.do("POST", "/api/samples", body); res.Code != http.StatusCreated {
			t.Fatalf("POST %s\n got %d %s", body, res.Code, res.Body)
		}
	}
	list := func(rows, page string) string { return `{"data":[` + rows + `],"page":{` + page + `}}` }
	whole := `"limit":50,"offset":0,"more":false,"count":null`
	tests := []struct{ name, path, want string }{
		{"count", "/api/messages?aggregate=count", list(`{"count":4}`, whole)},
		{"count of groups by default", "/api/messages?group=pinned", list(`{"pinned":false,"count":4}`, whole)},
		{"through a relationship", "/api/messages?group=author.name&filter[body][ne]=five",
			list(`{"author.name":"ana","count":2},{"author.name":"bob","count":1}`, whole)},
		{"distinct", "/api/messages?aggregate=count_distinct:author_id,count", list(`{"count_distinct_author_id":2,"count":4}`, whole)},
		{"all aggregates", "/api/samples?group=state&aggregate=count,sum:count,avg:count,min:count,max:price,sum:price,sum:took,avg:took,min:note,max:day&sort=-state",
			list(`{"state":"open","count":2,"sum_count":7,"avg_count":3.5,"min_count":3,"max_price":"2.50","sum_price":"4.00","sum_took":"PT3H","avg_took":"PT1H30M","min_note":"a","max_day":"2026-03-30T12:00:00Z"},`+
				`{"state":"closed","count":1,"sum_count":5,"avg_count":5,"min_count":5,"max_price":"0.1","sum_price":"0.1","sum_took":"PT0S","avg_took":"PT0S","min_note":null,"max_day":null}`, whole)},
		{"units", "/api/samples?group=day:month", list(`{"day":"2026-03-01T00:00:00Z","count":2},{"day":null,"count":1}`, whole)},
		{"zone", "/api/samples?group=day:day:Europe/Berlin&filter[day][is_null]=false",
			list(`{"day":"2026-03-28T23:00:00Z","count":1},{"day":"2026-03-29T22:00:00Z","count":1}`, whole)},
		{"having", "/api/samples?group=state&aggregate=sum:price,count&having[sum_price][gt]=1&having[count]=2", list(`{"state":"open","sum_price":"4.00","count":2}`, whole)},
		{"page", "/api/samples?group=state&sort=-count&page[limit]=1&page[count]=true",
			list(`{"state":"open","count":2}`, `"limit":1,"offset":0,"more":true,"count":2`)},
		{"offset", "/api/samples?group=state&sort=-count&page[limit]=1&page[offset]=1", list(`{"state":"closed","count":1}`, `"limit":1,"offset":1,"more":false,"count":null`)},
		{"nothing", "/api/samples?group=state&filter[state]=closed&filter[count]=1", list(``, whole)},
		{"nothing at all", "/api/samples?aggregate=count,sum:count&filter[count]=1", list(`{"count":0,"sum_count":null}`, whole)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.t = t
			res := s.do("GET", tt.path, "")
			if got := res.Body.String(); res.Code != http.StatusOK || got != tt.want {
				t.Errorf("GET %s\n got %d %s\nwant %s", tt.path, res.Code, got, tt.want)
			}
		})
	}
}

// TestGroupFaults asks for groups that there are not.
func TestGroupFaults(t *testing.T) {
	s := seeded(t, onSQLite)
	tests := []struct{ path, want string }{
		{"/api/messages?group=body", `there are no groups by \"body\"`},
		{"/api/messages?group=author.nam", `did you mean \"author.name\"?`},
		{"/api/messages?group=pinned,pinned", "pinned is named twice"},
		{"/api/messages?group=pinned:day", "pinned is no time"},
		{"/api/messages?group=inserted_at:fortnight", `there is no unit \"fortnight\"`},
		{"/api/messages?group=inserted_at:day:Mars/Base", "is no time zone"},
		{"/api/messages?group=inserted_at::UTC", "no unit"},
		{"/api/messages?group=pinned&aggregate=sum:pinned", `there is no aggregate \"sum:pinned\"`},
		{"/api/messages?group=pinned&having[pinned]=true", `there is no aggregate \"pinned\"`},
		{"/api/messages?group=pinned&having[count][like]=3", `the operator \"like\" does not exist`},
		{"/api/messages?group=pinned&having[count][gt]=many", "having[count][gt]"},
		{"/api/messages?having[count][gt]=1", "add group or aggregate"},
		{"/api/messages?group=pinned&sort=body", `there is no column \"body\"`},
		{"/api/messages?group=pinned&include=author", "groups have none"},
		{"/api/messages?group=pinned&fields[message]=id", "groups have none"},
		{"/api/messages?group=pinned&page[after]=abc", "groups have no cursors"},
		{"/api/messages?group[x]=pinned", "is written group"},
		{"/api/rooms?group=name", "is no parameter here"},
		{"/api/samples?group=hidden", `there are no groups by`},
	}
	for _, tt := range tests {
		res := s.do("GET", tt.path, "")
		if res.Code != http.StatusBadRequest || !strings.Contains(res.Body.String(), tt.want) {
			t.Errorf("GET %s\n got %d %s\nwant 400 with %s", tt.path, res.Code, res.Body, tt.want)
		}
	}
	if res := s.do("GET", "/api/messages?group=pinned", "", headers{"Accept", "application/vnd.api+json"}); res.Code != http.StatusNotAcceptable {
		t.Errorf("JSON:API: got %d %s", res.Code, res.Body)
	}
}
