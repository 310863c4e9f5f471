package api

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// ActorFunc finds who a bearer token stands for: a pointer to a struct,
// usually a record, or nil when the token is unknown or has expired.
type ActorFunc func(ctx context.Context, token string) (any, error)

// Options are what REST and GraphQL have in common. The zero value works: all
// callers are nobody, and browsers of other origins are kept out.
type Options struct {
	// Actor finds the actor of requests with "Authorization: Bearer …". Nil
	// means that no token is known.
	Actor ActorFunc
	// Session finds the actor of requests without a bearer token, such as by
	// a cookie; nil as the result means nobody. Because browsers send cookies by
	// themselves, such requests, unless they only read, are refused when they come
	// from a page of another origin. Nil means that cookies do not count.
	Session func(*http.Request) (any, error)
	// Tenant finds the tenant of a request, once its actor is known; see
	// ActorTenant, HeaderTenant and SubdomainTenant. Nil leaves the tenant that
	// the request's context has, if any.
	Tenant TenantFunc
	// Origins are the origins ("https://example.com") whose pages may call
	// from browsers, with bearer tokens and without cookies; "*" means all.
	Origins []string
	// MaxBody is the largest request body, in bytes. Zero means 1 MiB; a
	// negative value means no limit.
	MaxBody int64
	// MaxDepth is how many relationships may follow one another in a filter,
	// a sort or a selection. Zero means 5.
	MaxDepth int
	// MaxBulk is how many records one call of an action marked Bulk may write,
	// and how many related records the input of any call may hold. Zero means 1,000; a negative value means no limit.
	MaxBulk int
}

// WithDefaults is a copy with defaults in the place of zeroes.
func (o Options) WithDefaults() Options {
	o.MaxBody = cmp.Or(o.MaxBody, 1<<20)
	o.MaxDepth = cmp.Or(o.MaxDepth, 5)
	o.MaxBulk = cmp.Or(o.MaxBulk, 1_000)
	return o
}

// Authenticate is the request's context with its actor and its tenant. The
// error, if any, is a *resource.Error fit for Explain.
func (o Options) Authenticate(r *http.Request) (context.Context, error) {
	ctx, err := o.actor(r)
	if err != nil {
		return ctx, err
	}
	return o.tenant(ctx, r)
}

func (o Options) actor(r *http.Request) (context.Context, error) {
	ctx := r.Context()
	if token, ok := bearer(r); ok {
		if o.Actor == nil {
			return ctx, errToken
		}
		actor, err := o.Actor(ctx, token)
		if err != nil {
			return ctx, failure(err)
		}
		if nobody(actor) {
			return ctx, errToken
		}
		return conga.WithActor(ctx, actor), nil
	}
	if o.Session == nil {
		return ctx, nil
	}
	actor, err := o.Session(r)
	if err != nil {
		return ctx, failure(err)
	}
	if nobody(actor) {
		return ctx, nil
	}
	if http.NewCrossOriginProtection().Check(r) != nil {
		return conga.WithActor(ctx, actor), errOrigin
	}
	return conga.WithActor(ctx, actor), nil
}

// nobody reports whether actor is nil, or a nil pointer.
func nobody(actor any) bool { return structs.IsNil(actor) }

var (
	errToken = &resource.Error{Kind: resource.Forbidden, Message: "the bearer token is not valid"}
	// errOrigin is what a forged request gets: it comes with the cookie of
	// somebody who did not send it.
	errOrigin = &resource.Error{Kind: resource.Forbidden, Message: "the request comes from a page of another origin"}
)

// failure keeps the errors of the engine, and hides those of others.
func failure(err error) error {
	if kind := resource.KindOf(err); kind != resource.Internal {
		return err
	}
	return &resource.Error{Kind: resource.Internal, Cause: err}
}

// bearer is the token of the Authorization header. Other schemes, such as
// those meant for a proxy in between, do not count.
func bearer(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}
