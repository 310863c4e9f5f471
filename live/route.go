package live

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// router finds the page of a URL. It is a ServeMux asked with a writer that only notes the answer, so that patterns
// mean here what they mean in net/http.
type router struct{ mux *http.ServeMux }

// route is a page found, with the parameters in its path.
type route struct {
	page   *PageDef
	params map[string]string
}

func newRouter() *router { return &router{http.NewServeMux()} }

// add takes in a page. Its error is what ServeMux says of the pattern.
func (rt *router) add(d *PageDef) (err error) {
	switch {
	case !strings.HasPrefix(d.pattern, "/"):
		return fmt.Errorf("the pattern must begin with a slash; it has no method and no host")
	case strings.HasPrefix(d.pattern, assetPrefix):
		return fmt.Errorf("paths below %s are taken", assetPrefix)
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%v", v)
		}
	}()
	pattern := d.pattern
	if strings.HasSuffix(pattern, "/") {
		pattern += "{$}"
	}
	d.params = wildcards(pattern)
	rt.mux.Handle(pattern, destination{d})
	return nil
}

// match returns the route of u, or nil.
func (rt *router) match(u *url.URL) *route {
	if u.Path == "" {
		return nil
	}
	var found finding
	rt.mux.ServeHTTP(&found, &http.Request{Method: http.MethodGet, URL: u})
	return found.route
}

// destination is the handler of one page's pattern.
type destination struct{ page *PageDef }

func (d destination) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rt := &route{page: d.page}
	for _, name := range d.page.params {
		if rt.params == nil {
			rt.params = make(map[string]string, len(d.page.params))
		}
		rt.params[name] = r.PathValue(name)
	}
	w.(*finding).route = rt
}

// finding is the writer that a destination leaves its route in. Redirects and errors of the mux leave none.
type finding struct {
	route  *route
	header http.Header
}

func (f *finding) Header() http.Header {
	if f.header == nil {
		f.header = make(http.Header)
	}
	return f.header
}
func (f *finding) Write(b []byte) (int, error) { return len(b), nil }
func (f *finding) WriteHeader(int)             {}

func wildcards(pattern string) []string {
	var names []string
	for {
		_, rest, ok := strings.Cut(pattern, "{")
		if !ok {
			return names
		}
		name, after, _ := strings.Cut(rest, "}")
		if name = strings.TrimSuffix(name, "..."); name != "$" && name != "" {
			names = append(names, name)
		}
		pattern = after
	}
}
