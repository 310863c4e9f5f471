package resource_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
)

type Made struct {
	ID     uuid.UUID `conga:"primary"`
	Total  int       `conga:"calculated"`
	At     time.Time `conga:"created"`
	Number int       `conga:"generated"`
	Both   string    `conga:"default=x"`
	Later  string
	Empty  string
	Odd    string
}

func (x *Made) Define(r *resource.Builder[Made]) {
	resource.DatabaseDefault(r, &x.Total, "1")
	resource.DatabaseDefault(r, &x.At, "now()")
	resource.DatabaseDefault(r, &x.Number, "1")
	resource.DatabaseDefault(r, &x.Both, "'y'")
	resource.DatabaseDefault(r, &x.Later, "'y'")
	resource.Default(r, &x.Later, func() string { return "z" })
	resource.DatabaseDefault(r, &x.Empty, "")
	resource.DatabaseDefault(r, &x.Odd, "'y'").On("Postgres", "'z'")
	resource.DatabaseDefault(r, new(string), "'y'")
	r.Create("add").Accept(&x.Number, &x.Odd)
	r.Policy().AuthorizeIf(resource.Public)
}

type Wrong struct {
	ID   uuid.UUID `conga:"primary"`
	Text string    `conga:"generated"`
	Null *int      `conga:"generated"`
	Doc  struct {
		N int `conga:"generated"`
	}
}

func (x *Wrong) Define(r *resource.Builder[Wrong]) {}

type OfFirm struct {
	ID   uuid.UUID `conga:"primary"`
	Firm int       `conga:"generated"`
}

func (x *OfFirm) Define(r *resource.Builder[OfFirm]) { r.Tenant(&x.Firm) }

func TestFaultsOfValuesThatTheDatabaseMakes(t *testing.T) {
	_, err := resource.Compile(resource.Of[Made]())
	_, wrong := resource.Compile(resource.Of[Wrong]())
	_, firm := resource.Compile(resource.Of[OfFirm]())
	err = errors.Join(err, wrong, firm)
	for _, want := range []string{
		"C007: resource_test.Made.Total: is calculated",
		"C007: resource_test.Made.At: is a time stamp",
		"C007: resource_test.Made.Number: is made by the database already",
		"C007: resource_test.Made.Both: has two defaults",
		"C007: resource_test.Made.Later: has two defaults",
		"C007: resource_test.Made.Empty: has an empty default",
		`C007: resource_test.Made: there is no database "Postgres"`,
		"C007: resource_test.Made: a pointer of type *string is no field",
		"C009: resource_test.Made.add: Number is made by the database and cannot be an input",
		"generated_test.go:",
		"C002: resource_test.Wrong.Text: generated needs an integer",
		"C002: resource_test.Wrong.Null: generated needs an integer",
		"C002: resource_test.Wrong.Doc.N: generated has no effect here",
		"C016: resource_test.OfFirm.Firm: is the tenant",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no diagnostic has %q in\n%v", want, err)
		}
	}
}
