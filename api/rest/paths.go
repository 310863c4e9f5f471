package rest

import (
	"net/http"
	"strings"
)

// paths finds the routes of plain paths, without wildcards or with the key of
// a record at the end, in two looks at a map. It does what the ServeMux does,
// which takes a microsecond and four pieces of memory for it, and leaves
// to that all it is not sure of.
type paths struct {
	// whole are the routes by method and path, keyed those by what stands before the key.
	whole, keyed map[string]map[string]match
}

// match is a route, and what the ServeMux calls it.
type match struct {
	serve   func(w http.ResponseWriter, r *http.Request, key string)
	pattern string
}

// add takes up a route unless the ServeMux, for another one, sees it differently.
func (p *paths) add(mux *http.ServeMux, method, path string, f match) {
	base, wild := strings.CutSuffix(path, "/{id}")
	if strings.Contains(base, "{") {
		return
	}
	sample := base
	if wild {
		sample += "/0"
	}
	probe, err := http.NewRequest(method, sample, nil) //nolint:noctx // it is sent nowhere
	if err != nil {
		return
	}
	if _, pattern := mux.Handler(probe); pattern != f.pattern {
		return
	}
	if p.whole == nil {
		p.whole, p.keyed = map[string]map[string]match{}, map[string]map[string]match{}
	}
	in := p.whole
	if wild {
		in = p.keyed
	}
	if in[method] == nil {
		in[method] = map[string]match{}
	}
	in[method][base] = f
}

// find is the route of a request, and the key in its path.
func (p *paths) find(r *http.Request) (f match, key string, ok bool) {
	path := r.URL.Path
	if r.URL.RawPath != "" { // something in it is escaped that need not be
		return f, "", false
	}
	if f, ok = p.whole[r.Method][path]; ok {
		return f, "", true
	}
	at := strings.LastIndexByte(path, '/')
	if at < 0 {
		return f, "", false
	}
	base, key := path[:at], path[at+1:]
	if key == "" || key == "." || key == ".." { // which the ServeMux cleans
		return f, "", false
	}
	f, ok = p.keyed[r.Method][base]
	return f, key, ok
}
