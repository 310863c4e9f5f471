//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/examples/chat/chat"
	"github.com/congago/conga/internal/pgtest"
)

// token is the bearer token that both servers know.
const token = "benchmark"

func main() {
	rounds := flag.Int("rounds", 5, "alternating rounds of each workload")
	each := flag.Duration("each", 2*time.Second, "length of a round")
	only := flag.String("only", "", "run the workloads whose name has this in it")
	profile := flag.String("cpuprofile", "", "write a CPU profile of the rounds to this file")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "benchmarks:", err)
			os.Exit(1)
		}
		defer pprof.StopCPUProfile()
	}
	if err := run(context.Background(), *rounds, *each, *only); err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds int, each time.Duration, only string) error {
	server, err := pgtest.Open()
	if err != nil {
		return err
	}
	defer server.Close()
	store, err := postgres.Open(ctx, server.URL())
	if err != nil {
		return err
	}
	app, err := conga.New(store, chat.Resources()...)
	if err != nil {
		return err
	}
	defer app.Close()
	// The server by hand has the pool that measured best: 8 connections.
	config, err := pgxpool.ParseConfig(server.URL())
	if err != nil {
		return err
	}
	config.MaxConns = 8
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	d, err := seed(ctx, pool)
	if err != nil {
		return err
	}
	hand := httptest.NewServer((&byHand{pool, d.author}).routes())
	defer hand.Close()
	ours := httptest.NewServer(routes(app, d))
	defer ours.Close()
	fmt.Println("| workload | throughput | p50 | p99 | Go's CPU a request | by hand |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, w := range workloads(hand.URL, ours.URL, d) {
		if !strings.Contains(w.name, only) {
			continue
		}
		if err := compare(w, rounds, each); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return nil
}

// routes are Conga's doors, with the policies of the chat.
func routes(app *conga.App, d *data) http.Handler {
	me := &chat.User{ID: d.author, Name: "user 0"}
	doors := api.Options{Actor: func(_ context.Context, t string) (any, error) {
		if t != token {
			return nil, nil
		}
		return me, nil
	}}
	mux := http.NewServeMux()
	mux.Handle("/api/", rest.New(app, rest.Options{Options: doors}))
	mux.Handle("/graphql", graphql.New(app, graphql.Options{Options: doors}))
	return mux
}

// workload is the same request to both servers.
type workload struct {
	name       string
	hand, ours request
	// equal tells that the answers must be the same, but for cursors.
	equal bool
}

func workloads(hand, ours string, d *data) []workload {
	get := func(format string, ids ...any) request {
		return func(n int) (*http.Request, error) {
			url := format
			if len(ids) > 0 {
				url = fmt.Sprintf(format, ids[n%len(ids)])
			}
			return http.NewRequest(http.MethodGet, url, nil)
		}
	}
	post := func(url, format string, ids ...any) request {
		return func(n int) (*http.Request, error) {
			body := format
			if len(ids) > 0 {
				body = fmt.Sprintf(format, ids[n%len(ids)])
			}
			r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
			if err == nil {
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", "Bearer "+token)
			}
			return r, err
		}
	}
	var roomIDs, messageIDs []any
	for _, id := range d.rooms {
		roomIDs = append(roomIDs, id)
	}
	for _, id := range d.messages {
		messageIDs = append(messageIDs, id)
	}
	const message = `{"body": "The quick brown fox jumps over the lazy dog.", "room_id": "%s"}`
	const query = `{"query": "{ rooms(first: 10) { nodes { id name messages(first: 20) { nodes { id body author { name } } } } } }"}`
	return []workload{
		{"list of 50 with author", get(hand+"/list?room=%s", roomIDs...), get(ours+"/api/messages?filter[room_id]=%s&include=author", roomIDs...), true},
		{"get by id", get(hand+"/get/%s", messageIDs...), get(ours+"/api/messages/%s", messageIDs...), true},
		{"create", post(hand+"/create", message, roomIDs...), post(ours+"/api/messages", message, roomIDs...), false},
		{"nested 10 × 20 with authors, GraphQL against REST by hand", get(hand + "/nested"), post(ours+"/graphql", query), true},
		{"50 rooms with counts", get(hand + "/rooms"), get(ours + "/api/rooms?fields[room]=id,name,message_count"), true},
	}
}

// compare measures a workload in alternating rounds and prints a line.
func compare(w workload, rounds int, each time.Duration) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	if err := same(client, w); err != nil {
		return err
	}
	for _, r := range []request{w.hand, w.ours} { // warm up
		if _, err := load(client, r, each/2); err != nil {
			return err
		}
	}
	var ratio, p50, p99, cpu, hands []float64
	for range rounds {
		a, err := load(client, w.hand, each)
		if err != nil {
			return err
		}
		b, err := load(client, w.ours, each)
		if err != nil {
			return err
		}
		ratio = append(ratio, b.perSecond/a.perSecond)
		p50 = append(p50, float64(b.p50)/float64(a.p50))
		p99 = append(p99, float64(b.p99)/float64(a.p99))
		cpu = append(cpu, float64(b.cpu)/float64(a.cpu))
		hands = append(hands, a.perSecond)
	}
	fmt.Printf("| %s | **%.2f** | %.2f | %.2f | %.2f | %.0f/s |\n",
		w.name, median(ratio), median(p50), median(p99), median(cpu), median(hands))
	return nil
}

// same refuses to compare servers whose answers differ.
func same(client *http.Client, w workload) error {
	a, err := ask(client, w.hand, 0)
	if err != nil {
		return err
	}
	b, err := ask(client, w.ours, 0)
	if err != nil || !w.equal {
		return err
	}
	var x, y map[string]any
	if err := json.Unmarshal(a, &x); err != nil {
		return err
	}
	if err := json.Unmarshal(b, &y); err != nil {
		return err
	}
	for _, v := range []map[string]any{x, y} {
		if page, ok := v["page"].(map[string]any); ok {
			delete(page, "after")
			delete(page, "before")
		}
	}
	p, err := json.Marshal(x)
	if err != nil {
		return err
	}
	q, err := json.Marshal(y)
	if err != nil {
		return err
	}
	if !bytes.Equal(p, q) {
		return fmt.Errorf("the answers differ:\n%.600s\n%.600s", a, b)
	}
	return nil
}
