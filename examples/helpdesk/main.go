// Command helpdesk is a help desk for many organisations, served by REST and
// GraphQL.
//
//	go run ./examples/helpdesk
//
// It listens on 127.0.0.1:4001 (flag -addr) and keeps its data in helpdesk.db
// in the working directory, or in the PostgreSQL database that DATABASE_URL
// names. With the first start it makes two organisations to play with; each
// start prints a bearer token for somebody of each role.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/examples/helpdesk/desk"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:4001", "address to listen on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *addr); err != nil {
		fmt.Fprintln(os.Stderr, "helpdesk:", err)
		os.Exit(1)
	}
}

// run serves the help desk until ctx ends.
func run(ctx context.Context, addr string) error {
	store, err := open(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	app, err := conga.New(store, desk.Resources()...)
	if err != nil {
		return errors.Join(err, store.Close())
	}
	defer app.Close()
	people, err := desk.Demo(ctx, app)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Printf("The help desk is at http://%s/api/docs and /graphiql\n", listener.Addr())
	for _, p := range people {
		fmt.Printf("%-8s %-6s at %-8s %s\n", p.User.Role, p.User.Name, p.Organisation, p.Token)
	}
	return serve(ctx, listener, routes(app))
}

// open is the PostgreSQL database of url or, without one, the embedded default.
func open(ctx context.Context, url string) (datalayer.Layer, error) {
	if url != "" {
		return postgres.Open(ctx, url)
	}
	return sqlite.Open(ctx, "helpdesk.db")
}

// routes puts the doors together. Whoever calls does so for his own organisation.
func routes(app *conga.App) http.Handler {
	doors := api.Options{
		Actor:  func(ctx context.Context, token string) (any, error) { return desk.UserOf(ctx, app, token) },
		Tenant: api.ActorTenant(func(u *desk.User) any { return u.OrganisationID }),
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", rest.New(app, rest.Options{Options: doors}))
	mux.Handle("/graphql", graphql.New(app, graphql.Options{Options: doors}))
	mux.Handle("/graphiql", graphql.Playground("/graphql"))
	return mux
}

// serve answers requests until ctx ends, and then lets those that are running finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	last := context.WithoutCancel(ctx)
	requests, endRequests := context.WithCancel(last)
	defer endRequests()
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	time.AfterFunc(2*time.Second, endRequests) // streams of events end no sooner by themselves
	drain, cancel := context.WithTimeout(last, 10*time.Second)
	defer cancel()
	return server.Shutdown(drain)
}
