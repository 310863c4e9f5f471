package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/congago/conga"
)

// Options are the settings of a [Handler]. The zero value works: it signs with a random key, so that cookies and open
// pages end with the process.
type Options struct {
	// Secret signs cookies and tokens; at least 32 random bytes, the same on every machine. Empty means a random one
	// per process.
	Secret []byte
	// OldSecrets are still accepted, so that Secret can be changed without logging everybody out.
	OldSecrets [][]byte

	// Actor finds who a visitor is by his session values, before each mount. A nil actor is an anonymous visitor. Its
	// error is answered like one of Mount. Nil means that everybody is anonymous.
	Actor func(ctx context.Context, s SessionData) (any, error)
	// Context puts the actor into the context of a session. Nil means conga.WithActor.
	Context func(ctx context.Context, actor any) context.Context

	// Log takes the faults: panics with their stacks, failed handlers, refused events. Nil means slog.Default().
	Log *slog.Logger
	// ErrorText says what a visitor reads, as the flash "error", when a handler returned err. Nil means the text of
	// the error's status; text of other errors is never shown.
	ErrorText func(err error) string

	// CSP is the Content-Security-Policy of every page. Empty means one that allows only what comes from this site;
	// "-" sends none.
	CSP string
	// Origins are further origins that may open the socket, as "https://example.com". The page's own always may.
	Origins []string
	// CookieName is the name of the session cookie. Empty means "conga_session".
	CookieName string
	// CookieAge is how long a visitor who stays away is remembered. Zero means 14 days.
	CookieAge time.Duration
	// SecureCookie marks cookies as Secure even when this server sees plain HTTP. Requests over TLS, or with
	// X-Forwarded-Proto: https, always get secure ones.
	SecureCookie bool

	// MaxSessions is how many connected pages there may be. Further ones are told to come back later. Zero means
	// 100,000.
	MaxSessions int
	// Mailbox is how many messages wait for one page. A client's events beyond it wait in its socket, those of Send
	// are refused. Zero means 256.
	Mailbox int
	// MaxFrame is the greatest frame taken from a browser, in bytes. Zero means 256 KiB.
	MaxFrame int64
	// MaxBody is the greatest form taken over HTTP, in bytes. Zero means 1 MiB.
	MaxBody int64
	// MaxQueued is how many bytes wait for a browser that reads slowly before its socket is closed. Zero means 256 KiB.
	MaxQueued int
	// IdleTimeout closes a socket that is silent, without even a heartbeat. Zero means 60 s.
	IdleTimeout time.Duration
	// WriteTimeout closes a socket that takes nothing. Zero means 10 s.
	WriteTimeout time.Duration
	// CloseTimeout is how long the context of a page's Close stays good. Zero means 5 s.
	CloseTimeout time.Duration
	// DrainWindow is the time over which browsers come back after Shutdown, at random. Zero means 5 s.
	DrainWindow time.Duration
}

func (o Options) withDefaults() Options {
	o.CookieName = cmp.Or(o.CookieName, "conga_session")
	o.CookieAge = cmp.Or(o.CookieAge, 14*24*time.Hour)
	o.MaxSessions = cmp.Or(o.MaxSessions, 100_000)
	o.Mailbox = cmp.Or(o.Mailbox, 256)
	o.MaxFrame = cmp.Or(o.MaxFrame, 256<<10)
	o.MaxBody = cmp.Or(o.MaxBody, 1<<20)
	o.MaxQueued = cmp.Or(o.MaxQueued, 256<<10)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, time.Minute)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 10*time.Second)
	o.CloseTimeout = cmp.Or(o.CloseTimeout, 5*time.Second)
	o.DrainWindow = cmp.Or(o.DrainWindow, 5*time.Second)
	o.CSP = cmp.Or(o.CSP, defaultCSP)
	if len(o.Secret) == 0 {
		o.Secret = []byte(newSecret() + newSecret())
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.ErrorText == nil {
		o.ErrorText = publicText
	}
	if o.Context == nil {
		o.Context = conga.WithActor
	}
	if o.Actor == nil {
		o.Actor = func(context.Context, SessionData) (any, error) { return nil, nil }
	}
	return o
}

// validate tells what is wrong with options that have their defaults.
func (o Options) validate() error {
	var faults []error
	for i, secret := range append([][]byte{o.Secret}, o.OldSecrets...) {
		if len(secret) >= 32 {
			continue
		}
		field := "Secret"
		if i > 0 {
			field = fmt.Sprintf("OldSecrets[%d]", i-1)
		}
		faults = append(faults, fmt.Errorf("options: %s has %d bytes, and needs 32", field, len(secret)))
	}
	for _, origin := range o.Origins {
		if u, err := url.Parse(origin); err != nil || u.Host == "" || u.Path != "" {
			faults = append(faults, fmt.Errorf("options: origin %q is not like https://example.com", origin))
		}
	}
	for name, n := range map[string]int64{"MaxSessions": int64(o.MaxSessions), "Mailbox": int64(o.Mailbox), "MaxFrame": o.MaxFrame,
		"MaxBody": o.MaxBody, "MaxQueued": int64(o.MaxQueued), "IdleTimeout": int64(o.IdleTimeout)} {
		if n < 0 {
			faults = append(faults, fmt.Errorf("options: %s is negative", name))
		}
	}
	return errors.Join(faults...)
}

const defaultCSP = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
