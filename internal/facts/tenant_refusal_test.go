package facts

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Locker belongs to a firm, and is for those who say who they are.
type Locker struct {
	ID    uuid.UUID `conga:"primary"`
	Firm  string
	Label string
}

type empty struct{}

func (l *Locker) Define(r *resource.Builder[Locker]) {
	me := resource.Actor[Clerk](r)
	r.Tenant(&l.Firm)
	r.Read("list").Primary()
	r.Read("open")
	r.Read("asked")
	r.Create("add").Accept(&l.Label).Bulk()
	r.Update("edit").Accept(&l.Label).Bulk()
	resource.Handle(r, "count", func(context.Context, *empty) (*empty, error) { return &empty{}, nil })
	r.Policy("list").AuthorizeIf(expr.Is(&me.Name, "ann"))
	r.Policy("add", "edit", "count").AuthorizeIf(resource.ActorPresent)
	r.Policy("open").AuthorizeIf(resource.Public)
	r.Policy("asked").AuthorizeIf(resource.CheckFunc("knows", func(_ context.Context, q *resource.Request) (bool, error) {
		return q.Actor != nil, nil
	}))
}

// TestWhoIsNobodyIsAskedWhoHeIsBeforeHisTenant: a refusal that no tenant could
// change comes before the question for one.
func TestWhoIsNobodyIsAskedWhoHeIsBeforeHisTenant(t *testing.T) {
	stores(t, func(t *testing.T, layer datalayer.Layer, seen *statements) {
		app := ok(conga.New(layer, resource.Of[Locker]()))(t)
		t.Cleanup(func() { _ = app.Close() })
		actor := func(_ context.Context, name string) (any, error) { return &Clerk{name}, nil }
		a, q := rest.New(app, rest.Options{Options: api.Options{Actor: actor}}), graphql.New(app, graphql.Options{Options: api.Options{Actor: actor}})
		seen.take()
		for _, tt := range []struct {
			door                    http.Handler
			method, path, body, who string
			want                    string
		}{
			{a, "GET", "/api/lockers", "", "", `"code":"unauthenticated"`},
			{a, "GET", "/api/lockers/asked", "", "", `"code":"unauthenticated"`},
			{a, "GET", "/api/lockers/open", "", "", `"code":"tenant_required"`},
			{a, "GET", "/api/lockers", "", "ann", `"code":"tenant_required"`},
			{a, "POST", "/api/lockers", `{"label":"x"}`, "", `"code":"unauthenticated"`},
			{a, "POST", "/api/lockers", `[{"label":"x"},{}]`, "", `"code":"unauthenticated"`},
			{a, "POST", "/api/lockers", `[{"label":"x"},{}]`, "ann", `"code":"tenant_required"`},
			{a, "PATCH", "/api/lockers?filter[label]=x", `{"label":"x"}`, "", `"code":"unauthenticated"`},
			{a, "POST", "/api/lockers/count", `{}`, "", `"code":"unauthenticated"`},
			{a, "POST", "/api/lockers/count", `{}`, "ann", `"code":"tenant_required"`},
			{q, "POST", "/graphql", `{"query":"{ lockers { totalCount } }"}`, "", `"code":"unauthenticated"`},
			{q, "POST", "/graphql", `{"query":"{ lockers { totalCount } }"}`, "ann", `tenant`},
			{q, "POST", "/graphql", `{"query":"mutation { addLocker(input: {label: \"x\"}) { errors { code } } }"}`, "", `"code":"forbidden"`},
		} {
			r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
			r.Header.Set("Content-Type", "application/json")
			if tt.who != "" {
				r.Header.Set("Authorization", "Bearer "+tt.who)
			}
			w := httptest.NewRecorder()
			tt.door.ServeHTTP(w, r)
			if got := w.Body.String(); !strings.Contains(strings.ToLower(got), tt.want) {
				t.Errorf("%s %s %s of %q: %d %s, want %s", tt.method, tt.path, tt.body, tt.who, w.Code, got, tt.want)
			}
			if sent := seen.take(); len(sent) > 0 {
				t.Errorf("%s %s sent %q", tt.method, tt.path, sent)
			}
		}
		lockers := conga.For[Locker](app)
		if can, err := lockers.Can(t.Context(), "list", nil); can || err == nil {
			t.Errorf("Can without a tenant: %v, %v", can, err)
		}
	})
}
