package congatest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
)

// Fails fails the test unless err has the kind and exactly the given issues,
// each written "field:code", in any order; an issue of the input as a whole is
// ":code". Without issues only the kind counts.
func Fails(t testing.TB, err error, kind resource.ErrorKind, issues ...string) {
	t.Helper()
	var e *conga.Error
	if !errors.As(err, &e) {
		t.Fatalf("error = %v, want one of kind %s", err, kind)
	}
	if e.Kind != kind {
		t.Fatalf("error = %v, want kind %s", err, kind)
	}
	if len(issues) == 0 {
		return
	}
	var got []string
	for _, i := range e.Issues {
		got = append(got, i.Field()+":"+i.Code)
	}
	slices.Sort(got)
	want := slices.Sorted(slices.Values(issues))
	if !slices.Equal(got, want) {
		t.Fatalf("issues = %s, want %s", strings.Join(got, " "), strings.Join(want, " "))
	}
}
