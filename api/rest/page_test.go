package rest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/congago/conga/api/rest"
)

// listed is a page of a list as a client reads it.
type listed struct {
	Data []struct{ ID, Name, Body string }
	Page struct {
		Limit         int
		After, Before *string
		Count         *int
	}
}

func (s *site) list(path string) listed {
	s.t.Helper()
	res := s.do("GET", path, "")
	var out listed
	if err := json.Unmarshal(res.Body.Bytes(), &out); err != nil || res.Code != http.StatusOK {
		s.t.Fatalf("GET %s: %d %s", path, res.Code, res.Body)
	}
	return out
}

func (l listed) names() string {
	var out []string
	for _, row := range l.Data {
		out = append(out, row.Name+row.Body)
	}
	return strings.Join(out, " ")
}

// TestPagesGoBothWays walks through a list and back by the cursors it gives.
func TestPagesGoBothWays(t *testing.T) { onEach(t, testPagesGoBothWays) }

func testPagesGoBothWays(t *testing.T, on database) {
	s := newSite(t, on, rest.Options{})
	s.remember("ana", s.post("", "/api/users/register", `{"name":"ana","password":"password"}`))
	for _, room := range []string{"a", "b", "c", "d", "e"} {
		topic := `"x"`
		if room < "c" {
			topic = "null" // cursors with null in them
		}
		s.post("ana", "/api/rooms", `{"name":"`+room+`","topic":`+topic+`}`)
	}
	for _, sort := range []string{"name", "-name", "topic,name", "-topic,-name", "message_count,name", "owner.name,-name", ""} {
		t.Run(sort, func(t *testing.T) {
			s.t = t
			base := "/api/rooms?page[limit]=2&page[count]=true&sort=" + sort
			if sort == "" {
				base = "/api/rooms?page[limit]=2&page[count]=true"
			}
			want := s.list(strings.Replace(base, "limit]=2", "limit]=10", 1)).names()
			var pages, back []string
			page := s.list(base)
			if page.Page.Before != nil || page.Page.Count == nil || *page.Page.Count != 5 {
				t.Errorf("first page: %+v", page.Page)
			}
			for {
				pages = append(pages, page.names())
				if page.Page.After == nil {
					break
				}
				page = s.list(base + "&page[after]=" + url.QueryEscape(*page.Page.After))
			}
			if got := strings.Join(pages, " "); got != want || len(pages) != 3 {
				t.Errorf("forwards %v, want %s", pages, want)
			}
			for page.Page.Before != nil {
				page = s.list(base + "&page[before]=" + url.QueryEscape(*page.Page.Before))
				back = append([]string{page.names()}, back...)
			}
			if len(back) != 2 || back[0] != pages[0] || back[1] != pages[1] {
				t.Errorf("backwards %v, want %v", back, pages[:2])
			}
		})
	}
}

func TestCursorOfAnotherOrder(t *testing.T) {
	s := seeded(t, onSQLite)
	page := s.list("/api/rooms?page[limit]=1&sort=name")
	res := s.do("GET", "/api/rooms?page[limit]=1&sort=-name&page[after]="+*page.Page.After, "")
	if res.Code != http.StatusBadRequest || !strings.Contains(res.Body.String(), `"parameter":"page[after]"`) {
		t.Errorf("got %d %s", res.Code, res.Body)
	}
}

func TestEntityTags(t *testing.T) {
	s := seeded(t, onSQLite)
	for _, path := range []string{"/api/rooms", "/api/rooms/{red}", "/api/openapi.json", "/api/docs", "/api/docs/docs.js"} {
		first := s.do("GET", path, "")
		tag := first.Header().Get("ETag")
		if first.Code != 200 || tag == "" {
			t.Fatalf("GET %s: %d, ETag %q", path, first.Code, tag)
		}
		for _, given := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			res := s.do("GET", path, "", headers{"If-None-Match", given})
			if res.Code != http.StatusNotModified || res.Body.Len() > 0 {
				t.Errorf("GET %s with If-None-Match %s: %d %s", path, given, res.Code, res.Body)
			}
		}
		if res := s.do("GET", path, "", headers{"If-None-Match", `"x"`}); res.Code != 200 {
			t.Errorf("GET %s with another tag: %d", path, res.Code)
		}
	}
	before := s.do("GET", "/api/rooms", "").Header().Get("ETag")
	s.post("ana", "/api/rooms", `{"name":"a"}`)
	if after := s.do("GET", "/api/rooms", "").Header().Get("ETag"); after == before {
		t.Error("the tag stayed when the list changed")
	}
}

func TestHeadAndOptions(t *testing.T) {
	s := seeded(t, onSQLite)
	get, head := s.do("GET", "/api/rooms", ""), s.do("HEAD", "/api/rooms", "")
	if head.Code != 200 || head.Body.Len() > 0 || head.Header().Get("Content-Length") != strconv.Itoa(get.Body.Len()) ||
		head.Header().Get("ETag") != get.Header().Get("ETag") {
		t.Errorf("HEAD: %d %v %s", head.Code, head.Header(), head.Body)
	}
	for path, want := range map[string]string{
		"/api/rooms":           "GET, HEAD, POST, OPTIONS",
		"/api/rooms/{red}":     "GET, HEAD, PATCH, DELETE, OPTIONS",
		"/api/users/register":  "GET, HEAD, POST, OPTIONS", // GET: a user with the id "register"
		"/api/messages/x/pin":  "PATCH, OPTIONS",
		"/api/messages/search": "GET, HEAD, PATCH, DELETE, OPTIONS",
	} {
		res := s.do("OPTIONS", path, "")
		if got := res.Header().Get("Allow"); res.Code != 204 || got != want {
			t.Errorf("OPTIONS %s: %d Allow %q, want %q", path, res.Code, got, want)
		}
	}
}
