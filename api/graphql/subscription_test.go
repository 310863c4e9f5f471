package graphql

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"github.com/congago/conga"
)

// client speaks graphql-transport-ws.
type client struct {
	*websocket.Conn
	h *harness
}

func (h *harness) dial(t *testing.T, payload string, header http.Header) *client {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{protocol}}
	conn, resp, err := d.DialContext(t.Context(), strings.Replace(h.url, "http", "ws", 1), header)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	c := &client{conn, h}
	c.send(t, `{"type":"connection_init","payload":`+payload+`}`)
	return c
}

func (c *client) send(t *testing.T, message string) {
	t.Helper()
	if err := c.WriteMessage(websocket.TextMessage, []byte(c.h.expand(message))); err != nil {
		t.Fatal(err)
	}
}

// take reads the next message; pings are answered.
func (c *client) take(t *testing.T) string {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		_, b, err := c.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), `"type":"ping"`) {
			c.send(t, `{"type":"pong"}`)
			continue
		}
		return c.h.shorten(strings.TrimSpace(string(b)))
	}
}

func (c *client) expect(t *testing.T, want string) {
	t.Helper()
	if got := c.take(t); got != want {
		t.Fatalf("\n got %s\nwant %s", got, want)
	}
}

// subscribe starts a subscription, and waits until it is there.
func (c *client) subscribe(t *testing.T, id, query string) {
	t.Helper()
	b, err := json.Marshal(map[string]any{"id": id, "type": "subscribe", "payload": map[string]any{"query": c.h.expand(query)}})
	if err != nil {
		t.Fatal(err)
	}
	c.send(t, string(b))
}

func (h *harness) edit(t *testing.T, as, message, body string) {
	t.Helper()
	got := h.query(t, as, `mutation { editMessage(id: "<`+message+`>", input: {body: "`+body+`"}) { errors { message } } }`, "")
	if want := `{"data":{"editMessage":{"errors":[]}}}`; got != want {
		t.Fatalf("edit: %s", got)
	}
}

// probe subscribes, and then edits until an event comes: from then on the
// subscription is there for sure.
func (c *client) probe(t *testing.T, query string) {
	t.Helper()
	c.subscribe(t, "1", query)
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				messages := conga.For[Message](c.h.app)
				f := messages.Fields()
				ctx := conga.WithActor(context.Background(), c.h.users["ann"])
				m := &Message{ID: uuid.MustParse(c.h.ids["one"])}
				_, _ = messages.Update(ctx, "edit", m, conga.Set(&f.Body, fmt.Sprint("probe", i)))
			}
		}
	}()
	first := c.take(t)
	close(stop)
	<-done
	if !strings.Contains(first, "probe") {
		t.Fatalf("probe: %s", first)
	}
	c.h.edit(t, "ann", "one", "begin")
	for !strings.Contains(c.take(t), "begin") {
	}
}

func TestSubscription(t *testing.T) {
	h := start(t)
	c := h.dial(t, `{"Authorization":"Bearer ann"}`, nil)
	c.expect(t, `{"type":"connection_ack"}`)
	c.probe(t, `subscription { messageEvents(filter: {or: [{body: {ne: "quiet"}}, {id: {isNull: true}}]}) { kind id message { body author { name } } __typename } }`)

	h.post(t, "bob", "general", "six")
	c.expect(t, `{"payload":{"data":{"messageEvents":{"kind":"CREATED","id":"<six>","message":{"body":"six","author":{"name":"bob"}},"__typename":"MessageEvent"}}},"id":"1","type":"next"}`)
	h.post(t, "bob", "cellar", "hush")   // not for ann's eyes
	h.post(t, "bob", "general", "quiet") // not through the filter
	h.edit(t, "bob", "six", "sixth")
	c.expect(t, `{"payload":{"data":{"messageEvents":{"kind":"UPDATED","id":"<six>","message":{"body":"sixth","author":{"name":"bob"}},"__typename":"MessageEvent"}}},"id":"1","type":"next"}`)
	h.query(t, "bob", `mutation { deleteMessage(id: "<hush>") { errors { code } } }`, "")
	h.query(t, "bob", `mutation { deleteMessage(id: "<quiet>") { errors { code } } }`, "")
	h.query(t, "bob", `mutation { deleteMessage(id: "<six>") { errors { code } } }`, "")
	c.expect(t, `{"payload":{"data":{"messageEvents":{"kind":"DESTROYED","id":"<six>","message":null,"__typename":"MessageEvent"}}},"id":"1","type":"next"}`)

	c.send(t, `{"id":"1","type":"complete"}`)
	c.expect(t, `{"id":"1","type":"complete"}`)
	h.post(t, "bob", "general", "seven")
	c.subscribe(t, "2", `{ rooms { totalCount } }`)
	c.expect(t, `{"payload":{"data":{"rooms":{"totalCount":2}}},"id":"2","type":"next"}`)
	c.expect(t, `{"id":"2","type":"complete"}`)
}

