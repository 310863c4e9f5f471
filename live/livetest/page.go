package livetest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/net/html"
)

// Page is a page that the browser is connected to. Its methods end the test on faults and belong to the goroutine of
// the test; what the server pushes is taken in meanwhile.
type Page struct {
	view
	browser *Browser
	conn    *websocket.Conn
	reading sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed at each change
	seq     uint64
	answers map[uint64]answer
	tree    *tree
	region  *html.Node // parsed from tree; nil after a change
	token   string
	blocks  [][]string
	hash    string
	title   string
	flash   map[string]string
	url     string
	events  []Event
	forms   map[string]*filled
	ended   string // why the server ended the session
	closed  error  // why the connection ended
	fault   error  // what the client could not apply
	went    []body // where the server sent the visitor unasked
	shared  string // an id reported as not unique
}

// Event is an event that the server pushed to the browser.
type Event struct {
	// Name is the event's name.
	Name string
	// Payload is its JSON value.
	Payload json.RawMessage
}

type answer struct {
	kind string
	body body
}

// body is the body of a frame of the server.
type body struct {
	Rendered json.RawMessage    `json:"rendered"`
	Statics  string             `json:"statics"`
	Diff     json.RawMessage    `json:"diff"`
	Title    *string            `json:"title"`
	Flash    *map[string]string `json:"flash"`
	Events   [][2]json.RawMessage
	Patch    *target         `json:"patch"`
	Navigate *target         `json:"navigate"`
	Redirect *target         `json:"redirect"`
	Session  string          `json:"session"`
	Reply    json.RawMessage `json:"reply"`
	Reason   string          `json:"reason"`
	Retry    int             `json:"retry"`
}

type target struct{ To string }

// Open visits a page and connects to it. A page that is not answered with 200, or sends the visitor elsewhere, is
// followed like in a browser; a document that is no live page ends the test.
func (b *Browser) Open(path string) *Page {
	b.t.Helper()
	p := &Page{browser: b, changed: make(chan struct{})}
	p.view = view{b.t, p.root}
	p.load(path)
	return p
}

// load is a full load of an address: a new document, a new connection.
func (p *Page) load(path string) {
	p.t.Helper()
	p.Close()
	d := p.browser.Get(path)
	if !p.adopt(d) {
		p.t.Fatalf("open %q: status %d, no live page:\n%s", path, d.Status, d.Source())
	}
	p.t.Cleanup(p.Close)
	p.connect()
	p.join(false)
	if reason := p.Ended(); reason != "" {
		p.t.Fatalf("open %q: the server ended the session: %s", path, reason)
	}
}

// connect opens the connection.
func (p *Page) connect() {
	p.t.Helper()
	p.Close()
	ctx, cancel := context.WithTimeout(p.t.Context(), timeout)
	defer cancel()
	header := http.Header{"Origin": {origin}}
	conn, answer, err := p.browser.dialer.DialContext(ctx, "ws"+strings.TrimPrefix(origin, "http")+"/_live/socket", header) //nolint:bodyclose // gorilla hands out what needs no closing
	if err != nil {
		p.t.Fatalf("connect: %v (%v)", err, answer)
	}
	p.conn, p.closed = conn, nil
	p.reading.Add(1)
	go p.read(conn)
}

