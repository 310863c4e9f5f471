package rest

import (
	"context"
	"net/http"
	"strconv"
	"sync"
)

// The media types.
const (
	typeJSON    = "application/json"
	typeJSONAPI = "application/vnd.api+json"
	typeProblem = "application/problem+json"
)

// exchange is one request and its answer. It belongs to one goroutine.
type exchange struct {
	*Handler
	w     http.ResponseWriter
	r     *http.Request
	ctx   context.Context
	route route
	// keyText is the key in the path, as text.
	keyText string
	// jsonapi tells that the client wants the answer in the form of JSON:API.
	jsonapi bool
	// lines tells that the client wants a list as lines.
	lines bool
	// out is the answer's body, in memory that is used again.
	out []byte
	// in is the memory of the request's body.
	in []byte
}

// exchanges keeps the memory of exchanges that are over.
var exchanges = sync.Pool{New: func() any { return new(exchange) }}

// keep is how much memory a pooled exchange may hold on to.
const keep = 1 << 20

func (h *Handler) exchange(w http.ResponseWriter, r *http.Request) *exchange {
	x, _ := exchanges.Get().(*exchange)
	x.Handler, x.w, x.r, x.ctx = h, w, r, r.Context()
	return x
}

func (x *exchange) release() {
	if cap(x.out) > keep || cap(x.in) > keep {
		return
	}
	*x = exchange{out: x.out[:0], in: x.in[:0]}
	exchanges.Put(x)
}

func (x *exchange) header(name, value string) { x.w.Header().Set(name, value) }

// Header values that are the same in many answers. They are shared, which
// saves six allocations a request, and have no room to be appended to.
var (
	noSniff      = []string{"nosniff"}
	varyAll      = []string{"Accept, Authorization"}
	noStore      = []string{"no-store"}
	revalidate   = []string{"private, no-cache"}
	valueJSON    = []string{typeJSON}
	valueJSONAPI = []string{typeJSONAPI}
)

// counted is how long a body may be for net/http to count it by itself, which
// takes no memory.
const counted = 2048

// mediaType is the type of answers that are no errors.
func (x *exchange) mediaType() string {
	if x.jsonapi {
		return typeJSONAPI
	}
	return typeJSON
}

// send writes x.out as the answer.
func (x *exchange) send(status int, mediaType string) {
	h := x.w.Header()
	switch mediaType {
	case typeJSON:
		h["Content-Type"] = valueJSON
	case typeJSONAPI:
		h["Content-Type"] = valueJSONAPI
	default:
		h.Set("Content-Type", mediaType)
	}
	if len(x.out) > counted || x.r.Method == http.MethodHead {
		h["Content-Length"] = []string{strconv.Itoa(len(x.out))}
	}
	x.w.WriteHeader(status)
	if x.r.Method != http.MethodHead {
		_, _ = x.w.Write(x.out) // the client is gone, or reads it
	}
}
