package graphql

import (
	"bytes"
	"context"
	"net/http"
	"time"

	gql "github.com/99designs/gqlgen/graphql"
)

var _ gql.Transport = eventStream{}

// eventStream answers operations, subscriptions above all, with server-sent
// events: "next" for each answer and "complete" at the end. This is the
// protocol of graphql-sse in its mode of distinct connections.
type eventStream struct{ s *schema }

// Supports reports whether the client posts a JSON document and asks for events.
func (eventStream) Supports(r *http.Request) bool {
	return r.Method == http.MethodPost && mediaType(r) == "application/json" && accepts(r, "text/event-stream")
}

// writeTimeout is how long one event may take to reach the client.
const writeTimeout = 15 * time.Second

// Do answers the request, and keeps it open until the operation ends or the
// client goes away.
func (t eventStream) Do(w http.ResponseWriter, r *http.Request, exec gql.GraphExecutor) {
	params, status, fault := readParams(r)
	if fault != nil {
		refuse(w, status, fault)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // proxies would wait for more
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	oc, errs := exec.CreateOperationContext(ctx, params)
	ctx = gql.WithOperationContext(ctx, oc)
	out := &events{w: w, control: http.NewResponseController(w)}
	if errs != nil {
		if out.send("next", appendResponse(nil, exec.DispatchError(ctx, errs))) == nil {
			_ = out.send("complete", nil) // the client may be gone
		}
		return
	}
	responses, ctx := exec.DispatchOperation(ctx, oc)
	if out.comment() != nil {
		return
	}
	answers := make(chan []byte)
	go func() {
		defer close(answers)
		for resp := responses(ctx); resp != nil; resp = responses(ctx) {
			select {
			case answers <- appendResponse(nil, resp):
			case <-ctx.Done():
				return
			}
		}
	}()
	t.forward(out, answers)
	cancel()
	for range answers { //nolint:revive // wait for the end of the goroutine
	}
}

// forward writes the answers until there are no more or the client is gone.
func (t eventStream) forward(out *events, answers <-chan []byte) {
	alive := time.NewTicker(t.s.o.KeepAlive)
	defer alive.Stop()
	for {
		var err error
		select {
		case data, ok := <-answers:
			if !ok {
				_ = out.send("complete", nil) // the client may be gone
				return
			}
			err = out.send("next", data)
			alive.Reset(t.s.o.KeepAlive)
		case <-alive.C:
			err = out.comment()
		}
		if err != nil {
			return
		}
	}
}

// events writes a stream of server-sent events.
type events struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// send writes one event. The data has no line breaks outside of strings and
// none that are not escaped inside, except those of JSON documents stored with
// some: each line gets its own field.
func (e *events) send(name string, data []byte) error {
	b := append(make([]byte, 0, len(data)+32), "event: "+name+"\n"...)
	for line := range bytes.SplitSeq(data, []byte{'\n'}) {
		b = append(append(append(b, "data: "...), line...), '\n')
	}
	return e.write(append(b, '\n'))
}

// comment writes what clients ignore, to keep the connection.
func (e *events) comment() error { return e.write([]byte(":\n\n")) }

func (e *events) write(b []byte) error {
	// A deadline is not supported by every ResponseWriter; then there is none.
	_ = e.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := e.w.Write(b); err != nil {
		return err
	}
	err := e.control.Flush()
	_ = e.control.SetWriteDeadline(time.Time{})
	return err
}
