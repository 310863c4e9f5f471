package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"github.com/congago/conga/api"
	"github.com/congago/conga/datalayer"
)

func TestServerTiming(t *testing.T) {
	told := regexp.MustCompile(`^db;dur=3\.000;desc="2 statements", app;dur=\d+\.\d{3}$`)
	send := func(ctx context.Context) {
		w := datalayer.Watching(ctx, nil)
		w.Sent(ctx, "one")
		w.Ended(ctx, "one", 3*time.Millisecond, nil)
		w.Sent(ctx, "two")
	}
	for name, answer := range map[string]func(http.ResponseWriter){
		"written":     func(w http.ResponseWriter) { _, _ = w.Write([]byte("x")) },
		"with status": func(w http.ResponseWriter) { w.WriteHeader(http.StatusTeapot) },
		"flushed": func(w http.ResponseWriter) {
			_, _ = w.Write([]byte("x"))
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		},
	} {
		rec := httptest.NewRecorder()
		api.ServerTiming(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			send(r.Context())
			answer(w)
			send(r.Context()) // too late
		})).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
		if got := rec.Result().Header.Get("Server-Timing"); !told.MatchString(got) {
			t.Errorf("%s: Server-Timing: %s", name, got)
		}
	}
}
