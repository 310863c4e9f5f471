package resource_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
)

// Foreign declares manual actions that cannot be.
type Foreign struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `conga:"unique"`
}

// Define declares faults, one a line.
func (f *Foreign) Define(r *resource.Builder[Foreign]) {
	store := func(context.Context, *resource.Changeset) (*Foreign, error) { return nil, nil }
	r.Create("put").Accept(&f.Name).Manual(store).Upsert(&f.Name)
	r.Destroy("delete").Manual(store)
	r.Each(resource.Destroy).Soft(resource.SetTo(&f.Name, ""))
	r.Update("twice").Manual(store).Manual(store)
	r.Update("none").Manual(nil)
	r.Policy().AuthorizeIf(resource.Public)
}

func TestFaultsOfManualActions(t *testing.T) {
	_, err := resource.Compile(resource.Of[Foreign]())
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"manual_test.go:22: C009: resource_test.Foreign.put: a manual action cannot be an upsert",
		"manual_test.go:23: C009: resource_test.Foreign.delete: a manual destroy cannot be soft",
		"manual_test.go:25: C009: resource_test.Foreign.twice: the action is manual twice (the other function is at manual_test.go:25)",
		"manual_test.go:26: C009: resource_test.Foreign.none: the manual action has no function",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no diagnostic has %q in\n%v", want, err)
		}
	}
}
