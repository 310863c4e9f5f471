package guides_test

import (
	"context"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/congago/conga"
	"github.com/congago/conga/form"
	"github.com/congago/conga/live"
	"github.com/congago/conga/live/livetest"
	"github.com/congago/conga/resource/expr"
)

// newPages is the handler of the desk's pages.
func newPages(app *conga.App, secret []byte) (*live.Handler, error) {
	pages, err := live.Compile(os.DirFS("templates"),
		live.Page[DeskPage]("/", "desk.html").Title("Help desk"),
		live.Page[TicketPage]("/tickets/{id}", "ticket.html"),
	)
	if err != nil {
		return nil, err
	}
	return live.New(app, pages, live.Options{
		Secret: secret, // at least 32 random bytes, the same on every machine
		Actor: func(ctx context.Context, s live.SessionData) (any, error) {
			person, err := conga.For[Person](app).Get(ctx, s.Get("user"))
			if conga.KindOf(err) == conga.NotFound {
				return nil, nil // nobody, or somebody who is gone
			}
			return person, err
		},
	}), nil
}

// DeskPage shows the tickets that the visitor may see.
type DeskPage struct {
	Me      *Person
	Tickets []*Ticket
	Form    *form.Form
}

// Mount fills the page, and follows what happens to the visitor's tickets.
func (p *DeskPage) Mount(s *live.Session) (err error) {
	p.Me, _ = s.Actor().(*Person)
	if p.Me == nil {
		return nil
	}
	if p.Form, err = form.Create(conga.For[Ticket](s.App()), "open"); err != nil {
		return err
	}
	topic := conga.For[Ticket](s.App()).Topic("customer", p.Me.ID)
	s.Subscribe(topic, func(conga.Event) error { return p.Params(s) })
	return nil
}

// Params reads the tickets that the URL asks for: all, or /?state=solved.
func (p *DeskPage) Params(s *live.Session) error {
	tickets := conga.For[Ticket](s.App())
	f := tickets.Fields()
	where := expr.True()
	if state := s.Param("state"); state != "" {
		where = expr.Is(&f.State, state)
	}
	page, err := tickets.Read(s, "list", conga.Where(where))
	if err == nil {
		p.Tickets = page.Items
	}
	return err
}

// Validate shows what is wrong while it is typed.
func (p *DeskPage) Validate(s *live.Session, v form.Values) error { return p.Form.Validate(s, v) }

// Open opens a ticket.
func (p *DeskPage) Open(s *live.Session, v form.Values) error {
	ok, err := p.Form.Submit(s, v)
	if !ok {
		return err // nil when the input is at fault: the form shows why
	}
	s.Flash("info", "Thank you: "+form.Result[Ticket](p.Form).Title)
	p.Form.Reset()
	return nil
}

// SignOut forgets the visitor.
func (p *DeskPage) SignOut(s *live.Session) error {
	s.Delete("user")
	s.Renew()
	return s.Redirect("/")
}

// TicketPage shows one ticket and what is said about it.
type TicketPage struct {
	Me       *Person
	Ticket   *Ticket
	Comments live.Stream[*Comment]
	Answer   *form.Form
	Estimate string
}

// Mount loads the ticket, and follows its comments.
func (p *TicketPage) Mount(s *live.Session) (err error) {
	p.Me, _ = s.Actor().(*Person)
	if p.Ticket, err = conga.For[Ticket](s.App()).Get(s, s.Param("id")); err != nil {
		return err // NotFound is answered with 404
	}
	s.SetTitle(p.Ticket.Title)
	comments := conga.For[Comment](s.App())
	f := comments.Fields()
	p.Answer, err = form.Create(comments, "add", conga.Set(&f.TicketID, p.Ticket.ID))
	if err != nil {
		return err
	}
	s.Subscribe(comments.Topic("ticket", p.Ticket.ID), func(e conga.Event) error { return p.follow(s, e) })
	newest, err := comments.Read(s, "list", conga.Where(expr.Is(&f.TicketID, p.Ticket.ID)), conga.Load(&f.Author))
	if err != nil {
		return err
	}
	p.Comments.Append(newest.Items...)
	return nil
}

// follow shows a comment that was written meanwhile, to those who may see it.
func (p *TicketPage) follow(s *live.Session, e conga.Event) error {
	comments := conga.For[Comment](s.App())
	comment, err := comments.Get(s, e.Key, conga.Load(&comments.Fields().Author))
	if conga.KindOf(err) == conga.NotFound {
		return nil // not for this visitor, or gone already
	}
	if err == nil {
		p.Comments.Append(comment)
	}
	return err
}

