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
