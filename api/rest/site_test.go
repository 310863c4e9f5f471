package rest_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/routers"

	"github.com/congago/conga"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// site is an application with its REST API, on a database of its own.
type site struct {
	t    *testing.T
	app  *conga.App
	rest http.Handler
	// names are ids, and what tests call them: uuids change from run to run.
	names  map[string]string
	router routers.Router
}

func TestMain(m *testing.M) { pgtest.Main(m) }

// database opens a new, empty database.
type database func(t *testing.T) (datalayer.Layer, error)

func onSQLite(t *testing.T) (datalayer.Layer, error) {
	return sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "rest.db"))
}

func onPostgres(t *testing.T) (datalayer.Layer, error) {
	return postgres.Open(context.Background(), pgtest.Database(t))
}

// onEach runs a test on each kind of database: the API must be the same.
func onEach(t *testing.T, test func(*testing.T, database)) {
	t.Run("sqlite", func(t *testing.T) { test(t, onSQLite) })
	t.Run("postgres", func(t *testing.T) { test(t, onPostgres) })
}

func newSite(t *testing.T, on database, options rest.Options) *site {
	t.Helper()
	store, err := on(t)
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[User](), resource.Of[Token](), resource.Of[Room](), resource.Of[Message](), resource.Of[Sample]())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &site{t: t, app: app, names: map[string]string{}}
	options.Actor = s.actor
	s.rest = rest.New(app, options)
	s.router = newContract(t, s.rest, cmp.Or(strings.TrimSuffix(options.Prefix, "/"), "/api"))
	return s
}

// actor finds the user whose name is the token.
func (s *site) actor(ctx context.Context, token string) (any, error) {
	switch token {
	case "broken":
		return nil, fmt.Errorf("secret internal text")
	case "busy":
		return nil, &conga.Error{Kind: conga.Unavailable}
	}
	users := conga.For[User](s.app)
	f := users.Fields()
	found, err := users.Read(ctx, "list", conga.Where(expr.Is(&f.Name, token)))
	if err != nil || len(found.Items) == 0 {
		return nil, err
	}
	return found.Items[0], nil
}

// seeded is a site with two users, three rooms and some messages.
func seeded(t *testing.T, on database) *site {
	t.Helper()
	s := newSite(t, on, rest.Options{})
	for _, name := range []string{"ana", "bob"} {
		s.remember(name, s.post("", "/api/users/register", `{"name":"`+name+`","password":"password"}`))
	}
	for _, room := range []string{"blue", "green", "red"} {
		s.remember(room, s.post("ana", "/api/rooms", `{"name":"`+room+`"}`))
	}
	for i, m := range []struct{ author, room, body string }{
		{"ana", "blue", "one"}, {"bob", "blue", "two"}, {"ana", "red", "three, four"}, {"bob", "blue", "five"},
	} {
		s.remember(fmt.Sprintf("m%d", i+1), s.post(m.author, "/api/messages",
			fmt.Sprintf(`{"body":%q,"room_id":%q}`, m.body, s.id(m.room))))
	}
	return s
}

// post creates a record as the user and returns its id.
func (s *site) post(user, path, body string) string {
	s.t.Helper()
	res := s.do("POST", path, body, bearer(user))
	if res.Code != http.StatusCreated {
		s.t.Fatalf("POST %s %s\n got %d %s", path, body, res.Code, res.Body)
	}
	var out struct{ ID string }
	if err := json.Unmarshal(res.Body.Bytes(), &out); err != nil {
		s.t.Fatal(err)
	}
	return out.ID
}

func (s *site) remember(name, id string) { s.names[id] = name }

func (s *site) id(name string) string {
	for id, n := range s.names {
		if n == name {
			return id
		}
	}
	s.t.Fatalf("no record is called %q", name)
	return ""
}

// headers are names and values in turn.
type headers []string

func bearer(user string) headers {
	if user == "" {
		return nil
	}
	return headers{"Authorization", "Bearer " + user}
}

// do sends a request. In the path {name} stands for the id of that record.
func (s *site) do(method, path, body string, hs ...headers) *httptest.ResponseRecorder {
	s.t.Helper()
	req := httptest.NewRequest(method, s.fill(path), strings.NewReader(s.fill(body)))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range hs {
		for i := 0; i < len(h); i += 2 {
			req.Header.Set(h[i], h[i+1])
		}
	}
	rec := httptest.NewRecorder()
	s.rest.ServeHTTP(rec, req)
	s.contract(req, s.fill(body), rec)
	return rec
}

var placeholder = regexp.MustCompile(`\{[a-z]+[0-9]?\}`)

func (s *site) fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(name string) string { return s.id(name[1 : len(name)-1]) })
}

var (
	anyTime   = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"`)
	anyCursor = regexp.MustCompile(`A[A-Za-z0-9_-]{20,}`)
)

// normal is a body with names in the place of ids, without times and cursors,
// and without the spaces that PostgreSQL writes into documents.
func (s *site) normal(body string) string {
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(body)) == nil {
		body = compact.String()
	}
	for id, name := range s.names {
		body = strings.ReplaceAll(body, id, "{"+name+"}")
	}
	return anyCursor.ReplaceAllString(anyTime.ReplaceAllString(body, `"{time}"`), "{cursor}")
}
