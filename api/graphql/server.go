package graphql

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/congago/conga/api"
)

// The memory for what clients sent: the texts of queries that are kept parsed,
// and those of persisted queries. A parsed query takes up to a few hundred
// times the memory of its text.
const (
	parsedBudget    = 512 << 10
	persistedBudget = 8 << 20
)

// server is the outer handler: it finds out who calls, and refuses what
// should not reach the executor.
type server struct {
	s     *schema
	inner http.Handler
}

func newServer(s *schema) http.Handler {
	srv := handler.New(s)
	srv.AddTransport(s.websocket())
	srv.AddTransport(eventStream{s})
	srv.AddTransport(transport.GET{})
	srv.AddTransport(post{s})
	parsed := newCache(parsedBudget, func(query string, _ *ast.QueryDocument) int { return len(query) })
	srv.SetQueryCache(parsed)
	srv.SetParserTokenLimit(s.o.MaxTokens)
	srv.SetDisableSuggestion(s.o.HideSchema)
	srv.Use(extension.AutomaticPersistedQuery{Cache: newCache(persistedBudget, func(hash, query string) int { return len(hash) + len(query) })})
	srv.Use(repeats{s.o.MaxTokens, parsed})
	srv.Use(&limits{s})
	srv.SetErrorPresenter(presentOutside)
	srv.AroundResponses(withoutValues)
	srv.SetRecoverFunc(func(ctx context.Context, p any) error {
		s.o.Log.ErrorContext(ctx, "graphql request panicked", "error", fmt.Errorf("%v\n%s", p, debug.Stack()))
		return codedError(api.StatusInternal.Title, codeInternal)
	})
	return s.o.CORS(&server{s, srv})
}

// withoutValues leaves out of errors the values that the client wrote into its
// query and that have the wrong type: they may be sensitive, and their place is told.
func withoutValues(ctx context.Context, next gql.ResponseHandler) *gql.Response {
	resp := next(ctx)
	if resp == nil {
		return nil
	}
	for _, e := range resp.Errors {
		if e.Rule != "ValuesOfCorrectType" {
			continue
		}
		if said, _, ok := strings.Cut(e.Message, " value: "); ok {
			e.Message = said + " value"
		} else if said, _, ok := strings.Cut(e.Message, ", found "); ok {
			e.Message = said
		}
	}
	return resp
}

// presentOutside gives errors that come before any field a code.
func presentOutside(ctx context.Context, err error) *gqlerror.Error {
	out := gql.DefaultErrorPresenter(ctx, err)
	if out.Extensions["code"] == nil {
		if out.Extensions == nil {
			out.Extensions = map[string]any{}
		}
		out.Extensions["code"] = codeBadInput
	}
	return out
}

func codedError(message, code string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}

// ServeHTTP answers a request.
func (h *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	o := h.s.o.Options
	upgrade := r.Header.Get("Upgrade") != ""
	switch {
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
		return
	case upgrade && !h.mayUpgrade(w, r):
		return
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		refuse(w, http.StatusMethodNotAllowed, codedError("send a GET or a POST", codeBadInput))
		return
	case r.Method == http.MethodPost && mediaType(r) != "application/json":
		// Forms of other origins could send the simple content types.
		refuse(w, http.StatusUnsupportedMediaType, codedError("the content type must be application/json", codeBadInput))
		return
	}
	if upgrade && crossOrigin(r) {
		o.Session = nil // browsers send cookies along with every upgrade
	}
	if o.MaxBody > 0 {
		r.Body = http.MaxBytesReader(w, r.Body, o.MaxBody)
	}
	ctx, err := o.Authenticate(r)
	ctx = h.s.app.AcceptLanguage(ctx, r.Header.Get("Accept-Language"))
	if err != nil {
		h.refuseActor(ctx, w, err)
		return
	}
	w.Header().Set("Vary", "Accept, Authorization, Cookie")
	h.inner.ServeHTTP(w, r.WithContext(withRequest(ctx, r)))
}

// refuseActor answers a request whose actor could not be found.
func (h *server) refuseActor(ctx context.Context, w http.ResponseWriter, err error) {
	fault := api.Explain(ctx, err)
	if fault.Status == api.StatusInternal || fault.Status == api.StatusUnavailable {
		h.s.o.Log.ErrorContext(ctx, "graphql actor not found", "error", err)
	}
	if fault.HTTP == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	out := &gqlerror.Error{}
	explain(ctx, err, out)
	refuse(w, fault.HTTP, out)
}

// refuse answers a request that does not reach the executor.
func refuse(w http.ResponseWriter, status int, err *gqlerror.Error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	writeResponse(w, &gql.Response{Errors: gqlerror.List{err}})
}

func mediaType(r *http.Request) string {
	m, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return m
}

// accepts reports whether the client asks for a media type by name.
func accepts(r *http.Request, media string) bool {
	for _, accept := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(accept, ",") {
			if m, params, err := mime.ParseMediaType(part); err == nil && m == media && params["q"] != "0" {
				return true
			}
		}
	}
	return false
}
