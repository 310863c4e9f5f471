package rest

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestPathsAgreeWithServeMux asks both for the same paths, odd ones among them.
func TestPathsAgreeWithServeMux(t *testing.T) {
	routes := [][2]string{
		{"GET", "/api/rooms"}, {"POST", "/api/rooms"}, {"GET", "/api/rooms/{id}"}, {"PATCH", "/api/rooms/{id}"}, {"DELETE", "/api/rooms/{id}"},
		{"GET", "/api/rooms/open"}, {"POST", "/api/rooms/close"}, {"PATCH", "/api/rooms/{id}/close"}, {"PATCH", "/api/rooms"},
		{"GET", "/api/a/b/{id}"}, {"GET", "/api/a/b"}, {"GET", "/api/a/{id}"},
	}
	var got string
	serve := func(pattern string) match {
		return match{func(_ http.ResponseWriter, _ *http.Request, key string) { got = pattern + " " + key }, pattern}
	}
	mux, p := http.NewServeMux(), paths{}
	for _, r := range routes {
		m := serve(r[0] + " " + r[1])
		mux.HandleFunc(m.pattern, func(w http.ResponseWriter, r *http.Request) { m.serve(w, r, r.PathValue("id")) })
	}
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	for _, r := range routes {
		p.add(mux, r[0], r[1], serve(r[0]+" "+r[1]))
	}
	parts := []string{"api", "rooms", "open", "close", "a", "b", "17", ".", "..", "", "%2F", "%2e", "a%20b", "100%25", "x;y", "{id}", "ä", "a+b", "%41"}
	methods := []string{"GET", "POST", "PATCH", "DELETE", "HEAD", "PUT"}
	hits := 0
	for range 20_000 {
		path := ""
		if rand.IntN(2) == 0 {
			path = "/api/rooms"
		}
		for range rand.IntN(4) {
			path += "/" + parts[rand.IntN(len(parts))]
		}
		u, err := url.ParseRequestURI("/" + strings.TrimPrefix(path, "/"))
		if err != nil {
			continue
		}
		r := &http.Request{Method: methods[rand.IntN(len(methods))], URL: u}
		m, key, ok := p.find(r)
		if !ok {
			continue // the ServeMux is asked
		}
		hits++
		m.serve(nil, nil, key)
		mine := got
		got = ""
		mux.ServeHTTP(httptest.NewRecorder(), r)
		if got != mine {
			t.Errorf("%s %s leads to %q, by the ServeMux to %q", r.Method, path, mine, got)
		}
	}
	if hits < 1000 {
		t.Errorf("only %d of the paths were found", hits)
	}
}
