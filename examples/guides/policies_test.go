package guides_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/congatest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Employee has fields that not everybody sees.
type Employee struct {
	ID     uuid.UUID `conga:"primary"`
	Name   string    `validate:"required"`
	Email  string    `validate:"email"`
	Phone  *string
	Salary int
	State  string `conga:"default=hired"`

	Hidden resource.Hidden
}

func (e *Employee) Define(r *resource.Builder[Employee]) {
	me := resource.Actor[Employee](r)

	r.Read("list").Primary().Sort(expr.Asc(&e.Name))
	r.Create("hire").Accept(&e.Name, &e.Email, &e.Phone, &e.Salary)
	r.Update("edit").Accept(&e.Email, &e.State)
	r.Destroy("dismiss")

	r.FieldBypass().AuthorizeIf(expr.Is(&me.State, "boss"))
	r.FieldPolicy(&e.Phone, &e.Salary).AuthorizeIf(expr.Eq(&e.ID, &me.ID))
	r.FieldPolicy(&e.Email).AuthorizeIf(resource.ActorPresent)
	r.FieldPolicy().AuthorizeIf(resource.Public)

	r.Policy("list", "hire").AuthorizeIf(resource.Public)
	r.PolicyGroup(resource.KindIs(resource.Update, resource.Destroy), func() {
		r.Policy("edit", "dismiss").
			AuthorizeIf(expr.Eq(&e.ID, &me.ID)).
			AuthorizeIf(expr.Is(&me.State, "boss")).
			Message("only employees themselves and the boss may do this")
		r.Policy("edit").When(resource.IsChanging(&e.State)).
			ForbidIf(resource.IsChangingTo(&e.State, "boss")).
			AuthorizeIf(expr.Is(&me.State, "boss"))
		r.Policy("dismiss").
			AuthorizeIf(resource.CheckFunc("office hours", officeHours))
	})
}

// officeHours may ask whatever it likes: it is asked once for each call.
func officeHours(ctx context.Context, _ *resource.Request) (bool, error) {
	hour := clock(ctx).Hour()
	return hour >= 9 && hour < 17, nil
}

type clockKey struct{}

func clock(ctx context.Context) time.Time {
	at, _ := ctx.Value(clockKey{}).(time.Time)
	return at
}

func staff(t *testing.T) (app *conga.App, ann, bob *Employee) {
	app = congatest.App(t, resource.Of[Employee]())
	h := conga.For[Employee](app)
	e, boss := h.Fields(), conga.WithActor(t.Context(), &Employee{State: "boss"})
	for name, rec := range map[string]**Employee{"ann": &ann, "bob": &bob} {
		var err error
		if *rec, err = h.Create(boss, "hire", conga.Set(&e.Name, name), conga.Set(&e.Email, name+"@example.com"), conga.Set(&e.Salary, 100)); err != nil {
			t.Fatal(err)
		}
	}
	return app, ann, bob
}

func TestFieldPolicies(t *testing.T) {
	app, ann, bob := staff(t)
	employees := conga.For[Employee](app)
	other, err := employees.Get(conga.WithActor(t.Context(), bob), ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !other.Hidden.Has("Salary") || other.Salary != 0 || other.Email == "" {
		t.Errorf("%+v", other)
	}
	v, condition := app.FieldVerdict(conga.WithActor(t.Context(), bob), employees.Resource(), employees.Resource().Attribute("Salary"))
	if v != conga.Filtered || condition == nil {
		t.Errorf("%s, %v", v, condition)
	}
}

func TestWhy(t *testing.T) {
	app, ann, bob := staff(t)
	employees := conga.For[Employee](app)
	ctx := context.WithValue(conga.WithActor(t.Context(), bob), clockKey{}, time.Date(2026, 1, 1, 3, 0, 0, 0, time.UTC))
	why, err := employees.Why(ctx, "dismiss", bob)
	if err != nil {
		t.Fatal(err)
	}
	if text := why.String(); !strings.Contains(text, "authorize_if office hours: no\n    this policy refuses") {
		t.Error(text)
	}
	err = employees.Destroy(ctx, "dismiss", ann)
	if conga.KindOf(err) != conga.Forbidden {
		t.Error(err)
	}
	can, err := employees.CanEach(ctx, "edit", []*Employee{ann, bob})
	if err != nil || can[0] || !can[1] {
		t.Errorf("%v, %v", can, err)
	}
	_, err = employees.Read(ctx, "list", conga.FailUnseen())
	if err != nil {
		t.Errorf("nothing is hidden: %v", err)
	}
	e := employees.Fields()
	_, err = employees.Update(ctx, "edit", ann, conga.Set(&e.Email, "x@example.com"))
	if err == nil || !strings.Contains(err.Error(), "only employees themselves and the boss may do this") {
		t.Error(err)
	}
}
