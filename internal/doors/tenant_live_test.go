package doors

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gorilla/websocket"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/live"
	"github.com/congago/conga/live/livetest"
)

// subscriber is a client of GraphQL subscriptions.
type subscriber struct {
	*testing.T
	conn *websocket.Conn
}

// subscriber connects for a firm, or for none, and subscribes to its tickets.
func (e *estate) subscriber(t *testing.T, url, firm string) *subscriber {
	t.Helper()
	header := http.Header{}
	if firm != "" {
		header.Set("X-Firm", firm)
	}
	d := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	conn, resp, err := d.DialContext(t.Context(), strings.Replace(url, "http", "ws", 1), header)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	s := &subscriber{t, conn}
	// The token comes with the connection: the tenant must be found again.
	s.send(`{"type":"connection_init","payload":{"Authorization":"Bearer ann"}}`)
	if got := s.take(); !strings.Contains(got, "connection_ack") {
		t.Fatalf("connection: %s", got)
	}
	s.send(`{"id":"1","type":"subscribe","payload":{"query":"subscription { ticketEvents { kind ticket { title } } }"}}`)
	return s
}

func (s *subscriber) send(text string) {
	s.Helper()
	if err := s.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		s.Fatal(err)
	}
}

// take is the next message but pings.
func (s *subscriber) take() string {
	s.Helper()
	_ = s.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		_, b, err := s.conn.ReadMessage()
		if err != nil {
			s.Fatal(err)
		}
		if text := string(b); !strings.Contains(text, `"type":"ping"`) {
			return text
		}
		s.send(`{"type":"pong"}`)
	}
}

// until is the next message that is not about a probe.
func (s *subscriber) until() string {
	s.Helper()
	for {
		if text := s.take(); !strings.Contains(text, "probe") {
			return text
		}
	}
}

// TestTenantSubscriptions subscribes over a socket for each tenant and for none.
func TestTenantSubscriptions(t *testing.T) {
	onTenants(t, func(t *testing.T, open func(t *testing.T) *estate) {
		e := open(t)
		server := httptest.NewServer(e.ql)
		t.Cleanup(server.Close)
		tickets := conga.For[Ticket](e.app)
		f := tickets.Fields()
		nobody := e.subscriber(t, server.URL, "")
		if got := nobody.take(); !strings.Contains(got, "a tenant is required") {
			t.Errorf("without a tenant: %s", got)
		}
		if got := nobody.take(); !strings.Contains(got, `"complete"`) {
			t.Errorf("without a tenant: %s, want the end", got)
		}
		number := 0
		write := func(firm int, title string) {
			number++
			must(tickets.Create(conga.WithTenant(t.Context(), e.firms[firm]), "open", conga.Set(&f.Title, title), conga.Set(&f.Number, number), conga.Set(&f.Code, title)))(t)
		}
		var subscribers [2]*subscriber
		for i := range subscribers {
			s := e.subscriber(t, server.URL, e.firms[i].String())
			heard := make(chan string, 1)
			go func() { heard <- s.take() }()
			for n, subscribed := 0, false; !subscribed; n++ {
				write(i, "probe"+strings.Repeat("i", i)+string(rune('a'+n%26)))
				select {
				case <-heard:
					subscribed = true
				case <-time.After(20 * time.Millisecond):
				}
				if n == 250 {
					t.Fatal("nothing is heard")
				}
			}
			subscribers[i] = s
		}
		for _, firm := range []int{1, 0, 1, 0} {
			write(firm, "of "+string(rune('0'+firm))+string(rune('a'+number)))
		}
		for i, s := range subscribers {
			for range 2 {
				if got := s.until(); !strings.Contains(got, `"title":"of `+string(rune('0'+i))) {
					t.Errorf("firm %d hears %s", i, got)
				}
			}
		}
	})
}

// ticketsPage lists the tickets of its tenant, and hears of new ones.
type ticketsPage struct {
	Titles string
	Heard  int
}

func (p *ticketsPage) Mount(s *live.Session) error {
	tickets := conga.For[Ticket](s.App())
	read := func() error {
		page, err := tickets.Read(s, "list")
		p.Titles = ""
		for _, x := range page.Items {
			p.Titles += x.Title + ";"
		}
		return err
	}
	s.Subscribe(tickets.Topic("", nil), func(conga.Event) error {
		p.Heard++
		return read()
	})
	return read()
}

// Add makes a ticket, whose tenant is the session's.
func (p *ticketsPage) Add(s *live.Session, _ live.Click) error {
	tickets := conga.For[Ticket](s.App())
	f := tickets.Fields()
	_, err := tickets.Create(s, "open", conga.Set(&f.Title, "added"), conga.Set(&f.Code, "added"), conga.Set(&f.Number, 99))
	return err
}

// TestTenantPages opens pages of two tenants: what a page reads, writes and
// hears is its tenant's, over HTTP and after it has joined by the socket.
func TestTenantPages(t *testing.T) {
	onTenants(t, func(t *testing.T, open func(t *testing.T) *estate) {
		e := open(t)
		tickets := conga.For[Ticket](e.app)
		f := tickets.Fields()
		for i := range e.firms {
			must(tickets.Create(conga.WithTenant(t.Context(), e.firms[i]), "open", conga.Set(&f.Title, "first of "+string(rune('0'+i)))))(t)
		}
		html := `<p id="titles">{{.Titles}}</p><p id="heard">{{.Heard}}</p><button id="add" phx-click="add">Add</button>`
		pages, err := live.Compile(fstest.MapFS{"t.html": {Data: []byte(html)}}, live.Page[ticketsPage]("/", "t.html"))
		if err != nil {
			t.Fatal(err)
		}
		h := live.New(e.app, pages, live.Options{})
		var opened [2]*livetest.Page
		for i := range opened {
			tenant := api.TenantFunc(func(*http.Request) (any, error) { return e.firms[i], nil })
			b := livetest.NewBrowser(t, tenant.Handler(h))
			if got := b.Get("/").Text("#titles"); got != "first of "+string(rune('0'+i))+";" {
				t.Errorf("over HTTP firm %d sees %s", i, got)
			}
			opened[i] = b.Open("/")
			opened[i].WaitForText("#titles", "first of "+string(rune('0'+i)))
		}
		opened[0].Click("#add")
		opened[0].WaitForText("#heard", "1")
		opened[0].WaitForText("#titles", "first of 0;added;")
		opened[1].Click("#add") // comes after what firm 0 wrote: it would be the second
		opened[1].WaitForText("#heard", "1")
		opened[1].WaitForText("#titles", "first of 1;added;")
		if got := opened[0].Text("#heard"); got != "1" {
			t.Errorf("firm 0 has heard %s", got)
		}
		if n := len(must(tickets.Read(conga.WithTenant(t.Context(), e.firms[0]), "list"))(t).Items); n != 2 {
			t.Errorf("firm 0 has %d tickets", n)
		}
	})
}
