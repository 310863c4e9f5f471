package desk_test

import (
	"flag"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/congatest"
	"github.com/congago/conga/examples/helpdesk/desk"
)

var _ = flag.Bool("update", false, "rewrite the table of who may do what")

// TestPolicies compares who may do what with testdata/policies.md.
func TestPolicies(t *testing.T) {
	organisation := uuid.UUID{9}
	person := func(n byte, role desk.Role) congatest.Member {
		return congatest.Member{Actor: &desk.User{ID: uuid.UUID{n}, OrganisationID: organisation, Role: role}, Tenant: organisation}
	}
	congatest.MatrixFile(t, congatest.App(t, desk.Resources()...), congatest.Actors{
		"admin": person(1, desk.Admin), "agent": person(2, desk.Agent), "customer": person(3, desk.Customer), "nobody": congatest.Member{Tenant: organisation},
	}, "testdata/policies.md")
}