func TestSubscriptionRefusals(t *testing.T) {
	h := start(t, func(o *Options) { o.MaxSubscriptions = 3 })
	c := h.dial(t, `{}`, nil)
	c.expect(t, `{"type":"connection_ack"}`)
	c.subscribe(t, "1", `subscription { messageEvents(filter: {id: {eq: "x"}}) { kind } }`)
	if got := c.take(t); !strings.Contains(got, "must be a UUID") || !strings.Contains(got, "BAD_USER_INPUT") {
		t.Errorf("wrong filter: %s", got)
	}
	c.expect(t, `{"id":"1","type":"complete"}`)
	c.subscribe(t, "2", `subscription { nonsense }`)
	if got := c.take(t); !strings.Contains(got, `"type":"error"`) || !strings.Contains(got, "Cannot query field") {
		t.Errorf("unknown field: %s", got)
	}
	c.take(t)
	c.subscribe(t, "3", `subscription { messageEvents { kind } roomEvents { kind } }`)
	if got := c.take(t); !strings.Contains(got, `"type":"error"`) {
		t.Errorf("two fields: %s", got)
	}
	c.take(t)
	for i := range 4 {
		c.subscribe(t, fmt.Sprint("s", i), `subscription { roomEvents { kind } }`)
	}
	if got := c.take(t); !strings.Contains(got, "too many operations") {
		t.Errorf("too many subscriptions: %s", got)
	}
}

func TestUpgrade(t *testing.T) {
	h := start(t, func(o *Options) { o.Origins = []string{"https://app.example"} })
	tests := []struct {
		name, protocol, origin string
		status                 int
	}{
		{"no browser", protocol, "", 101},
		{"the same origin", protocol, h.url, 101},
		{"an allowed origin", protocol, "https://app.example", 101},
		{"another origin", protocol, "https://evil.example", 403},
		{"another protocol", "graphql-ws", "", 400},
		{"no protocol", "", "", 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{}
			if tt.origin != "" {
				header.Set("Origin", tt.origin)
			}
			d := websocket.Dialer{}
			if tt.protocol != "" {
				d.Subprotocols = []string{tt.protocol}
			}
			conn, resp, err := d.DialContext(t.Context(), strings.Replace(h.url, "http", "ws", 1), header)
			if err == nil {
				_ = conn.Close()
			}
			if resp == nil || resp.StatusCode != tt.status {
				t.Fatalf("got %v (%v), want status %d", resp, err, tt.status)
			}
			resp.Body.Close()
		})
	}
}

func TestSocketActor(t *testing.T) {
	h := start(t)
	c := h.dial(t, `{"Authorization":"Bearer bob"}`, nil)
	c.expect(t, `{"type":"connection_ack"}`)
	c.subscribe(t, "1", `{ rooms { totalCount } }`)
	c.expect(t, `{"payload":{"data":{"rooms":{"totalCount":3}}},"id":"1","type":"next"}`)

	header := h.dial(t, `{}`, http.Header{"Authorization": {"Bearer bob"}})
	header.expect(t, `{"type":"connection_ack"}`)
	header.subscribe(t, "1", `{ rooms { totalCount } }`)
	header.expect(t, `{"payload":{"data":{"rooms":{"totalCount":3}}},"id":"1","type":"next"}`)

	wrong := h.dial(t, `{"Authorization":"Bearer mallory"}`, nil)
	_ = wrong.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, _, err := wrong.ReadMessage()
	if !websocket.IsCloseError(err, closeForbidden) {
		t.Errorf("a wrong token ends with %v, want code %d", err, closeForbidden)
	}
}

// TestSlowSubscriber lets a queue overflow.
func TestSlowSubscriber(t *testing.T) {
	registry := compileFilters(t)
	sub := &subscription{rt: registry.order[2], events: make(chan conga.Event, 2), slow: make(chan struct{})}
	for range 4 {
		sub.receive(conga.Event{})
	}
	<-sub.events
	<-sub.events
	resp := sub.next(t.Context())
	if resp == nil || len(resp.Errors) != 1 || resp.Errors[0].Extensions["code"] != "UNAVAILABLE" {
		t.Errorf("a slow subscriber gets %+v", resp)
	}
	if again := sub.next(t.Context()); again != nil {
		t.Errorf("after that it gets %+v", again)
	}
}

func TestEventStream(t *testing.T) {
	h := start(t, func(o *Options) { o.KeepAlive = 50 * time.Millisecond })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	open := func(query string) *bufio.Reader {
		body, err := json.Marshal(map[string]string{"query": h.expand(query)})
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "text/event-stream")
		req.Header.Set("Authorization", "Bearer ann")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream" {
			t.Fatalf("status %d, content type %q", resp.StatusCode, got)
		}
		return bufio.NewReader(resp.Body)
	}
	line := func(r *bufio.Reader) string {
		for {
			s, err := r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if s = strings.TrimSpace(s); s != "" && s != ":" {
				return h.shorten(s)
			}
		}
	}
	one := open(`{ rooms { totalCount } }`)
	for _, want := range []string{`event: next`, `data: {"data":{"rooms":{"totalCount":2}}}`, `event: complete`, `data:`} {
		if got := line(one); got != want {
			t.Errorf("query: got %q, want %q", got, want)
		}
	}
	wrong := open(`{ nonsense }`)
	if got := line(wrong) + line(wrong) + line(wrong); !strings.Contains(got, "GRAPHQL_VALIDATION_FAILED") || !strings.HasSuffix(got, "event: complete") {
		t.Errorf("wrong query: %q", got)
	}
	// The first comment comes after the subscription is there.
	events := open(`subscription { messageEvents { kind message { body } } }`)
	if s, err := events.ReadString('\n'); err != nil || s != ":\n" {
		t.Fatalf("got %q, %v", s, err)
	}
	h.post(t, "bob", "cellar", "hush")
	h.post(t, "bob", "general", "six")
	if got, want := line(events)+line(events), `event: nextdata: {"data":{"messageEvents":{"kind":"CREATED","message":{"body":"six"}}}}`; got != want {
		t.Errorf("subscription: got %q, want %q", got, want)
	}
}
