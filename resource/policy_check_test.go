package resource_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Ruled is a resource whose policies each test declares.
type Ruled struct {
	ID     uuid.UUID `conga:"primary"`
	Level  int
	State  string
	Maybe  *string
	Secret string `conga:"private"`
	Hidden resource.Hidden
}

// ruling is what the next Define declares: it has no other way to hear of it.
var ruling atomic.Pointer[rules]

func (x *Ruled) Define(r *resource.Builder[Ruled]) {
	r.Read("list").Primary()
	r.Update("edit").Accept(&x.Level)
	(*ruling.Load())(r, x)
}

// Unmarked has field policies, but no place to say what they hide.
type Unmarked struct {
	ID   uuid.UUID `conga:"primary"`
	Name string
}

func (u *Unmarked) Define(r *resource.Builder[Unmarked]) {
	r.Read("list")
	r.Policy().AuthorizeIf(resource.Public)
	r.FieldPolicy(&u.Name).AuthorizeIf(resource.ActorPresent)
}

// rules declares policies for Ruled, which has the actions list and edit.
type rules func(r *resource.Builder[Ruled], x *Ruled)

// faultsOf are the diagnostics of the rules, one in a line.
func faultsOf(t *testing.T, f rules) string {
	t.Helper()
	ruling.Store(&f)
	_, err := resource.Compile(resource.Of[Ruled]())
	var faults resource.Diagnostics
	if err != nil && !errors.As(err, &faults) {
		t.Fatal(err)
	}
	return faults.Error()
}

func TestPoliciesThatMakeNoDifference(t *testing.T) {
	asked := resource.CheckFunc("asked", nil)
	tests := []struct {
		name    string
		declare rules
		want    string // part of the only diagnostic; empty for none
	}{
		{"all is well", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Bypass().AuthorizeIf(asked)
			r.Policy().ForbidIf(expr.Is(&x.Level, 1)).AuthorizeIf(resource.ActorPresent).AuthorizeIf(expr.Is(&x.State, "open"))
		}, ""},
		{"contradiction", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy().ForbidUnless(expr.Is(&x.Level, 1)).AuthorizeIf(expr.Is(&x.Level, 2))
		}, "the policy never allows"},
		{"contradiction over two policies", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy().AuthorizeIf(expr.Is(&x.State, "open"))
			r.Policy("list").AuthorizeIf(resource.Public)
			r.Policy("edit").AuthorizeIf(expr.Is(&x.State, "draft"))
		}, "Ruled.edit: nobody may ever use the action"},
		{"either of two", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy().AuthorizeIf(expr.Is(&x.State, "open")).AuthorizeIf(expr.Is(&x.State, "draft"))
		}, ""},
		{"two names for one value", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy().ForbidUnless(expr.Is(&x.Level, 1)).AuthorizeIf(expr.Is(&x.State, "1"))
		}, ""},
		{"null and a value", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy().ForbidUnless(expr.IsNull(&x.Maybe)).AuthorizeIf(expr.Equal(expr.F(&x.Maybe), expr.Nullable(expr.V("x"))))
		}, "the policy never allows"},
		{"unknown is neither", func(r *resource.Builder[Ruled], x *Ruled) {
			is := expr.Equal(expr.F(&x.Maybe), expr.Nullable(expr.V("x")))
			r.Policy().AuthorizeIf(is).AuthorizeUnless(is).AuthorizeIf(resource.ActorPresent)
		}, ""},
		{"condition", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy().AuthorizeIf(resource.Public)
			r.PolicyGroup(expr.Is(&x.Level, 1), func() {
				r.Policy().When(expr.Is(&x.Level, 2)).AuthorizeIf(resource.ActorPresent)
			})
		}, "its condition contradicts itself"},
		{"check after always", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy().AuthorizeUnless(resource.Never).AuthorizeIf(expr.Is(&x.Level, 1))
		}, "this check is never asked"},
		{"check after its opposite", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy().AuthorizeIf(asked).ForbidIf(resource.ActorPresent).ForbidUnless(resource.ActorPresent).AuthorizeIf(resource.Always)
		}, "this check is never asked"},
		{"two questions of one name", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy().ForbidIf(asked).AuthorizeIf(resource.CheckFunc("asked", nil))
		}, ""},
		{"behind a bypass", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy("edit").AuthorizeIf(resource.ActorPresent)
			r.Bypass("edit", "list").AuthorizeIf(resource.Public)
			r.Policy("list").AuthorizeIf(resource.ActorPresent)
		}, "the policy is never asked: a bypass before it always allows"},
		{"partly behind a bypass", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Bypass("list").AuthorizeIf(resource.Public)
			r.Policy().AuthorizeIf(resource.ActorPresent)
		}, ""},
		{"bypass of forbid checks", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Bypass().ForbidIf(resource.ActorPresent)
			r.Policy().AuthorizeIf(resource.Public)
		}, "none that authorizes"},
		{"closed on purpose", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy("list").AuthorizeIf(resource.Public)
			r.Policy("edit").AuthorizeIf(resource.Never)
		}, ""},
		{"a pointer to nothing", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy().AuthorizeIf(resource.IsChanging(new(string))).AuthorizeIf(resource.ActorPresent)
		}, "is no field of Ruled"},

		{"field without a policy", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy().AuthorizeIf(resource.Public)
			r.FieldPolicy(&x.Level, &x.Maybe).AuthorizeIf(resource.ActorPresent)
		}, "Ruled.State: no field policy speaks of the field"},
		{"all other fields", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy().AuthorizeIf(resource.Public)
			r.FieldPolicy(&x.Level, &x.Secret).AuthorizeIf(resource.ActorPresent)
			r.FieldPolicy().AuthorizeIf(resource.Public)
		}, ""},
		{"the key", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy().AuthorizeIf(resource.Public)
			r.FieldPolicy(&x.ID, &x.Level).AuthorizeIf(resource.ActorPresent)
			r.FieldPolicy().AuthorizeIf(resource.Public)
		}, "the primary key is always seen"},
		{"field policy behind a bypass", func(r *resource.Builder[Ruled], x *Ruled) {
			r.Policy().AuthorizeIf(resource.Public)
			r.FieldBypass(&x.Level).AuthorizeIf(resource.Public)
			r.FieldPolicy(&x.Level).AuthorizeIf(resource.ActorPresent)
			r.FieldPolicy().AuthorizeIf(resource.Public)
		}, "a bypass before it always allows"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := faultsOf(t, tt.declare)
			lines := strings.Count(got, "\n")
			if tt.want == "" && got != "" || tt.want != "" && (!strings.Contains(got, tt.want) || lines > 0) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestFieldPoliciesNeedAPlaceToTell(t *testing.T) {
	_, err := resource.Compile(resource.Of[Unmarked]())
	if err == nil || !strings.Contains(err.Error(), "add a field Hidden resource.Hidden to Unmarked") {
		t.Errorf("error = %v", err)
	}
}
