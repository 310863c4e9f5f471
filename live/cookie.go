package live

import (
	"crypto/subtle"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"time"
)

// maxCookie is what browsers take in one cookie.
const maxCookie = 4096

// SessionData are the values that a visitor's signed cookie holds. Visitors can read them, and cannot change them. The
// zero value is that of a new visitor.
type SessionData struct{ values map[string]string }

// Get returns the value of key, or "".
func (d SessionData) Get(key string) string { return d.values[key] }

// Has reports whether key is set.
func (d SessionData) Has(key string) bool {
	_, ok := d.values[key]
	return ok
}

// All yields every key and value, in no order.
func (d SessionData) All() iter.Seq2[string, string] { return maps.All(d.values) }

// visitor is what the cookie says of one browser.
type visitor struct {
	CSRF   string            `json:"c"`
	Values map[string]string `json:"v,omitempty"`
	Flash  map[string]string `json:"f,omitempty"`
	Issued int64             `json:"t"`

	fresh bool // not in the browser yet
}

func (v *visitor) clone() *visitor {
	c := *v
	c.Values = maps.Clone(v.Values)
	c.Flash = maps.Clone(v.Flash)
	return &c
}

func (v *visitor) checkCSRF(token string) bool {
	return token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(v.CSRF)) == 1
}

// change applies what a session token says.
func (v *visitor) change(t *sessionToken) {
	if v.Values == nil {
		v.Values = make(map[string]string, len(t.Set))
	}
	for _, key := range t.Delete {
		delete(v.Values, key)
	}
	maps.Copy(v.Values, t.Set)
	v.Flash = t.Flash
	if t.Renewed != "" {
		v.CSRF = t.Renewed
	}
}

// visitor reads the cookie of r. A browser without a good one is a new visitor.
func (h *Handler) visitor(r *http.Request) *visitor {
	now := time.Now()
	if c, err := r.Cookie(h.opt.CookieName); err == nil {
		v := &visitor{}
		if h.signer.open(forCookie, c.Value, v) && now.Sub(time.Unix(v.Issued, 0)) < h.opt.CookieAge {
			return v
		}
	}
	return &visitor{CSRF: newSecret(), fresh: true}
}

// setCookie writes v to the browser.
func (h *Handler) setCookie(w http.ResponseWriter, r *http.Request, v *visitor) error {
	v.Issued, v.fresh = time.Now().Unix(), false
	c := &http.Cookie{
		Name:     h.opt.CookieName,
		Value:    h.signer.sign(forCookie, v),
		Path:     "/",
		MaxAge:   int(h.opt.CookieAge / time.Second),
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
		Secure:   h.opt.SecureCookie || r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	}
	if n := len(c.Name) + len(c.Value); n > maxCookie {
		return fmt.Errorf("write session cookie: %d bytes are more than %d", n, maxCookie)
	}
	http.SetCookie(w, c)
	return nil
}

// keepCookie writes v only when the browser lacks it or will soon forget it.
func (h *Handler) keepCookie(w http.ResponseWriter, r *http.Request, v *visitor, changed bool) error {
	half := time.Since(time.Unix(v.Issued, 0)) > h.opt.CookieAge/2
	if !v.fresh && !changed && !half {
		return nil
	}
	return h.setCookie(w, r, v)
}

// Session returns the values of the visitor's cookie, for handlers beside the pages.
func (h *Handler) Session(r *http.Request) SessionData {
	return SessionData{h.visitor(r).Values}
}

// SetSession changes the visitor's cookie, for handlers beside the pages, say one that ends a login with another site:
// the values of set are added, those of an empty text deleted. It must be called before the answer's body is written,
// and renews the CSRF token.
func (h *Handler) SetSession(w http.ResponseWriter, r *http.Request, set map[string]string) error {
	v := h.visitor(r)
	change := &sessionToken{Set: map[string]string{}, Flash: v.Flash, Renewed: newSecret()}
	for key, value := range set {
		if value == "" {
			change.Delete = append(change.Delete, key)
		} else {
			change.Set[key] = value
		}
	}
	v.change(change)
	return h.setCookie(w, r, v)
}

// CheckCSRF reports whether r carries the visitor's CSRF token, in the form field "_csrf" that {{csrf}} writes or in
// the header X-CSRF-Token, for handlers beside the pages. It reads the form of r.
func (h *Handler) CheckCSRF(r *http.Request) bool {
	token := r.Header.Get("X-CSRF-Token")
	if token == "" {
		token = r.PostFormValue(csrfField)
	}
	return h.visitor(r).checkCSRF(token)
}
