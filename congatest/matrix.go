package congatest

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/resource/expr"
)

// Actors are who the rows of a policy matrix are about, by a name to print. A
// nil actor is nobody; a Member calls for a tenant.
type Actors map[string]any

// Member is an actor, or nil for nobody, who calls for a tenant.
type Member struct{ Actor, Tenant any }

// context is that of a call by the actor.
func (a Actors) context(t testing.TB, name string) context.Context {
	m, ok := a[name].(Member)
	if !ok {
		return conga.WithActor(t.Context(), a[name])
	}
	return conga.WithTenant(conga.WithActor(t.Context(), m.Actor), m.Tenant)
}

// Matrix is a table of who may do what: a line for each action, and one for
// each field that has field policies, a column for each actor, in it "yes", "no",
// or the condition on the record.
func Matrix(t testing.TB, app *conga.App, actors Actors) string {
	t.Helper()
	names := slices.Sorted(maps.Keys(actors))
	var b strings.Builder
	for _, r := range app.Registry().Resources {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "| %s | %s |\n|%s\n", r.Name, strings.Join(names, " | "), strings.Repeat("---|", len(names)+1))
		for _, a := range r.Actions {
			fmt.Fprintf(&b, "| %s |", a.Name)
			for _, name := range names {
				v, condition := app.Verdict(actors.context(t, name), a)
				fmt.Fprintf(&b, " %s |", cell(v, condition))
			}
			b.WriteByte('\n')
		}
		for _, attr := range r.Attributes {
			if len(r.FieldPoliciesOf(attr)) == 0 {
				continue
			}
			fmt.Fprintf(&b, "| see %s |", attr.Name)
			for _, name := range names {
				v, condition := app.FieldVerdict(actors.context(t, name), r, attr)
				fmt.Fprintf(&b, " %s |", cell(v, condition))
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func cell(v conga.Verdict, condition expr.Node) string {
	switch v {
	case conga.Allowed:
		return "yes"
	case conga.Refused:
		return "no"
	}
	return "if `" + expr.String(condition) + "`"
}

// MatrixFile compares the matrix with the file, which -update rewrites when
// the application's tests define that flag. A difference is a change in who may do what.
func MatrixFile(t testing.TB, app *conga.App, actors Actors, file string) {
	t.Helper()
	got := Matrix(t, app, actors)
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; write this there if it is right:\n%s", err, got)
	}
	if got != string(want) {
		t.Errorf("who may do what has changed from %s to:\n%s", file, got)
	}
}
