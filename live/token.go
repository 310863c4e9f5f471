package live

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// What a token is for is part of what is signed, so that one kind never passes for another.
const (
	forCookie  = "conga cookie"
	forPage    = "conga page"
	forSession = "conga session"
)

// signer signs with the first key and accepts all of them.
type signer struct{ keys [][]byte }

// sign returns v as JSON with its signature, in letters that fit URLs, cookies and attributes.
func (s signer) sign(purpose string, v any) string {
	payload, _ := json.Marshal(v) // our own structs of texts and numbers
	text := base64.RawURLEncoding.EncodeToString(payload)
	return text + "." + base64.RawURLEncoding.EncodeToString(mac(s.keys[0], purpose, text))
}

// open reads a token into v if its signature is good.
func (s signer) open(purpose, token string, v any) bool {
	text, signature, ok := strings.Cut(token, ".")
	if !ok {
		return false
	}
	sum, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	for _, key := range s.keys {
		if !hmac.Equal(sum, mac(key, purpose, text)) {
			continue
		}
		payload, err := base64.RawURLEncoding.DecodeString(text)
		return err == nil && json.Unmarshal(payload, v) == nil
	}
	return false
}

func mac(key []byte, purpose, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(purpose))
	h.Write([]byte{0})
	h.Write([]byte(text))
	return h.Sum(nil)
}

// newSecret returns 128 random bits as text.
func newSecret() string { return rand.Text() }

// pageToken is what a rendered page carries to the socket.
type pageToken struct {
	Pattern string            `json:"p"`
	Statics string            `json:"h"`
	CSRF    string            `json:"c"`
	Flash   map[string]string `json:"f,omitempty"`
	Expires int64             `json:"e"`
}

// sessionToken is what a socket hands the browser to change its cookie with.
type sessionToken struct {
	Nonce   string            `json:"n"`
	CSRF    string            `json:"c"` // of the cookie that may be changed
	Set     map[string]string `json:"s,omitempty"`
	Delete  []string          `json:"d,omitempty"`
	Flash   map[string]string `json:"f,omitempty"`
	Renewed string            `json:"r,omitempty"` // the cookie's new CSRF token
	Expires int64             `json:"e"`
}

// sessionTokenLife is how long a session token can be used, once.
const sessionTokenLife = 30 * time.Second

// nonces remembers which session tokens were used, for as long as they would be good.
type nonces struct {
	mu   sync.Mutex
	used map[string]time.Time // until when to remember
}

// use reports whether nonce was new.
func (n *nonces) use(nonce string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for old, until := range n.used {
		if now.After(until) {
			delete(n.used, old)
		}
	}
	if _, seen := n.used[nonce]; seen {
		return false
	}
	if n.used == nil {
		n.used = make(map[string]time.Time)
	}
	n.used[nonce] = now.Add(sessionTokenLife)
	return true
}
