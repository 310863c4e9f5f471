package api_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/resource"
)

func TestAuthenticate(t *testing.T) {
	ana := &Author{Name: "ana"}
	options := api.Options{
		Actor: func(_ context.Context, token string) (any, error) {
			switch token {
			case "ana":
				return ana, nil
			case "typed nil":
				return (*Author)(nil), nil
			case "broken":
				return nil, errors.New("internal text")
			}
			return nil, nil
		},
		Session: func(r *http.Request) (any, error) {
			if _, err := r.Cookie("session"); err != nil {
				return nil, nil
			}
			return ana, nil
		},
	}
	tests := []struct {
		name, method string
		options      api.Options
		headers      map[string]string
		actor        bool
		status       string // of the error
	}{
		{"nobody", "POST", options, nil, false, ""},
		{"token", "POST", options, map[string]string{"Authorization": "Bearer ana"}, true, ""},
		{"scheme in lower case", "POST", options, map[string]string{"Authorization": "bearer ana"}, true, ""},
		{"token from another origin", "POST", options, map[string]string{"Authorization": "Bearer ana", "Sec-Fetch-Site": "cross-site"}, true, ""},
		{"another scheme", "GET", options, map[string]string{"Authorization": "Basic YTpi"}, false, ""},
		{"unknown token", "GET", options, map[string]string{"Authorization": "Bearer x"}, false, "unauthenticated"},
		{"empty token", "GET", options, map[string]string{"Authorization": "Bearer "}, false, "unauthenticated"},
		{"typed nil", "GET", options, map[string]string{"Authorization": "Bearer typed nil"}, false, "unauthenticated"},
		{"failure", "GET", options, map[string]string{"Authorization": "Bearer broken"}, false, "internal"},
		{"tokens are not known", "GET", api.Options{}, map[string]string{"Authorization": "Bearer ana"}, false, "unauthenticated"},
		{"cookie", "POST", options, map[string]string{"Cookie": "session=1", "Sec-Fetch-Site": "same-origin"}, true, ""},
		{"cookie from another origin", "POST", options, map[string]string{"Cookie": "session=1", "Sec-Fetch-Site": "cross-site"}, true, "forbidden"},
		{"cookie from another origin, old browser", "POST", options, map[string]string{"Cookie": "session=1", "Origin": "https://evil.example"}, true, "forbidden"},
		{"cookie reads", "GET", options, map[string]string{"Cookie": "session=1", "Sec-Fetch-Site": "cross-site"}, true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "/", nil)
			for name, value := range tt.headers {
				r.Header.Set(name, value)
			}
			ctx, err := tt.options.Authenticate(r)
			status := ""
			if err != nil {
				status = api.Explain(ctx, err).Code
			}
			if got := conga.ActorFrom(ctx) != nil; got != tt.actor || status != tt.status {
				t.Errorf("actor %v, status %q (%v); want %v, %q", got, status, err, tt.actor, tt.status)
			}
		})
	}
}

func TestExplainHidesWhatIsInside(t *testing.T) {
	secret := errors.New("internal text")
	issue := resource.Issue{Path: []string{"name"}, Code: "required", Message: "is required"}
	tests := []struct {
		err    error
		http   int
		detail string
		issues int
	}{
		{secret, 500, "", 0},
		{&resource.Error{Kind: resource.Internal, Message: "internal text", Issues: []resource.Issue{issue}, Cause: secret}, 500, "", 0},
		{&resource.Error{Kind: resource.Unavailable, Message: "internal text", Cause: secret}, 503, "", 0},
		{&resource.Error{Kind: "new kind", Message: "internal text"}, 500, "", 0},
		{&resource.Error{Kind: resource.Invalid, Issues: []resource.Issue{issue}, Cause: secret}, 422, "", 1},
		{&resource.Error{Kind: resource.Conflict, Message: "taken", Cause: secret}, 409, "taken", 0},
		{&resource.Error{Kind: resource.NotFound}, 404, "", 0},
		{&resource.Error{Kind: resource.Forbidden}, 401, "", 0},
	}
	for _, tt := range tests {
		got := api.Explain(context.Background(), tt.err)
		if got.HTTP != tt.http || got.Detail != tt.detail || len(got.Issues) != tt.issues {
			t.Errorf("%v: got %+v", tt.err, got)
		}
	}
	if got := api.Explain(conga.WithActor(context.Background(), &Author{}), &resource.Error{Kind: resource.Forbidden}); got.HTTP != 403 {
		t.Errorf("forbidden to somebody: %+v", got)
	}
}
