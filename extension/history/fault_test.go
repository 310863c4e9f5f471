package history_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/extension/history"
	"github.com/congago/conga/resource"
)

// door is a handler to call.
type door struct{ http.Handler }

func (d door) call(token, method, path, body string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// Three resources use the extension wrongly.
type (
	NoVersions struct {
		ID uuid.UUID `conga:"primary"`
	}
	WrongVersions struct {
		ID uuid.UUID `conga:"primary"`
	}
	WrongKey struct {
		ID uuid.UUID `conga:"primary"`
	}
)

// Define names a resource that is not registered.
func (n *NoVersions) Define(r *resource.Builder[NoVersions]) { history.Use[uuid.UUID](r) }

// Define names a resource that keeps no versions.
func (w *WrongVersions) Define(r *resource.Builder[WrongVersions]) { history.Use[User](r) }

// Define names versions of other keys.
func (w *WrongKey) Define(r *resource.Builder[WrongKey]) { history.Use[LeafVersion](r).Ignore(&w.ID) }

func TestFaults(t *testing.T) {
	_, err := resource.Compile(append(definitions(), resource.Of[NoVersions](), resource.Of[WrongVersions](), resource.Of[WrongKey]())...)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"C014: history_test.NoVersions: the resource of its versions is not registered",
		"C014: history_test.WrongVersions: User keeps no versions: call history.Versions in its Define",
		"C014: history_test.WrongKey: LeafVersion is for keys of type",
	} {
		if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "fault_test.go:") {
			t.Errorf("diagnostics lack %q:\n%v", want, err)
		}
	}
}
