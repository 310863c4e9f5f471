package rest_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
)

const ndjson = "application/x-ndjson"

var lines = headers{"Accept", ndjson}

func TestLines(t *testing.T) {
	onEach(t, func(t *testing.T, on database) {
		s := seeded(t, on)
		for _, query := range []string{
			"", "filter[body][contains]=o&sort=-body", "include=author,room&sort=body", "fields[message]=body",
			"filter[body]=nothing", "filter[author][name]=bob", "include=room.messages&sort=body",
		} {
			page, all := s.do("GET", "/api/messages?"+query, ""), s.do("GET", "/api/messages?"+query, "", lines)
			var want struct{ Data []json.RawMessage }
			if err := json.Unmarshal(page.Body.Bytes(), &want); err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, record := range want.Data {
				b.Write(record)
				b.WriteByte('\n')
			}
			if all.Code != http.StatusOK || all.Header().Get("Content-Type") != ndjson || all.Body.String() != b.String() {
				t.Errorf("%s\n got %d %s\nwant %s", query, all.Code, all.Body, b.String())
			}
		}
		if res := s.do("HEAD", "/api/messages", "", lines); res.Code != http.StatusOK || res.Body.Len() > 0 {
			t.Errorf("HEAD: %d %q", res.Code, res.Body)
		}
		for query, want := range map[string]int{
			"/api/messages?filter[body][bad]=1": 400, "/api/messages?page[count]=true": 400, "/api/messages?page[before]=x": 400,
			"/api/messages/{m1}": 406, "/api/messages?page[limit]=2": 400, "/api/messages?page[offset]=0": 200,
		} {
			if res := s.do("GET", query, "", lines); res.Code != want {
				t.Errorf("%s: got %d %s, want %d", query, res.Code, res.Body, want)
			}
		}
	})
}

func TestLinesAreNegotiated(t *testing.T) {
	s := seeded(t, onSQLite)
	for accept, want := range map[string]string{
		ndjson: ndjson, ndjson + ", application/json;q=0.5": ndjson, ndjson + ";q=0.5, application/json": "application/json",
		"*/*": "application/json", "application/json, " + ndjson: "application/json", ndjson + ";q=0.1, application/vnd.api+json": "application/vnd.api+json",
	} {
		if got := s.do("GET", "/api/messages", "", headers{"Accept", accept}).Header().Get("Content-Type"); got != want {
			t.Errorf("Accept %s: got %s, want %s", accept, got, want)
		}
	}
	s = newSite(t, onSQLite, rest.Options{Streams: -1})
	if res := s.do("GET", "/api/messages", "", lines); res.Code != http.StatusNotAcceptable {
		t.Errorf("without streams: %d", res.Code)
	}
}

// write stores n messages past the actions.
func (s *site) write(n int) {
	s.t.Helper()
	r := conga.For[Message](s.app).Resource()
	w := &datalayer.Insert{Resource: r, Columns: r.Columns()}
	room, author := uuid.MustParse(s.id("blue")), uuid.MustParse(s.id("ana"))
	first := conga.For[Message](s.app)
	sample, err := first.Get(s.t.Context(), s.id("m1"))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range n {
		rec := *sample
		rec.ID, rec.RoomID, rec.AuthorID = uuid.UUID{0: 1}, room, author
		binary.BigEndian.PutUint32(rec.ID[12:], uint32(i)) //nolint:gosec // a small number
		row := make([]any, len(w.Columns))
		for c, attr := range w.Columns {
			row[c] = attr.Get(&rec)
		}
		w.Rows = append(w.Rows, row)
		if len(w.Rows) == 5000 || i == n-1 {
			if _, err := s.app.Layer().Insert(s.t.Context(), w); err != nil {
				s.t.Fatal(err)
			}
			w.Rows = w.Rows[:0]
		}
	}
}

// client receives an answer chunk by chunk.
type client struct {
	header http.Header
	status int
	lines  int
	chunks int
	chunk  func()
}

func (c *client) Header() http.Header    { return c.header }
func (c *client) WriteHeader(status int) { c.status = status }
func (c *client) Flush()                 {}
func (c *client) Write(b []byte) (int, error) {
	c.lines += strings.Count(string(b), "\n")
	c.chunks++
	c.chunk()
	return len(b), nil
}

// stream asks for lines; broken tells that the connection was broken off.
func (s *site) stream(ctx context.Context, c *client) (broken bool) {
	req := httptest.NewRequestWithContext(ctx, "GET", "/api/messages?include=author", nil)
	req.Header.Set("Accept", ndjson)
	defer func() {
		err, _ := recover().(error)
		broken = errors.Is(err, http.ErrAbortHandler)
	}()
	c.header = http.Header{}
	s.rest.ServeHTTP(c, req)
	return false
}

func TestLinesOfManyRecords(t *testing.T) {
	const records = 50_000
	onEach(t, func(t *testing.T, on database) {
		s := seeded(t, on)
		s.write(records)
		var heap []uint64
		c := &client{}
		c.chunk = func() {
			if c.chunks%20 != 1 {
				return
			}
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			heap = append(heap, m.HeapAlloc)
		}
		if s.stream(t.Context(), c) || c.status != 200 || c.lines != records+4 {
			t.Errorf("got status %d and %d lines, want %d", c.status, c.lines, records+4)
		}
		for i, n := range heap {
			if n > heap[0]+4<<20 {
				t.Errorf("the heap grows: %d bytes at first, %d after %d chunks", heap[0], n, i*20)
			}
		}
		t.Logf("heap: %d", heap)
	})
}

func TestClientBreaksOffLines(t *testing.T) {
	onEach(t, func(t *testing.T, on database) {
		s := seeded(t, on)
		s.write(3000)
		for range 5 { // a stream that is not given back would block the third
			ctx, cancel := context.WithCancel(t.Context())
			c := &client{chunk: cancel}
			if !s.stream(ctx, c) || c.chunks != 1 {
				t.Fatalf("the stream goes on after the client has gone: %d chunks", c.chunks)
			}
		}
		if s.do("GET", "/api/messages", "").Code != 200 {
			t.Error("the database is gone too")
		}
	})
}

func TestStreamsAreLimited(t *testing.T) {
	s := seeded(t, onSQLite)
	begun, goOn := make(chan bool), make(chan bool)
	for range 2 {
		go func() {
			s.stream(context.Background(), &client{chunk: func() { begun <- true; <-goOn }})
			begun <- false
		}()
		<-begun
	}
	if res := s.do("GET", "/api/messages", "", lines); res.Code != http.StatusServiceUnavailable || res.Header().Get("Retry-After") == "" {
		t.Errorf("a third stream: %d", res.Code)
	}
	close(goOn)
	<-begun
	<-begun
	if res := s.do("GET", "/api/messages", "", lines); res.Code != http.StatusOK {
		t.Errorf("a stream afterwards: %d", res.Code)
	}
}
