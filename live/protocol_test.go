package live_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/congago/conga/live"
	"github.com/gorilla/websocket"
)

// wire is a client that writes and reads frames as they are.
type wire struct {
	t      testing.TB
	conn   *websocket.Conn
	token  string
	cookie string
	server *httptest.Server
}

var tokenAttr = regexp.MustCompile(`data-conga-session="([^"]+)"`)

// fetch loads a page over HTTP for its token and cookie.
func fetch(t testing.TB, server *httptest.Server, path, cookie string) (token, newCookie string) {
	t.Helper()
	r, err := http.NewRequest("GET", server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := tokenAttr.FindSubmatch(page)
	if found == nil {
		t.Fatalf("no token in %s", page)
	}
	if set := answer.Header.Get("Set-Cookie"); set != "" {
		cookie, _, _ = strings.Cut(set, ";")
	}
	return string(found[1]), cookie
}

// dial connects, and does not join.
func dial(t testing.TB, server *httptest.Server, path string) *wire {
	t.Helper()
	token, cookie := fetch(t, server, path, "")
	header := http.Header{"Cookie": {cookie}, "Origin": {server.URL}}
	conn, _, err := (&websocket.Dialer{Subprotocols: []string{"conga.1"}}).Dial("ws"+server.URL[len("http"):]+"/_live/socket", header) //nolint:bodyclose // gorilla hands out what needs no closing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &wire{t, conn, token, cookie, server}
}

func (w *wire) send(frame string) {
	w.t.Helper()
	if err := w.conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) read() string {
	w.t.Helper()
	_ = w.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, data, err := w.conn.ReadMessage()
	if err != nil {
		w.t.Fatalf("read frame: %v", err)
	}
	return string(data)
}

// closed reads to the end and returns the close code.
func (w *wire) closed() int {
	w.t.Helper()
	_ = w.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	for {
		if _, _, err := w.conn.ReadMessage(); err != nil {
			if end, ok := errors.AsType[*websocket.CloseError](err); ok {
				return end.Code
			}
			return 0
		}
	}
}

func (w *wire) join(path string) string {
	w.t.Helper()
	w.send(fmt.Sprintf(`[1,"join",{"token":%q,"url":%q}]`, w.token, path))
	return w.read()
}

func serve(t testing.TB, h http.Handler) *httptest.Server {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

func TestFrames(t *testing.T) {
	h, _ := chat(t, live.Options{})
	w := dial(t, serve(t, h), "/rooms/go?filter=a")
	var joined struct {
		Rendered []any
		Statics  string
		Title    string
		Flash    map[string]string
	}
	answer := w.join("/rooms/go?filter=a")
	body, ok := strings.CutPrefix(answer, `[1,"joined",`)
	if err := json.Unmarshal([]byte(strings.TrimSuffix(body, "]")), &joined); !ok || err != nil {
		t.Fatalf("joined: %s: %v", answer, err)
	}
	if joined.Title != "Room go" || joined.Flash == nil || len(joined.Rendered) == 0 || joined.Statics == "" {
		t.Errorf("joined: got %s", answer)
	}
	tests := []struct{ name, send, want string }{
		{"ping", `[2,"ping",{}]`, `[2,"pong",{}]`},
		{"event", `[3,"event",{"type":"click","event":"add_one","value":{"by":"3"}}]`, `[3,"reply",{"diff":{"#":"3"}}]`},
		{"number as value", `[4,"event",{"type":"click","event":"add_one","value":{"by":-3}}]`, `[4,"reply",{"diff":{"#":"0"}}]`},
		{"nothing changed", `[5,"event",{"type":"click","event":"add_one","value":{"by":"0"}}]`, `[5,"reply",{}]`},
		{"bad value", `[6,"event",{"type":"click","event":"add_one","value":{"by":"x"}}]`, `[6,"reply",{"flash":{"error":"Bad Request"}}]`},
		{"clear flash", `[7,"event",{"type":"click","event":"conga:clear-flash","value":{"kind":"error"}}]`, `[7,"reply",{"flash":{}}]`},
		{"unknown event", `[8,"event",{"type":"click","event":"mount"}]`, `[8,"reply",{}]`},
		{"method that no template names", `[9,"event",{"type":"click","event":"Close"}]`, `[9,"reply",{}]`},
		{"params", `[10,"params",{"url":"http://elsewhere/rooms/go?filter=b"}]`, `[10,"reply",{"diff":{"#":"b"}}]`},
		{"patch", `[11,"event",{"type":"click","event":"filtered","value":{"value":"c"}}]`,
			`[11,"reply",{"diff":{"#":"c"},"patch":{"to":"/rooms/go?filter=c"}}]`},
		{"hook", `[12,"event",{"type":"hook","event":"ask","value":{"question":"q"}}]`,
			`[12,"reply",{"events":[["asked",{"Question":"q"}]],"reply":{"answer":"yes to q"}}]`},
		{"params of another page", `[13,"params",{"url":"/"}]`, `[13,"reply",{"navigate":{"to":"/"}}]`},
	}
	slot := regexp.MustCompile(`\{"diff":\{"\d+":`)
	for _, tt := range tests {
		w.send(tt.send)
		if got := slot.ReplaceAllString(w.read(), `{"diff":{"#":`); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
	if s := h.Stats(); s.UnknownEvents != 2 || s.Sessions != 1 || s.Sockets != 1 {
		t.Errorf("stats: %+v", s)
	}
}

func TestJoinIsRefused(t *testing.T) {
	h, _ := chat(t, live.Options{MaxSessions: 1})
	server := serve(t, h)
	w := dial(t, server, "/rooms/go")
	homeToken, _ := fetch(t, server, "/", w.cookie)
	strangerToken, _ := fetch(t, server, "/rooms/go", "")
	other, _ := chat(t, live.Options{})
	foreignToken, _ := fetch(t, serve(t, other), "/rooms/go", "")
	tests := []struct{ name, token, url, reason string }{
		{"no token", "", "/rooms/go", "stale"},
		{"changed token", w.token[:len(w.token)-2] + "AA", "/rooms/go", "stale"},
		{"token of another page", homeToken, "/rooms/go", "stale"},
		{"token of another visitor", strangerToken, "/rooms/go", "stale"},
		{"token of another secret", foreignToken, "/rooms/go", "stale"},
		{"another page", w.token, "/", "stale"},
		{"no page", w.token, "/none", "stale"},
		{"missing room", w.token, "/rooms/none", "stale"},
	}
	for _, tt := range tests {
		w.send(fmt.Sprintf(`[7,"join",{"token":%q,"url":%q}]`, tt.token, tt.url))
		want := fmt.Sprintf(`[7,"error",{"reason":%q,"retry":`, tt.reason)
		if got := w.read(); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, want %s…", tt.name, got, want)
		}
	}
	if got := w.join("/rooms/go"); !strings.HasPrefix(got, `[1,"joined",`) {
		t.Errorf("a good join after the bad ones: got %s", got)
	}
	second := dial(t, server, "/rooms/go")
	if got := second.join("/rooms/go"); !strings.HasPrefix(got, `[1,"error",{"reason":"overload"`) {
		t.Errorf("a join beyond MaxSessions: got %s", got)
	}
}

func TestSocketIsRefused(t *testing.T) {
	h, _ := chat(t, live.Options{Origins: []string{"https://friend.example"}})
	server := serve(t, h)
	tests := []struct {
		origin, protocol string
		ok               bool
	}{
		{server.URL, "conga.1", true},
		{"https://friend.example", "conga.1", true},
		{"https://evil.example", "conga.1", false},
		{"null", "conga.1", false},
		{server.URL, "conga.0", false},
	}
	for _, tt := range tests {
		dialer := websocket.Dialer{Subprotocols: []string{tt.protocol}}
		conn, _, err := dialer.Dial("ws"+server.URL[len("http"):]+"/_live/socket", http.Header{"Origin": {tt.origin}}) //nolint:bodyclose // gorilla hands out what needs no closing
		if (err == nil) != tt.ok {
			t.Errorf("origin %s, protocol %s: error %v, want ok %v", tt.origin, tt.protocol, err, tt.ok)
		}
		if err == nil {
			conn.Close()
		}
	}
}

func TestBadFrames(t *testing.T) {
	tests := []struct {
		name, frame string
		code        int
	}{
		{"no json", "hello", websocket.ClosePolicyViolation},
		{"two members", `[1,"ping"]`, websocket.ClosePolicyViolation},
		{"unknown kind", `[1,"dance",{}]`, websocket.ClosePolicyViolation},
		{"negative number", `[-1,"ping",{}]`, websocket.ClosePolicyViolation},
		{"form that is no text", `[1,"event",{"event":"save","form":true,"value":{}}]`, websocket.ClosePolicyViolation},
		{"too large", `[1,"event",{"event":"` + strings.Repeat("x", 4<<10) + `"}]`, websocket.CloseMessageTooBig},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, _ := chat(t, live.Options{MaxFrame: 2 << 10})
			w := dial(t, serve(t, h), "/rooms/go")
			w.join("/rooms/go")
			// A server that stops reading resets the connection: the rest of a
			// large frame may not be written, and the close frame be lost.
			large := tt.name == "too large"
			if err := w.conn.WriteMessage(websocket.TextMessage, []byte(tt.frame)); err != nil && !large {
				t.Fatal(err)
			}
			if got := w.closed(); got != tt.code && !(got == 0 && large) {
				t.Errorf("close code %d, want %d", got, tt.code)
			}
		})
	}
}

