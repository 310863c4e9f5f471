package live_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/congago/conga/form"
	"github.com/congago/conga/live"
	"github.com/congago/conga/live/livetest"
)

// A small chat: one shared room, kept in memory.
type room struct {
	mu       sync.Mutex
	messages []message
	visitors map[*live.Session]func(message)
}

type message struct {
	ID   int
	Body string
}

func (r *room) post(body string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := message{len(r.messages) + 1, body}
	r.messages = append(r.messages, m)
	for _, tell := range r.visitors {
		tell(m)
	}
}

func (r *room) enter(s *live.Session, tell func(message)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.visitors[s] = tell
	s.OnDown(func(error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.visitors, s)
	})
}

type rooms map[string]*room

type roomKey struct{}

// roomPage uses every part of a page.
type roomPage struct {
	Name     string
	Messages live.Stream[message]
	Body     string
	Error    string
	Count    int
	Filter   string
	Note     string
}

func (p *roomPage) Mount(s *live.Session) error {
	all, _ := s.Value(roomKey{}).(rooms)
	p.Name = s.Param("id")
	r, ok := all[p.Name]
	if !ok {
		return &live.StatusError{Status: 404, Text: "There is no such room."}
	}
	s.SetTitle("Room " + p.Name)
	r.mu.Lock()
	p.Messages.Reset(r.messages...)
	r.mu.Unlock()
	if s.Connected() {
		r.enter(s, func(m message) {
			s.Send(func() error { p.Messages.Append(m); return nil })
		})
	}
	return nil
}

func (p *roomPage) Params(s *live.Session) error {
	p.Filter = s.Query().Get("filter")
	return nil
}

func (p *roomPage) Validate(_ *live.Session, v form.Values) error {
	p.Body, p.Error = v.Get("body"), ""
	if p.Body == "" && v.Used("body") {
		p.Error = "can't be blank"
	}
	return nil
}

func (p *roomPage) Save(s *live.Session, v form.Values) error {
	if err := p.Validate(s, v); err != nil || p.Error != "" {
		return err
	}
	s.Value(roomKey{}).(rooms)[p.Name].post(p.Body)
	p.Body = ""
	s.Flash("info", "Saved")
	return nil
}

func (p *roomPage) AddOne(s *live.Session, c live.Click) error {
	n, err := c.Int("by")
	p.Count += int(n)
	return err
}

func (p *roomPage) Filtered(s *live.Session, c live.Click) error {
	return s.Patch("?filter=" + c.Get("value"))
}

func (p *roomPage) Leave(s *live.Session) error {
	s.Flash("info", "Bye")
	return s.Navigate("/")
}

func (p *roomPage) Login(s *live.Session) error {
	s.Put("user", "ann")
	return s.Redirect("/")
}

func (p *roomPage) Rename(s *live.Session) error {
	s.Put("user", "bea")
	s.Renew()
	return s.Navigate("/")
}

func (p *roomPage) Crash(*live.Session) error { panic("boom") }
func (p *roomPage) Fail(*live.Session) error  { return errors.New("secret text of the database") }
func (p *roomPage) Deny(*live.Session) error {
	return &live.StatusError{Status: 403, Text: "Not yours."}
}
func (p *roomPage) Expire(*live.Session) error { return &live.StatusError{Status: 401} }

func (p *roomPage) Ask(s *live.Session, e live.Event) error {
	var q struct{ Question string }
	if err := e.Decode(&q); err != nil {
		return err
	}
	if err := s.PushEvent("asked", q); err != nil {
		return err
	}
	return s.Reply(map[string]string{"answer": "yes to " + q.Question})
}

func (p *roomPage) Load(s *live.Session) error {
	p.Note = "loading"
	s.Go("load", func(ctx context.Context) func() error {
		return func() error { p.Note = "loaded"; return nil }
	})
	return nil
}

func (p *roomPage) LoadBadly(s *live.Session) error {
	s.Go("load", func(ctx context.Context) func() error { panic("task boom") })
	return nil
}

func (p *roomPage) Close(s *live.Session, reason error) {
	if f, ok := s.Value(closeKey{}).(func(*live.Session, error)); ok {
		f(s, reason)
	}
}

type closeKey struct{}

const roomHTML = `<h1 id="name">{{.Name}}</h1>
<ul id="messages">{{range .Messages.Items}}<li id="m-{{.ID}}">{{.Body}}</li>{{end}}</ul>
<form id="chat" phx-change="validate" phx-submit="save">
<input name="body" value="{{.Body}}">{{if .Error}}<p id="error">{{.Error}}</p>{{end}}
<button phx-disable-with="Saving...">Save</button>
</form>
<p id="count">{{.Count}}</p><button id="add" phx-click="add_one" phx-value-by="2">+</button>
<p id="filter">{{.Filter}}</p><button id="filtered" value="new" phx-click="filtered">new</button>
<p id="note">{{.Note}}</p>
<button id="leave" phx-click="leave">leave</button><button id="login" phx-click="login">log in</button><button id="rename" phx-click="rename">rename</button>
<button id="crash" phx-click="crash">crash</button><button id="fail" phx-click="fail">fail</button>
<button id="deny" phx-click="deny">deny</button><button id="expire" phx-click="expire">expire</button>
<button id="load" phx-click="load">load</button><button id="load-badly" phx-click="load-badly">load</button>
<div id="ask" phx-hook="Ask"></div>
<a id="patch" href="?filter=link" data-phx-link="patch">link</a>
<a id="home" href="/" data-phx-link="navigate">home</a>
`

