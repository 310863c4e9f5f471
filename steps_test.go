package conga_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Crate is a record whose actions have every built-in change and validation.
type Crate struct {
	ID      uuid.UUID `conga:"primary"`
	Name    string
	State   string `validate:"oneof=open shut" conga:"default=open"`
	Left    *int
	Right   *int
	Count   int
	Fixed   string
	Version int
}

// Renaming are the arguments of rename.
type Renaming struct {
	Password, Again string
	Code            *string
}

func (c *Crate) Define(r *resource.Builder[Crate]) {
	r.Read("list").Primary()
	r.Create("add").Accept(&c.Name, &c.State, &c.Left, &c.Right, &c.Count).
		Validate(resource.PresentAtMost(1, &c.Left, &c.Right))
	r.Update("sides").Accept(&c.Left, &c.Right).Validate(resource.PresentExactly(1, &c.Left, &c.Right))
	r.Update("empty").Accept(&c.Left, &c.Right).Validate(resource.Absent(&c.Left, &c.Right))
	r.Update("fill").Accept(&c.Name, &c.Left).Validate(resource.Present(&c.Name, &c.Left))
	rename := r.Update("rename").Accept(&c.Name)
	args := resource.Arguments[Renaming](rename)
	rename.Validate(
		resource.Confirm(&args.Password, &args.Again),
		resource.Match(&args.Code, regexp.MustCompile(`^[A-Z]{2}\d+$`)).Message("must be like AB12"),
		resource.Match(&c.Name, regexp.MustCompile(`^\S+$`)),
		resource.Changing(&c.Name).Code("same"))
	r.Update("count").Change(resource.IncrementUpTo(&c.Count, 3, 7))
	r.Update("countdown").Change(resource.IncrementUpTo(&c.Count, -3, 0))
	r.Update("shut").Accept(&c.Name).
		Change(resource.SetTo(&c.Name, "shut").When(expr.Is(&c.State, "open"))).
		Change(resource.SetTo(&c.State, "shut")).
		Validate(resource.Valid(expr.IsNot(&c.Name, "locked"), "is locked", &c.Name).When(expr.Is(&c.State, "shut")))
	r.Update("fix").Accept(&c.Name, &c.Fixed).Change(resource.PreventChange(&c.Fixed).When(expr.Is(&c.State, "shut")))
	r.Update("versioned").Accept(&c.Name).Change(resource.OptimisticLock(&c.Version))
	r.Update("slow").Accept(&c.Name).Change(resource.ChangeFunc(func(context.Context, *resource.Changeset) error { return nil }))
	r.Destroy("delete").Validate(resource.Valid(expr.Is(&c.State, "open"), "must be open", &c.State))
	r.Policy().AuthorizeIf(resource.Public)
}

// onCrates runs a test on each database, with the statements that were sent.
func onCrates(t *testing.T, f func(t *testing.T, h conga.Handle[Crate], sent func() int)) {
	t.Helper()
	for name, open := range map[string]func(*testing.T, datalayer.Observer) (datalayer.Layer, error){
		"sqlite": func(t *testing.T, o datalayer.Observer) (datalayer.Layer, error) {
			return sqlite.OpenWith(t.Context(), ":memory:", sqlite.Options{Observer: o})
		},
		"postgres": func(t *testing.T, o datalayer.Observer) (datalayer.Layer, error) {
			return postgres.OpenWith(t.Context(), pgtest.Database(t), postgres.Options{Observer: o})
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen := &statementCount{}
			app := must(conga.New(must(open(t, seen))(t), resource.Of[Crate]()))(t)
			t.Cleanup(func() { _ = app.Close() })
			f(t, conga.For[Crate](app), seen.take)
		})
	}
}

type statementCount struct{ list []string }

func (s *statementCount) Statement(_ context.Context, sql string) { s.list = append(s.list, sql) }

func (s *statementCount) take() int {
	n := len(s.list)
	s.list = nil
	return n
}

