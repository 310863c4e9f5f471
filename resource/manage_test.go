package resource_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
)

// shelf declares what the test wants to see refused.
type shelf struct {
	ID      uuid.UUID `conga:"primary"`
	OwnerID uuid.UUID
	Owner   *owner  `conga:"belongs_to"`
	Books   []book  `conga:"has_many"`
	Secrets []book  `conga:"has_many,private"`
	Topics  []topic `conga:"many_to_many,through=tie"`
}

var shelfCase func(*shelf, *resource.Builder[shelf])

func (s *shelf) Define(r *resource.Builder[shelf]) {
	r.Read("list").Primary()
	shelfCase(s, r)
	r.Policy().AuthorizeIf(resource.Public)
}

type owner struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `conga:"unique"`
}

func (o *owner) Define(r *resource.Builder[owner]) {
	r.Create("join").Accept(&o.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

type book struct {
	ID      uuid.UUID `conga:"primary"`
	Title   string
	Place   int
	ShelfID uuid.UUID
	Shelf   *shelf `conga:"belongs_to"`
}

func (b *book) Define(r *resource.Builder[book]) {
	r.Read("list").Primary()
	r.Create("add").Accept(&b.Title)
	r.Create("copy").Accept(&b.Title)
	r.Update("edit").Accept(&b.Title)
	r.Policy().AuthorizeIf(resource.Public)
}

type topic struct {
	ID   uuid.UUID `conga:"primary"`
	Word string    `conga:"unique"`
}

func (p *topic) Define(r *resource.Builder[topic]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type tie struct {
	ID      uuid.UUID `conga:"primary"`
	Weight  int
	ShelfID uuid.UUID
	TopicID uuid.UUID
}

func (m *tie) Define(r *resource.Builder[tie]) {
	r.Create("add")
	r.Policy().AuthorizeIf(resource.Public)
}

func TestManageRefuses(t *testing.T) {
	tests := []struct {
		name   string
		define func(*shelf, *resource.Builder[shelf])
		want   string
	}{
		{"good", func(s *shelf, r *resource.Builder[shelf]) {
			r.Create("fill").Manage(&s.Books, resource.Creating().CreateWith("add").OrderKey("Place")).Manage(&s.Topics, resource.Append().By("word"))
		}, ""},
		{"attribute", func(s *shelf, r *resource.Builder[shelf]) {
			r.Create("fill").Manage(&s.OwnerID, resource.Append())
		}, "OwnerID is no relationship"},
		{"twice", func(s *shelf, r *resource.Builder[shelf]) {
			r.Create("fill").Manage(&s.Topics, resource.Append()).Manage(&s.Topics, resource.Append())
		}, "Topics is managed twice"},
		{"destroy", func(s *shelf, r *resource.Builder[shelf]) {
			r.Destroy("burn").Manage(&s.Books, resource.Remove())
		}, "a destroy writes no related records"},
		{"handling", func(s *shelf, r *resource.Builder[shelf]) {
			r.Create("fill").Manage(&s.Topics, resource.Append().OnMatch(resource.DoCreate))
		}, "Topics OnMatch cannot be create (it is one of update, ignore, error, unrelate, destroy)"},
		{"several actions", func(s *shelf, r *resource.Builder[shelf]) {
			r.Create("fill").Manage(&s.Books, resource.Creating())
		}, "Books needs a primary create action of book"},
		{"no such action", func(s *shelf, r *resource.Builder[shelf]) {
			r.Create("fill").Manage(&s.Books, resource.Creating().CreateWith("ad"))
		}, `Books is to be written by ad, which is no create action of book (did you mean "add"?)`},
		{"no destroy", func(s *shelf, r *resource.Builder[shelf]) {
			r.Update("fill").Manage(&s.Books, resource.DirectControl().CreateWith("add"))
		}, "Books needs a primary destroy action of book"},
		{"no null", func(s *shelf, r *resource.Builder[shelf]) {
			r.Update("fill").Manage(&s.Books, resource.AppendAndRemove())
		}, "Books cannot be unrelated: ShelfID of book cannot be null"},
		{"no read", func(s *shelf, r *resource.Builder[shelf]) {
			r.Create("fill").Manage(&s.Owner, resource.Append())
		}, "Owner looks for records of owner, which has no primary read action"},
		{"key accepted", func(s *shelf, r *resource.Builder[shelf]) {
			r.Create("fill").Accept(&s.OwnerID).Manage(&s.Owner, resource.Creating())
		}, "Owner is managed, and its key is accepted too"},
		{"identity", func(s *shelf, r *resource.Builder[shelf]) {
			r.Create("fill").Manage(&s.Topics, resource.Append().By("wort"))
		}, `Topics is looked up by wort, which is no identity of topic (did you mean "word"?)`},
		{"order", func(s *shelf, r *resource.Builder[shelf]) {
			r.Create("fill").Manage(&s.Books, resource.Creating().CreateWith("add").OrderKey("Title"))
		}, "Books is ordered by Title, which is no stored integer of many records"},
		{"join", func(s *shelf, r *resource.Builder[shelf]) {
			r.Create("fill").Manage(&s.Topics, resource.Append().JoinInputs("Weight"))
		}, "Topics has the join input Weight, which add of tie does not accept"},
		{"private", func(s *shelf, r *resource.Builder[shelf]) {
			r.Create("fill").Manage(&s.Secrets, resource.Creating().CreateWith("add"))
		}, "Secrets is private and cannot be an input"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			shelfCase = tt.define
			_, err := resource.Compile(resource.Of[shelf](), resource.Of[owner](), resource.Of[book](), resource.Of[topic](), resource.Of[tie]())
			var ds resource.Diagnostics
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.As(err, &ds) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
				return
			}
			if !strings.HasPrefix(ds[0].Where, "manage_test.go:") || strings.Contains(err.Error(), "panic") {
				t.Errorf("no place, or a panic: %v", err)
			}
		})
	}
}
