package rest

import (
	"net/http"
	"strings"
	"sync"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
)

// Handler serves the API. It may be used from many goroutines.
type Handler struct {
	app     *conga.App
	options Options
	outer   http.Handler
	mux     *http.ServeMux
	paths   paths
	routes  []route
	// views are what is shown of each resource when the query does not say.
	views map[*resource.Resource]*defaultViews
	// types are the resources by their names in fields parameters.
	types map[string]*resource.Resource
	docs  func() (documents, error)
	// streams has one place for each list that may be streamed at a time.
	streams chan struct{}
}

var _ http.Handler = (*Handler)(nil)

// New is a handler for all public actions of the application, to be mounted
// at the path that Options.Prefix names, with a slash at its end.
func New(app *conga.App, opts ...Options) *Handler {
	var o Options
	if len(opts) > 0 {
		o = opts[0]
	}
	h := &Handler{
		app: app, options: o.withDefaults(), mux: http.NewServeMux(),
		views: map[*resource.Resource]*defaultViews{}, types: map[string]*resource.Resource{},
	}
	h.streams = make(chan struct{}, h.options.Streams)
	h.docs = sync.OnceValues(h.makeDocuments)
	for _, r := range app.Registry().Resources {
		h.types[r.Type] = r
		h.views[r] = h.newDefaultViews(r)
		h.routes = append(h.routes, routes(r)...)
	}
	serves := make([]match, len(h.routes))
	for i, e := range h.routes {
		serves[i] = match{h.action(e), e.method + " " + h.options.Prefix + e.path}
		h.mux.HandleFunc(serves[i].pattern, func(w http.ResponseWriter, r *http.Request) { serves[i].serve(w, r, r.PathValue("id")) })
	}
	h.mountDocuments()
	h.mux.HandleFunc("/", h.elsewhere)
	for i, e := range h.routes {
		h.paths.add(h.mux, e.method, h.options.Prefix+e.path, serves[i])
	}
	h.outer = h.options.CORS(http.HandlerFunc(h.dispatch))
	return h
}

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header()["X-Content-Type-Options"] = noSniff
	h.outer.ServeHTTP(w, r)
}

// dispatch calls the handler of the route.
func (h *Handler) dispatch(w http.ResponseWriter, r *http.Request) {
	f, key, ok := h.paths.find(r)
	if !ok {
		h.mux.ServeHTTP(w, r)
		return
	}
	r.Pattern = f.pattern // for whoever looks at the request afterwards
	if key != "" && (h.options.Session != nil || h.options.Tenant != nil) {
		r.SetPathValue("id", key)
	}
	f.serve(w, r, key)
}

// action answers the requests of one route, for the record with the key.
func (h *Handler) action(e route) func(w http.ResponseWriter, r *http.Request, key string) {
	serve := [...]func(*exchange) error{
		listRoute: (*exchange).list, getRoute: (*exchange).get, createRoute: (*exchange).create,
		updateRoute: (*exchange).update, destroyRoute: (*exchange).destroy, callRoute: (*exchange).call,
		updateEveryRoute: (*exchange).writeEvery, destroyEveryRoute: (*exchange).writeEvery,
	}[e.kind]
	return func(w http.ResponseWriter, r *http.Request, key string) {
		x := h.exchange(w, r)
		x.route, x.keyText = e, key
		w.Header()["Vary"] = varyAll
		if e.method != http.MethodGet {
			w.Header()["Cache-Control"] = noStore
		}
		err := x.negotiate()
		if err == nil {
			x.ctx, err = h.options.Authenticate(r)
			x.ctx = h.app.AcceptLanguage(x.ctx, r.Header.Get("Accept-Language"))
		}
		if err == nil {
			err = serve(x)
		}
		if err != nil {
			x.fail(err)
		}
		x.release()
	}
}

// elsewhere answers what no route does: 204 to OPTIONS, 405 where another
// method would do, 404 where none would.
func (h *Handler) elsewhere(w http.ResponseWriter, r *http.Request) {
	x := h.exchange(w, r)
	defer x.release()
	_ = x.negotiate() // an error has a body of some form in any case
	allow := h.allowed(r)
	if len(allow) == 0 {
		x.fail(&problem{Status: statusNotFound, detail: "there is nothing at this path"})
		return
	}
	x.header("Allow", strings.Join(allow, ", "))
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	x.fail(&problem{Status: statusMethod, detail: "this path takes " + strings.Join(allow, ", ")})
}

// allowed are the methods that the path of a request takes.
func (h *Handler) allowed(r *http.Request) []string {
	var out []string
	probe := *r
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		probe.Method = method
		if _, pattern := h.mux.Handler(&probe); pattern != "/" {
			out = append(out, method)
		}
	}
	if out != nil {
		out = append(out, http.MethodOptions)
	}
	return out
}
