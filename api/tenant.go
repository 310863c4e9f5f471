package api

import (
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
)

// TenantFunc finds the tenant for whom a request runs: a key, its text or a
// record; nil means none. The context of the request has the actor. It is here
// that an application says who may act for which tenant: an error of a kind,
// such as &resource.Error{Kind: resource.Forbidden}, refuses the request.
type TenantFunc func(*http.Request) (any, error)

// ActorTenant finds the tenant that an actor of type A belongs to. Nobody, and
// actors of other types, have none.
func ActorTenant[A any](tenant func(*A) any) TenantFunc {
	return func(r *http.Request) (any, error) {
		if actor, ok := conga.ActorFrom(r.Context()).(*A); ok && actor != nil {
			return tenant(actor), nil
		}
		return nil, nil
	}
}

// HeaderTenant finds the tenant by a header that the client sends. Because a
// client may send what it likes, admit is asked with each request: it turns
// the text into a tenant for the actor of ctx, or refuses it.
func HeaderTenant(header string, admit func(ctx context.Context, text string) (any, error)) TenantFunc {
	return func(r *http.Request) (any, error) {
		if text := strings.TrimSpace(r.Header.Get(header)); text != "" {
			return admit(r.Context(), text)
		}
		return nil, nil
	}
}

// SubdomainTenant finds the tenant by the label before the domain in the host
// of the request: "acme" in "acme.example.com" for "example.com". As with
// HeaderTenant, admit is asked with each request.
func SubdomainTenant(domain string, admit func(ctx context.Context, label string) (any, error)) TenantFunc {
	return func(r *http.Request) (any, error) {
		host := strings.ToLower(r.Host)
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		label, ok := strings.CutSuffix(host, "."+strings.ToLower(domain))
		if !ok || label == "" || strings.Contains(label, ".") {
			return nil, nil
		}
		return admit(r.Context(), label)
	}
}

// Handler puts the tenant into the context of each request before next serves
// it: for pages, and for handlers of an application's own.
func (f TenantFunc) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tenant, err := f(r)
		if err != nil {
			fault := Explain(r.Context(), failure(err))
			http.Error(w, fault.Title, fault.HTTP)
			return
		}
		next.ServeHTTP(w, r.WithContext(conga.WithTenant(r.Context(), tenant)))
	})
}

// tenant is the context of a request whose actor is known, with its tenant.
func (o Options) tenant(ctx context.Context, r *http.Request) (context.Context, error) {
	if o.Tenant == nil {
		return ctx, nil
	}
	tenant, err := o.Tenant(r.WithContext(ctx))
	if err != nil {
		if resource.KindOf(err) == resource.NotFound {
			err = &resource.Error{Kind: resource.Forbidden, Message: "there is no such tenant"}
		}
		return ctx, failure(err)
	}
	return conga.WithTenant(ctx, tenant), nil
}
