package resource_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
)

// Rack declares what the test wants to see refused.
type Rack struct {
	ID      uuid.UUID `conga:"primary"`
	OwnerID uuid.UUID
	Owner   *Keeper `conga:"belongs_to"`
	Books   []Book  `conga:"has_many"`
	Secrets []Book  `conga:"has_many,private"`
	Topics  []Topic `conga:"many_to_many,through=Tie"`
}

var rackCase func(*Rack, *resource.Builder[Rack])

func (s *Rack) Define(r *resource.Builder[Rack]) {
	r.Read("list").Primary()
	rackCase(s, r)
	r.Policy().AuthorizeIf(resource.Public)
}

type Keeper struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `conga:"unique"`
}

func (o *Keeper) Define(r *resource.Builder[Keeper]) {
	r.Create("join").Accept(&o.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

type Book struct {
	ID     uuid.UUID `conga:"primary"`
	Title  string
	Place  int
	RackID uuid.UUID
	Rack   *Rack `conga:"belongs_to"`
}

func (b *Book) Define(r *resource.Builder[Book]) {
	r.Read("list").Primary()
	r.Create("add").Accept(&b.Title)
	r.Create("copy").Accept(&b.Title)
	r.Update("edit").Accept(&b.Title)
	r.Policy().AuthorizeIf(resource.Public)
}

type Topic struct {
	ID   uuid.UUID `conga:"primary"`
	Word string    `conga:"unique"`
}

func (p *Topic) Define(r *resource.Builder[Topic]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type Tie struct {
	ID      uuid.UUID `conga:"primary"`
	Weight  int
	RackID  uuid.UUID
	TopicID uuid.UUID
}

func (m *Tie) Define(r *resource.Builder[Tie]) {
	r.Create("add")
	r.Policy().AuthorizeIf(resource.Public)
}

func TestManageRefuses(t *testing.T) {
	tests := []struct {
		name   string
		define func(*Rack, *resource.Builder[Rack])
		want   string
	}{
		{"good", func(s *Rack, r *resource.Builder[Rack]) {
			r.Create("fill").Manage(&s.Books, resource.Creating().CreateWith("add").OrderKey("Place")).Manage(&s.Topics, resource.Append().By("word"))
		}, ""},
		{"attribute", func(s *Rack, r *resource.Builder[Rack]) {
			r.Create("fill").Manage(&s.OwnerID, resource.Append())
		}, "OwnerID is no relationship"},
		{"twice", func(s *Rack, r *resource.Builder[Rack]) {
			r.Create("fill").Manage(&s.Topics, resource.Append()).Manage(&s.Topics, resource.Append())
		}, "Topics is managed twice"},
		{"destroy", func(s *Rack, r *resource.Builder[Rack]) {
			r.Destroy("burn").Manage(&s.Books, resource.Remove())
		}, "a destroy writes no related records (cascade to them by CascadeDestroy or CascadeUpdate, or say on_delete)"},
		{"handling", func(s *Rack, r *resource.Builder[Rack]) {
			r.Create("fill").Manage(&s.Topics, resource.Append().OnMatch(resource.DoCreate))
		}, "Topics OnMatch cannot be create (it is one of update, ignore, error, unrelate, destroy)"},
		{"several actions", func(s *Rack, r *resource.Builder[Rack]) {
			r.Create("fill").Manage(&s.Books, resource.Creating())
		}, "Books needs a primary create action of Book"},
		{"no such action", func(s *Rack, r *resource.Builder[Rack]) {
			r.Create("fill").Manage(&s.Books, resource.Creating().CreateWith("ad"))
		}, `Books is to be written by ad, which is no create action of Book (did you mean "add"?)`},
		{"no destroy", func(s *Rack, r *resource.Builder[Rack]) {
			r.Update("fill").Manage(&s.Books, resource.DirectControl().CreateWith("add"))
		}, "Books needs a primary destroy action of Book"},
		{"no null", func(s *Rack, r *resource.Builder[Rack]) {
			r.Update("fill").Manage(&s.Books, resource.AppendAndRemove())
		}, "Books cannot be unrelated: RackID of Book cannot be null"},
		{"no read", func(s *Rack, r *resource.Builder[Rack]) {
			r.Create("fill").Manage(&s.Owner, resource.Append())
		}, "Owner looks for records of Keeper, which has no primary read action"},
		{"key accepted", func(s *Rack, r *resource.Builder[Rack]) {
			r.Create("fill").Accept(&s.OwnerID).Manage(&s.Owner, resource.Creating())
		}, "Owner is managed, and its key is accepted too"},
		{"identity", func(s *Rack, r *resource.Builder[Rack]) {
			r.Create("fill").Manage(&s.Topics, resource.Append().By("wort"))
		}, `Topics is looked up by wort, which is no identity of Topic (did you mean "word"?)`},
		{"order", func(s *Rack, r *resource.Builder[Rack]) {
			r.Create("fill").Manage(&s.Books, resource.Creating().CreateWith("add").OrderKey("Title"))
		}, "Books is ordered by Title, which is no stored integer of many records"},
		{"join", func(s *Rack, r *resource.Builder[Rack]) {
			r.Create("fill").Manage(&s.Topics, resource.Append().JoinInputs("Weight"))
		}, "Topics has the join input Weight, which add of Tie does not accept"},
		{"private", func(s *Rack, r *resource.Builder[Rack]) {
			r.Create("fill").Manage(&s.Secrets, resource.Creating().CreateWith("add"))
		}, "Secrets is private and cannot be an input"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rackCase = tt.define
			_, err := resource.Compile(resource.Of[Rack](), resource.Of[Keeper](), resource.Of[Book](), resource.Of[Topic](), resource.Of[Tie]())
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
