package congatest_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/congatest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

var _ = flag.Bool("update", false, "rewrite the golden files")

// User and Room are the domain of these tests.
type User struct {
	ID    uuid.UUID `conga:"primary"`
	Name  string    `validate:"required,min=2,max=30" conga:"unique"`
	Email string    `validate:"required,email"`
	Age   int       `validate:"min=18,max=99"`
	Role  string    `validate:"oneof=guest member" conga:"default=guest"`
	Rooms []Room    `conga:"has_many,key=OwnerID"`
}

func (u *User) Define(r *resource.Builder[User]) {
	r.Read("list").Primary()
	r.Create("register").Accept(&u.Name, &u.Email, &u.Age, &u.Role)
	r.Policy().AuthorizeIf(resource.Public)
}

type Room struct {
	ID      uuid.UUID `conga:"primary"`
	Name    string    `validate:"required"`
	OwnerID uuid.UUID
	Owner   *User `conga:"belongs_to"`
}

func (room *Room) Define(r *resource.Builder[Room]) {
	me := resource.Actor[User](r)
	r.Read("list").Primary()
	r.Create("create").Accept(&room.Name).Change(resource.Set(&room.OwnerID, &me.ID))
	r.Update("rename").Accept(&room.Name)
	r.Policy("list").AuthorizeIf(resource.Public)
	r.Policy("create").AuthorizeIf(resource.ActorPresent)
	r.Policy("rename").AuthorizeIf(expr.Eq(&room.OwnerID, &me.ID))
}

func resources() []resource.Definition {
	return []resource.Definition{resource.Of[User](), resource.Of[Room]()}
}

var ann = &User{ID: uuid.MustParse("0190a0e4-0000-7000-8000-000000000001"), Name: "Ann"}

func TestMatrix(t *testing.T) {
	app := congatest.App(t, resources()...)
	actors := congatest.Actors{"nobody": nil, "Ann": ann}
	congatest.MatrixFile(t, app, actors, filepath.Join("testdata", "matrix.md"))
	if _, err := os.Stat(filepath.Join("testdata", "matrix.md")); err != nil {
		t.Error(err)
	}
}

func TestInputsFitTheirAction(t *testing.T) {
	app := congatest.App(t, resources()...)
	users := conga.For[User](app)
	register := users.Resource().Action("register")
	for seed := range uint64(20) {
		w := &conga.Write{Action: register, Inputs: congatest.Inputs(register, seed, nil)}
		if _, err := app.Check(t.Context(), w, nil); err != nil {
			t.Fatal(err)
		}
		if issues, _ := app.Check(t.Context(), w, nil); len(issues) > 0 {
			t.Errorf("seed %d: %v are refused: %v", seed, w.Inputs, issues)
		}
	}
}

func TestFailsAndStatements(t *testing.T) {
	app, n := congatest.Counted(t, resources()...)
	rooms := conga.For[Room](app)
	f := rooms.Fields()
	_, err := rooms.Create(t.Context(), "create", conga.Set(&f.Name, "Lobby"))
	congatest.Fails(t, err, conga.Forbidden)
	_, err = rooms.Create(conga.WithActor(t.Context(), ann), "create", conga.Set(&f.Name, ""))
	congatest.Fails(t, err, conga.Invalid, "name:required")
	got := n.Of(func() {
		if _, err := rooms.Read(t.Context(), "list", conga.Load(&f.Owner)); err != nil {
			t.Error(err)
		}
	})
	if got != 1 {
		t.Errorf("an empty list took %d statements, want 1", got)
	}
}
