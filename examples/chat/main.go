// Command chat is a chat: rooms, messages, accounts, everything live between
// browsers, and the same over REST and GraphQL.
//
//	go run ./examples/chat
//
// It listens on 127.0.0.1:4000 (flag -addr) and keeps its data in chat.db in
// the working directory, or in the PostgreSQL database that DATABASE_URL names.
package main

import (
	"context"
	"crypto/rand"
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
	"github.com/congago/conga/examples/chat/chat"
	"github.com/congago/conga/examples/chat/web"
	"github.com/congago/conga/live"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:4000", "address to listen on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *addr); err != nil {
		fmt.Fprintln(os.Stderr, "chat:", err)
		os.Exit(1)
	}
}

// run serves the chat until ctx ends.
func run(ctx context.Context, addr string) error {
	store, err := open(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	app, err := conga.New(store, chat.Resources()...)
	if err != nil {
		return errors.Join(err, store.Close())
	}
	defer app.Close()
	key, err := secret()
	if err != nil {
		return err
	}
	handler, pages, err := routes(app, key)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Printf("The chat is at http://%s\n", listener.Addr())
	return serve(ctx, listener, handler, pages)
}

// serve answers requests until ctx ends, and then lets those that are running
// and the connected pages finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, pages *live.Handler) error {
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
	return errors.Join(pages.Shutdown(drain), server.Shutdown(drain))
}

// open is the PostgreSQL database of url or, without one, the embedded default.
func open(ctx context.Context, url string) (datalayer.Layer, error) {
	if url != "" {
		return postgres.Open(ctx, url)
	}
	return sqlite.Open(ctx, "chat.db")
}

// routes puts the doors together.
func routes(app *conga.App, secret []byte) (http.Handler, *live.Handler, error) {
	compiled, err := web.Pages()
	if err != nil {
		return nil, nil, err
	}
	doors := api.Options{Actor: func(ctx context.Context, token string) (any, error) { return chat.UserOf(ctx, app, token) }}
	pages := live.New(app, compiled, web.Options(app, secret))
	mux := http.NewServeMux()
	mux.Handle("/api/", rest.New(app, rest.Options{Options: doors}))
	mux.Handle("/graphql", graphql.New(app, graphql.Options{Options: doors}))
	mux.Handle("/graphiql", graphql.Playground("/graphql"))
	mux.Handle("/assets/", web.Assets())
	mux.Handle("/", pages)
	return mux, pages, nil
}

// secret signs cookies and tokens: CHAT_SECRET or else the file chat.secret,
// made at the first start, so that a restart keeps visitors signed in.
func secret() ([]byte, error) {
	if s := os.Getenv("CHAT_SECRET"); s != "" {
		return []byte(s), nil
	}
	const file = "chat.secret"
	key, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		key = []byte(rand.Text() + rand.Text())
		err = os.WriteFile(file, key, 0o600)
	}
	return key, err
}
