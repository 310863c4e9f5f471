package live

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/congago/conga/live/internal/actor"
	"github.com/congago/conga/live/internal/tmpl"
)

// message is what comes into a session's mailbox: a frame of the browser or a function.
type message struct {
	frame *frame
	run   func() error
}

// ack is an event that was handled and waits for its answer.
type ack struct {
	seq   uint64
	reply []byte
}

// maxPatches is how often Params may ask for yet another URL.
const maxPatches = 8

// mailbox is the session as its actor sees it.
type mailbox struct{ s *Session }

var _ actor.Receiver[message] = mailbox{}

// Receive handles a message. A handler's error ends no session, for its page is still good: the visitor reads a flash.
// Errors of Mount and Params do, for there is nothing to show.
func (m mailbox) Receive(msg message) {
	s := m.s
	if msg.frame == nil {
		if !s.ended {
			s.handled("message", msg.run())
		}
		return
	}
	f := msg.frame
	if f.kind == kindJoin {
		s.joinSeq = f.seq
		if err := s.mount(); err != nil {
			s.mail.Kill(err)
		}
		return
	}
	s.acks = append(s.acks, ack{seq: f.seq})
	switch {
	case s.ended:
	case f.kind == kindParams:
		s.paramsFrame(f.address)
	default:
		s.h.stats.events.Add(1)
		s.handled(f.event.Name, s.dispatch(f.event))
	}
}

// Flush renders after the messages that came together.
func (m mailbox) Flush(lost bool) {
	s := m.s
	if lost && s.mounted {
		s.h.stats.resyncs.Add(1)
		page, ok := s.page.(Resyncer)
		if !ok {
			s.mail.Kill(ErrOverload)
			return
		}
		s.handled("resync", page.Resync(s))
	}
	if err := s.flush(); err != nil {
		s.mail.Kill(fmt.Errorf("render %s: %w", s.def.typeName, err))
	}
}

// Down ends the session.
func (m mailbox) Down(reason error) {
	s := m.s
	s.closed.Store(true)
	if s.sock == nil {
		s.close(reason)
		return
	}
	defer s.h.release()
	s.h.stats.sessions.Add(-1) // before the browser hears of it, and asks for the place again
	if word, send := reasonOf(reason); send {
		if word == "crashed" {
			s.h.stats.crashes.Add(1)
			s.logError("session crashed", reason)
		}
		s.sock.send(appendError(newBuffer(), s.pendingSeq(), word, s.h.retryAfter(word)))
	}
	s.close(reason)
}

// pendingSeq is the frame that an error answers: the join, while it has not been answered.
func (s *Session) pendingSeq() uint64 {
	if s.joined {
		return 0
	}
	return s.joinSeq
}

// mount brings the page to life. When a guard or the page sends the visitor elsewhere, s.ended is set.
func (s *Session) mount() error {
	for _, check := range s.def.guards {
		if err := check(s); err != nil || s.ended {
			return err
		}
	}
	s.mounted = true
	s.h.stats.mounts.Add(1)
	if err := s.page.Mount(s); err != nil || s.ended {
		return err
	}
	return s.callParams()
}

// callParams tells the page its URL, and again for as long as it patches it.
func (s *Session) callParams() error {
	page, ok := s.page.(Paramser)
	for range maxPatches {
		if s.out != nil {
			s.out.params = false
		}
		if ok {
			if err := page.Params(s); err != nil {
				return err
			}
		}
		if s.ended || s.out == nil || !s.out.params {
			return nil
		}
	}
	return fmt.Errorf("%s patches its url in Params without end", s.def.typeName)
}

// paramsFrame follows the URL in the address bar.
func (s *Session) paramsFrame(address string) {
	if !s.setURL(address) {
		u, rt := s.h.locate(address)
		switch {
		case rt != nil:
			s.effects().navigate = &destinationURL{To: u.RequestURI()}
		case u != nil:
			s.effects().redirect = u.RequestURI()
		}
		s.ended = true
		return
	}
	if err := s.callParams(); err != nil {
		s.mail.Kill(err)
	}
}

// dispatch runs the handler of an event.
func (s *Session) dispatch(e Event) error {
	if e.Name == clearFlashEvent {
		s.Flash(e.Click().Get("kind"), "")
		return nil
	}
	h, ok := s.def.allowed[e.Name]
	if !ok {
		s.h.stats.unknownEvents.Add(1)
		s.log().Warn("event refused: no template names it; PageDef.Events allows it", "event", e.Name)
		return nil
	}
	return h(s.page, s, e)
}

const clearFlashEvent = "conga:clear-flash"

// handled sees to what a handler left: its error, and a URL that it changed.
func (s *Session) handled(what string, err error) {
	if err == nil {
		if s.out != nil && s.out.params && !s.ended {
			if err := s.callParams(); err != nil {
				s.mail.Kill(err)
			}
		}
		return
	}
	switch status := statusOf(err); {
	case status == http.StatusUnauthorized:
		s.mail.Kill(err)
		return
	case status >= 500:
		s.h.stats.errors.Add(1)
		s.logError("handler "+what, err)
	}
	s.Flash("error", s.h.opt.ErrorText(err))
}

// close calls Close, cancels the context and lets go of the page. The context stays good while Close runs, but not for
// ever.
func (s *Session) close(reason error) {
	if page, ok := s.page.(Closer); ok && s.mounted {
		limit := time.AfterFunc(s.h.opt.CloseTimeout, func() { s.cancel(reason) })
		if err := recovered(func() { page.Close(s, reason) }); err != nil {
			s.logError("close", err)
		}
		limit.Stop()
	}
	s.cancel(reason)
	s.page, s.tasks, s.acks, s.out = nil, nil, nil, nil
	s.state = tmpl.State{}
}

// recovered calls f and returns its panic as an error.
func recovered(f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &actor.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	f()
	return nil
}

func (s *Session) log() *slog.Logger {
	return s.h.opt.Log.With("page", s.def.typeName, "path", s.url.Path)
}

func (s *Session) logError(what string, err error) {
	args := []any{"error", err}
	if stack := stackOf(err); stack != "" {
		args = append(args, "stack", stack)
	}
	s.log().ErrorContext(context.WithoutCancel(s), what, args...)
}
