package resource_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
)

type Renewing struct {
	ID    uuid.UUID `conga:"primary"`
	Name  string    `conga:"immutable"`
	Total int       `conga:"calculated"`
	Made  time.Time `conga:"created"`
	Token string
}

func (x *Renewing) Define(r *resource.Builder[Renewing]) {
	text, number := func() string { return "" }, func() int { return 0 }
	resource.UpdateDefault(r, &x.ID, uuid.New)
	resource.UpdateDefault(r, &x.Name, text)
	resource.UpdateDefault(r, &x.Total, number)
	resource.UpdateDefault(r, &x.Made, time.Now)
	resource.UpdateDefault(r, &x.Token, text)
	resource.UpdateDefault(r, &x.Token, text)
	resource.UpdateDefault(r, new(string), text)
}

type Emptied struct {
	ID    uuid.UUID `conga:"primary"`
	Text  string    `conga:"null"`
	Count *int      `conga:"null"`
	Place struct {
		Street *string `conga:"null"`
	}
}

func (x *Emptied) Define(r *resource.Builder[Emptied]) {}

type Moving struct {
	ID   uuid.UUID `conga:"primary"`
	Firm int
}

func (x *Moving) Define(r *resource.Builder[Moving]) {
	resource.UpdateDefault(r, &x.Firm, func() int { return 1 })
	r.Tenant(&x.Firm)
}

func TestFaultsOfDefaultsOfUpdatesAndOfNull(t *testing.T) {
	_, err := resource.Compile(resource.Of[Renewing](), resource.Of[Emptied]())
	_, moved := resource.Compile(resource.Of[Moving]())
	err = errors.Join(err, moved)
	for _, want := range []string{
		"C007: resource_test.Renewing.ID: is the primary key",
		"C007: resource_test.Renewing.Name: is immutable",
		"C007: resource_test.Renewing.Total: is calculated",
		"C007: resource_test.Renewing.Made: is a time stamp",
		"C007: resource_test.Renewing.Token: has two defaults of updates (keep one)",
		"C007: resource_test.Renewing: a pointer of type *string is no field",
		"update_default_test.go:",
		"C002: resource_test.Emptied.Text: null needs a *string (",
		"C002: resource_test.Emptied.Count: null needs a *string (",
		"C002: resource_test.Emptied.Place.Street: null has no effect within a document",
		"C016: resource_test.Moving.Firm: is the tenant, which no update changes",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no diagnostic has %q in\n%v", want, err)
		}
	}
}
