package graphql

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"net/http"
	"strings"
)

//go:embed playground/index.html
var playgroundPage string

//go:embed playground/style.css
var playgroundStyle string

//go:embed playground/app.js
var playgroundScript string

// Playground is a page for trying out the API at the path endpoint: an editor
// with completion, variables, a bearer token, subscriptions, and the schema's
// documentation. The page is embedded, asks nobody else for anything, and
// comes with a content security policy that holds it to that.
func Playground(endpoint string) http.Handler {
	page := []byte(strings.NewReplacer(
		"/*style*/", playgroundStyle, "/*script*/", playgroundScript, "{{endpoint}}", html.EscapeString(endpoint),
	).Replace(playgroundPage))
	policy := "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src data:; " +
		"style-src '" + digest(playgroundStyle) + "'; script-src '" + digest(playgroundScript) + "'; connect-src 'self'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "send a GET", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		_, _ = w.Write(page) // the client may be gone
	})
}

// digest is how a policy names a text that is part of the page.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