// Mine reports whether the visitor wrote the comment.
func (p *TicketPage) Mine(c *Comment) bool { return p.Me != nil && c.AuthorID == p.Me.ID }

// Send adds a comment. It comes back to this page as an event, as to all others.
func (p *TicketPage) Send(s *live.Session, v form.Values) error {
	ok, err := p.Answer.Submit(s, v)
	if ok {
		p.Answer.Reset()
	}
	return err
}

// Quote asks the browser's hook to put a text into the form.
func (p *TicketPage) Quote(s *live.Session, c live.Click) error {
	comment, err := conga.For[Comment](s.App()).Get(s, c.Get("id"))
	if err != nil {
		return err
	}
	return s.PushEvent("quote", map[string]string{"text": comment.Body})
}

// StartEstimate asks somebody slow, while the page goes on.
func (p *TicketPage) StartEstimate(s *live.Session) error {
	p.Estimate = "Thinking"
	priority := p.Ticket.Priority // work must not touch the page
	s.Go("estimate", func(ctx context.Context) func() error {
		hours, err := estimate(ctx, priority)
		return func() error { // this may: it runs between two events
			p.Estimate = hours.String()
			return err
		}
	})
	return nil
}

func estimate(_ context.Context, priority int) (time.Duration, error) {
	return time.Duration(priority) * time.Hour, nil
}

// TestDeskPage opens a ticket in one browser and watches it in another.
func TestDeskPage(t *testing.T) {
	d := openDesk(t)
	pages, err := newPages(d.app, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	bob, other := visit(t, pages, d.bob), visit(t, pages, d.bob)
	page, watcher := bob.Open("/"), other.Open("/")

	page.Change("#open-form", "title", "")
	if got := page.Text("#open-form .field-errors"); got != "is required" {
		t.Errorf("error while typing: got %q", got)
	}
	page.Submit("#open-form", "title", "The coffee is cold")
	if got := page.Flash("info"); got != "Thank you: The coffee is cold" {
		t.Errorf("flash: got %q", got)
	}
	watcher.WaitForText("#tickets", "The coffee is cold")

	page.Patch("/?state=solved")
	if n := page.Count("#tickets li"); n != 0 {
		t.Errorf("solved tickets: got %d, want 0", n)
	}
}

// TestTicketPage: an internal comment does not reach the customer's page.
func TestTicketPage(t *testing.T) {
	d := openDesk(t)
	pages, err := newPages(d.app, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	path := "/tickets/" + d.printer.ID.String()
	page := visit(t, pages, d.bob).Open(path)
	comments := conga.For[Comment](d.app)
	c := comments.Fields()
	for _, internal := range []bool{true, false} {
		_, err := comments.Create(as(t, d.ann), "add", conga.Set(&c.TicketID, d.printer.ID), conga.Set(&c.Body, "Use water"), conga.Set(&c.Internal, internal))
		if err != nil {
			t.Fatal(err)
		}
	}
	page.Submit("#answer-form", "body", "It helped.")
	page.WaitForText("#comments", "It helped.")
	if n := page.Count("#comments p"); n != 2 {
		t.Errorf("comments: got %d, want 2", n)
	}
	page.Click("#comments button")
	page.Click("#estimate")
	page.WaitForText("#working", "3h0m0s")

	if got := visit(t, pages, d.carl).Get(path).Status; got != http.StatusNotFound {
		t.Errorf("Carl gets status %d, want 404", got)
	}
}

// TestWithoutJavaScript posts the form as a browser does by itself.
func TestWithoutJavaScript(t *testing.T) {
	d := openDesk(t)
	pages, err := newPages(d.app, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	document := visit(t, pages, d.bob).Get("/").Submit("#open-form", "title", "No script")
	if document.Status != http.StatusOK || document.Flash("info") != "Thank you: No script" {
		t.Errorf("status %d, flash %q", document.Status, document.Flash("info"))
	}
}

// visit is a browser in which p has signed in.
func visit(t *testing.T, pages *live.Handler, p *Person) *livetest.Browser {
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	mux.HandleFunc("/test/sign_in", func(w http.ResponseWriter, r *http.Request) {
		if err := pages.SetSession(w, r, map[string]string{"user": p.ID.String()}); err != nil {
			t.Error(err)
		}
	})
	browser := livetest.NewBrowser(t, mux)
	browser.Get("/test/sign_in")
	return browser
}