type homePage struct{ User string }

func (p *homePage) Mount(s *live.Session) error {
	p.User = s.Get("user")
	return nil
}

var chatFiles = fstest.MapFS{
	"room.html": {Data: []byte(roomHTML)},
	"home.html": {Data: []byte(`<h1 id="home">Home of {{with .User}}{{.}}{{else}}nobody{{end}}</h1>`)},
}

func chatPages(t testing.TB) *live.Pages {
	t.Helper()
	pages, err := live.Compile(chatFiles,
		live.Page[homePage]("/", "home.html").Title("Home"),
		live.Page[roomPage]("/rooms/{id}", "room.html").Events("ask"),
	)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// chat serves the pages, with rooms and whatever opt changes.
func chat(t testing.TB, opt live.Options) (*live.Handler, rooms) {
	t.Helper()
	all := rooms{"go": {visitors: map[*live.Session]func(message){}}}
	before := opt.Context
	opt.Context = func(ctx context.Context, actor any) context.Context {
		if before != nil {
			ctx = before(ctx, actor)
		}
		return context.WithValue(ctx, roomKey{}, all)
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return live.New(nil, chatPages(t), opt), all
}

func TestEvents(t *testing.T) {
	h, _ := chat(t, live.Options{})
	p := livetest.Open(t, h, "/rooms/go")
	if got := p.Title(); got != "Room go" {
		t.Errorf("title: got %q", got)
	}
	p.Click("#add")
	p.Click("#add")
	if got := p.Text("#count"); got != "4" {
		t.Errorf("count: got %s, want 4", got)
	}
	if got := string(p.Hook("#ask", "ask", map[string]string{"question": "life"})); got != `{"answer":"yes to life"}` {
		t.Errorf("reply: got %s", got)
	}
	if got := p.Events("asked"); len(got) != 1 || string(got[0]) != `{"Question":"life"}` {
		t.Errorf("pushed events: got %s", got)
	}
}

func TestForm(t *testing.T) {
	h, _ := chat(t, live.Options{})
	p := livetest.Open(t, h, "/rooms/go")
	p.Submit("#chat")
	if got := p.Text("#error"); got != "can't be blank" {
		t.Errorf("error: got %q", got)
	}
	p.Change("#chat", "body", "hello")
	if p.HasElement("#error") {
		t.Error("the error is shown after it was mended")
	}
	p.Submit("#chat")
	p.WaitForText("#messages li", "hello")
	if got := p.Flash("info"); got != "Saved" {
		t.Errorf("flash: got %q", got)
	}
	if got, _ := p.Attr("input[name=body]", "value"); got != "" {
		t.Errorf("the input after saving holds %q", got)
	}
}

func TestBroadcast(t *testing.T) {
	h, all := chat(t, live.Options{})
	first, second := livetest.Open(t, h, "/rooms/go"), livetest.Open(t, h, "/rooms/go")
	first.Submit("#chat", "body", "to <all>")
	first.WaitForText("#m-1", "to <all>")
	second.WaitForText("#m-1", "to <all>")
	all["go"].post("again")
	second.WaitForText("#m-2", "again")
	late := livetest.Open(t, h, "/rooms/go")
	if got := late.Texts("#messages li"); strings.Join(got, ",") != "to <all>,again" {
		t.Errorf("messages of a late visitor: got %q", got)
	}
}

func TestNavigation(t *testing.T) {
	h, _ := chat(t, live.Options{})
	p := livetest.Open(t, h, "/rooms/go?filter=old")
	steps := []struct {
		do          func()
		url, filter string
	}{
		{func() {}, "/rooms/go?filter=old", "old"},
		{func() { p.Click("#filtered") }, "/rooms/go?filter=new", "new"},
		{func() { p.Click("#patch") }, "/rooms/go?filter=link", "link"},
		{func() { p.Patch("/rooms/go") }, "/rooms/go", ""},
	}
	for _, step := range steps {
		step.do()
		if p.URL() != step.url || p.Text("#filter") != step.filter {
			t.Errorf("at %s with filter %q, want %s with %q", p.URL(), p.Text("#filter"), step.url, step.filter)
		}
	}
	p.Click("#leave")
	if p.URL() != "/" || p.Text("#home") != "Home of nobody" || p.Flash("info") != "Bye" || p.Title() != "Home" {
		t.Errorf("after navigate: %s, title %q, flash %q, %s", p.URL(), p.Title(), p.Flash("info"), p.Render())
	}
}

func TestSessionCookieOverTheSocket(t *testing.T) {
	h, _ := chat(t, live.Options{})
	b := livetest.NewBrowser(t, h)
	p := b.Open("/rooms/go")
	p.Click("#login")
	if p.URL() != "/" || p.Text("#home") != "Home of ann" {
		t.Errorf("after login: %s %s", p.URL(), p.Render())
	}
	if got := b.Get("/").Text("#home"); got != "Home of ann" {
		t.Errorf("next visit: got %q", got)
	}
	p = b.Open("/rooms/go")
	p.Click("#rename") // a new cookie and the next page on the same connection
	if p.URL() != "/" || p.Text("#home") != "Home of bea" || p.Ended() != "" {
		t.Errorf("after rename: %s %s, ended %q", p.URL(), p.Render(), p.Ended())
	}
	if got := b.Get("/").Text("#home"); got != "Home of bea" {
		t.Errorf("after rename: got %q", got)
	}
	if got := livetest.NewBrowser(t, h).Get("/").Text("#home"); got != "Home of nobody" {
		t.Errorf("another browser: got %q", got)
	}
}

func TestTasks(t *testing.T) {
	h, _ := chat(t, live.Options{})
	p := livetest.Open(t, h, "/rooms/go")
	p.Click("#load")
	p.WaitForText("#note", "loaded")
	p.Click("#load-badly")
	if got := p.WaitForFlash("error"); strings.Contains(got, "boom") {
		t.Errorf("flash tells the panic: %q", got)
	}
	p.Click("#add")
	if p.Ended() != "" {
		t.Errorf("a task's panic ended the session: %s", p.Ended())
	}
}

func TestHandlerErrors(t *testing.T) {
	tests := []struct{ click, flash, ended string }{
		{"#fail", "Something went wrong. Please try again.", ""},
		{"#deny", "Not yours.", ""},
		{"#expire", "", "unauthorized"},
		{"#crash", "", "crashed"},
	}
	for _, tt := range tests {
		t.Run(tt.click, func(t *testing.T) {
			var log strings.Builder
			h, _ := chat(t, live.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
			p := livetest.Open(t, h, "/rooms/go")
			p.Click(tt.click)
			if p.Ended() != tt.ended || p.Flash("error") != tt.flash {
				t.Errorf("ended %q, flash %q; want %q, %q", p.Ended(), p.Flash("error"), tt.ended, tt.flash)
			}
			if tt.click == "#crash" && (!strings.Contains(log.String(), "boom") || !strings.Contains(log.String(), "roomPage")) {
				t.Errorf("the log lacks the panic or its stack:\n%s", log.String())
			}
		})
	}
}

func TestCrashEndsOneSessionAndRecoversItsForm(t *testing.T) {
	h, _ := chat(t, live.Options{})
	p, other := livetest.Open(t, h, "/rooms/go"), livetest.Open(t, h, "/rooms/go")
	other.Click("#add")
	p.Change("#chat", "body", "half a thought")
	p.Click("#crash")
	if p.Ended() != "crashed" {
		t.Fatalf("ended %q", p.Ended())
	}
	p.Rejoin()
	if got, _ := p.Attr("input[name=body]", "value"); got != "half a thought" {
		t.Errorf("the input after the crash holds %q", got)
	}
	other.Click("#add")
	if got := other.Text("#count"); got != "4" {
		t.Errorf("the other session: count %s, want 4", got)
	}
	p.Drop()
	p.Rejoin()
	if got, _ := p.Attr("input[name=body]", "value"); got != "half a thought" {
		t.Errorf("the input after the drop holds %q", got)
	}
}

func TestCloseIsAlwaysCalled(t *testing.T) {
	tests := []struct {
		name string
		end  func(h *live.Handler, p *livetest.Page)
		want error
	}{
		{"left", func(_ *live.Handler, p *livetest.Page) { p.Close() }, live.ErrLeft},
		{"navigated", func(_ *live.Handler, p *livetest.Page) { p.Navigate("/") }, live.ErrLeft},
		{"dropped", func(_ *live.Handler, p *livetest.Page) { p.Drop() }, live.ErrLeft},
		{"shutdown", func(h *live.Handler, _ *livetest.Page) { _ = h.Shutdown(context.Background()) }, live.ErrShutdown},
		{"crashed", func(_ *live.Handler, p *livetest.Page) { p.Click("#crash") }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reasons := make(chan error, 4)
			h, _ := chat(t, live.Options{Context: func(ctx context.Context, _ any) context.Context {
				return context.WithValue(ctx, closeKey{}, func(s *live.Session, reason error) {
					if s.Err() != nil {
						reason = fmt.Errorf("context of Close is over: %w", s.Err())
					}
					reasons <- reason
				})
			}})
			p := livetest.Open(t, h, "/rooms/go")
			if got := <-reasons; !errors.Is(got, live.ErrRendered) {
				t.Errorf("after the http answer: got %v, want %v", got, live.ErrRendered)
			}
			tt.end(h, p)
			select {
			case got := <-reasons:
				if tt.want != nil && !errors.Is(got, tt.want) || tt.want == nil && !strings.Contains(got.Error(), "boom") {
					t.Errorf("Close: got %v, want %v", got, tt.want)
				}
			case <-time.After(5 * time.Second):
				t.Fatal("Close was not called")
			}
		})
	}
}
