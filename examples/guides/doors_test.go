package guides_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/live"
	"github.com/congago/conga/resource/expr"
)

// doors are the options that REST and GraphQL share. Here the token is the
// name of a person; examples/chat shows real ones.
func doors(app *conga.App) api.Options {
	return api.Options{Actor: func(ctx context.Context, token string) (any, error) {
		people := conga.For[Person](app)
		found, err := people.Read(ctx, "list", conga.Where(expr.Is(&people.Fields().Name, token)))
		if err != nil || len(found.Items) == 0 {
			return nil, err
		}
		return found.Items[0], nil
	}}
}

// withCookies lets the cookie of the pages count, too.
func (d *desk) withCookies(options api.Options, pages *live.Handler) api.Options {
	options.Session = func(r *http.Request) (any, error) {
		id := pages.Session(r).Get("user")
		if id == "" {
			return nil, nil
		}
		return conga.For[Person](d.app).Get(r.Context(), id)
	}
	return options
}

// serve starts a server for the desk.
func (d *desk) serve(t *testing.T) shell {
	mux := http.NewServeMux()
	mux.Handle("/api/", rest.New(d.app, rest.Options{Options: doors(d.app)}))
	mux.Handle("/graphql", graphql.New(d.app, graphql.Options{Options: doors(d.app)}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return shell{dir: t.TempDir(), addr: strings.TrimPrefix(server.URL, "http://"), env: []string{"TICKET=" + d.printer.ID.String()}}
}

// TestREST and TestGraphQL send what the guides send, and compare the answers.
func TestREST(t *testing.T) {
	play(t, readGuide(t, root+"/docs/rest.md"), openDesk(t).serve(t))
}

func TestGraphQL(t *testing.T) {
	play(t, readGuide(t, root+"/docs/graphql.md"), openDesk(t).serve(t))
}

// TestCookies: a cookie of the pages counts for REST, but for a request that
// a page of another origin sends to change something.
func TestCookies(t *testing.T) {
	d := openDesk(t)
	pages, err := newPages(d.app, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	handler := rest.New(d.app, rest.Options{Options: d.withCookies(doors(d.app), pages)})
	signedIn := httptest.NewRecorder()
	if err := pages.SetSession(signedIn, httptest.NewRequest(http.MethodGet, "/", nil), map[string]string{"user": d.bob.ID.String()}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		method, origin string
		want           int
	}{
		{http.MethodGet, "", http.StatusOK},
		{http.MethodPatch, "", http.StatusOK},
		{http.MethodPatch, "https://elsewhere.example", http.StatusForbidden},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(tt.method, "/api/tickets/"+d.printer.ID.String(), nil)
		r.Header.Set("Origin", tt.origin)
		for _, c := range signedIn.Result().Cookies() {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s from %q: got %d, want %d: %s", tt.method, tt.origin, w.Code, tt.want, w.Body)
		}
	}
}
