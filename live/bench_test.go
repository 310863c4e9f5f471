package live_test

import (
	"fmt"
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

// Memory of a page at rest, beside what the page itself holds and the client's half of the connection.
func BenchmarkIdleSession(b *testing.B) {
	_, connect := benchServer(b)
	const sessions = 500
	for range 5 {
		connect()
	}
	var before, after runtime.MemStats
	measure := func(m *runtime.MemStats) {
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(m)
	}
	measure(&before)
	for range sessions {
		connect()
	}
	measure(&after)
	b.ReportMetric(float64(after.HeapInuse-before.HeapInuse)/sessions, "heap-B/pair")
	b.ReportMetric(float64(after.StackInuse-before.StackInuse)/sessions, "stack-B/pair")
	for b.Loop() { //nolint:revive // the figures are taken above
	}
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
