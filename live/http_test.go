package live_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/congago/conga/live"
	"github.com/congago/conga/live/livetest"
)

func TestHTTP(t *testing.T) {
	h, _ := chat(t, live.Options{})
	tests := []struct {
		method, path string
		status       int
		holds        string
	}{
		{"GET", "/rooms/go", 200, `<div id="conga" data-conga-session="`},
		{"HEAD", "/rooms/go", 200, ""},
		{"GET", "/", 200, "<title>Home</title>"},
		{"GET", "/rooms/none", 404, "There is no such room."},
		{"GET", "/nowhere", 404, "Not Found"},
		{"GET", "/rooms/", 404, "Not Found"},
		{"PUT", "/rooms/go", 405, "Method Not Allowed"},
		{"POST", "/rooms/go", 415, "Unsupported Media Type"},
		{"GET", "/_live/statics/none.json", 404, "Not Found"},
		{"GET", "/_live/session", 405, "Method Not Allowed"},
		{"GET", "/_live/socket", 400, "subprotocol"},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.holds) {
				t.Errorf("got %d %s\nwant %d with %q", w.Code, w.Body, tt.status, tt.holds)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	h, _ := chat(t, live.Options{})
	r := httptest.NewRequest("GET", "/rooms/go", nil)
	r.Header.Set("X-Forwarded-Proto", "https")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	want := map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Cache-Control":           "private, no-cache",
		"X-Content-Type-Options":  "nosniff",
		"Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
	}
	for name, value := range want {
		if got := w.Header().Get(name); got != value {
			t.Errorf("%s: got %q, want %q", name, got, value)
		}
	}
	cookie := w.Header().Get("Set-Cookie")
	for _, part := range []string{"conga_session=", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("cookie %q lacks %s", cookie, part)
		}
	}
	if regexp.MustCompile(`<script[^>]*>[^<]`).MatchString(w.Body.String()) || strings.Contains(w.Body.String(), " onclick=") {
		t.Errorf("the page holds an inline script:\n%s", w.Body)
	}
}

func TestAssets(t *testing.T) {
	h, _ := chat(t, live.Options{})
	page := livetest.NewBrowser(t, h).Get("/rooms/go")
	script, _ := page.Attr("script[type=module]", "src")
	statics, _ := page.Attr("#conga", "data-conga-statics")
	if integrity, _ := page.Attr("script[type=module]", "integrity"); !strings.HasPrefix(integrity, "sha") {
		t.Errorf("integrity: got %q", integrity)
	}
	for path, kind := range map[string]string{script: "text/javascript; charset=utf-8", statics: "application/json"} {
		for _, packed := range []bool{false, true} {
			r := httptest.NewRequest("GET", path, nil)
			if packed {
				r.Header.Set("Accept-Encoding", "gzip, br")
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			isPacked := w.Header().Get("Content-Encoding") == "gzip"
			if w.Code != 200 || w.Header().Get("Content-Type") != kind || isPacked != packed ||
				!strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
				t.Errorf("%s: got %d %v", path, w.Code, w.Header())
			}
			r.Header.Set("If-None-Match", w.Header().Get("ETag"))
			again := httptest.NewRecorder()
			h.ServeHTTP(again, r)
			if again.Code != 304 || again.Body.Len() != 0 {
				t.Errorf("%s again: got %d with %d bytes, want 304", path, again.Code, again.Body.Len())
			}
		}
	}
}

func TestWithoutJavaScript(t *testing.T) {
	h, all := chat(t, live.Options{})
	b := livetest.NewBrowser(t, h)
	page := b.Get("/rooms/go")

	wrong := page.Submit("#chat")
	if wrong.Status != http.StatusUnprocessableEntity || wrong.Text("#error") != "can't be blank" {
		t.Errorf("an empty message: status %d\n%s", wrong.Status, wrong.Source())
	}
	right := wrong.Submit("#chat", "body", "by <post>")
	if right.Status != 200 || right.URL != "/rooms/go" || right.Text("#m-1") != "by <post>" || right.Flash("info") != "Saved" {
		t.Errorf("a message: status %d at %s, flash %q\n%s", right.Status, right.URL, right.Flash("info"), right.Source())
	}
	if again := b.Get("/rooms/go"); again.Flash("info") != "" {
		t.Errorf("the flash is shown twice: %q", again.Flash("info"))
	}
	if n := len(all["go"].messages); n != 1 {
		t.Errorf("%d messages were saved, want 1", n)
	}
}

