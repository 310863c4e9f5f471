package live_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/congago/conga/live"
)

// benchPage shows a list of messages, and a number.
type benchPage struct {
	Rows  []message
	Count int
}

var benchSessions sync.Map // of *live.Session to *benchPage, of the sessions that are connected

func (p *benchPage) Mount(s *live.Session) error {
	for i := range 50 {
		p.Rows = append(p.Rows, message{i, fmt.Sprintf("message number %d, of usual length for a chat", i)})
	}
	if s.Connected() {
		benchSessions.Store(s, p)
		s.OnDown(func(error) { benchSessions.Delete(s) })
	}
	return nil
}

func (p *benchPage) Add(*live.Session) error { p.Count++; return nil }

func benchServer(b *testing.B) (*live.Handler, func() *wire) {
	b.Helper()
	pages, err := live.Compile(fstest.MapFS{"p.html": {Data: []byte(
		`<p>{{.Count}}</p><button phx-click="add">+</button><ul>{{range .Rows}}<li id="m-{{.ID}}">{{.Body}}</li>{{end}}</ul>`)}},
		live.Page[benchPage]("/", "p.html"))
	if err != nil {
		b.Fatal(err)
	}
	h := live.New(nil, pages, live.Options{})
	server := serve(b, h)
	return h, func() *wire {
		w := dial(b, server, "/")
		if got := w.join("/"); !strings.HasPrefix(got, `[1,"joined"`) {
			b.Fatal(got)
		}
		return w
	}
}

// A click goes over a socket, through the mailbox and the template, and its diff comes back.
func BenchmarkRoundTrip(b *testing.B) {
	_, connect := benchServer(b)
	w := connect()
	b.ReportAllocs()
	for b.Loop() {
		w.send(`[2,"event",{"type":"click","event":"add","value":{}}]`)
		w.read()
	}
}

// One message reaches 1,000 sessions and their sockets.
func BenchmarkFanOut1000(b *testing.B) {
	_, connect := benchServer(b)
	const sessions = 1000
	var got sync.WaitGroup
	for range sessions {
		w := connect()
		go func() {
			for {
				if _, _, err := w.conn.ReadMessage(); err != nil {
					return
				}
				got.Done()
			}
		}()
	}
	b.ReportAllocs()
	for b.Loop() {
		got.Add(sessions)
		benchSessions.Range(func(s, p any) bool {
			page := p.(*benchPage)
			s.(*live.Session).Send(func() error { page.Count++; return nil })
			return true
		})
		got.Wait()
	}
}

// Memory of a connected page at rest: its socket, its actor, its 50 messages of 3 KB, what the template remembers. The
// client's half is a bare connection.
func BenchmarkIdleSession(b *testing.B) {
	h, _ := benchServer(b)
	server := serve(b, h)
	token, cookie := fetch(b, server, "/", "")
	const sessions = 1000
	var conns []net.Conn
	for range 10 {
		conns = append(conns, bareJoin(b, server, token, cookie))
	}
	var before, after runtime.MemStats
	measure := func(m *runtime.MemStats) {
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(m)
	}
	measure(&before)
	for range sessions {
		conns = append(conns, bareJoin(b, server, token, cookie))
	}
	measure(&after)
	for b.Loop() { //nolint:revive // the figures are taken above
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/sessions, "heap-B/session")
	b.ReportMetric(float64(after.StackInuse-before.StackInuse)/sessions, "stack-B/session")
	for _, c := range conns {
		c.Close()
	}
}

// bareJoin joins over a connection without a client's buffers.
func bareJoin(b *testing.B, server *httptest.Server, token, cookie string) net.Conn {
	b.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	frame := fmt.Sprintf(`[1,"join",{"token":%q,"url":"/"}]`, token)
	head := []byte{0x81, 0x80 | 126, byte(len(frame) >> 8), byte(len(frame)), 0, 0, 0, 0} // text, masked with zeros
	fmt.Fprintf(conn, "GET /_live/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: conga.1\r\nCookie: %s\r\n\r\n", cookie)
	var got []byte
	buffer := make([]byte, 1024)
	sent := false
	for !bytes.Contains(got, []byte("message number 49")) {
		n, err := conn.Read(buffer)
		if err != nil {
			b.Fatalf("join: %v after %s", err, got)
		}
		got = append(got, buffer[:n]...)
		if !sent && bytes.Contains(got, []byte("\r\n\r\n")) {
			sent = true
			_, _ = conn.Write(append(head, frame...))
		}
	}
	return conn
}

// A page over HTTP: mount, render, layout, token.
func BenchmarkDeadRender(b *testing.B) {
	h, _ := benchServer(b)
	b.ReportAllocs()
	for b.Loop() {
		if status := get(h, "/"); status != 200 {
			b.Fatal(status)
		}
	}
}
