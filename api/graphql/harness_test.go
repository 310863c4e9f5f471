package graphql

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// harness is a served application with some records. Texts in angle brackets
// stand for their keys, in queries and answers alike: <general>.
type harness struct {
	app     *conga.App
	url     string
	handler http.Handler
	counts  *counter
	users   map[string]*User
	ids     map[string]string
}

// counter counts the statements of the data layer.
type counter struct {
	mu   sync.Mutex
	seen []string
}

func (c *counter) Statement(_ context.Context, sql string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = append(c.seen, sql)
}

func (c *counter) reset() { c.mu.Lock(); c.seen = nil; c.mu.Unlock() }
func (c *counter) n() int { c.mu.Lock(); defer c.mu.Unlock(); return len(c.seen) }

// start serves the test application. Users are called ann, bob and eve; the
// bearer token of each is the name. Room "general" holds messages "one" to
// "five" of ann and bob in turns, "cellar" is bob's and hidden, with "psst".
func start(t *testing.T, change ...func(*Options)) *harness {
	t.Helper()
	return startOn(t, databases["sqlite"], change...)
}

// databases open an empty database.
var databases = map[string]func(*testing.T, *counter) (datalayer.Layer, error){
	"sqlite": func(t *testing.T, c *counter) (datalayer.Layer, error) {
		return sqlite.OpenWith(t.Context(), ":memory:", sqlite.Options{Observer: c})
	},
	"postgres": func(t *testing.T, c *counter) (datalayer.Layer, error) {
		return postgres.OpenWith(t.Context(), pgtest.Database(t), postgres.Options{Observer: c})
	},
}

// onEach runs a test on all databases.
func onEach(t *testing.T, f func(t *testing.T, start func(*testing.T) *harness)) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			f(t, func(t *testing.T) *harness { t.Helper(); return startOn(t, open) })
		})
	}
}

func startOn(t *testing.T, open func(*testing.T, *counter) (datalayer.Layer, error), change ...func(*Options)) *harness {
	t.Helper()
	h := &harness{users: map[string]*User{}, ids: map[string]string{}, counts: &counter{}}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	layer, err := open(t, h.counts)
	if err != nil {
		t.Fatal(err)
	}
	h.app, err = conga.NewWith(conga.Options{Log: log}, layer, definitions()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.app.Close() })
	o := Options{Log: log, Options: api.Options{Actor: func(_ context.Context, token string) (any, error) {
		if u := h.users[token]; u != nil {
			return u, nil
		}
		return nil, nil
	}}}
	for _, c := range change {
		c(&o)
	}
	h.seed(t)
	h.handler = New(h.app, o)
	server := httptest.NewServer(h.handler)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *harness) seed(t *testing.T) {
	t.Helper()
	users := conga.For[User](h.app)
	u := users.Fields()
	for _, name := range []string{"ann", "bob", "eve"} {
		user, err := users.Create(t.Context(), "register", conga.Set(&u.Name, name))
		if err != nil {
			t.Fatal(err)
		}
		h.users[name], h.ids[name] = user, user.ID.String()
	}
	h.room(t, "ann", "general", false)
	h.room(t, "bob", "cellar", true)
	h.room(t, "ann", "attic", false)
	for i, body := range []string{"one", "two", "three", "four", "five"} {
		h.post(t, []string{"ann", "bob"}[i%2], "general", body)
	}
	h.post(t, "bob", "cellar", "psst")
	h.counts.reset()
}

func (h *harness) as(t *testing.T, name string) context.Context {
	return conga.WithActor(t.Context(), h.users[name])
}

func (h *harness) room(t *testing.T, owner, name string, hidden bool) {
	t.Helper()
	rooms := conga.For[Room](h.app)
	f := rooms.Fields()
	room, err := rooms.Create(h.as(t, owner), "open", conga.Set(&f.Name, name), conga.Set(&f.Hidden, hidden))
	if err != nil {
		t.Fatal(err)
	}
	h.ids[name] = room.ID.String()
}

func (h *harness) post(t *testing.T, author, room, body string) {
	t.Helper()
	messages := conga.For[Message](h.app)
	f := messages.Fields()
	m, err := messages.Create(h.as(t, author), "post", conga.Set(&f.Body, body), conga.Set(&f.RoomID, uuid.MustParse(h.ids[room])))
	if err != nil {
		t.Fatal(err)
	}
	h.ids[body] = m.ID.String()
}

// expand puts keys in the place of names in angle brackets.
func (h *harness) expand(s string) string {
	for name, id := range h.ids {
		s = strings.ReplaceAll(s, "<"+name+">", id)
	}
	return s
}

// shorten does the opposite.
func (h *harness) shorten(s string) string {
	for name, id := range h.ids {
		s = strings.ReplaceAll(s, id, "<"+name+">")
	}
	return s
}

// send posts a body and returns the status and the answer.
func (h *harness) send(t *testing.T, token, contentType, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url, strings.NewReader(h.expand(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, h.shorten(string(answer))
}

// query runs an operation; variables is JSON or empty.
func (h *harness) query(t *testing.T, token, query, variables string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": h.expand(query), "variables": json.RawMessage(orNull(h.expand(variables)))})
	if err != nil {
		t.Fatal(err)
	}
	_, answer := h.send(t, token, "application/json", string(body))
	if !json.Valid([]byte(answer)) {
		t.Fatalf("the answer is no JSON: %s", answer)
	}
	return answer
}

func orNull(s string) string {
	if s == "" {
		return "null"
	}
	return s
}

// compact is JSON without the spaces that make it readable in tests.
func compact(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(s)); err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return b.String()
}
