package live

import (
	"context"

	"github.com/gorilla/websocket"
)

// Shutdown ends the connected pages in good order. No socket is taken any more; every browser is told to come back at
// a random time within Options.DrainWindow, which finds another machine or the new process; each page handles the
// events that wait and is closed. Shutdown waits for all that, and for the tasks of Session.Go, until ctx ends: then
// the sockets are cut and its error is that of ctx. Pages over HTTP are still answered; http.Server.Shutdown ends those.
func (h *Handler) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.draining.Store(true)
	if h.idle == nil {
		h.idle = make(chan struct{})
	}
	idle := h.idle
	h.tellIdle()
	h.mu.Unlock()

	for _, c := range h.allSockets() {
		c.drain()
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		h.cut()
		return context.Cause(ctx)
	}
}

// cut closes what Shutdown could not wait for.
func (h *Handler) cut() {
	for _, c := range h.allSockets() {
		if s := c.session.Load(); s != nil {
			s.mail.Kill(ErrShutdown)
		}
		c.conn.Close()
	}
}

// drain ends the session, and then the socket.
func (c *socket) drain() {
	s := c.session.Load()
	if s == nil {
		c.close(websocket.CloseServiceRestart)
		return
	}
	s.mail.Stop(ErrShutdown)
	s.mail.OnDown(func(error) { c.close(websocket.CloseServiceRestart) })
}
