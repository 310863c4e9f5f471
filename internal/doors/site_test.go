package doors

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var errBoom = errors.New("select secret from boom")

// house is the test application with its doors.
type house struct {
	app      *conga.App
	writers  conga.Handle[Writer]
	papers   conga.Handle[Paper]
	lines    conga.Handle[Line]
	topics   conga.Handle[Topic]
	rest, ql http.Handler
	seen     *observer
	log      *logged

	people   map[string]*Writer // also the bearer tokens
	all      []*Paper
	subjects []*Topic
}

// observer keeps the statements that a layer sends.
type observer struct {
	mu   sync.Mutex
	seen []string
	// at is called with each statement before it is sent; it may be nil.
	at func(sql string)
}

func (o *observer) Statement(_ context.Context, sql string) {
	o.mu.Lock()
	o.seen = append(o.seen, sql)
	at := o.at
	o.mu.Unlock()
	if at != nil {
		at(sql)
	}
}

// take is what was sent since the last call.
func (o *observer) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	seen := o.seen
	o.seen = nil
	return seen
}

func (o *observer) before(f func(sql string)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = f
}

// logged is what an application logs.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.text.String()
	l.text.Reset()
	return s
}

// onStores runs a test on each database.
func onStores(t *testing.T, f func(t *testing.T, h *house)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, newHouse(t, func(o datalayer.Observer) (datalayer.Layer, error) {
			return sqlite.OpenWith(context.Background(), ":memory:", sqlite.Options{Observer: o})
		}))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, newHouse(t, func(o datalayer.Observer) (datalayer.Layer, error) {
			return postgres.OpenWith(context.Background(), pgtest.Database(t), postgres.Options{Observer: o})
		}))
	})
}

func newHouse(t *testing.T, open func(datalayer.Observer) (datalayer.Layer, error)) *house {
	t.Helper()
	h := &house{seen: &observer{}, log: &logged{}, people: map[string]*Writer{}}
	layer, err := open(h.seen)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(h.log, nil))
	h.app, err = conga.NewWith(conga.Options{Log: log}, layer, definitions()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.app.Close() })
	h.writers, h.papers, h.lines, h.topics = conga.For[Writer](h.app), conga.For[Paper](h.app), conga.For[Line](h.app), conga.For[Topic](h.app)
	o := api.Options{Actor: func(_ context.Context, token string) (any, error) {
		if w := h.people[token]; w != nil {
			return w, nil
		}
		return nil, nil
	}}
	h.rest = rest.New(h.app, rest.Options{Options: o})
	h.ql = graphql.New(h.app, graphql.Options{Options: o, Log: log})
	h.addPeople(t)
	return h
}

// addPeople adds the actors.
func (h *house) addPeople(t *testing.T) {
	t.Helper()
	f := h.writers.Fields()
	for i, name := range []string{"ann", "bob", "eve", "ghost"} {
		w, err := h.writers.Create(t.Context(), "add", conga.Set(&f.Name, name), conga.Set(&f.Admin, name == "eve"),
			conga.Set(&f.Hidden, name == "ghost"), conga.Set(&f.Level, i), conga.Set(&f.Secret, "classified"))
		if err != nil {
			t.Fatal(err)
		}
		h.people[name] = w
	}
}

// actors are the tokens to call with; the empty one is nobody.
var actors = []string{"", "ann", "bob", "eve", "ghost"}

func (h *house) as(ctx context.Context, actor string) context.Context {
	if w := h.people[actor]; w != nil {
		return conga.WithActor(ctx, w)
	}
	return ctx
}

func must[V any](v V, err error) func(t *testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		if err != nil {
			t.Fatalf("%v (cause %v)", err, errors.Unwrap(err))
		}
		return v
	}
}

// serve sends a request to a handler in the context ctx.
func serve(ctx context.Context, handler http.Handler, actor, method, path, body string) *httptest.ResponseRecorder {
	var in io.Reader = http.NoBody
	if body != "" {
		in = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(ctx, method, path, in)
	r.Header.Set("Content-Type", "application/json")
	if actor != "" {
		r.Header.Set("Authorization", "Bearer "+actor)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// query sends a GraphQL operation.
func (h *house) query(ctx context.Context, actor, text string, variables map[string]any) *httptest.ResponseRecorder {
	body, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	if err != nil {
		panic(err)
	}
	return serve(ctx, h.ql, actor, http.MethodPost, "/graphql", string(body))
}

// decode reads JSON with the digits of its numbers.
func decode(t *testing.T, b []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("the answer is no JSON: %v\n%s", err, b)
	}
	return v
}

func get(v any, path ...string) any {
	for _, p := range path {
		m, _ := v.(map[string]any)
		v = m[p]
	}
	return v
}

// errUndo ends a transaction that was only to see what would happen.
var errUndo = &conga.Error{Kind: conga.Conflict, Message: "undone"}

// rehearse runs f in a transaction and undoes it.
func (h *house) rehearse(t *testing.T, f func(ctx context.Context)) {
	t.Helper()
	err := h.app.Transact(t.Context(), func(ctx context.Context) error {
		f(ctx)
		return errUndo
	})
	if !errors.Is(err, errUndo) && err.Error() != errUndo.Error() {
		t.Fatalf("undo: %v", err)
	}
}

// random is a source of chance that can be repeated.
type random struct{ *rand.Rand }

// seed is that of all tests; a failure names the number within a test too.
const seed = 20260727

func newRandom(n uint64) random { return random{rand.New(rand.NewPCG(seed, n))} }

func pick[V any](r random, list []V) V { return list[r.IntN(len(list))] }

func (r random) chance(percent int) bool { return r.IntN(100) < percent }

func (r random) uuid() uuid.UUID {
	var u uuid.UUID
	for i := range u {
		u[i] = byte(r.IntN(256))
	}
	return u
}

func fieldOf(i resource.Issue) string { return fmt.Sprintf("%s %s", i.Field(), i.Code) }
