package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/gorilla/websocket"

	"github.com/congago/conga/internal/browser"
)

// patience is how long a test waits for what must happen.
const patience = 3 * time.Second

// A page is what the fake server shows at one path.
type page struct {
	title    string
	blocks   string // JSON: the blocks of the statics document
	rendered string // JSON: the rendering of the HTML page, and of the join when joined is ""
	shown    string // HTML of the HTTP page where it differs from that of rendered
	joined   string // JSON: members of the joined frame; "" for {"rendered": rendered}
}

// html renders the page as a server would: statics and values interleaved.
func (p page) html(t testing.TB) string {
	if p.shown != "" {
		return p.shown
	}
	var blocks [][]string
	var values []any
	decode(t, p.blocks, &blocks)
	decode(t, p.rendered, &values)
	return instanceHTML(blocks, append([]any{0.0}, values...))
}

func instanceHTML(blocks [][]string, instance []any) string {
	var out strings.Builder
	for i, s := range blocks[int(instance[0].(float64))] {
		if i > 0 {
			out.WriteString(valueHTML(blocks, instance[i]))
		}
		out.WriteString(s)
	}
	return out.String()
}

func valueHTML(blocks [][]string, value any) string {
	var out strings.Builder
	switch v := value.(type) {
	case string:
		out.WriteString(v)
	case []any:
		out.WriteString(instanceHTML(blocks, v))
	case map[string]any:
		rows, _ := v["rows"].([]any)
		for _, row := range rows {
			out.WriteString(instanceHTML(blocks, row.([]any)[1].([]any)))
		}
		ops, _ := v["stream"].([]any)
		for _, op := range ops {
			if op := op.([]any); op[0] == "insert" {
				out.WriteString(instanceHTML(blocks, op[3].([]any)))
			}
		}
	}
	return out.String()
}

// A server plays conga/1 as the test tells it to.
type server struct {
	*httptest.Server
	t       testing.TB
	deaf    bool   // pings are not answered
	plain   bool   // pages are shown without a live element
	plainAt string // as plain, for one path
	setup   string // JavaScript that runs before the client
	joins   chan *peer
	session chan string // tokens posted to /_live/session
	posted  chan string // forms posted to /plain

	mu    sync.Mutex
	pages map[string]page
	loads map[string]int // requests by path
	sick  bool           // the socket is refused
}

func newServer(t testing.TB, pages map[string]page) *server {
	s := &server{t: t, pages: pages, loads: map[string]int{}, joins: make(chan *peer, 16), session: make(chan string, 4), posted: make(chan string, 4)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", s.servePage)
	mux.HandleFunc("GET /_live/statics/{path}", s.serveStatics)
	mux.HandleFunc("GET /_live/conga-"+Hash()+".js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Write(Source())
	})
	mux.HandleFunc("GET /setup.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, s.setup)
	})
	mux.HandleFunc("GET /_live/socket", s.serveSocket)
	mux.HandleFunc("POST /_live/session", func(w http.ResponseWriter, r *http.Request) { s.session <- r.FormValue("token") })
	mux.HandleFunc("POST /plain", func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		s.posted <- r.PostForm.Encode()
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Server.Close)
	t.Cleanup(s.Server.CloseClientConnections)
	return s
}

func (s *server) page(path string) (page, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads[path]++
	p, ok := s.pages[path]
	return p, ok
}

func (s *server) setPage(path string, p page) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = p
}

func (s *server) loaded(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads[path]
}

func (s *server) setSick(sick bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sick = sick
}

