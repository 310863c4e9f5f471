package nested

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Branch has branches, made and changed by the actions that make and change it.
type Branch struct {
	ID       uuid.UUID `conga:"primary"`
	Name     string    `validate:"required"`
	OnID     *uuid.UUID
	Leaves   int      `conga:"calculated"`
	On       *Branch  `conga:"belongs_to"`
	Branches []Branch `conga:"has_many,key=OnID"`
}

func (b *Branch) Define(r *resource.Builder[Branch]) {
	resource.Calculate(r, &b.Leaves, expr.Count(&b.Branches))
	r.Read("list").Primary()
	r.Create("grow").Accept(&b.Name).Manage(&b.Branches, resource.Creating())
	r.Destroy("saw")
	r.Update("prune").Accept(&b.Name).Manage(&b.Branches, resource.DirectControl())
	r.Policy().AuthorizeIf(resource.Public)
}

// Inputs that lead back to themselves have types that do.
func TestNestedInNested(t *testing.T) {
	onDesks(t, func(d *desk) {
		s := newDoors(d)
		rec := s.do(http.MethodPost, "/api/branches", "application/json",
			`{"name":"0","branches":[{"name":"1","branches":[{"name":"2","branches":[{"name":"3"}]},{"name":"2b","branches":[]}]}]}`)
		if got := faults(rec); got != "201" {
			d.Fatalf("%s: %s", got, rec.Body)
		}
		rec = s.do(http.MethodPost, "/api/branches", "application/json", `{"name":"0","branches":[{"name":"1","branches":[{"name":"2","branches":[{"nam":"3"}]}]}]}`)
		if got := faults(rec); got != "422 /branches/0/branches/0/branches/0/nam:unknown /branches/0/branches/0/branches/0/name:required" {
			d.Errorf("%s: %s", got, rec.Body)
		}
		errs, id := s.mutate(`mutation($in: GrowBranchInput!) { growBranch(input: $in) { result { id } errors { path code } } }`,
			`{"in":{"name":"0","branches":[{"name":"1","branches":[{"name":"2"}]}]}}`)
		if len(errs) > 0 || id == "" {
			d.Errorf("%q", errs)
		}
	})
}
