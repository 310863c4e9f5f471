package resource_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

type Shape interface{ shape() }

type (
	Circle  struct{ Radius float64 }
	Square  struct{ Side int }
	Kinded  struct{ Type string }
	Unknown interface{ unknown() }
)

func (Circle) shape()   {}
func (*Square) shape()  {}
func (Kinded) shape()   {}
func (Circle) unknown() {}

// Sketch declares what the test wants to see refused.
type Sketch struct {
	ID     uuid.UUID `conga:"primary"`
	Name   string
	Shape  Shape `validate:"required"`
	Shapes []Shape
}

var sketchCase func(*Sketch, *resource.Builder[Sketch])

func (s *Sketch) Define(r *resource.Builder[Sketch]) {
	r.Read("list").Primary()
	sketchCase(s, r)
	r.Policy().AuthorizeIf(resource.Public)
}

func TestFaultsOfUnions(t *testing.T) {
	valid := func(r *resource.Builder[Sketch]) *resource.UnionBuilder[Shape] {
		return resource.Union[Shape](r).Variant("circle", Circle{}).Variant("square", &Square{})
	}
	for name, tt := range map[string]struct {
		declare func(*Sketch, *resource.Builder[Sketch])
		want    string
	}{
		"valid": {func(_ *Sketch, r *resource.Builder[Sketch]) { valid(r) }, ""},
		"undeclared": {func(*Sketch, *resource.Builder[Sketch]) {},
			"C017: resource_test.Sketch.Shape: nobody knows which types a value of resource_test.Shape may have (call resource.Union[Shape](r) in Define, and name its variants)"},
		"empty": {func(_ *Sketch, r *resource.Builder[Sketch]) { resource.Union[Shape](r) },
			"C017: resource_test.Sketch.Shape: the union resource_test.Shape has no variants"},
		"twice": {func(_ *Sketch, r *resource.Builder[Sketch]) { valid(r); valid(r) },
			"C017: resource_test.Sketch: the variants of resource_test.Shape are declared at union_test.go:"},
		"one name": {func(_ *Sketch, r *resource.Builder[Sketch]) {
			resource.Union[Shape](r).Variant("a", Circle{}).Variant("a", &Square{})
		}, `C017: resource_test.Sketch: two variants of resource_test.Shape are called "a"`},
		"one type": {func(_ *Sketch, r *resource.Builder[Sketch]) {
			resource.Union[Shape](r).Variant("a", Circle{}).Variant("b", &Circle{})
		}, `C017: resource_test.Sketch: variant "b" of resource_test.Shape: resource_test.Circle is a variant already`},
		"no name": {func(_ *Sketch, r *resource.Builder[Sketch]) { valid(r).Variant("", Kinded{}) }, `C017: resource_test.Sketch: a variant of resource_test.Shape cannot be called "" (use letters, digits and underscores)`},
		"similar names": {func(_ *Sketch, r *resource.Builder[Sketch]) { valid(r).Variant("Square", Kinded{}) },
			`C017: resource_test.Sketch: the variants "square" and "Square" of resource_test.Shape have one name in GraphQL`},
		"nil": {func(_ *Sketch, r *resource.Builder[Sketch]) { valid(r).Variant("x", nil) },
			`C017: resource_test.Sketch: variant "x" of resource_test.Shape: the value is nil: give an empty one of its type`},
		"member": {func(_ *Sketch, r *resource.Builder[Sketch]) { valid(r).Variant("kinded", Kinded{}) },
			`C017: resource_test.Sketch.Shape: the variant "kinded" has a member "type", which names the variant (rename it by a json tag, or choose another Discriminator)`},
		"other member": {func(_ *Sketch, r *resource.Builder[Sketch]) {
			valid(r).Variant("kinded", Kinded{}).Discriminator("shape")
		}, ""},
		"discriminator": {func(_ *Sketch, r *resource.Builder[Sketch]) { valid(r).Discriminator("a'b") },
			`C017: resource_test.Sketch: a discriminator called "a'b" cannot be in all documents (use letters, digits and underscores)`},
		"no interface": {func(_ *Sketch, r *resource.Builder[Sketch]) { valid(r); resource.Union[any](r) },
			"C017: resource_test.Sketch: a union is an interface with methods, and interface {} is none (declare one that its variants implement: type Content interface{ content() })"},
		"unknown variant": {func(s *Sketch, r *resource.Builder[Sketch]) {
			valid(r)
			r.Read("circles").Filter(expr.IsVariant(&s.Shape, "circel"))
		}, `C017: resource_test.Sketch: resource_test.Shape has no variant "circel", but "circle", "square"`},
		"no union": {func(s *Sketch, r *resource.Builder[Sketch]) {
			valid(r)
			r.Read("circles").Filter(expr.IsVariant(&s.Name, "circle"))
		}, "Sketch.Name is no union, so it has no variants"},
		"unused": {func(_ *Sketch, r *resource.Builder[Sketch]) {
			valid(r)
			resource.Union[Unknown](r).Variant("circle", Circle{})
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			sketchCase = tt.declare
			_, err := resource.Compile(resource.Of[Sketch]())
			switch {
			case err == nil && tt.want == "":
			case err == nil:
				t.Errorf("no fault, want %s", tt.want)
			case tt.want == "" || !strings.Contains(err.Error(), tt.want):
				t.Errorf("got %v\nwant %s", err, tt.want)
			}
		})
	}
}

// Loud has a rule that a union cannot have.
type Loud struct {
	ID    uuid.UUID `conga:"primary"`
	Shape Shape     `validate:"max=3"`
}

func (l *Loud) Define(r *resource.Builder[Loud]) {
	r.Read("list").Primary()
	resource.Union[Shape](r).Variant("circle", Circle{})
	r.Policy().AuthorizeIf(resource.Public)
}

func TestUnionsHaveOneRule(t *testing.T) {
	if _, err := resource.Compile(resource.Of[Loud]()); err == nil || !strings.Contains(err.Error(), "the only rule of a union is required") {
		t.Error(err)
	}
}
