package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/congago/conga/internal/browser"
	"github.com/congago/conga/internal/pgtest"
)

// apisPost has Ann post over REST and GraphQL what Bob sees in his page.
func apisPost(ann, bob *tab) {
	s := ann.server
	var signedIn struct{ Token string }
	s.post(ann.T, "/api/users/sign_in", "", `{"name": "Ann", "password": "long enough"}`, &signedIn)
	var rooms struct {
		Data struct {
			Rooms struct{ Nodes []struct{ ID string } }
		}
	}
	s.post(ann.T, "/graphql", "", `{"query": "{rooms {nodes {id}}}"}`, &rooms)
	room := rooms.Data.Rooms.Nodes[0].ID

	s.post(ann.T, "/api/messages", signedIn.Token, fmt.Sprintf(`{"body": "by rest", "room_id": %q}`, room), nil)
	bob.is(message("by rest"), 1)
	ann.is(message("by rest")+button("Edit"), 1)

	query := fmt.Sprintf(`mutation {postMessage(input: {body: "by graphql", roomId: %q}) {result {id}}}`, room)
	body, _ := json.Marshal(map[string]string{"query": query}) // a map of texts always is JSON
	s.post(ann.T, "/graphql", signedIn.Token, string(body), nil)
	bob.is(message("by graphql"), 1)
}

// post sends JSON and reads the answer into out, unless that is nil.
func (s *server) post(t *testing.T, path, token, body string, out any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 || bytes.Contains(text, []byte(`"errors"`)) {
		t.Fatalf("POST %s %s\n got %s %s (%v)", path, body, answer.Status, text, err)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			t.Fatalf("POST %s: %v: %s", path, err, text)
		}
	}
}

// plain is a browser without JavaScript.
type plain struct {
	*testing.T
	server *server
	client http.Client
	page   string
	path   string
	status int
}

func (s *server) plain(t *testing.T) *plain {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &plain{T: t, server: s, client: http.Client{Jar: jar}}
}

func (p *plain) get(path string) {
	p.Helper()
	p.read(p.client.Get(p.server.url + path))
}

func (p *plain) read(answer *http.Response, err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		p.Fatal(err)
	}
	p.page, p.path, p.status = string(text), answer.Request.URL.RequestURI(), answer.StatusCode
}

var (
	formElement = regexp.MustCompile(`(?s)<form[^>]*>.*?</form>`)
	hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// submit fills in the form whose button is called name, and presses it.
func (p *plain) submit(name string, fields ...string) {
	p.Helper()
	for _, form := range formElement.FindAllString(p.page, -1) {
		if !strings.Contains(form, ">"+name+"</button>") {
			continue
		}
		values := url.Values{}
		for _, hidden := range hiddenInput.FindAllStringSubmatch(form, -1) {
			values.Set(hidden[1], hidden[2])
		}
		for i := 0; i < len(fields); i += 2 {
			if !strings.Contains(form, `name="`+fields[i]+`"`) {
				p.Fatalf("the form has no field %q: %s", fields[i], form)
			}
			values.Set(fields[i], fields[i+1])
		}
		p.read(p.client.PostForm(p.server.url+p.path, values))
		return
	}
	p.Fatalf("no form has the button %q:\n%s", name, p.page)
}

// shows fails unless the page was answered with the status and has the text.
func (p *plain) shows(status int, text string) {
	p.Helper()
	if p.status != status || !strings.Contains(p.page, text) {
		p.Fatalf("status %d, want %d with %q:\n%s", p.status, status, text, p.page)
	}
}

func TestWithoutJavaScript(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { withoutJavaScript(t, start(t)) })
	t.Run("postgres", func(t *testing.T) { withoutJavaScript(t, start(t, "DATABASE_URL="+pgtest.Database(t))) })
}

func withoutJavaScript(t *testing.T, s *server) {
	p := s.plain(t)
	p.get("/register")
	p.submit("Create account", "name", "Cleo", "password", "short")
	p.shows(422, "must be at least 8 characters")
	p.submit("Create account", "name", "Cleo", "password", "long enough")
	p.shows(200, "Welcome, Cleo!")
	p.submit("Create room", "name", `<b>"&'`)
	p.shows(200, "<h1>&lt;b&gt;&#34;&amp;&#39;</h1>")
	room := p.path

	p.submit("Send", "body", "")
	p.shows(422, "is required")
	p.submit("Send", "body", `"><script>alert(1)</script>`)
	p.shows(200, "&lt;script&gt;alert(1)&lt;/script&gt;")
	p.submit("Edit")
	p.shows(200, "Edit text")
	p.submit("Save", "body", "")
	p.shows(422, "is required")
	p.submit("Save", "body", "Better so")
	p.shows(200, ">Better so</p>")
	if p.path != room || strings.Contains(p.page, "Edit text") {
		t.Errorf("after saving: at %s, want %s without the form", p.path, room)
	}
	p.submit("Delete")
	p.shows(200, "</h1>")
	if strings.Contains(p.page, "Better so") {
		t.Error("the message was not deleted")
	}

	p.submit("Sign out")
	p.shows(200, "Sign in")
	p.get("/sign_in?to=" + room)
	p.submit("Sign in", "name", "Cleo", "password", "wrong enough")
	p.shows(422, "Wrong name or password.")
	p.submit("Sign in", "name", "Cleo", "password", "long enough")
	p.shows(200, "Welcome, Cleo!")
	if p.path != room {
		t.Errorf("signed in at %s, want %s", p.path, room)
	}
	p.get("/rooms/nothing")
	p.shows(404, "To the rooms")
}

// A visitor is led to no other site.
func TestSignInLeadsNowhereElse(t *testing.T) {
	s := start(t)
	for i, to := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, "javascript:alert(1)", ""} {
		p := s.plain(t)
		p.get("/register?to=" + url.QueryEscape(to))
		p.submit("Create account", "name", fmt.Sprintf("Guest %d", i), "password", "long enough")
		p.shows(200, "Welcome")
		if p.path != "/" {
			t.Errorf("to=%q led to %s", to, p.path)
		}
	}
}

// SIGTERM ends the chat with status 0, although a page is connected and a
// subscription is open.
func TestStops(t *testing.T) {
	s := start(t)
	visit(t, browser.Start(t), s, "/")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/graphql", strings.NewReader(`{"query": "subscription {messageEvents {kind}}"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != 200 || kind != "text/event-stream" {
		t.Fatalf("subscribe: %s, %s", answer.Status, kind)
	}
	if status := s.terminate(); status != 0 {
		t.Errorf("exit status %d\n%s", status, s.stderr)
	}
}
