package live

import (
	"bytes"
	"compress/gzip"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	browser "github.com/congago/conga/live/client"
)

// Addresses below assetPrefix belong to the handler itself.
const (
	assetPrefix   = "/_live/"
	staticsPrefix = assetPrefix + "statics/"
	socketPath    = assetPrefix + "socket"
	sessionPath   = assetPrefix + "session"
)

// asset is a file of ours that never changes: its address holds the hash of its content.
type asset struct {
	contentType string
	etag        string
	body        []byte
	packed      []byte // gzip
}

func newAsset(contentType, hash string, body []byte) *asset {
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is valid
	_, _ = z.Write(body)                                       // a buffer takes everything
	_ = z.Close()
	return &asset{contentType, `"` + hash + `"`, body, packed.Bytes()}
}

// client is the browser's side, with its address and the element that loads it.
type client struct {
	*asset
	path string
	head template.HTML
}

func newClient() *client {
	path := assetPrefix + "conga-" + browser.Hash() + ".js"
	return &client{
		asset: newAsset("text/javascript; charset=utf-8", browser.Hash(), browser.Source()),
		path:  path,
		head:  template.HTML(`<script type="module" src="` + path + `" integrity="` + browser.Integrity() + `"></script>`), //nolint:gosec // all of it is ours
	}
}

// serveAsset answers below assetPrefix, but for the socket and the session.
func (h *Handler) serveAsset(w http.ResponseWriter, r *http.Request) {
	var a *asset
	if r.URL.Path == h.client.path {
		a = h.client.asset
	} else if hash, ok := strings.CutPrefix(r.URL.Path, staticsPrefix); ok {
		a = h.pages.statics[strings.TrimSuffix(hash, ".json")]
	}
	if a == nil {
		h.refuse(w, r, http.StatusNotFound)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		h.refuse(w, r, http.StatusMethodNotAllowed)
		return
	}
	a.serve(w, r)
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", a.contentType)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("ETag", a.etag)
	header.Set("Vary", "Accept-Encoding")
	header.Set("X-Content-Type-Options", "nosniff")
	if strings.Contains(r.Header.Get("If-None-Match"), a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.body
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		body = a.packed
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a client that has gone
}