// adopt takes over the live region of a document.
func (p *Page) adopt(d *Document) bool {
	p.t.Helper()
	live := elementByID(d.doc, "conga")
	if live == nil {
		return false
	}
	address := attr(live, "data-conga-statics")
	var statics struct {
		V      string     `json:"v"`
		Blocks [][]string `json:"blocks"`
	}
	if err := json.Unmarshal([]byte(p.browser.Get(address).source), &statics); err != nil {
		p.t.Fatalf("read statics %q: %v", address, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.token, p.blocks, p.hash, p.url = attr(live, "data-conga-session"), statics.Blocks, statics.V, d.URL
	p.title, p.flash = d.Title(), flashOf(d.doc)
	p.tree, p.region, p.ended = nil, live, ""
	p.answers, p.forms = make(map[uint64]answer), make(map[string]*filled)
	return true
}

// join mounts the page on the connection.
func (p *Page) join(recover bool) {
	p.t.Helper()
	a := p.ask("join", map[string]any{"token": p.token, "url": origin + p.url, "recover": recover})
	p.follow(a.body)
}

// Close leaves the page. The connection is closed when it returns.
func (p *Page) Close() {
	if p.conn == nil {
		return
	}
	p.conn.Close()
	p.reading.Wait()
	p.conn = nil
}

// read takes in the frames of the server.
func (p *Page) read(conn *websocket.Conn) {
	defer p.reading.Done()
	for {
		_, data, err := conn.ReadMessage()
		p.mu.Lock()
		if err == nil {
			err = p.take(data)
			if err != nil {
				p.fault = err
			}
		}
		if err != nil {
			p.closed = err
		}
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
		if err != nil {
			conn.Close()
			return
		}
	}
}

func (p *Page) take(data []byte) error {
	var parts [3]json.RawMessage
	var seq uint64
	var kind string
	var b body
	for _, err := range []error{json.Unmarshal(data, &parts), json.Unmarshal(parts[0], &seq),
		json.Unmarshal(parts[1], &kind), json.Unmarshal(parts[2], &b)} {
		if err != nil {
			return fmt.Errorf("read frame %s: %w", data, err)
		}
	}
	if seq > 0 {
		p.answers[seq] = answer{kind, b}
	} else if b.Navigate != nil || b.Redirect != nil || b.Session != "" {
		p.went = append(p.went, b)
	}
	switch kind {
	case "pong":
		return nil
	case "error":
		p.ended = b.Reason
		return nil
	case "joined":
		if b.Rendered == nil {
			return nil
		}
		if b.Statics != p.hash {
			return fmt.Errorf("joined with statics %s, the document has %s", b.Statics, p.hash)
		}
		t, err := decodeTree(p.blocks, b.Rendered)
		if err != nil {
			return err
		}
		p.tree, p.region = t, nil
	case "reply", "diff":
		if p.tree == nil {
			return nil // of the page before
		}
		if b.Diff != nil {
			if err := p.tree.apply(b.Diff); err != nil {
				return err
			}
			p.region = nil
		}
	default:
		return fmt.Errorf("unknown kind of frame %q", kind)
	}
	p.effects(b)
	return nil
}

func (p *Page) effects(b body) {
	if b.Title != nil {
		p.title = *b.Title
	}
	if b.Flash != nil {
		p.flash = *b.Flash
	}
	if b.Patch != nil {
		p.url = b.Patch.To
	}
	for _, e := range b.Events {
		var name string
		if json.Unmarshal(e[0], &name) == nil {
			p.events = append(p.events, Event{name, e[1]})
		}
	}
}

// ask sends a frame and waits for its answer.
func (p *Page) ask(kind string, body any) answer {
	p.t.Helper()
	p.mu.Lock()
	p.seq++
	seq, conn := p.seq, p.conn
	p.mu.Unlock()
	if conn == nil {
		p.t.Fatalf("%s: the page is closed", kind)
	}
	data, err := json.Marshal([]any{seq, kind, body})
	if err != nil {
		p.t.Fatalf("%s: %v", kind, err)
	}
	if err := conn.WriteMessage(websocket.TextMessage, data); err != nil {
		p.t.Fatalf("%s: %v (%v)", kind, err, p.closed)
	}
	var a answer
	p.until(fmt.Sprintf("an answer to %s", data), func() bool {
		var ok bool
		a, ok = p.answers[seq]
		delete(p.answers, seq)
		return ok || p.ended != ""
	})
	return a
}

// until waits for a state of the page, under its lock.
func (p *Page) until(what string, reached func() bool) {
	p.t.Helper()
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	for {
		p.mu.Lock()
		changed := p.changed // before the question, which may let go of the lock for a while
		ok := reached()
		closed, fault := p.closed, p.fault
		p.mu.Unlock()
		switch {
		case fault != nil:
			p.t.Fatal(fault)
		case ok:
			return
		case closed != nil:
			p.t.Fatalf("wait for %s: the connection ended: %v", what, closed)
		}
		select {
		case <-changed:
		case <-limit.C:
			p.t.Fatalf("wait for %s: nothing for %v; the page is\n%s", what, timeout, p.Render())
		}
	}
}

// follow goes where the server sends the visitor.
func (p *Page) follow(b body) {
	p.t.Helper()
	if b.Session != "" {
		d := p.browser.request(http.MethodPost, "/_live/session", url.Values{"token": {b.Session}}.Encode())
		if d.Status != http.StatusNoContent {
			p.t.Fatalf("change the session: status %d", d.Status)
		}
	}
	switch {
	case b.Redirect != nil:
		if strings.Contains(b.Redirect.To, "://") {
			p.mu.Lock()
			p.url = b.Redirect.To
			p.mu.Unlock()
			return
		}
		p.load(b.Redirect.To)
	case b.Navigate != nil:
		p.navigate(b.Navigate.To)
	}
}

// navigate joins another page over the same connection.
func (p *Page) navigate(to string) {
	p.t.Helper()
	d := p.browser.Get(to)
	if !p.adopt(d) {
		p.t.Fatalf("navigate to %q: status %d, no live page", to, d.Status)
	}
	p.join(false)
}

// root returns the live region as nodes.
func (p *Page) root() *html.Node {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.region == nil && p.tree == nil {
		return &html.Node{Type: html.ElementNode, Data: "div"}
	}
	if p.region == nil {
		region, err := parseRegion(p.tree.html())
		if err != nil {
			p.t.Errorf("parse page: %v", err)
			return &html.Node{Type: html.ElementNode, Data: "div"}
		}
		p.region = region
		if id := twice(region); id != p.shared {
			p.shared = id
			if id != "" {
				p.t.Errorf("two elements have the id %q", id)
			}
		}
	}
	return p.region
}
