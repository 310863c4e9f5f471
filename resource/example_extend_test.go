package resource_test

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Owned is embedded in resources that belong to whoever made them.
type Owned struct {
	OwnerID int64 `conga:"immutable"`
}

// Own makes the actor the owner of what he creates, and lets him alone find it.
func Own[T any](r *resource.Builder[T], o *Owned) {
	me := resource.Actor[Owner](r)
	r.Filter(expr.Eq(&o.OwnerID, &me.ID))
	r.Each(resource.Create).Change(resource.Set(&o.OwnerID, &me.ID))
	r.Policy().AuthorizeIf(resource.ActorPresent)
}

// Owner is an actor.
type Owner struct {
	ID int64 `conga:"primary"`
}

// Diary is nobody else's business.
type Diary struct {
	ID   uuid.UUID `conga:"primary"`
	Text string
	Owned
}

func (d *Diary) Define(r *resource.Builder[Diary]) {
	r.Read("list")
	r.Create("write").Accept(&d.Text)
	Own(r, &d.Owned)
}

func ExampleBuilder_Each() {
	registry, err := resource.Compile(resource.Of[Diary]())
	if err != nil {
		fmt.Println(err)
		return
	}
	diary := registry.Lookup("Diary")
	fmt.Println(expr.String(diary.Filter))
	for _, step := range diary.Action("write").Steps {
		fmt.Println(step.Set.Name, "=", expr.String(step.Expr))
	}
	// Output:
	// OwnerID == actor.ID
	// OwnerID = actor.ID
}
