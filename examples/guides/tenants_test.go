package guides_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Organization is a tenant.
type Organization struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required"`
}

func (o *Organization) Define(r *resource.Builder[Organization]) {
	r.Read("list").Primary()
	r.Create("found").Accept(&o.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

// Member acts for one organization.
type Member struct {
	OrganizationID uuid.UUID
	Support        bool
}

// Invoice belongs to an organization.
type Invoice struct {
	ID             uuid.UUID `conga:"primary"`
	OrganizationID uuid.UUID
	Number         int    `conga:"unique"`
	Barcode        string `conga:"unique=all_tenants"`
	Text           string

	Organization *Organization `conga:"belongs_to"`
}

func (i *Invoice) Define(r *resource.Builder[Invoice]) {
	me := resource.Actor[Member](r)
	r.Tenant(&i.OrganizationID)

	r.Read("list").Primary()
	r.Read("everywhere").AnyTenant()
	r.Create("write").Accept(&i.Number, &i.Text, &i.Barcode)

	r.Policy("list", "write").AuthorizeIf(resource.Public)
	r.Policy("everywhere").AuthorizeIf(expr.Is(&me.Support, true))
}

// Settings can do without an organization.
type Settings struct {
	ID             uuid.UUID `conga:"primary"`
	OrganizationID *uuid.UUID
	Color          string
}

func (s *Settings) Define(r *resource.Builder[Settings]) {
	r.Tenant(&s.OrganizationID).Optional()
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

// TestTenants runs the code of the guide to tenants.
func TestTenants(t *testing.T) {
	store, err := sqlite.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[Organization](), resource.Of[Invoice](), resource.Of[Settings]())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close() })
	organizations, invoices := conga.For[Organization](app), conga.For[Invoice](app)
	org, err := organizations.Create(t.Context(), "found", conga.Set(&organizations.Fields().Name, "Acme"))
	if err != nil {
		t.Fatal(err)
	}
	f := invoices.Fields()
	ctx := conga.WithTenant(t.Context(), org) // or its key, or the text of its key
	invoice, err := invoices.Create(ctx, "write", conga.Set(&f.Number, 1))
	if err != nil || invoice.OrganizationID != org.ID {
		t.Fatal(invoice, err)
	}
	if err := app.CreateTenant(ctx, org); err != nil {
		t.Fatal(err)
	}
	_ = rest.New(app, rest.Options{Options: api.Options{
		Actor:  memberOf,
		Tenant: api.ActorTenant(func(m *Member) any { return m.OrganizationID }),
	}})
	_ = api.HeaderTenant("X-Organization", admit)
	_ = api.SubdomainTenant("example.com", admit).Handler(http.NotFoundHandler())
}

func memberOf(context.Context, string) (any, error) { return nil, nil }

// admit is the organization of that key, if the actor belongs to it.
func admit(ctx context.Context, text string) (any, error) {
	member, _ := conga.ActorFrom(ctx).(*Member)
	if member == nil || member.OrganizationID.String() != text {
		return nil, &resource.Error{Kind: resource.Forbidden, Message: "not your organization"}
	}
	return text, nil
}
