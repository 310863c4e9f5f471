package datalayer

import (
	"context"
	"errors"

	"github.com/congago/conga/resource"
)

// Tenant says whose records there are for a statement. The zero value is
// nobody's: a statement that reaches a resource with tenants fails with
// ErrTenant then, unless they are optional.
type Tenant struct {
	// ID is the canonical value of the tenant; nil for none.
	ID any
	// Any lifts the limit of resources that keep the tenant in an attribute.
	// Schemas are chosen by ID nevertheless.
	Any bool
}

// ErrTenant says that a statement reaches a resource with tenants, and has none.
var ErrTenant = errors.New("the statement needs a tenant")

// Schemas is a Layer that can keep the records of each tenant in a schema.
type Schemas interface {
	// EnsureSchema creates the schema, and in it the tables that those of the
	// resources need that have a schema for each tenant, see EnsureTables.
	EnsureSchema(ctx context.Context, schema string, resources []*resource.Resource) error
	// Schemas are the names of all schemas that begin with the prefix, in order.
	Schemas(ctx context.Context, prefix string) ([]string, error)
}