func TestBuiltInSteps(t *testing.T) {
	onCrates(t, func(t *testing.T, h conga.Handle[Crate], sent func() int) {
		f := h.Fields()
		one, none := 1, (*int)(nil)
		crate := func(options ...conga.Option) *Crate { return must(h.Create(t.Context(), "add", options...))(t) }
		good := func(rec *Crate, action string, options ...conga.Option) *Crate {
			t.Helper()
			sent()
			out := must(h.Update(t.Context(), action, rec, options...))(t)
			if n := sent(); n != 1 {
				t.Errorf("%s took %d statements", action, n)
			}
			return out
		}
		bad := func(rec *Crate, action, field, code string, options ...conga.Option) {
			t.Helper()
			_, err := h.Update(t.Context(), action, rec, options...)
			wantIssue(t, err, field, code)
		}
		_, err := h.Create(t.Context(), "add", conga.Set(&f.Left, &one), conga.Set(&f.Right, &one))
		wantIssue(t, err, "left", "present")

		rec := crate(conga.Set(&f.Left, &one))
		good(rec, "sides")
		good(rec, "sides", conga.Set(&f.Left, none), conga.Set(&f.Right, &one))
		bad(rec, "sides", "left", "present", conga.Set(&f.Left, &one))
		bad(rec, "empty", "right", "absent")
		good(rec, "empty", conga.Set(&f.Right, none))
		bad(rec, "fill", "name", "present", conga.Set(&f.Left, &one))
		bad(rec, "fill", "left", "present", conga.Set(&f.Name, "x"))
		good(rec, "fill", conga.Set(&f.Name, "x"), conga.Set(&f.Left, &one))

		args := func(p, again, code string) conga.Option { return conga.Args(&Renaming{p, again, &code}) }
		good(rec, "rename", conga.Set(&f.Name, "y"), args("p", "p", "AB1"))
		bad(rec, "rename", "again", "confirm", conga.Set(&f.Name, "z"), args("p", "", "AB1"))
		bad(rec, "rename", "code", "match", conga.Set(&f.Name, "z"), args("p", "p", "1"))
		bad(rec, "rename", "name", "match", conga.Set(&f.Name, "z z"), args("p", "p", "AB1"))
		bad(rec, "rename", "name", "same", conga.Set(&f.Name, "y"), args("p", "p", "AB1"))
		bad(rec, "rename", "name", "same", args("p", "p", "AB1"))

		for _, want := range []int{3, 6, 7, 7} {
			if got := good(rec, "count").Count; got != want {
				t.Errorf("count = %d, want %d", got, want)
			}
		}
		for _, want := range []int{4, 1, 0, 0} {
			if got := good(rec, "countdown").Count; got != want {
				t.Errorf("countdown = %d, want %d", got, want)
			}
		}
		if got := good(rec, "fix", conga.Set(&f.Fixed, "a")).Fixed; got != "a" {
			t.Errorf("fixed = %q", got)
		}
		if got := good(rec, "shut", conga.Set(&f.Name, "given")); got.Name != "shut" || got.State != "shut" {
			t.Errorf("an open crate was shut as %+v", got)
		}
		if got := good(rec, "shut", conga.Set(&f.Name, "given")); got.Name != "given" {
			t.Errorf("a crate that was shut is %+v", got)
		}
		bad(rec, "shut", "name", "invalid", conga.Set(&f.Name, "locked"))
		if got := good(rec, "fix", conga.Set(&f.Fixed, "b")); got.Fixed != "a" {
			t.Errorf("fixed = %q, although shut", got.Fixed)
		}
		wantIssue(t, h.Destroy(t.Context(), "delete", rec), "state", "invalid")
		if err := h.Destroy(t.Context(), "delete", crate()); err != nil {
			t.Error(err)
		}
	})
}

func TestOptimisticLock(t *testing.T) {
	onCrates(t, func(t *testing.T, h conga.Handle[Crate], _ func() int) {
		f := h.Fields()
		rec := must(h.Create(t.Context(), "add"))(t)
		second := must(h.Update(t.Context(), "versioned", rec, conga.Set(&f.Name, "a")))(t)
		if second.Version != 1 {
			t.Errorf("version = %d", second.Version)
		}
		_, err := h.Update(t.Context(), "versioned", rec, conga.Set(&f.Name, "b"))
		wantKind(t, err, conga.Conflict)
		must(h.Update(t.Context(), "versioned", second, conga.Set(&f.Name, "b")))(t)
	})
}

func TestExplainWrite(t *testing.T) {
	onCrates(t, func(t *testing.T, h conga.Handle[Crate], _ func() int) {
		f := h.Fields()
		for action, want := range map[string]string{
			"add":       "add: one statement\n  insert",
			"count":     "count: one statement\nevery record: one statement\n  update",
			"shut":      "every record: reads first: a validation looks at each",
			"slow":      "slow: reads first: ChangeFunc at steps_test.go:",
			"versioned": "versioned: one statement",
			"delete":    "delete: one statement\nevery record: reads first: a validation looks at each\n  delete",
		} {
			var options []conga.Option
			if action == "versioned" {
				options = append(options, conga.Set(&f.Name, "x"))
			}
			plan := must(h.ExplainWrite(t.Context(), action, nil, options...))(t)
			if !strings.Contains(plan.String(), want) {
				t.Errorf("%s: %s\nwant %s", action, plan, want)
			}
		}
	})
}
