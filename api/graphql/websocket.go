package graphql

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/gorilla/websocket"

	"github.com/congago/conga/api"
)

// protocol is the one that we speak: https://github.com/enisdenjo/graphql-ws.
const protocol = "graphql-transport-ws"

// Codes with which the protocol closes connections.
const (
	closeForbidden = 4403
	closeInternal  = 4500
)

// initTimeout is how long a client may take to send connection_init.
const initTimeout = 10 * time.Second

// mayUpgrade answers upgrades that the client may not have.
func (h *server) mayUpgrade(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case !slices.Contains(websocket.Subprotocols(r), protocol):
		refuse(w, http.StatusBadRequest, codedError("the protocol must be "+protocol, codeBadInput))
	case crossOrigin(r) && !allowedOrigin(h.s.o.Origins, r.Header.Get("Origin")):
		refuse(w, http.StatusForbidden, codedError("the request comes from a page of another origin", codeOf(api.StatusForbidden)))
	default:
		return true
	}
	return false
}

// crossOrigin reports whether a page of another origin sent the request.
func crossOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false // no browser
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}

func allowedOrigin(allowed []string, origin string) bool {
	return slices.ContainsFunc(allowed, func(o string) bool { return o == "*" || strings.EqualFold(o, origin) })
}

func (s *schema) websocket() transport.Websocket {
	return transport.Websocket{
		Implementation:   sockets{s.o.MaxBody},
		InitFunc:         s.init,
		InitTimeout:      initTimeout,
		PingPongInterval: s.o.KeepAlive,
		PayloadReadLimit: &s.o.MaxBody,
	}
}

type socketKey int

const (
	requestKey socketKey = iota
	runningKey
)

func withRequest(ctx context.Context, r *http.Request) context.Context {
	return context.WithValue(ctx, requestKey, r)
}

// init answers connection_init. A bearer token in its payload counts like one
// in a header, which browsers cannot set on a WebSocket.
func (s *schema) init(ctx context.Context, payload transport.InitPayload) (context.Context, *transport.InitPayload, error) {
	ctx = context.WithValue(ctx, runningKey, new(atomic.Int64))
	token := payload.Authorization()
	r, _ := ctx.Value(requestKey).(*http.Request)
	if token == "" || r == nil {
		return ctx, nil, nil
	}
	again := r.Clone(ctx)
	again.Header.Set("Authorization", token)
	o := s.o.Options
	o.Session = nil
	authenticated, err := o.Authenticate(again)
	if err == nil {
		return s.app.AcceptLanguage(authenticated, again.Header.Get("Accept-Language")), nil, nil
	}
	fault := api.Explain(ctx, err)
	code := closeForbidden
	if fault.Status == api.StatusInternal || fault.Status == api.StatusUnavailable {
		s.o.Log.ErrorContext(ctx, "graphql actor not found", "error", err)
		code = closeInternal
	}
	ctx = transport.WithWebsocketCloseCode(transport.AppendCloseReason(ctx, "Forbidden"), code)
	return ctx, nil, errors.New(fault.Title)
}

// enter counts an operation of a WebSocket connection until ctx ends; it
// reports false where there are too many at once.
func (s *schema) enter(ctx context.Context) bool {
	running, _ := ctx.Value(runningKey).(*atomic.Int64)
	if running == nil {
		return true
	}
	if running.Add(1) > int64(s.o.MaxSubscriptions) {
		running.Add(-1)
		return false
	}
	context.AfterFunc(ctx, func() { running.Add(-1) })
	return true
}

var _ transport.WebsocketImplementation = sockets{}

// sockets makes WebSocket connections whose writes cannot hang.
type sockets struct{ limit int64 }

// Accept upgrades a request; mayUpgrade has looked at its origin.
func (s sockets) Accept(w http.ResponseWriter, r *http.Request, o transport.WebsocketAcceptOptions) (transport.WebsocketConn, error) {
	up := websocket.Upgrader{
		Subprotocols: []string{protocol},
		CheckOrigin:  func(*http.Request) bool { return true },
		Error:        func(http.ResponseWriter, *http.Request, int, error) {}, // the caller answers
	}
	c, err := up.Upgrade(w, r, o.ResponseHeader)
	if err != nil {
		return nil, err
	}
	return &socket{c}, nil
}

var (
	_ transport.WebsocketReadLimiter   = (*socket)(nil)
	_ transport.WebsocketReadDeadliner = (*socket)(nil)
)

// socket is one connection.
type socket struct{ *websocket.Conn }

// NextReader is the next message; the end of the connection is told in gqlgen's way.
func (s *socket) NextReader() (int, io.Reader, error) {
	kind, r, err := s.Conn.NextReader()
	if websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway, websocket.CloseNoStatusReceived) {
		err = transport.ErrWebsocketClosed
	}
	return kind, r, err
}

// WriteJSON writes a message, or gives up on a client that does not take it.
func (s *socket) WriteJSON(v any) error {
	if err := s.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	err := s.Conn.WriteJSON(v)
	if err != nil {
		_ = s.Conn.Close() // ends the reading side too
	}
	return err
}

// WriteClose tells the client that the connection ends, and why.
func (s *socket) WriteClose(code int, message string) error {
	return s.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, message), time.Now().Add(writeTimeout))
}