// servePage answers the page with a strict Content-Security-Policy, so that
// every test also proves that the client needs no eval and no inline code.
func (s *server) servePage(w http.ResponseWriter, r *http.Request) {
	p, ok := s.page(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'self'; require-trusted-types-for 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if s.plain || s.plainAt == r.URL.Path {
		fmt.Fprintf(w, `<!doctype html><html><head><script src="/setup.js"></script><script type="module" src="/_live/conga-%s.js"></script></head><body>%s</body></html>`, Hash(), p.html(s.t))
		return
	}
	fmt.Fprintf(w, `<!doctype html><html><head><title>%s</title><script src="/setup.js"></script></head><body>`+
		`<div id="conga" data-conga-session="token:%s" data-conga-statics="/_live/statics/%s.json">%s</div>`+
		`<script type="module" src="/_live/conga-%s.js"></script></body></html>`,
		html.EscapeString(p.title), r.URL.Path, strings.ReplaceAll(r.URL.Path, "/", "~"), p.html(s.t), Hash())
}

func (s *server) serveStatics(w http.ResponseWriter, r *http.Request) {
	path := strings.ReplaceAll(strings.TrimSuffix(r.PathValue("path"), ".json"), "~", "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(w, `{"v":"1","blocks":%s}`, s.pages[path].blocks)
}

func (s *server) serveSocket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	sick := s.sick
	s.loads["/_live/socket"]++
	s.mu.Unlock()
	if sick {
		http.Error(w, "sick", http.StatusServiceUnavailable)
		return
	}
	upgrader := websocket.Upgrader{Subprotocols: []string{"conga.1"}}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	peer := &peer{s: s, conn: conn, frames: make(chan frame, 64), closed: make(chan int, 1)}
	peer.read()
}

// A frame is [seq, kind, body] from the client.
type frame struct {
	seq  int
	kind string
	body map[string]any
}

// String answers the body as JSON with sorted keys.
func (f frame) String() string {
	b, _ := json.Marshal(f.body)
	return string(b)
}

// A peer is the server's end of one socket.
type peer struct {
	s      *server
	conn   *websocket.Conn
	join   frame
	frames chan frame // all but join and ping
	closed chan int   // the close code
}

func (p *peer) read() {
	for {
		_, data, err := p.conn.ReadMessage()
		if err != nil {
			code := 0
			if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
				code = closed.Code
			}
			p.closed <- code
			return
		}
		var parts [3]json.RawMessage
		f := frame{}
		if err := json.Unmarshal(data, &parts); err != nil {
			p.s.t.Errorf("frame %s: %v", data, err)
			return
		}
		json.Unmarshal(parts[0], &f.seq)
		json.Unmarshal(parts[1], &f.kind)
		json.Unmarshal(parts[2], &f.body)
		switch f.kind {
		case "ping":
			if p.s.deaf {
				continue
			}
			p.send(f.seq, "pong", "{}")
		case "join":
			p.s.joins <- &peer{s: p.s, conn: p.conn, join: f, frames: p.frames, closed: p.closed}
		default:
			p.frames <- f
		}
	}
}

func (p *peer) send(seq int, kind, body string) {
	err := p.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, "[%d,%q,%s]", seq, kind, body))
	if err != nil {
		p.s.t.Logf("send %s: %v", kind, err)
	}
}

// A tab is one browser tab that shows one of the server's pages.
type tab struct {
	*testing.T
	s    *server
	ctx  context.Context
	peer *peer
	mark int
}

// open shows the page at "/" and accepts its join.
func open(t *testing.T, b context.Context, p page) *tab {
	t.Helper()
	tb := load(t, b, newServer(t, map[string]page{"/": p}), "/")
	tb.accept()
	return tb
}

// load shows the page at path and waits for no join.
func load(t *testing.T, b context.Context, s *server, path string) *tab {
	t.Helper()
	if s.setup == "" {
		s.setup = `window.conga = {config: {backoff: [10, 20], reload: [1, 2], reloadMany: 5}};`
	}
	s.setup += `
		window.marks = 0; window.seen = [];
		addEventListener("phx:mark", (e) => (window.marks = e.detail.n));
		for (const n of ["page-loading-start", "page-loading-stop"]) addEventListener("phx:" + n, (e) => seen.push(n + " " + e.detail.kind));
		addEventListener("securitypolicyviolation", (e) => { window.violation = e.violatedDirective; });`
	tb := &tab{T: t, s: s, ctx: browser.Tab(t, b)}
	focus := func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	}
	tb.listenErrors()
	tb.do(chromedp.Func(focus), chromedp.Navigate(s.URL+path))
	return tb
}

