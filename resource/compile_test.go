package resource_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

type User struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required,min=2,max=40" conga:"unique"`
	Hash string    `conga:"private,sensitive"`
}

func (u *User) Define(r *resource.Builder[User]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type Room struct {
	ID           uuid.UUID `conga:"primary"`
	Name         string    `validate:"required,max=80"`
	OwnerID      *uuid.UUID
	MessageCount int `conga:"calculated"`

	Owner    *User     `conga:"belongs_to,on_delete=nilify"`
	Messages []Message `conga:"has_many"`
}

func (room *Room) Define(r *resource.Builder[Room]) {
	resource.Calculate(r, &room.MessageCount, expr.Count(&room.Messages, func(m *Message) expr.Bool {
		return expr.Eq(&m.AuthorID, &m.Room.ID).Or(expr.Is(&m.Author.Name, "x"), expr.Eq(&m.RoomID, &room.ID))
	}))
	r.Read("list").Primary().Sort(expr.Asc(&room.Name))
	r.Create("open").Accept(&room.Name)
	r.Policy("list").AuthorizeIf(resource.Public)
	r.Policy("open").AuthorizeIf(resource.ActorPresent)
}

type Message struct {
	ID         uuid.UUID `conga:"primary"`
	Body       string    `validate:"required,max=4000"`
	RoomID     uuid.UUID
	AuthorID   uuid.UUID
	InsertedAt time.Time `conga:"created"`
	UpdatedAt  time.Time `conga:"updated"`

	Room   *Room `conga:"belongs_to"`
	Author *User `conga:"belongs_to"`
}

func (m *Message) Define(r *resource.Builder[Message]) {
	me := resource.Actor[User](r)

	r.Read("list").Primary().Sort(expr.Desc(&m.InsertedAt)).Page(50)
	r.Create("post").Accept(&m.Body, &m.RoomID).Change(resource.Set(&m.AuthorID, &me.ID))
	r.Update("edit").Accept(&m.Body)
	r.Destroy("delete")

	r.Policy("list").AuthorizeIf(resource.Always)
	r.Policy("post").AuthorizeIf(resource.ActorPresent)
	r.Policy("edit", "delete").AuthorizeIf(expr.Eq(&m.AuthorID, &me.ID))

	r.Publish("room", &m.RoomID)
}

func TestCompile(t *testing.T) {
	g, err := resource.Compile(resource.Of[User](), resource.Of[Room](), resource.Of[Message]())
	if err != nil {
		t.Fatal(err)
	}
	m := resource.For[Message](g)
	if m.Table != "messages" || m.Path != "messages" || m.Type != "message" || m.Primary.Column != "id" {
		t.Errorf("names: table %q path %q type %q key %q", m.Table, m.Path, m.Type, m.Primary.Column)
	}
	if got := m.Relationship("Author"); got == nil || got.Target.Name != "User" || got.Source.Column != "author_id" {
		t.Errorf("Author = %+v", got)
	}
	check := m.Policies[2].Checks[0].Expr.(expr.Call)
	if f, ok := check.Args[0].(expr.Field); !ok || f.Name != "AuthorID" {
		t.Errorf("left side of the policy = %#v", check.Args[0])
	}
	if a, ok := check.Args[1].(expr.Actor); !ok || a.Name != "ID" {
		t.Errorf("right side of the policy = %#v", check.Args[1])
	}
	count := resource.For[Room](g).Attribute("MessageCount").Expr.(*expr.Aggregate)
	or := count.Where.(expr.Call)
	if f := or.Args[1].(expr.Call).Args[0].(expr.Field); f.Path[0] != "Author" || f.Name != "Name" {
		t.Errorf("path through Author = %#v", f)
	}
	if f := or.Args[2].(expr.Call).Args[1].(expr.Field); f.Up != 1 || f.Name != "ID" {
		t.Errorf("parent reference = %#v", f)
	}
}

type Broken struct {
	ID      uuid.UUID `conga:"primary"`
	Body    string    `conga:"requierd" validate:"maxx=3"`
	Total   int       `conga:"calculated"`
	OwnerID string
	Owner   *User `conga:"belongs_to"`
	Ghost   *Message
}

func (b *Broken) Define(r *resource.Builder[Broken]) {}

type Careless struct {
	ID    uuid.UUID `conga:"primary"`
	Body  string
	Total int `conga:"calculated"`
}

func (b *Careless) Define(r *resource.Builder[Careless]) {
	copied := *b
	other := new(Careless)
	r.Read("list")
	r.Create("make").Accept(&copied.Body, &other.Body, b.Body, &b.Total)
	r.Policy("lsit").AuthorizeIf(expr.Is(&copied.Body, "x"))
	r.Policy("list").AuthorizeIf(resource.Always).ForbidIf(resource.ActorPresent)
}

func TestFaultsOfOneResourceDoNotHideThoseOfAnother(t *testing.T) {
	_, err := resource.Compile(resource.Of[User](), resource.Of[Broken](), resource.Of[Careless]())
	for _, want := range []string{"C002: resource_test.Broken.Body", "C009: resource_test.Careless.make"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no diagnostic has %q in\n%v", want, err)
		}
	}
}

func TestDiagnosticsComeAllAtOnce(t *testing.T) {
	tests := []struct {
		name string
		of   resource.Definition
		want []string
	}{
		{"tags", resource.Of[Broken](), []string{
			`C002: resource_test.Broken.Body: unknown tag option "requierd"`,
			"C003: resource_test.Broken.Body: ",
			"C005: resource_test.Broken.Owner: OwnerID is a string, but ID is a uuid.UUID",
			"C005: resource_test.Broken.Ghost: the field holds another resource",
		}},
		{"define", resource.Of[Careless](), []string{
			"C007: resource_test.Careless.make: a pointer of type *string is no field of Careless",
			"C007: resource_test.Careless.make: a pointer of type string is no field",
			"C009: resource_test.Careless.make: Total is calculated",
			`C010: resource_test.Careless.lsit: the policy names an action that is not declared before it (did you mean "list"?)`,
			"C008: resource_test.Careless.policy: eq compares constants",
			"C010: resource_test.Careless.policy: this check is never asked",
			"C011: resource_test.Careless.make: no policy speaks of the action",
			"C012: resource_test.Careless.Total: the field is tagged calculated, but nothing calculates it",
			"compile_test.go:",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := resource.Compile(resource.Of[User](), tt.of)
			if _, ok := errors.AsType[resource.Diagnostics](err); !ok {
				t.Fatalf("Compile = %v, want Diagnostics", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no diagnostic has %q in\n%v", want, err)
				}
			}
		})
	}
}
