//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
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
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

// run does what the first argument says: it compares the servers without one,
// and does everything for "all".
func run(ctx context.Context) error {
	rounds := flag.Int("rounds", 5, "alternating rounds of each workload")
	each := flag.Duration("each", 2*time.Second, "length of a round")
	only := flag.String("only", "", "run the workloads whose name has this in it")
	side := flag.String("side", "", "ask one server alone, hand or ours, for a profile")
	profile := flag.String("profile", "", "write a profile of the servers to this file: of allocations where its name ends so, else of the processor")
	warm := flag.Bool("warm", false, "let start build with the cache that is there")
	flag.Parse()
	switch flag.Arg(0) {
	case "load":
		return loadLoop()
	case "start":
		return benchmarkStart(ctx, *warm)
	case "", "depth", "stream", "all":
	default:
		return fmt.Errorf("there is no benchmark %q", flag.Arg(0))
	}
	w, err := newWorld(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	if *profile != "" {
		stop, err := startProfile(*profile)
		if err != nil {
			return err
		}
		defer stop()
	}
	switch flag.Arg(0) {
	case "depth":
		return w.benchmarkDepth(ctx)
	case "stream":
		return w.benchmarkStream(ctx)
	}
	err = w.compareAll(ctx, *rounds, *each, *only, *side)
	if err != nil || flag.Arg(0) != "all" {
		return err
	}
	return errors.Join(w.benchmarkDepth(ctx), w.benchmarkStream(ctx), benchmarkStart(ctx, *warm))
}

// startProfile profiles the servers until stop is called. A profile of
// allocations would distort that of the processor.
func startProfile(name string) (stop func(), err error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(name, "allocations") {
		return pprof.StopCPUProfile, pprof.StartCPUProfile(f)
	}
	runtime.MemProfileRate = 4096
	return func() { _ = pprof.Lookup("allocs").WriteTo(f, 0) }, nil
}

// world is the two servers, their database and their clients.
type world struct {
	server  *pgtest.Server
	app     *conga.App
	pool    *pgxpool.Pool
	data    *data
	hand    *httptest.Server
	ours    *httptest.Server
	clients *clients
}

// poolSize is that which measured best on two cores, for both servers.
const poolSize = 8

func newWorld(ctx context.Context) (w *world, err error) {
	w = &world{}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.server, err = pgtest.Open(); err != nil {
		return w, err
	}
	store, err := postgres.OpenWith(ctx, w.server.URL(), postgres.Options{MaxConns: poolSize})
	if err != nil {
		return w, err
	}
	if w.app, err = conga.New(store, chat.Resources()...); err != nil {
		return w, err
	}
	config, err := pgxpool.ParseConfig(w.server.URL())
	if err != nil {
		return w, err
	}
	config.MaxConns = poolSize
	if w.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return w, err
	}
	if w.data, err = seed(ctx, w.pool); err != nil {
		return w, err
	}
	w.hand = httptest.NewServer((&byHand{w.pool, w.data.author}).routes())
	w.ours = httptest.NewServer(routes(w.app, w.data))
	w.clients, err = startClients()
	return w, err
}

