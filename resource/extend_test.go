package resource_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Ledger is extended.
type Ledger struct {
	ID     uuid.UUID `conga:"primary"`
	Title  string
	Closed bool
	Parent *uuid.UUID
	Up     *Ledger  `conga:"belongs_to,key=Parent"`
	Below  []Ledger `conga:"has_many,key=Parent"`
}

// mark is a change that tells where it was declared.
func mark(l *Ledger, text string) resource.Change { return resource.SetTo(&l.Title, text) }

// Define declares what an extension adds before, between and after the actions.
func (l *Ledger) Define(r *resource.Builder[Ledger]) {
	hook := func(context.Context, *resource.Changeset) error { return nil }
	r.Each().Change(mark(l, "all")).Before(hook)
	r.Update("edit").Change(mark(l, "own"))
	r.Each(resource.Update).Except("skip").Change(mark(l, "updates"))
	r.Each(resource.Update, resource.Destroy).Only("edit", "delete").Change(mark(l, "named"))
	r.Update("skip")
	r.Destroy("delete")
	r.Destroy("drop").Soft(mark(l, "dropped"))
	r.Each(resource.Destroy).Except("drop").Soft(mark(l, "gone"))
	r.Read("list")
	r.Read("every").Unfiltered()
	r.Create("make").Before(hook)
	r.Filter(expr.Is(&l.Closed, false))
	r.Filter(expr.IsNot(&l.Title, ""))
	r.Attach("a note")
	r.Verify(func(g *resource.Registry, res *resource.Resource) error {
		if resource.For[Ledger](g) != res {
			return errors.New("the registry lacks the resource")
		}
		return nil
	})
	r.Policy().AuthorizeIf(resource.Public)
}

func TestEachComesAfterTheActionsOwn(t *testing.T) {
	g, err := resource.Compile(resource.Of[Ledger]())
	if err != nil {
		t.Fatal(err)
	}
	r := resource.For[Ledger](g)
	tests := []struct {
		action string
		want   []string
		hooks  int
		soft   bool
	}{
		{"edit", []string{"own", "all", "updates", "named"}, 1, false},
		{"skip", []string{"all"}, 1, false},
		{"delete", []string{"all", "named", "gone"}, 1, true},
		{"drop", []string{"dropped", "all"}, 1, true},
		{"make", []string{"all"}, 2, false},
		{"list", nil, 0, false},
	}
	for _, tt := range tests {
		a := r.Action(tt.action)
		var got []string
		for _, s := range a.Steps {
			got = append(got, s.Expr.(expr.Literal).Value.(string))
		}
		if !slices.Equal(got, tt.want) || len(a.Before) != tt.hooks || a.Soft != tt.soft {
			t.Errorf("%s: steps %q, %d hooks, soft %t; want %q, %d, %t", tt.action, got, len(a.Before), a.Soft, tt.want, tt.hooks, tt.soft)
		}
	}
	if got, want := expr.String(r.Filter), `Closed == false and Title != ""`; got != want {
		t.Errorf("filter\n got %s\nwant %s", got, want)
	}
	if !r.Action("every").Unfiltered || r.Action("list").Unfiltered {
		t.Error("Unfiltered is not what was declared")
	}
	if a := r.PrimaryAction(resource.Read); a != r.Action("list") {
		t.Errorf("the primary read is %v", a)
	}
	if note, ok := resource.Attached[string](r); !ok || note != "a note" {
		t.Errorf("Attached[string]: %q, %t", note, ok)
	}
	if _, ok := resource.Attached[int](r); ok {
		t.Error("Attached[int] found something")
	}
}

// Clumsy makes the mistakes that extensions can make.
type Clumsy struct {
	ID    uuid.UUID `conga:"primary"`
	Title string
	UpID  *uuid.UUID
	Up    *Clumsy `conga:"belongs_to"`
}

// Define declares faults, one a line.
func (c *Clumsy) Define(r *resource.Builder[Clumsy]) {
	r.Update("edit").Soft()
	r.Destroy("delete").Soft()
	r.Filter(expr.Is(&c.Up.Title, "x"))
	r.Each(resource.Read)
	r.Each(resource.Update, resource.Destroy).Soft()
	r.Each(resource.Update).Only("edti")
	r.Each(resource.Update).Only("delete")
	r.Verify(func(*resource.Registry, *resource.Resource) error {
		return errors.Join(errors.New("one"), errors.New("two"))
	})
	r.Policy().AuthorizeIf(resource.Public)
}

func TestFaultsOfExtensions(t *testing.T) {
	_, err := resource.Compile(resource.Of[Clumsy]())
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"C009: resource_test.Clumsy.edit: only a destroy can be soft",
		"C009: resource_test.Clumsy.delete: the soft destroy changes nothing (give Soft a change)",
		"C008: resource_test.Clumsy.filter: the filter of a resource speaks of other records",
		"C009: resource_test.Clumsy.each: actions of kind read change no records",
		"C009: resource_test.Clumsy.each: only destroys can be soft",
		`C009: resource_test.Clumsy.edti: there is no such action of a kind that changes records (did you mean "edit"?)`,
		"C009: resource_test.Clumsy.delete: there is no such action",
		"C014: resource_test.Clumsy: one",
		"C014: resource_test.Clumsy: two",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no diagnostic has %q in\n%v", want, err)
		}
	}
}

// Blog and Tag are related through records with a filter.
type (
	Blog struct {
		ID   uuid.UUID `conga:"primary"`
		Tags []Tag     `conga:"many_to_many,through=BlogTag"`
	}
	Tag struct {
		ID uuid.UUID `conga:"primary"`
	}
	BlogTag struct {
		ID     uuid.UUID `conga:"primary"`
		BlogID uuid.UUID
		TagID  uuid.UUID
		Gone   bool
	}
)

// Define declares nothing.
func (b *Blog) Define(*resource.Builder[Blog]) {}

// Define declares nothing.
func (t *Tag) Define(*resource.Builder[Tag]) {}

// Define declares a filter.
func (b *BlogTag) Define(r *resource.Builder[BlogTag]) { r.Filter(expr.Is(&b.Gone, false)) }

func TestJoinRecordsHaveNoFilter(t *testing.T) {
	_, err := resource.Compile(resource.Of[Blog](), resource.Of[Tag](), resource.Of[BlogTag]())
	if err == nil || !strings.Contains(err.Error(), "C005: resource_test.Blog.Tags: the records of BlogTag, through which it leads, have a filter") {
		t.Errorf("got %v", err)
	}
}
