package live

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/congago/conga"
	"github.com/gorilla/websocket"
)

// Handler serves the pages: their HTML, the socket that they connect to, and the browser's side of it. Mount it at
// "/"; its own addresses lie below "/_live/". It may be used from many goroutines.
type Handler struct {
	app     *conga.App
	pages   *Pages
	opt     Options
	fault   error // of the options; every request is then refused
	signer  signer
	client  *client
	upgrade *websocket.Upgrader
	cross   *http.CrossOriginProtection
	used    nonces
	stats   counters

	draining atomic.Bool
	mu       sync.Mutex
	sockets  map[*socket]struct{}
	busy     int           // sockets, connected sessions and their tasks
	idle     chan struct{} // closed when busy comes to 0, while Shutdown waits for it
}

// New returns the handler of pages. app is what actions of the pages' resources run in; it may be nil for pages that
// have none. Faulty options, such as a short Secret, are logged and make every request fail with 500.
func New(app *conga.App, pages *Pages, options Options) *Handler {
	h := &Handler{
		app:     app,
		pages:   pages,
		opt:     options.withDefaults(),
		client:  newClient(),
		cross:   http.NewCrossOriginProtection(),
		sockets: make(map[*socket]struct{}),
	}
	h.signer = signer{append([][]byte{h.opt.Secret}, h.opt.OldSecrets...)}
	h.upgrade = h.upgrader()
	h.fault = h.opt.validate()
	for _, origin := range h.opt.Origins {
		if h.fault == nil {
			h.fault = h.cross.AddTrustedOrigin(origin)
		}
	}
	if h.fault != nil {
		h.opt.Log.Error("live pages cannot be served", "error", h.fault)
	}
	return h
}

// ServeHTTP answers a request: 404 for unknown paths, 405 for methods that a page does not have.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.fault != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	switch {
	case r.URL.Path == socketPath:
		h.serveSocket(w, r)
	case r.URL.Path == sessionPath:
		h.serveSession(w, r)
	case strings.HasPrefix(r.URL.Path, assetPrefix):
		h.serveAsset(w, r)
	default:
		h.servePage(w, r)
	}
}

// connect makes the session that a join asks for, or says why not.
func (h *Handler) connect(c *socket, f *frame) (s *Session, reason string) {
	var token pageToken
	u, rt := h.locate(f.address)
	v := c.visitor.Load()
	good := h.signer.open(forPage, f.token, &token) && time.Now().Unix() < token.Expires && v.checkCSRF(token.CSRF)
	if !good || rt == nil || rt.page.pattern != token.Pattern || rt.page.hash != token.Statics {
		return nil, "stale"
	}
	if h.draining.Load() {
		return nil, "drain"
	}
	if h.stats.sessions.Add(1) > int64(h.opt.MaxSessions) {
		h.stats.sessions.Add(-1)
		h.stats.refused.Add(1)
		return nil, "overload"
	}
	h.hold()
	s, err := h.newSession(c.base, v.clone(), rt)
	if err != nil {
		h.stats.sessions.Add(-1)
		h.release()
		if statusOf(err) >= 500 {
			h.opt.Log.Error("find actor", "error", err, "stack", stackOf(err))
		}
		reason, _ = reasonOf(err)
		return nil, reason
	}
	s.sock, s.url, s.recovered = c, u, f.recover
	if !f.recover {
		s.flash = token.Flash
	}
	return s, ""
}

// newSession makes a session whose page is not mounted yet.
func (h *Handler) newSession(base context.Context, v *visitor, rt *route) (s *Session, err error) {
	panicked := recovered(func() {
		var actor any
		if actor, err = h.opt.Actor(base, SessionData{v.Values}); err != nil {
			return
		}
		s = &Session{
			h: h, def: rt.page, page: rt.page.newPage(),
			actor: actor, params: rt.params, title: rt.page.title, visitor: v,
		}
		s.mail.Init(mailbox{s}, h.opt.Mailbox)
		s.ctx, s.cancel = context.WithCancelCause(h.opt.Context(base, actor))
	})
	if panicked != nil {
		return nil, panicked
	}
	return s, err
}

// retryAfter is when a browser should join again after an error. It spreads those that were all told at once.
func (h *Handler) retryAfter(reason string) time.Duration {
	window := time.Second
	switch reason {
	case "drain":
		window = h.opt.DrainWindow
	case "overload":
		window = 10 * time.Second
	}
	return window/10 + rand.N(window)
}

// enter keeps a socket until it leaves. It reports false when the handler is shutting down.
func (h *Handler) enter(c *socket) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining.Load() {
		return false
	}
	h.sockets[c] = struct{}{}
	h.busy++
	h.stats.sockets.Add(1)
	return true
}

func (h *Handler) leave(c *socket) {
	h.mu.Lock()
	_, entered := h.sockets[c]
	delete(h.sockets, c)
	h.mu.Unlock()
	if entered {
		h.stats.sockets.Add(-1)
		h.release()
	}
}

// hold and release stand around what Shutdown waits for.
func (h *Handler) hold() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.busy++
}

func (h *Handler) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.busy--
	h.tellIdle()
}

func (h *Handler) tellIdle() {
	if h.busy == 0 && h.idle != nil {
		close(h.idle)
		h.idle = nil
	}
}

func (h *Handler) allSockets() []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*socket, 0, len(h.sockets))
	for c := range h.sockets {
		all = append(all, c)
	}
	return all
}

// Disconnect ends the connected pages of every visitor whose cookie has value under key, say after a logout elsewhere:
// Disconnect("user_id", id). Their browsers load the page again. It returns how many there were.
func (h *Handler) Disconnect(key, value string) int {
	n := 0
	for _, c := range h.allSockets() {
		if s := c.session.Load(); s != nil && c.visitor.Load().Values[key] == value {
			s.mail.Kill(ErrDisconnected)
			n++
		}
	}
	return n
}
