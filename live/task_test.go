package live_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/congago/conga/live"
	"github.com/congago/conga/live/livetest"
)

// clockPage counts what its timers and tasks do.
type clockPage struct {
	Ticks, Late, Resyncs int
	Result               string

	session *live.Session
	stop    func()
}

type clockKey struct{}

func (p *clockPage) Mount(s *live.Session) (err error) {
	p.session = s
	if show, ok := s.Value(clockKey{}).(func(*clockPage)); ok && show != nil && s.Connected() {
		show(p)
	}
	if p.stop, err = s.Every(time.Second, func() error { p.Ticks++; return nil }); err != nil {
		return err
	}
	s.After(2500*time.Millisecond, func() error { p.Late++; return nil })
	stop := s.After(time.Second, func() error { return errors.New("a stopped timer fired") })
	stop()
	_, err = s.Every(0, func() error { return nil })
	if err == nil {
		return errors.New("Every took no time at all")
	}
	return nil
}

func (p *clockPage) Halt(*live.Session) error { p.stop(); return nil }

func (p *clockPage) Slow(s *live.Session) error {
	for _, name := range []string{"first", "second"} {
		s.Go("job", func(ctx context.Context) func() error {
			select {
			case <-ctx.Done():
				name += " cancelled"
			case <-time.After(time.Minute):
			}
			return func() error { p.Result += name; return nil }
		})
	}
	return nil
}

func (p *clockPage) Cancelled(s *live.Session) error {
	s.Cancel("job")
	return nil
}

type resyncPage struct{ clockPage }

func (p *resyncPage) Resync(*live.Session) error {
	p.Resyncs++
	return nil
}

const clockHTML = `<p id="ticks">{{.Ticks}}</p><p id="late">{{.Late}}</p><p id="result">{{.Result}}</p><p id="resyncs">{{.Resyncs}}</p>
<button id="halt" phx-click="halt">a</button><button id="slow" phx-click="slow">a</button><button id="cancel" phx-click="cancelled">a</button>`

// clock serves both pages. show is called with every page that is connected.
func clock(t *testing.T, opt live.Options, show func(*clockPage)) *live.Handler {
	t.Helper()
	pages, err := live.Compile(fstest.MapFS{"p.html": {Data: []byte(clockHTML)}},
		live.Page[clockPage]("/", "p.html"), live.Page[resyncPage]("/resync", "p.html"))
	if err != nil {
		t.Fatal(err)
	}
	opt.Context = func(ctx context.Context, _ any) context.Context { return context.WithValue(ctx, clockKey{}, show) }
	return live.New(nil, pages, opt)
}

func TestTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livetest.Open(t, clock(t, live.Options{}, nil), "/")
		at := func(d time.Duration, ticks, late string) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if p.Text("#ticks") != ticks || p.Text("#late") != late || p.Ended() != "" {
				t.Errorf("ticks %s, late %s, ended %q; want %s, %s", p.Text("#ticks"), p.Text("#late"), p.Ended(), ticks, late)
			}
		}
		at(500*time.Millisecond, "0", "0")
		at(2*time.Second, "2", "1")
		p.Click("#halt")
		at(10*time.Second, "2", "1")
		p.Close()
	})
}

func TestTaskIsReplacedAndCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := livetest.Open(t, clock(t, live.Options{IdleTimeout: time.Hour}, nil), "/")
		p.Click("#slow")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got := p.Text("#result"); got != "second" {
			t.Errorf("result %q, want that of the second task alone", got)
		}
		p.Click("#slow")
		p.Click("#cancel")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got := p.Text("#result"); got != "second" {
			t.Errorf("result %q after Cancel", got)
		}
		p.Click("#slow")
		p.Close() // ends the tasks, or the bubble would not end
	})
}

func TestSilentSocketIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := clock(t, live.Options{IdleTimeout: 30 * time.Second}, nil)
		p := livetest.Open(t, h, "/")
		time.Sleep(29 * time.Second)
		p.Click("#halt")
		time.Sleep(29 * time.Second)
		synctest.Wait()
		if s := h.Stats(); s.Sockets != 1 {
			t.Errorf("%d sockets, want 1", s.Sockets)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if s := h.Stats(); s.Sockets != 0 || s.Sessions != 0 {
			t.Errorf("a silent socket is kept: %+v", s)
		}
		p.Close()
	})
}

// Messages beyond the mailbox are refused and counted; the page reads its state anew, or is mounted afresh.
func TestFullMailbox(t *testing.T) {
	for _, tt := range []struct{ path, ended, resyncs string }{{"/resync", "", "1"}, {"/", "overload", "0"}} {
		t.Run(tt.path, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var page *clockPage
				h := clock(t, live.Options{Mailbox: 4}, func(p *clockPage) { page = p })
				p := livetest.Open(t, h, tt.path)
				gate := make(chan struct{})
				page.session.Send(func() error { <-gate; return nil })
				synctest.Wait()
				taken := 0
				for range 10 {
					if page.session.Send(func() error { page.Result += "."; return nil }) {
						taken++
					}
				}
				close(gate)
				synctest.Wait()
				if taken != 4 || h.Stats().Dropped != 6 {
					t.Errorf("%d messages taken, %d dropped; want 4 and 6", taken, h.Stats().Dropped)
				}
				if p.Ended() != tt.ended || p.Text("#resyncs") != tt.resyncs {
					t.Errorf("ended %q, resyncs %s; want %q, %s", p.Ended(), p.Text("#resyncs"), tt.ended, tt.resyncs)
				}
				p.Close()
				synctest.Wait()
				if page.session.Send(func() error { return nil }) {
					t.Error("an ended session took a message")
				}
			})
		})
	}
}

// A browser that sends more than the page handles is held back, and loses nothing.
func TestBackpressure(t *testing.T) {
	var page *clockPage
	h := clock(t, live.Options{Mailbox: 4}, func(p *clockPage) { page = p })
	w := dial(t, serve(t, h), "/")
	w.join("/")
	gate := make(chan struct{})
	page.session.Send(func() error { <-gate; return nil })
	const n = 200
	for i := range n {
		w.send(fmt.Sprintf(`[%d,"event",{"type":"click","event":"halt"}]`, i+2))
	}
	close(gate)
	for i := range n {
		if got, want := w.read(), fmt.Sprintf(`[%d,"reply",{`, i+2); !strings.HasPrefix(got, want) {
			t.Fatalf("answer %d: got %s", i, got)
		}
	}
	if s := h.Stats(); s.Events != n || s.Dropped != 0 || s.Renders > n {
		t.Errorf("stats: %+v", s)
	}
}

func TestHTTPSessionTakesNoMessages(t *testing.T) {
	var tried bool
	pages, err := live.Compile(fstest.MapFS{"p.html": {Data: []byte(`<p id="x">{{.Note}}</p>`)}}, live.Page[idlePage]("/", "p.html"))
	if err != nil {
		t.Fatal(err)
	}
	h := live.New(nil, pages, live.Options{Context: func(ctx context.Context, _ any) context.Context {
		tried = true
		return ctx
	}})
	if got := livetest.NewBrowser(t, h).Get("/").Text("#x"); !tried || got != "send false" {
		t.Errorf("got %q", got)
	}
}

type idlePage struct{ Note string }

func (p *idlePage) Mount(s *live.Session) error {
	s.Go("never", func(context.Context) func() error { panic("a task ran over http") })
	s.After(0, func() error { panic("a timer ran over http") })
	p.Note = fmt.Sprintf("send %v", s.Send(func() error { return nil }))
	s.OnDown(func(reason error) {
		if !errors.Is(reason, live.ErrRendered) {
			panic(reason)
		}
	})
	return nil
}
