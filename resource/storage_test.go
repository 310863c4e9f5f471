package resource_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

type Shelf struct {
	ID    uuid.UUID `conga:"primary"`
	Label string    `conga:"was=name"`
	Width int32
	Twice int32 `conga:"calculated"`
}

func (s *Shelf) Define(r *resource.Builder[Shelf]) {
	resource.Calculate(r, &s.Twice, expr.V(int32(2)))
	r.Was("racks")
	r.Index("shelves_label", &s.Label, resource.SQL("width desc")).Unique().Where("width > 0").Using("btree").
		NullsNotDistinct().Include(&s.Width)
	r.Constrain("shelves_sane", "width < 1000")
	r.Exclude("shelves_apart", "using gist (width with =)")
	r.Extension("btree_gist")
	r.Statement(resource.Statement{Name: "v", Up: "create view v as select 1", Down: "drop view v"})
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

func TestStorage(t *testing.T) {
	g, err := resource.Compile(resource.Of[Shelf]())
	if err != nil {
		t.Fatal(err)
	}
	r := resource.For[Shelf](g)
	s := r.Storage
	if s.Was != "racks" || r.Attribute("Label").Was != "name" {
		t.Errorf("got former names %q and %q", s.Was, r.Attribute("Label").Was)
	}
	x := s.Indexes[0]
	if len(x.Parts) != 2 || x.Parts[0].Attribute != r.Attribute("Label") || x.Parts[1].SQL != "width desc" || !x.IsUnique ||
		!x.NullsEqual || x.Predicate != "width > 0" || x.Method != "btree" || len(x.Included) != 1 {
		t.Errorf("got index %+v", x)
	}
	if len(s.Constraints) != 2 || s.Constraints[0].Exclude || !s.Constraints[1].Exclude || len(s.Statements) != 1 || len(s.Extensions) != 1 {
		t.Errorf("got storage %+v", s)
	}
}

type BadShelf struct {
	ID    uuid.UUID `conga:"primary"`
	Twice int32     `conga:"calculated"`
}

func (s *BadShelf) Define(r *resource.Builder[BadShelf]) {
	resource.Calculate(r, &s.Twice, expr.V(int32(2)))
	r.Index("none")
	r.Index("calculated", &s.Twice)
	r.Statement(resource.Statement{Name: "one way", Up: "create view v as select 1"})
}

func TestStorageFaults(t *testing.T) {
	_, err := resource.Compile(resource.Of[BadShelf]())
	if err == nil {
		t.Fatal("got no faults")
	}
	for _, want := range []string{"an index without parts", "the database has no column", "a way up and a way down"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got\n%v\nwant a fault with %q", err, want)
		}
	}
}
