package rest_test

import (
	"os"
	"testing"

	"github.com/congago/conga/api/rest"
)

// TestOpenAPI is about the document as such; that it tells the truth is what
// contract checks for every response of the tests.
func TestOpenAPI(t *testing.T) {
	s := newSite(t, onSQLite, rest.Options{})
	res := s.do("GET", "/api/openapi.json", "")
	if res.Code != 200 {
		t.Fatalf("got %d %s", res.Code, res.Body)
	}
	if out := os.Getenv("OPENAPI_OUT"); out != "" {
		if err := os.WriteFile(out, res.Body.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