// Events before a join, or after the end of a session, are ignored.
func TestEventsWithoutSession(t *testing.T) {
	h, _ := chat(t, live.Options{})
	w := dial(t, serve(t, h), "/rooms/go")
	w.send(`[5,"event",{"event":"add_one"}]`)
	w.send(`[6,"ping",{}]`)
	if got := w.read(); got != `[6,"pong",{}]` {
		t.Errorf("before the join: got %s", got)
	}
	w.join("/rooms/go")
	w.send(`[7,"event",{"event":"crash"}]`)
	if got := w.read(); !strings.HasPrefix(got, `[0,"error",{"reason":"crashed"`) {
		t.Errorf("crash: got %s", got)
	}
	w.send(`[8,"event",{"event":"add_one","value":{"by":"1"}}]`)
	w.send(`[9,"ping",{}]`)
	if got := w.read(); got != `[9,"pong",{}]` {
		t.Errorf("after the crash: got %s", got)
	}
	if got := w.join("/rooms/go"); !strings.HasPrefix(got, `[1,"joined",`) {
		t.Errorf("join after the crash: got %s", got)
	}
}

func TestSessionToken(t *testing.T) {
	h, _ := chat(t, live.Options{})
	server := serve(t, h)
	w := dial(t, server, "/rooms/go")
	w.join("/rooms/go")
	w.send(`[2,"event",{"event":"login"}]`)
	found := regexp.MustCompile(`"redirect":\{"to":"/"\},"session":"([^"]+)"`).FindStringSubmatch(w.read())
	if found == nil {
		t.Fatal("no session token beside the redirect")
	}
	post := func(token, cookie, origin string) int {
		r, err := http.NewRequest("POST", server.URL+"/_live/session", strings.NewReader("token="+token))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Cookie", cookie)
		r.Header.Set("Origin", origin)
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode == 204 {
			if set := answer.Header.Get("Set-Cookie"); !strings.HasPrefix(set, "conga_session=") {
				t.Errorf("cookie: got %q", set)
			}
		}
		return answer.StatusCode
	}
	_, stranger := fetch(t, server, "/", "")
	for _, tt := range []struct {
		name                  string
		token, cookie, origin string
		status                int
	}{
		{"page token", w.token, w.cookie, server.URL, 403},
		{"another visitor", found[1], stranger, server.URL, 403},
		{"another site", found[1], w.cookie, "https://evil.example", 403},
		{"good", found[1], w.cookie, server.URL, 204},
		{"again", found[1], w.cookie, server.URL, 403},
	} {
		if got := post(tt.token, tt.cookie, tt.origin); got != tt.status {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.status)
		}
	}
}

