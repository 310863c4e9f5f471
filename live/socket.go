package live

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// subprotocol is the wire's name and version.
const subprotocol = "conga.1"

// socket is one browser's connection. A goroutine reads it; another one writes while there is something to write.
type socket struct {
	h       *Handler
	conn    *websocket.Conn
	base    context.Context         // carries what middleware put into the request
	visitor atomic.Pointer[visitor] // as the cookie is, or will be once the browser has fetched it
	session atomic.Pointer[Session] // set by the reader alone

	mu      sync.Mutex
	queue   []*[]byte
	queued  int // bytes in queue
	writing bool
	closed  bool // nothing more is queued
	code    int  // the close code to send after the queue; 0 while the socket is open
}

// writeBuffers lends the sockets a buffer for the time of a write.
var writeBuffers sync.Pool

func (h *Handler) upgrader() *websocket.Upgrader {
	return &websocket.Upgrader{
		ReadBufferSize:   512,
		WriteBufferSize:  4096,
		WriteBufferPool:  &writeBuffers,
		Subprotocols:     []string{subprotocol},
		HandshakeTimeout: h.opt.WriteTimeout,
		CheckOrigin:      h.checkOrigin,
	}
}

// checkOrigin lets in pages of this host and of Options.Origins. A client that sends no origin is no browser, and no
// cookie works for it that it was not given.
func (h *Handler) checkOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(h.opt.Origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

// serveSocket upgrades the request. The goroutine and the buffers of the server are given back; the socket has its own.
func (h *Handler) serveSocket(w http.ResponseWriter, r *http.Request) {
	if h.draining.Load() {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "the server is shutting down", http.StatusServiceUnavailable)
		return
	}
	if !slices.Contains(websocket.Subprotocols(r), subprotocol) {
		http.Error(w, "the subprotocol must be "+subprotocol, http.StatusBadRequest)
		return
	}
	visitor := h.visitor(r)
	conn, err := h.upgrade.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	conn.SetReadLimit(h.opt.MaxFrame)
	c := &socket{h: h, conn: conn, base: h.app.AcceptLanguage(context.WithoutCancel(r.Context()), r.Header.Get("Accept-Language"))}
	c.visitor.Store(visitor)
	if !h.enter(c) {
		c.close(websocket.CloseServiceRestart)
		return
	}
	go c.read()
}

// read takes frames until the socket ends. It stops reading while the session's mailbox is full, so that a browser
// that sends too much is held back by its own connection.
func (c *socket) read() {
	defer c.end()
	for {
		_ = c.conn.SetReadDeadline(time.Now().Add(c.h.opt.IdleTimeout))
		kind, data, err := c.conn.ReadMessage()
		if err != nil {
			return
		}
		if kind != websocket.TextMessage {
			c.close(websocket.CloseUnsupportedData)
			return
		}
		f, err := parseFrame(data)
		if err != nil {
			c.h.stats.badFrames.Add(1)
			c.h.opt.Log.Warn("socket closed: bad frame", "error", err)
			c.close(websocket.ClosePolicyViolation)
			return
		}
		c.take(f)
	}
}

func (c *socket) take(f *frame) {
	switch f.kind {
	case kindPing:
		c.send(appendPong(newBuffer(), f.seq))
	case kindJoin:
		c.join(f)
	default:
		if s := c.session.Load(); s != nil {
			// An ended session takes nothing, and the browser has been told.
			_ = s.mail.Put(context.Background(), message{frame: f})
		}
	}
}

// join leaves the page before, if any, and mounts the one that the frame names.
func (c *socket) join(f *frame) {
	if old := c.session.Swap(nil); old != nil {
		old.mail.Stop(ErrLeft)
	}
	s, reason := c.h.connect(c, f)
	if s == nil {
		c.send(appendError(newBuffer(), f.seq, reason, c.h.retryAfter(reason)))
		return
	}
	c.session.Store(s)
	s.mail.Offer(message{frame: f})
	if c.h.draining.Load() {
		s.mail.Stop(ErrShutdown)
	}
}

// end is the last thing the reader does.
func (c *socket) end() {
	c.mu.Lock()
	closing := c.code != 0
	c.closed = true
	c.mu.Unlock()
	if !closing {
		c.conn.Close()
	}
	if s := c.session.Load(); s != nil {
		s.mail.Stop(ErrLeft)
	}
	c.h.leave(c)
}

// send queues a frame, which it owns from now on. A browser that lets more than MaxQueued bytes wait, beside the frame
// that is being written, is closed; it will come back and mount afresh.
func (c *socket) send(b *[]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.code != 0 {
		freeBuffer(b)
		return
	}
	if c.queued > 0 && c.queued+len(*b) > c.h.opt.MaxQueued {
		c.h.stats.overloads.Add(1)
		c.closed, c.queue, c.queued = true, nil, 0
		go c.abort(websocket.CloseTryAgainLater, ErrOverload)
		return
	}
	if !c.writing {
		c.writing = true
		go c.write(b)
		return
	}
	c.queued += len(*b)
	c.queue = append(c.queue, b)
}

// close has the socket closed with code once the queue is written.
func (c *socket) close(code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed && c.code == 0 {
		c.code = code
		if !c.writing {
			c.writing = true
			go c.write(nil)
		}
	}
}

// write writes b and then the queue, and ends.
func (c *socket) write(b *[]byte) {
	code := 0
	for {
		if b != nil {
			_ = c.conn.SetWriteDeadline(time.Now().Add(c.h.opt.WriteTimeout))
			err := c.conn.WriteMessage(websocket.TextMessage, *b)
			c.h.stats.bytesOut.Add(int64(len(*b)))
			c.h.stats.framesOut.Add(1)
			freeBuffer(b)
			if err != nil {
				c.abort(0, ErrLeft)
				return
			}
		}
		if b, code = c.next(); b == nil {
			break
		}
	}
	if code != 0 {
		c.abort(code, ErrLeft)
	}
}

func (c *socket) next() (b *[]byte, code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		c.queue, c.writing = nil, false
		return nil, c.code
	}
	b = c.queue[0]
	c.queue = c.queue[1:]
	c.queued -= len(*b)
	return b, 0
}

// closeGrace is how long a browser has to read the close frame.
const closeGrace = time.Second

// abort closes the connection, which ends the reader, and stops the session.
func (c *socket) abort(code int, reason error) {
	if s := c.session.Load(); s != nil && !errors.Is(reason, ErrLeft) {
		s.mail.Kill(reason)
	}
	if code != 0 {
		_ = c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(closeGrace))
	}
	c.conn.Close()
}
