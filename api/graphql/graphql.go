package graphql

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
)

// Options of a handler. The zero value works.
type Options struct {
	api.Options
	// MaxQueryDepth is how deep fields may be nested. Zero means 12.
	MaxQueryDepth int
	// MaxComplexity is the largest number of values that an answer may hold
	// when every page in it is full. Zero means 100,000.
	MaxComplexity int
	// MaxReads is the largest number of root fields and relationships in an
	// operation, which is about the number of statements. Zero means 50.
	MaxReads int
	// MaxTokens is the largest number of words and signs in a query. Zero means 5,000.
	MaxTokens int
	// MaxConditions is the largest number of conditions and values in one
	// filter. Zero means 1,000.
	MaxConditions int
	// MaxSubscriptions is the largest number of operations that run at the same
	// time on one WebSocket connection. Zero means 50.
	MaxSubscriptions int
	// Queue is the number of events that wait for a subscriber before it is
	// dropped as too slow. Zero means 256.
	Queue int
	// KeepAlive is how often a silent WebSocket is asked whether the client is
	// there still, and a silent event stream gets a comment. Zero means 20 seconds.
	KeepAlive time.Duration
	// HideSchema refuses introspection.
	HideSchema bool
	// Log gets what goes wrong inside. Nil means slog.Default().
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	o.Options = o.WithDefaults()
	o.MaxQueryDepth = cmp.Or(o.MaxQueryDepth, 12)
	o.MaxComplexity = cmp.Or(o.MaxComplexity, 100_000)
	o.MaxReads = cmp.Or(o.MaxReads, 50)
	o.MaxTokens = cmp.Or(o.MaxTokens, 5_000)
	o.MaxConditions = cmp.Or(o.MaxConditions, 1_000)
	o.MaxSubscriptions = cmp.Or(o.MaxSubscriptions, 50)
	o.Queue = cmp.Or(o.Queue, 256)
	o.KeepAlive = cmp.Or(o.KeepAlive, 20*time.Second)
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// New is a handler that serves the public actions of the application's
// resources over GraphQL. Of several options the last ones count.
func New(app *conga.App, options ...Options) http.Handler {
	var o Options
	for _, given := range options {
		o = given
	}
	o = o.withDefaults()
	s, err := newSchema(app, o)
	if err != nil {
		// Names are made so that this cannot happen; a test holds every kind
		// of declaration to it. Should it happen still, nothing is served.
		o.Log.Error("graphql is not served", "error", err)
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "the schema could not be made", http.StatusInternalServerError)
		})
	}
	return newServer(s)
}
