package live

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/congago/conga"
	"github.com/congago/conga/live/internal/actor"
	"github.com/congago/conga/live/internal/tmpl"
)

// Session is one visitor's stay on one page. It is handed to the methods of the page and is their context: it carries
// the actor and is cancelled when the session ends.
//
// The methods of the page are called one at a time. So are the methods of a session meant to be called: from them, and
// from the functions given to Send, Go, Every and After. Only Send, OnDown and the methods of context.Context may be
// called from other goroutines.
type Session struct {
	h    *Handler
	def  *PageDef
	page Mounter

	ctx    context.Context
	cancel context.CancelCauseFunc
	actor  any

	url     *url.URL
	params  map[string]string
	title   string
	flash   map[string]string
	visitor *visitor // what the cookie would say; Values and Flash are this session's own

	submitted outcome
	out       *effects // waits for the next frame; nil when there is nothing
	ended     bool     // nothing is rendered any more: the visitor was sent elsewhere

	// The rest is for connected pages alone.
	sock      *socket
	mail      actor.Actor[message]
	state     tmpl.State
	acks      []ack // events that were handled and not yet answered
	tasks     map[string]*task
	joinSeq   uint64
	mounted   bool
	joined    bool
	recovered bool
	closed    atomic.Bool
}

// effects is what handlers asked for beside a new rendering.
type effects struct {
	title, flash, data bool
	changed            map[string]bool // keys of session values
	renew              bool
	events             []pushed
	patch, navigate    *destinationURL
	redirect           string
	params             bool // the URL was changed by Patch, and Params not called yet
}

type pushed struct {
	name    string
	payload json.RawMessage
}

type destinationURL struct {
	To      string `json:"to"`
	Replace bool   `json:"replace,omitempty"`
}

var _ context.Context = (*Session)(nil)

// Deadline implements context.Context.
func (s *Session) Deadline() (time.Time, bool) { return s.ctx.Deadline() }

// Done implements context.Context. The channel is closed when the session ends.
func (s *Session) Done() <-chan struct{} { return s.ctx.Done() }

// Err implements context.Context. [context.Cause] tells the reason of the end.
func (s *Session) Err() error { return s.ctx.Err() }

// Value implements context.Context.
func (s *Session) Value(key any) any { return s.ctx.Value(key) }

// Connected reports whether the browser is connected, so that subscriptions make sense. It is false while the page is
// rendered over HTTP.
func (s *Session) Connected() bool { return s.sock != nil }

// Recovered reports whether the browser joins again after it lost its connection or its session: the visitor has seen
// the page before, and his forms' inputs will be sent as change events.
func (s *Session) Recovered() bool { return s.recovered }

// App returns the application that the handler was made with, or nil.
func (s *Session) App() *conga.App { return s.h.app }

// Actor returns what Options.Actor said about the visitor, or nil.
func (s *Session) Actor() any { return s.actor }

// URL returns the page's URL: path and query. It must not be changed.
func (s *Session) URL() *url.URL { return s.url }

// Param returns a parameter of the page's pattern, as {id}, or else of the query; "" when there is none.
func (s *Session) Param(name string) string {
	if v, ok := s.params[name]; ok {
		return v
	}
	return s.url.Query().Get(name)
}

// Query returns the URL's query.
func (s *Session) Query() url.Values { return s.url.Query() }

// effects returns where to note something for the next frame.
func (s *Session) effects() *effects {
	if s.out == nil {
		s.out = &effects{}
	}
	return s.out
}

// SetTitle sets the title of the document.
func (s *Session) SetTitle(title string) {
	if title != s.title {
		s.title = title
		s.effects().title = true
	}
}

// Flash shows the visitor a message: one of each kind at a time, usual kinds being "info" and "error". It outlives a
// Redirect or Navigate. An empty text clears the kind.
func (s *Session) Flash(kind, text string) {
	if s.flash[kind] == text {
		return
	}
	if s.flash == nil {
		s.flash = make(map[string]string)
	}
	if text == "" {
		delete(s.flash, kind)
	} else {
		s.flash[kind] = text
	}
	s.effects().flash = true
}

// ClearFlash takes back all messages.
func (s *Session) ClearFlash() {
	if len(s.flash) > 0 {
		clear(s.flash)
		s.effects().flash = true
	}
}

// PushEvent sends the browser an event for its hooks, after the next rendering has been shown. Over HTTP it does
// nothing. The error says that payload is no JSON.
func (s *Session) PushEvent(name string, payload any) error {
	raw, err := marshalPayload(payload)
	if err != nil {
		return fmt.Errorf("push event %q: %w", name, err)
	}
	if s.Connected() {
		out := s.effects()
		out.events = append(out.events, pushed{name, raw})
	}
	return nil
}

func marshalPayload(payload any) (json.RawMessage, error) {
	if payload == nil {
		return json.RawMessage("{}"), nil
	}
	return json.Marshal(payload)
}

// Reply answers the event at hand: a hook's pushEvent gets payload. Later calls replace earlier ones. The error says
// that payload is no JSON.
func (s *Session) Reply(payload any) error {
	raw, err := marshalPayload(payload)
	if err != nil {
		return fmt.Errorf("reply: %w", err)
	}
	if n := len(s.acks); n > 0 {
		s.acks[n-1].reply = raw
	}
	return nil
}

// outcome is how the form of an event fared.
type outcome uint8

const (
	unknown outcome = iota
	accepted
	rejected
)

// Submitted tells how a submitted form fared. The forms of package form call it; a page with a form of its own may call
// it with false when the input is at fault. It matters to browsers without JavaScript alone: after true they are led
// back to the page, after false they are shown it with status 422.
func (s *Session) Submitted(ok bool) {
	s.submitted = rejected
	if ok {
		s.submitted = accepted
	}
}

// Get returns a value of the visitor's session cookie, or "".
func (s *Session) Get(key string) string { return s.visitor.Values[key] }

// Data returns all values of the visitor's session cookie.
func (s *Session) Data() SessionData { return SessionData{s.visitor.Values} }

// Put sets a value of the visitor's session cookie. Visitors can read such values, though not change them; all together
// must fit in about 2 KB. From a connected page the browser fetches the new cookie, before it follows a Redirect.
func (s *Session) Put(key, value string) {
	if s.visitor.Values == nil {
		s.visitor.Values = make(map[string]string)
	}
	s.visitor.Values[key] = value
	s.dataChanged(key)
}

// Delete removes a value of the visitor's session cookie.
func (s *Session) Delete(key string) {
	delete(s.visitor.Values, key)
	s.dataChanged(key)
}

// Renew gives the visitor a new CSRF token with the next cookie, as should be done at login and logout. Other tabs of
// the visitor reload when they next connect. Follow it with a Redirect.
func (s *Session) Renew() {
	out := s.effects()
	out.data, out.renew = true, true
}

func (s *Session) dataChanged(key string) {
	out := s.effects()
	if out.changed == nil {
		out.changed = make(map[string]bool)
	}
	out.data, out.changed[key] = true, true
}

// sessionChange is the pending change of the cookie. withFlash has the flash go with it.
func (s *Session) sessionChange(withFlash bool) *sessionToken {
	t := &sessionToken{}
	if s.out.renew {
		t.Renewed = newSecret()
	}
	for key := range s.out.changed {
		if value, ok := s.visitor.Values[key]; ok {
			if t.Set == nil {
				t.Set = make(map[string]string)
			}
			t.Set[key] = value
		} else {
			t.Delete = append(t.Delete, key)
		}
	}
	if withFlash {
		t.Flash = s.flash
	}
	return t
}