// listenErrors makes uncaught errors and console errors of the page fail the test.
func (tb *tab) listenErrors() {
	err := chromedp.Listen(tb.ctx, func(ev any) {
		if e, ok := ev.(*cdpruntime.EventExceptionThrown); ok {
			tb.Errorf("page: line %d: %s", e.ExceptionDetails.LineNumber, e.ExceptionDetails.Exception.Description)
		}
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// join answers the next join without answering it to the client.
func (tb *tab) join() *peer {
	tb.Helper()
	select {
	case tb.peer = <-tb.s.joins:
		return tb.peer
	case <-time.After(patience):
		tb.Fatal("no join")
		return nil
	}
}

// accept waits for the next join and answers it with its page's rendering.
func (tb *tab) accept() {
	tb.Helper()
	tb.join()
	token, _ := tb.peer.join.body["token"].(string)
	tb.s.mu.Lock()
	p := tb.s.pages[strings.TrimPrefix(token, "token:")]
	tb.s.mu.Unlock()
	if p.joined == "" {
		p.joined = `{"rendered":` + p.rendered + `}`
	}
	tb.acceptWith(p.joined)
}

// acceptWith answers the join with a body, and waits until it is applied.
func (tb *tab) acceptWith(body string) {
	tb.Helper()
	tb.peer.send(tb.peer.join.seq, "joined", tb.marked(body))
	tb.waitMark()
}

// marked adds a server event to a body, by which the test knows that the body was applied.
func (tb *tab) marked(body string) string {
	tb.Helper()
	members := map[string]any{}
	decode(tb, body, &members)
	tb.mark++
	events, _ := members["events"].([]any)
	members["events"] = append(events, []any{"mark", map[string]int{"n": tb.mark}})
	out, _ := json.Marshal(members)
	return string(out)
}

func (tb *tab) waitMark() {
	tb.Helper()
	tb.wait(fmt.Sprintf("window.marks === %d", tb.mark))
}

// diff sends a diff frame and waits until it is applied.
func (tb *tab) diff(diff string) {
	tb.Helper()
	tb.update(`{"diff":` + diff + `}`)
}

// update sends the body of a diff frame and waits until it is applied.
func (tb *tab) update(body string) {
	tb.Helper()
	tb.peer.send(0, "diff", tb.marked(body))
	tb.waitMark()
}

// reply answers a frame and waits until the answer is applied.
func (tb *tab) reply(f frame, body string) {
	tb.Helper()
	tb.peer.send(f.seq, "reply", tb.marked(body))
	tb.waitMark()
}

// next answers the next frame of the client that is no join and no ping.
func (tb *tab) next() frame {
	tb.Helper()
	select {
	case f := <-tb.peer.frames:
		return f
	case <-time.After(patience):
		tb.Fatal("no frame from the client")
		return frame{}
	}
}

// silent fails the test when a frame has arrived that nobody asked for. The
// client has handled everything up to the last mark.
func (tb *tab) silent() {
	tb.Helper()
	tb.diff("{}")
	select {
	case f := <-tb.peer.frames:
		tb.Errorf("unexpected frame %s %s", f.kind, f)
	default:
	}
}

// wait waits until a JavaScript expression is true.
func (tb *tab) wait(expr string) {
	tb.Helper()
	promise := fmt.Sprintf(`new Promise((done) => {
		const until = Date.now() + 1000;
		const look = () => { let ok = false; try { ok = (%s) } catch {} ; ok ? done(true) : Date.now() > until ? done(false) : setTimeout(look, 2) };
		look();
	})`, expr)
	for end := time.Now().Add(patience); time.Now().Before(end); {
		ctx, cancel := context.WithTimeout(tb.ctx, patience)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](promise, chromedp.EvalAwaitPromise))
		cancel()
		if err == nil && ok {
			return
		}
	}
	state, _ := chromedp.Run(tb.ctx, chromedp.Evaluate[string](`document.body.innerHTML`))
	tb.Fatalf("never true: %s\npage: %s", expr, state)
}

// is compares the value of a JavaScript expression, as JSON when it is no string.
func (tb *tab) is(expr, want string) {
	tb.Helper()
	got := tb.eval(expr)
	if got != want {
		tb.Errorf("%s\n got %s\nwant %s", expr, got, want)
	}
}

// eval runs JavaScript and answers its value: a string as it is, anything else as JSON.
func (tb *tab) eval(expr string) string {
	tb.Helper()
	if strings.HasPrefix(expr, "{") {
		expr = "(() => " + expr + ")()"
	}
	code := fmt.Sprintf(`(() => { const v = (%s); return typeof v === "string" ? v : JSON.stringify(v) ?? "undefined" })()`, expr)
	got, err := chromedp.Run(tb.ctx, chromedp.Evaluate[string](code))
	if err != nil {
		tb.Fatalf("%s: %v", expr, err)
	}
	return got
}

func (tb *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		tb.Fatal(err)
	}
}

// typing sends real key strokes to the focused element.
func (tb *tab) typing(keys string) {
	tb.Helper()
	tb.do(chromedp.KeyEvent(keys))
}

// compose shows text as an input method does that is not done yet; insert ends it.
func (tb *tab) compose(text string) {
	tb.Helper()
	tb.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		end := int64(len(text))
		_, err := cdp.Call(ctx, target, input.ImeSetComposition, input.ImeSetCompositionParams{Text: text, SelectionStart: end, SelectionEnd: end})
		return err
	}))
}

func (tb *tab) insert(text string) {
	tb.Helper()
	tb.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

func (tb *tab) click(selector string) {
	tb.Helper()
	tb.do(chromedp.Click(chromedp.CSS(selector)))
}

func decode(t testing.TB, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("decode %s: %v", text, err)
	}
}

// blocks writes a statics document's blocks: static strings are split at "|".
func blocks(templates ...string) string {
	var all [][]string
	for _, text := range templates {
		all = append(all, strings.Split(text, "|"))
	}
	out, _ := json.Marshal(all)
	return string(out)
}

// browserContext is the context of a running browser.
type browserContext = context.Context