func (w *world) close() {
	if w.clients != nil {
		_ = w.clients.close()
	}
	for _, s := range []*httptest.Server{w.hand, w.ours} {
		if s != nil {
			s.Close()
		}
	}
	if w.pool != nil {
		w.pool.Close()
	}
	if w.app != nil {
		_ = w.app.Close()
	}
	if w.server != nil {
		_ = w.server.Close()
	}
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

// workload is the same requests to both servers.
type workload struct {
	name       string
	hand, ours [][]byte
	// equal tells that the answers must be the same, but for cursors.
	equal bool
}

func workloads(d *data) []workload {
	const message = `{"body": "The quick brown fox jumps over the lazy dog.", "room_id": "%s"}`
	const query = `{"query": "{ rooms(first: 10) { nodes { id name messages(first: 20) { nodes { id body author { name } } } } } }"}`
	return []workload{
		{"list of 50 with author", get("/list?room=%s", d.rooms), get("/api/messages?filter[room_id]=%s&include=author", d.rooms), true},
		{"get by id", get("/get/%s", d.messages), get("/api/messages/%s", d.messages), true},
		{"create", post("/create", message, d.rooms), post("/api/messages", message, d.rooms), false},
		{"nested 10 × 20 with authors, GraphQL against REST by hand", get("/nested", nil), post("/graphql", query, nil), true},
		{"50 rooms with counts", get("/rooms", nil), get("/api/rooms?fields[room]=id,name,message_count", nil), true},
	}
}

// get makes a request for each id.
func get(path string, ids []uuid.UUID) [][]byte {
	return each(path, ids, func(path string) string {
		return "GET " + path + " HTTP/1.1\r\nHost: benchmark\r\n\r\n"
	})
}

func post(path, body string, ids []uuid.UUID) [][]byte {
	return each(body, ids, func(body string) string {
		return "POST " + path + " HTTP/1.1\r\nHost: benchmark\r\nContent-Type: application/json\r\nAuthorization: Bearer " + token +
			"\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	})
}

func each(format string, ids []uuid.UUID, request func(string) string) (out [][]byte) {
	if ids == nil {
		return [][]byte{[]byte(request(format))}
	}
	for _, id := range ids {
		out = append(out, []byte(request(fmt.Sprintf(format, id))))
	}
	return out
}

// compareAll measures the workloads and prints a table.
func (w *world) compareAll(ctx context.Context, rounds int, each time.Duration, only, side string) error {
	fmt.Println("| workload | throughput | p50 | p99 | CPU of Go | CPU of Go and PostgreSQL | by hand |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, l := range workloads(w.data) {
		if !strings.Contains(l.name, only) {
			continue
		}
		err := w.same(l)
		switch {
		case err != nil:
		case side != "":
			err = w.alone(ctx, l, side, time.Duration(rounds)*each)
		default:
			err = w.compare(ctx, l, rounds, each)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	return nil
}

// round is a sample, and what a request of it cost.
type round struct {
	sample
	// goes is the processor time of the server, all that and PostgreSQL's.
	goes, all time.Duration
}

func (w *world) round(ctx context.Context, server *httptest.Server, requests [][]byte, d time.Duration) (r round, err error) {
	var pids []int
	err = w.pool.QueryRow(ctx, "select array_agg(pid) from pg_stat_activity").Scan(&pids)
	if err != nil {
		return r, err
	}
	runtime.GC()
	goes, others := cpu(), cpuOf(pids)
	if r.sample, err = w.clients.do(job{server.Listener.Addr().String(), requests, d}); err != nil {
		return r, err
	}
	n := time.Duration(r.Requests)
	r.goes = (cpu() - goes) / n
	r.all = r.goes + (cpuOf(pids)-others)/n
	return r, nil
}

// compare measures a workload in alternating rounds and prints a line.
func (w *world) compare(ctx context.Context, l workload, rounds int, each time.Duration) error {
	var ratio, p50, p99, goes, all, hands []float64
	for i := range rounds + 1 {
		a, err := w.round(ctx, w.hand, l.hand, each)
		if err != nil {
			return err
		}
		b, err := w.round(ctx, w.ours, l.ours, each)
		if err != nil {
			return err
		}
		if i == 0 {
			continue // to warm up
		}
		ratio = append(ratio, b.perSecond()/a.perSecond())
		p50 = append(p50, float64(b.P50)/float64(a.P50))
		p99 = append(p99, float64(b.P99)/float64(a.P99))
		goes = append(goes, float64(b.goes)/float64(a.goes))
		all = append(all, float64(b.all)/float64(a.all))
		hands = append(hands, a.perSecond())
	}
	fmt.Printf("| %s | **%.2f** | %.2f | %.2f | %.2f | %.2f | %.0f/s |\n",
		l.name, median(ratio), median(p50), median(p99), median(goes), median(all), median(hands))
	return nil
}

// alone asks one server, and tells what a request costs.
func (w *world) alone(ctx context.Context, l workload, side string, d time.Duration) error {
	server, requests := w.ours, l.ours
	if side == "hand" {
		server, requests = w.hand, l.hand
	}
	if _, err := w.round(ctx, server, requests, time.Second); err != nil {
		return err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := w.round(ctx, server, requests, d)
	if err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	n := uint64(r.Requests) //nolint:gosec // a number of requests
	fmt.Printf("%s, %s: %.0f/s, CPU of Go %v, PostgreSQL %v, %d allocations, %d bytes\n", l.name, side, r.perSecond(),
		r.goes, r.all-r.goes, (after.Mallocs-before.Mallocs)/n, (after.TotalAlloc-before.TotalAlloc)/n)
	return nil
}

// same refuses to compare servers whose answers differ.
func (w *world) same(l workload) error {
	a, err := one(w.hand.Listener.Addr().String(), l.hand[0])
	if err != nil {
		return err
	}
	b, err := one(w.ours.Listener.Addr().String(), l.ours[0])
	if err != nil || !l.equal {
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
