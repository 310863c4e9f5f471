package conga

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// WithTenant is a context whose calls run for the tenant: a key, its text, or
// a pointer to a record, which stands for its primary key. Nil and zero values
// mean none. Who calls decides on the tenant; that the actor may act for it
// is for the policies, or for whoever calls, to say.
func WithTenant(ctx context.Context, tenant any) context.Context {
	if structs.IsNil(tenant) {
		tenant = nil
	}
	return context.WithValue(ctx, tenantKey, tenant)
}

// TenantFrom is the tenant of the context as it was given, or nil.
func TenantFrom(ctx context.Context) any { return ctx.Value(tenantKey) }

// Tenant is the canonical value of the tenant of the context, nil for none. It
// fails with Invalid when that is no tenant of the application's resources.
func (a *App) Tenant(ctx context.Context) (any, error) {
	given := TenantFrom(ctx)
	if given == nil {
		return nil, nil
	}
	for _, r := range a.registry.Resources {
		if r.Is(given) {
			given = r.Primary.Get(given)
			break
		}
	}
	v := structs.Canonical(given)
	if a.tenants != nil {
		if text, ok := v.(string); ok && a.tenants.Type.Kind != structs.String {
			parsed, err := wire.ParseText(a.tenants, text)
			if err != nil {
				return nil, errNoTenant(err)
			}
			v = parsed
		}
		if v != nil && structs.KindOf(v) != a.tenants.Type.Kind {
			return nil, internal(fmt.Errorf("a tenant of type %T cannot be the value of %s", TenantFrom(ctx), a.tenants.Name))
		}
	}
	if isZero(v) {
		return nil, nil
	}
	return v, a.checkTenant(v)
}

// checkTenant refuses a tenant that no database could have, or whose schema
// could have no name.
func (a *App) checkTenant(v any) error {
	if structs.FlawOf(v) != structs.Sound {
		return errNoTenant(nil)
	}
	if !a.schemas {
		return nil
	}
	if _, err := resource.TenantSchemaName(v); err != nil {
		return errNoTenant(err)
	}
	return nil
}

// isZero reports whether a key is none: nil, zero or empty.
func isZero(v any) bool {
	switch v {
	case nil, int64(0), "", uuid.Nil:
		return true
	}
	return false
}

func errNoTenant(cause error) *Error {
	return &Error{Kind: Invalid, Issues: []Issue{{Code: "tenant", Message: "there is no such tenant"}}, Cause: cause}
}

func errTenantRequired() *Error {
	return &Error{Kind: Invalid, Issues: []Issue{{Code: "tenant_required", Message: "a tenant is required"}}, Cause: datalayer.ErrTenant}
}

// findTenancy notes which resources have tenants.
func (a *App) findTenancy() {
	for _, r := range a.registry.Resources {
		a.tenanted = a.tenanted || r.Tenant != nil
		a.schemas = a.schemas || r.Tenant.Schema()
		if a.tenants == nil {
			a.tenants = r.Tenant.Column()
		}
	}
}

// session is where the statements of a call go: the open transaction, or the
// layer. They see the records of the tenant of ctx alone.
func (a *App) session(ctx context.Context) datalayer.Session { return a.sessionFor(ctx, nil) }

// sessionFor is the session for statements of an action, which may reach the
// records of all tenants.
func (a *App) sessionFor(ctx context.Context, action *resource.Action) datalayer.Session {
	return a.sessionOf(ctx, action != nil && action.AnyTenant)
}

// sessionOf is the session for statements that reach the records of one tenant, or of any.
func (a *App) sessionOf(ctx context.Context, anyTenant bool) datalayer.Session {
	var s datalayer.Session = a.layer
	if t := a.open(ctx); t != nil {
		s = t.tx
	}
	if !a.tenanted {
		return s
	}
	id, err := a.Tenant(ctx)
	return &limited{Session: s, tenant: datalayer.Tenant{ID: id, Any: anyTenant}, err: err}
}

// session is that of the run's action.
func (r *run) session(ctx context.Context) datalayer.Session { return r.app.sessionFor(ctx, r.action) }

// limited is a session whose statements are for one tenant. All statements of
// an application with tenants go through it.
type limited struct {
	datalayer.Session
	tenant datalayer.Tenant
	err    error
}

var _ datalayer.Streamer = (*limited)(nil)

// Read sets the tenant of the query; so do the others of their statements.
func (s *limited) Read(ctx context.Context, q *datalayer.Query) (*datalayer.Result, error) {
	if s.err != nil {
		return nil, s.err
	}
	setTenant(q, s.tenant)
	return s.Session.Read(ctx, q)
}

// Stream is Read chunk by chunk.
func (s *limited) Stream(ctx context.Context, q *datalayer.Query, chunk int, each func(*datalayer.Result) error) error {
	streamer, ok := s.Session.(datalayer.Streamer)
	switch {
	case s.err != nil:
		return s.err
	case !ok:
		return errors.New("the data layer cannot stream")
	}
	setTenant(q, s.tenant)
	return streamer.Stream(ctx, q, chunk, each)
}

