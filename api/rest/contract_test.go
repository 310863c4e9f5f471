package rest_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// newContract reads the API's own document, as any client would.
func newContract(t *testing.T, h http.Handler, prefix string) routers.Router {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, prefix+"/openapi.json", nil))
	doc, err := openapi3.NewLoader().LoadFromData(rec.Body.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, rec.Body)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// contract holds a request and its response against the document: the
// response must be as the document says and, when it is a success, so must the
// request be.
func (s *site) contract(req *http.Request, body string, rec *httptest.ResponseRecorder) {
	s.t.Helper()
	ctx := context.Background()
	again := httptest.NewRequest(req.Method, req.URL.String(), strings.NewReader(body))
	again.Header = req.Header
	route, params, err := s.router.FindRoute(again)
	if err != nil {
		if rec.Code < 400 && !strings.HasPrefix(req.URL.Path, "/api/docs") && req.Method != http.MethodHead && req.Method != http.MethodOptions {
			s.t.Errorf("%s %s is not in the document: %v", req.Method, req.URL, err)
		}
		return
	}
	in := &openapi3filter.RequestValidationInput{
		Request: again, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if rec.Code < 300 {
		if err := openapi3filter.ValidateRequest(ctx, in); err != nil {
			s.t.Errorf("%s %s %s succeeds, but not according to the document: %v", req.Method, req.URL, body, err)
		}
	}
	err = openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: rec.Code, Header: rec.Header(), Options: in.Options,
		Body: io.NopCloser(bytes.NewReader(rec.Body.Bytes())),
	})
	if err != nil {
		s.t.Errorf("%s %s answers not according to the document: %v\n%d %s", req.Method, req.URL, err, rec.Code, rec.Body)
	}
}
