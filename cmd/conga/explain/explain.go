// Package explain is the command conga explain, for programs that know the
// resources of an application: conga writes and runs one. Programs whose
// resources are in package main call Main themselves.
package explain

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Program is what the command needs of the program that it is part of.
type Program struct {
	// Definitions are the resources.
	Definitions []resource.Definition
	// Out and Err are where it writes; nil means the standard ones.
	Out, Err io.Writer
}

const usage = `usage: conga explain -resources ./package [flags] REQUEST
  REQUEST is 'GET /tickets?filter[state]=open', 'POST /tickets' with -body, or a
  GraphQL document: '{ tickets { edges { node { title } } } }'. Nothing is written.
`

// Main carries out a command line without its name, and returns the code to exit with.
func Main(args []string, p Program) int {
	if p.Out == nil {
		p.Out = os.Stdout
	}
	if p.Err == nil {
		p.Err = os.Stderr
	}
	set := flag.NewFlagSet("explain", flag.ContinueOnError)
	set.SetOutput(p.Err)
	set.Usage = func() {
		fmt.Fprint(p.Err, usage)
		set.PrintDefaults()
	}
	var r request
	address := set.String("url", os.Getenv("DATABASE_URL"), "`address` of the database: postgres://… or the path of a SQLite file")
	set.StringVar(&r.actor, "actor", "", "who asks, as `Resource/key`; nobody if empty")
	set.StringVar(&r.tenant, "tenant", "", "the `key` of the tenant")
	set.StringVar(&r.body, "body", "", "the `JSON` that the request brings; of a GraphQL document its variables")
	if err := set.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if set.NArg() != 1 {
		set.Usage()
		return 2
	}
	r.text = strings.TrimSpace(set.Arg(0))
	if err := r.run(context.Background(), *address, p); err != nil {
		fmt.Fprintln(p.Err, "conga explain:", err)
		return 1
	}
	return 0
}

// request is what is to be explained.
type request struct{ text, body, actor, tenant string }

func (r *request) run(ctx context.Context, address string, p Program) error {
	layer, err := open(ctx, address)
	if err != nil {
		return err
	}
	var mu sync.Mutex // the fields of a GraphQL query are asked at the same time
	said := 0
	app, err := conga.NewWith(conga.Options{
		KeepTables: true, Development: true, Log: slog.New(slog.DiscardHandler),
		Explain: func(_ context.Context, what fmt.Stringer) {
			mu.Lock()
			defer mu.Unlock()
			said++
			fmt.Fprint(p.Out, what)
		},
	}, layer, p.Definitions...)
	if err != nil {
		return errors.Join(err, layer.Close())
	}
	defer app.Close()
	actor, err := r.findActor(ctx, app, layer)
	if err != nil {
		return err
	}
	asked, err := r.http(ctx)
	if err != nil {
		return err
	}
	answer := httptest.NewRecorder()
	r.handler(app, actor).ServeHTTP(answer, asked)
	if said == 0 {
		return fmt.Errorf("the request is refused before anything is read or written: %d %s\n%s",
			answer.Code, http.StatusText(answer.Code), strings.TrimSpace(answer.Body.String()))
	}
	return nil
}

// open opens a database, and creates none.
func open(ctx context.Context, address string) (datalayer.Layer, error) {
	switch path := strings.TrimPrefix(address, "sqlite:"); {
	case address == "":
		return nil, errors.New("there is no database: give -url or set DATABASE_URL")
	case strings.HasPrefix(address, "postgres://"), strings.HasPrefix(address, "postgresql://"):
		return postgres.Open(ctx, address)
	default:
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
		return sqlite.Open(ctx, path)
	}
}

// findActor reads the record of the actor, whatever the policies say of it.
func (r *request) findActor(ctx context.Context, app *conga.App, layer datalayer.Layer) (any, error) {
	if r.actor == "" {
		return nil, nil
	}
	name, text, _ := strings.Cut(r.actor, "/")
	for _, res := range app.Registry().Resources {
		if res.Name != name {
			continue
		}
		key, err := wire.ParseText(res.Primary, text)
		if err != nil || key == nil {
			return nil, fmt.Errorf("-actor %s: %q is no key of %s", r.actor, text, name)
		}
		q := &datalayer.Query{
			Resource: res, Limit: 1, Tenant: datalayer.Tenant{Any: true},
			Where: expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Field{Name: res.Primary.Name}, expr.Literal{Value: key}}},
		}
		for _, a := range res.Attributes {
			if a.Column != "" {
				q.Select = append(q.Select, a)
			}
		}
		found, err := layer.Read(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("-actor %s: %w", r.actor, err)
		}
		if found.Len() == 0 {
			return nil, fmt.Errorf("-actor %s: there is no such record", r.actor)
		}
		rec := res.New()
		for col := range q.Select {
			if err := found.Scan(0, col, rec); err != nil {
				return nil, fmt.Errorf("-actor %s: %w", r.actor, err)
			}
		}
		return rec, nil
	}
	return nil, fmt.Errorf("-actor %s: there is no resource %q", r.actor, name)
}

// handler takes every request for one of the actor, and of the tenant.
func (r *request) handler(app *conga.App, actor any) http.Handler {
	o := api.Options{
		Actor: func(context.Context, string) (any, error) { return actor, nil },
		Tenant: func(*http.Request) (any, error) {
			if r.tenant == "" {
				return nil, nil
			}
			return r.tenant, nil
		},
	}
	if r.isGraphQL() {
		return graphql.New(app, graphql.Options{Options: o})
	}
	return rest.New(app, rest.Options{Options: o, Prefix: "/"})
}

func (r *request) isGraphQL() bool {
	first, _, _ := strings.Cut(r.text, " ")
	return strings.HasPrefix(first, "{") || strings.Contains(" query mutation fragment subscription ", " "+first+" ")
}

// http is the request as a client would send it.
func (r *request) http(ctx context.Context) (*http.Request, error) {
	method, target, body := http.MethodPost, "/", r.body
	if r.isGraphQL() {
		document := wire.AppendString([]byte(`{"query":`), r.text)
		body = string(document) + `,"variables":` + cmp.Or(r.body, "null") + "}"
	} else {
		var ok bool
		if method, target, ok = strings.Cut(r.text, " "); !ok {
			return nil, fmt.Errorf("%q is no request: write GET /tickets, or a GraphQL document", r.text)
		}
	}
	at, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("%q is no path: %w", target, err)
	}
	at.RawQuery = strings.ReplaceAll(at.RawQuery, " ", "%20")
	if !strings.HasPrefix(at.Path, "/") {
		return nil, fmt.Errorf("%q is no path: it begins with a slash", target)
	}
	asked, err := http.NewRequestWithContext(ctx, strings.ToUpper(method), at.String(), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	asked.Header.Set("Content-Type", "application/json")
	if r.actor != "" {
		asked.Header.Set("Authorization", "Bearer "+r.actor)
	}
	return asked, nil
}