// Insert stores records of the tenant.
func (s *limited) Insert(ctx context.Context, w *datalayer.Insert) (*datalayer.Result, error) {
	if s.err != nil {
		return nil, s.err
	}
	w.Tenant = s.tenant
	return s.Session.Insert(ctx, w)
}

// Update changes records of the tenant.
func (s *limited) Update(ctx context.Context, w *datalayer.Update) (*datalayer.Result, error) {
	if s.err != nil {
		return nil, s.err
	}
	w.Tenant = s.tenant
	return s.Session.Update(ctx, w)
}

// Delete removes records of the tenant.
func (s *limited) Delete(ctx context.Context, w *datalayer.Delete) (*datalayer.Result, error) {
	if s.err != nil {
		return nil, s.err
	}
	w.Tenant = s.tenant
	return s.Session.Delete(ctx, w)
}

func setTenant(q *datalayer.Query, t datalayer.Tenant) {
	q.Tenant = t
	for i := range q.Include {
		setTenant(q.Include[i].Query, t)
	}
}

// needTenant fails where the action needs a tenant and the call has none,
// before anything else is said about the call.
func (b *binder) needTenant(action *resource.Action) error {
	b.any = action.AnyTenant
	t := action.Resource.Tenant
	switch {
	case b.tenantFault != nil:
		return b.tenantFault
	case t != nil && b.tenant == nil && !t.Optional && !b.any:
		return errTenantRequired()
	}
	return nil
}

// orRefusal is err, that a call lacks a tenant, or the refusal by the policies
// where they refuse nobody in particular whatever the tenant: who has to say
// first who he is must not be asked for the tenant.
func (b *binder) orRefusal(action *resource.Action, err error) error {
	if b.actor != nil || b.tenantFault != nil {
		return err
	}
	v, _ := judge(b.decide(action))
	if b.fault != nil || v != refused { // what a policy asks of the world may need the tenant
		b.fault = nil
		return err
	}
	return b.refusal(action, nil)
}

// own is the condition that a record of r is the tenant's, for records that no
// session has read; nil where there is no limit.
func (b *binder) own(r *resource.Resource) expr.Node {
	if r.Tenant.Column() == nil || b.any || b.tenant == nil {
		return nil
	}
	return r.OfTenant(b.tenant)
}

// decideOwn is decide with the condition that the record is the tenant's,
// which else the session adds.
func (b *binder) decideOwn(action *resource.Action) expr.Node {
	n := b.decide(action)
	if own := b.own(action.Resource); own != nil && action.Kind != resource.Create && action.Kind != resource.Generic {
		return expr.Simplify(and(own, n))
	}
	return n
}

// across limits what a client asks, within an action that reaches all tenants,
// of tenants' records through a record that has none: what leads from one
// tenant's record to others stays with that tenant by itself.
func (b *binder) across(from, target *resource.Resource, n expr.Node) expr.Node {
	if !b.any || from.Tenant != nil || target.Tenant.Column() == nil {
		return n
	}
	if b.tenant == nil {
		if target.Tenant.Optional {
			return n
		}
		return expr.Literal{Value: false}
	}
	return expr.And(n, target.OfTenant(b.tenant))
}

// haveTenant finds out the tenant of a write, and puts it into a new record.
func (r *run) haveTenant() error {
	if err := r.b.needTenant(r.action); err != nil {
		return err
	}
	attr := r.res.Tenant.Column()
	if r.action.Kind != resource.Create || attr == nil {
		return nil
	}
	given, ok := r.c.Changed(attr)
	switch {
	case r.action.AnyTenant && ok && !isZero(given):
	case r.b.tenant != nil:
		r.c.Set(attr, r.b.tenant)
	case !attr.Type.Nullable && !r.sets(attr):
		return errTenantRequired()
	}
	return nil
}

// sets reports whether a change of the action gives the attribute a value.
func (r *run) sets(attr *resource.Attribute) bool {
	for _, s := range r.action.Steps {
		if s.Set == attr {
			return true
		}
	}
	return false
}

// CreateTenant makes the schema of a tenant with its tables, or what is
// missing of them, where resources keep tenants in schemas: to call when a
// tenant is created, outside the transaction in which that is done, and at the
// start of a new version. The tenant is given as to WithTenant. See
// Options.CreateSchema for applications with migrations.
func (a *App) CreateTenant(ctx context.Context, tenant any) error {
	id, err := a.Tenant(WithTenant(ctx, tenant))
	if err != nil {
		return a.failure(ctx, err)
	}
	if id == nil {
		return errTenantRequired()
	}
	layer, ok := a.layer.(datalayer.Schemas)
	if !a.schemas || !ok {
		return nil
	}
	name, err := resource.TenantSchemaName(id)
	switch {
	case err != nil:
	case a.options.CreateSchema != nil:
		err = a.options.CreateSchema(ctx, name)
	default:
		err = layer.EnsureSchema(ctx, name, a.registry.Resources)
	}
	return a.failure(ctx, err)
}
