package api

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/congago/conga/datalayer"
)

// ServerTiming is a handler that tells, in a Server-Timing header, how many
// statements next sent before it began its answer, and how long they and all of
// it took; browsers show that beside the request. It is for development: such
// times tell strangers more than they need.
func ServerTiming(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &timing{ResponseWriter: w, start: time.Now()}
		next.ServeHTTP(t, r.WithContext(datalayer.WithObserver(r.Context(), t)))
	})
}

// timing is a response that notes the statements before its header.
type timing struct {
	http.ResponseWriter
	start time.Time
	told  bool

	mu         sync.Mutex
	statements int
	took       time.Duration
}

var (
	_ datalayer.Timer = (*timing)(nil)
	_ http.Flusher    = (*timing)(nil)
)

// Statement counts a statement.
func (t *timing) Statement(context.Context, string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.statements++
}

// Ended adds up the time.
func (t *timing) Ended(_ context.Context, _ string, took time.Duration, _ error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.took += took
}

// WriteHeader adds the header.
func (t *timing) WriteHeader(status int) {
	if !t.told && status >= http.StatusOK {
		t.told = true
		t.Header().Add("Server-Timing", t.text())
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *timing) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf(`db;dur=%.3f;desc="%d statements", app;dur=%.3f`, ms(t.took), t.statements, ms(time.Since(t.start)))
}

// Write begins the answer where that has not been done.
func (t *timing) Write(b []byte) (int, error) {
	if !t.told {
		t.WriteHeader(http.StatusOK)
	}
	return t.ResponseWriter.Write(b)
}

// Flush sends what was written.
func (t *timing) Flush() { _ = http.NewResponseController(t.ResponseWriter).Flush() }

// Unwrap is for http.ResponseController.
func (t *timing) Unwrap() http.ResponseWriter { return t.ResponseWriter }
