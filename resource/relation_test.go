package resource_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Team has relationships with all sorts of faults.
type Team struct {
	ID   uuid.UUID `conga:"primary"`
	Code string

	Players []Player `conga:"has_many"`
	Nowhere []Player `conga:"has_many,through=Players.Coach"`
	Wrong   []Team   `conga:"has_many,through=Players.Friends"`
	Short   []Player `conga:"has_many,through=Players"`
}

func (m *Team) Define(r *resource.Builder[Team]) { anybody(r) }

// Player is on a team.
type Player struct {
	ID      uuid.UUID `conga:"primary"`
	TeamID  uuid.UUID
	Code    string
	Team    *Team    `conga:"belongs_to"`
	Friends []Player `conga:"has_many,source=Nickname"`
}

func (p *Player) Define(r *resource.Builder[Player]) { anybody(r) }

// Club has relationships whose faults are in Define.
type Club struct {
	ID   uuid.UUID `conga:"primary"`
	Code string
	Name string

	Anybody []Guest `conga:"has_many,key=-"`
	Guests  []Guest `conga:"many_to_many,through=Visit"`
	Visits  []Visit `conga:"has_many"`
	Ring    []Visit `conga:"has_many"`
	First   *Visit  `conga:"has_one"`

	MainID *uuid.UUID
	SideID *uuid.UUID
	MustID uuid.UUID
	Main   *Visit `conga:"belongs_to"`
	Side   *Visit `conga:"belongs_to,on_delete=nilify"`
	Must   *Visit `conga:"belongs_to"`
}

func (c *Club) Define(r *resource.Builder[Club]) {
	resource.RelatedThrough[Visit](r, &c.Guests).Where(func(*Guest, *Visit) expr.Bool { return expr.True() })
	resource.RelatedThrough[Guest](r, &c.Guests)
	resource.Related(r, &c.Ring).Limit(0).Where(func(v *Visit) expr.Bool { return expr.Some(&v.Club.Ring) })
	resource.RelatedOne(r, &c.First).Limit(1).Sort(func(v *Visit) []expr.Order { return []expr.Order{expr.Asc(&c.Name), expr.Asc(new(int))} })
	r.OneOf("few", &c.Main)
	r.OneOf("name", &c.Main, &c.Main)
	r.OneOf("many", &c.Guests, &c.Must, &c.Side)
	anybody(r)
}

// Guest comes to clubs.
type Guest struct {
	ID       uuid.UUID `conga:"primary"`
	ClubCode string
	Club     *Club `conga:"belongs_to,key=ClubCode,target=Code"`
}

func (g *Guest) Define(r *resource.Builder[Guest]) {
	resource.RelatedOne(r, &g.Club)
	anybody(r)
}

// Visit is a guest in a club.
type Visit struct {
	ID      uuid.UUID `conga:"primary"`
	ClubID  uuid.UUID
	GuestID uuid.UUID
	Club    *Club  `conga:"belongs_to"`
	Guest   *Guest `conga:"belongs_to"`
}

func (v *Visit) Define(r *resource.Builder[Visit]) { anybody(r) }

func anybody[T any](r *resource.Builder[T]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

func TestFaultsOfRelationships(t *testing.T) {
	for _, tt := range []struct {
		name string
		of   []resource.Definition
		want []string
	}{
		{"tags", []resource.Definition{resource.Of[Team](), resource.Of[Player]()}, []string{
			"C005: resource_test.Player.Friends: Player has no field Nickname to hold the key",
			"C005: resource_test.Team.Nowhere: Player has no relationship Coach to lead through",
			"C005: resource_test.Team.Short: the path Players has one step",
		}},
		{"define", []resource.Definition{resource.Of[Club](), resource.Of[Guest](), resource.Of[Visit]()}, []string{
			"C005: resource_test.Club.Anybody: neither a key nor a condition relates the records",
			"C005: resource_test.Club.Guests: two records may be tied by several records of Visit",
			"C005: resource_test.Club.Guests: it does not lead through Guest",
			"C005: resource_test.Club.Ring: a limit of 0 leaves no records",
			"C005: resource_test.Club.Ring: the relationship needs itself",
			"C005: resource_test.Club.First: a has_one leads to one record anyway",
			"C008: resource_test.Club.First: a sort key is no field",
			"C005: resource_test.Club.few: a choice among fewer than two is none",
			`C006: resource_test.Club.name: a field is called "name" already`,
			"C005: resource_test.Club.many: a choice is among belongs_to relationships",
			"C005: resource_test.Club.many: Must cannot be without a record",
			"C005: resource_test.Club.many: Side would be left without any",
			"C005: resource_test.Guest.Club: a belongs_to leads to the one record that its key names",
			"C005: resource_test.Guest.Club: several records of Club may have the same Code",
		}},
	} {
		_, err := resource.Compile(tt.of...)
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: no diagnostic has %q in\n%v", tt.name, want, err)
			}
		}
	}
}