func TestShutdown(t *testing.T) {
	h, _ := chat(t, live.Options{DrainWindow: time.Second})
	server := serve(t, h)
	var all []*wire
	for range 5 {
		w := dial(t, server, "/rooms/go")
		w.join("/rooms/go")
		all = append(all, w)
	}
	idle := dial(t, server, "/rooms/go")
	done := make(chan error)
	go func() { done <- h.Shutdown(context.Background()) }()
	for _, w := range all {
		if got := w.read(); !regexp.MustCompile(`^\[0,"error",\{"reason":"drain","retry":\d+\}\]$`).MatchString(got) {
			t.Errorf("drain: got %s", got)
		}
		if got := w.closed(); got != websocket.CloseServiceRestart {
			t.Errorf("close code %d, want %d", got, websocket.CloseServiceRestart)
		}
	}
	if got := idle.closed(); got != websocket.CloseServiceRestart {
		t.Errorf("close code of a socket without a page: %d", got)
	}
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if s := h.Stats(); s.Sessions != 0 || s.Sockets != 0 {
		t.Errorf("after Shutdown: %+v", s)
	}
	_, answer, err := websocket.DefaultDialer.Dial("ws"+server.URL[len("http"):]+"/_live/socket", nil) //nolint:bodyclose // gorilla hands out what needs no closing
	if err == nil || answer.StatusCode != 503 {
		t.Errorf("a socket after Shutdown: %v", err)
	}
}

func TestDisconnect(t *testing.T) {
	h, _ := chat(t, live.Options{})
	server := serve(t, h)
	w := dial(t, server, "/rooms/go")
	w.join("/rooms/go")
	if n := h.Disconnect("user", "ann"); n != 0 {
		t.Errorf("disconnected %d strangers", n)
	}
	if n := h.Disconnect("user", ""); n != 1 {
		t.Errorf("disconnected %d visitors without a name, want 1", n)
	}
	if got := w.read(); !strings.HasPrefix(got, `[0,"error",{"reason":"unauthorized"`) {
		t.Errorf("got %s", got)
	}
}

// A browser that reads nothing is closed, and its session ends; others go on.
func TestSlowBrowser(t *testing.T) {
	closed := make(chan struct{}, 1)
	var log bytes.Buffer
	h, all := chat(t, live.Options{
		MaxQueued: 32 << 10, WriteTimeout: 200 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(&log, nil)),
		Context: func(ctx context.Context, _ any) context.Context {
			return context.WithValue(ctx, closeKey{}, func(s *live.Session, _ error) {
				if s.Connected() {
					closed <- struct{}{}
				}
			})
		},
	})
	w := dial(t, serve(t, h), "/rooms/go")
	w.join("/rooms/go")
	text := strings.Repeat("x", 16<<10)
	for range 2000 {
		all["go"].post(text)
		select {
		case <-closed:
			return
		default:
		}
	}
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		t.Errorf("the session of a browser that does not read goes on: %+v", h.Stats())
	}
}