func TestPostIsRefused(t *testing.T) {
	h, all := chat(t, live.Options{})
	page := livetest.NewBrowser(t, h).Get("/rooms/go")
	token, _ := page.Attr("input[name=_csrf]", "value")
	cookie, _, _ := strings.Cut(page.Header.Get("Set-Cookie"), ";")
	tests := []struct {
		name, body, cookie, site string
		status                   int
	}{
		{"good", "_csrf=" + token + "&_event=save&body=x", cookie, "same-origin", 303},
		{"no token", "_event=save&body=x", cookie, "same-origin", 403},
		{"wrong token", "_csrf=" + token + "x&_event=save&body=x", cookie, "same-origin", 403},
		{"no cookie", "_csrf=" + token + "&_event=save&body=x", "", "same-origin", 403},
		{"changed cookie", "_csrf=" + token + "&_event=save&body=x", cookie + "A", "same-origin", 403},
		{"another site", "_csrf=" + token + "&_event=save&body=x", cookie, "cross-site", 403},
		{"unknown event", "_csrf=" + token + "&_event=mount", cookie, "same-origin", 400},
		{"event that no template names", "_csrf=" + token + "&_event=validate2", cookie, "same-origin", 400},
		{"bad encoding", "_csrf=%zz", cookie, "same-origin", 400},
		{"too large", "_csrf=" + strings.Repeat("x", 2<<20), cookie, "same-origin", 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/rooms/go", strings.NewReader(tt.body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Cookie", tt.cookie)
			r.Header.Set("Sec-Fetch-Site", tt.site)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.status {
				t.Errorf("got %d, want %d\n%s", w.Code, tt.status, w.Body)
			}
		})
	}
	if n := len(all["go"].messages); n != 1 {
		t.Errorf("%d messages were saved, want 1", n)
	}
}

var errPanic = errors.New("panic instead")

func TestMountErrors(t *testing.T) {
	tests := []struct {
		name   string
		actor  error
		status int
		ended  string
	}{
		{"unauthorized", &live.StatusError{Status: 401}, 401, "unauthorized"},
		{"forbidden", &live.StatusError{Status: 403}, 403, "unauthorized"},
		{"missing", &live.StatusError{Status: 404}, 404, "stale"},
		{"internal", errors.New("secret text"), 500, "crashed"},
		{"panic", errPanic, 500, "crashed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fail := false
			var log bytes.Buffer
			h, _ := chat(t, live.Options{
				Log: slog.New(slog.NewTextHandler(&log, nil)),
				Actor: func(context.Context, live.SessionData) (any, error) {
					if fail && errors.Is(tt.actor, errPanic) {
						panic("secret text")
					}
					if fail {
						return nil, tt.actor
					}
					return nil, nil
				},
			})
			p := livetest.Open(t, h, "/rooms/go")
			fail = true
			p.Drop()
			p.Rejoin()
			if p.Ended() != tt.ended {
				t.Errorf("over the socket: got %q, want %q", p.Ended(), tt.ended)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", "/rooms/go", nil))
			if w.Code != tt.status || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("over http: got %d %s", w.Code, w.Body)
			}
			if logged := strings.Contains(log.String(), "secret text"); logged != (tt.status == 500) {
				t.Errorf("log: %s", log.String())
			}
		})
	}
}

func TestSessionBesideThePages(t *testing.T) {
	h, _ := chat(t, live.Options{})
	mux := http.NewServeMux()
	mux.Handle("/", h)
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if !h.CheckCSRF(r) {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		if err := h.SetSession(w, r, map[string]string{"user": "bob"}); err != nil {
			t.Error(err)
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	b := livetest.NewBrowser(t, mux)
	if got := b.Get("/").Text("#home"); got != "Home of nobody" {
		t.Fatalf("at first: got %q", got)
	}
	p := b.Open("/rooms/go")
	if got := p.Text("#name"); got != "go" {
		t.Errorf("the page: got %q", got)
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("POST", "/login", nil))
	if w.Code != http.StatusForbidden {
		t.Errorf("a login without a token: got %d", w.Code)
	}
}

func TestFaultyOptions(t *testing.T) {
	tests := []live.Options{
		{Secret: []byte("short")},
		{OldSecrets: [][]byte{[]byte("short")}},
		{Origins: []string{"example.com"}},
		{Mailbox: -1},
	}
	for _, opt := range tests {
		var log bytes.Buffer
		opt.Log = slog.New(slog.NewTextHandler(&log, nil))
		h := live.New(nil, chatPages(t), opt)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if w.Code != 500 || log.Len() == 0 {
			t.Errorf("%+v: got %d, log %q", opt, w.Code, log.String())
		}
	}
}

func TestSecretsRotate(t *testing.T) {
	old, next := bytes.Repeat([]byte("o"), 32), bytes.Repeat([]byte("n"), 32)
	before, _ := chat(t, live.Options{Secret: old})
	w := httptest.NewRecorder()
	before.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	cookie, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	for name, opt := range map[string]live.Options{
		"kept":   {Secret: next, OldSecrets: [][]byte{old}},
		"forgot": {Secret: next},
	} {
		after, _ := chat(t, opt)
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		after.ServeHTTP(w, r)
		if isNew := w.Header().Get("Set-Cookie") != ""; isNew != (name == "forgot") {
			t.Errorf("%s: a new cookie was set: %v", name, isNew)
		}
	}
}

func get(h http.Handler, path string) int {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Code
}
