package rest

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/congago/conga/resource"
)

// assets are the page that shows the OpenAPI document.
//
//go:embed docs/docs.html docs/docs.css docs/docs.js
var assets embed.FS

// documents is what the API says of itself.
type documents struct {
	openapi []byte
}

func (h *Handler) makeDocuments() (documents, error) {
	doc, err := h.OpenAPI()
	if err != nil {
		return documents{}, err
	}
	out, err := doc.MarshalJSON()
	return documents{openapi: out}, err
}

// mountDocuments adds the routes of the document and of its page, where no
// resource has the same path.
func (h *Handler) mountDocuments() {
	prefix := h.options.Prefix
	h.mux.HandleFunc("GET "+prefix+"/openapi.json", h.serveOpenAPI)
	docs := h.options.Docs
	if docs == noDocs || h.hasPath(docs) {
		return
	}
	h.mux.HandleFunc("GET "+prefix+docs, h.servePage)
	h.mux.HandleFunc("GET "+prefix+docs+"/docs.css", serveAsset("docs/docs.css", "text/css; charset=utf-8"))
	h.mux.HandleFunc("GET "+prefix+docs+"/docs.js", serveAsset("docs/docs.js", "text/javascript; charset=utf-8"))
}

func (h *Handler) hasPath(path string) bool {
	for _, e := range h.routes {
		if e.path == path || strings.HasPrefix(e.path, path+"/") {
			return true
		}
	}
	return false
}

func (h *Handler) serveOpenAPI(w http.ResponseWriter, r *http.Request) {
	x := h.exchange(w, r)
	defer x.release()
	x.header("Vary", "Accept")
	if err := x.negotiate(); err != nil {
		x.fail(err)
		return
	}
	docs, err := h.docs()
	if err != nil {
		x.fail(&resource.Error{Kind: resource.Internal, Cause: err})
		return
	}
	x.out = append(x.out, docs.openapi...)
	x.sendTagged(x.tag(), typeJSON)
}

// policy lets the page load its own style and script, and call the API alone.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (h *Handler) servePage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	base := h.options.Prefix + h.options.Docs
	page, err := assets.ReadFile("docs/docs.html")
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	text := strings.NewReplacer("{{docs}}", base, "{{openapi}}", h.options.Prefix+"/openapi.json").Replace(string(page))
	serveTagged(w, r, "text/html; charset=utf-8", []byte(text))
}

func serveAsset(name, mediaType string) http.HandlerFunc {
	data, _ := assets.ReadFile(name) // embedded: it is there
	return func(w http.ResponseWriter, r *http.Request) { serveTagged(w, r, mediaType, data) }
}

func serveTagged(w http.ResponseWriter, r *http.Request, mediaType string, data []byte) {
	sum := sha256.Sum256(data)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache")
	if hasTag(r.Header["If-None-Match"], tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", mediaType)
	_, _ = w.Write(data) // the client is gone, or reads it
}
