package graphql

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// definitions are the resources of the application that the tests serve.
func definitions() []resource.Definition {
	return []resource.Definition{
		resource.Of[User](), resource.Of[Room](), resource.Of[Message](), resource.Of[Sample](), resource.Of[Secret](),
	}
}

// User is somebody who chats.
type User struct {
	ID    uuid.UUID `conga:"primary"`
	Name  string    `validate:"required,min=2,max=40" conga:"unique,trim" doc:"How the user is called."`
	Email *string   `validate:"omitempty,email"`
	Hash  string    `conga:"private,sensitive"`

	Messages []Message `conga:"has_many,key=AuthorID"`
}

// Credentials are the input of sign_in.
type Credentials struct {
	Name     string `validate:"required"`
	Password string `validate:"required" conga:"sensitive"`
}

// SignedIn is the result of sign_in.
type SignedIn struct {
	Token string
	User  *User
	Peers []User
}

func (u *User) Define(r *resource.Builder[User]) {
	r.Describe("Somebody who chats.")
	r.Read("list").Primary().Sort(expr.Asc(&u.Name))
	r.Create("register").Accept(&u.Name, &u.Email)
	r.Update("rename").Accept(&u.Name, &u.Email)
	resource.Handle(r, "sign_in", signIn).Describe("Trades a name and a password for a token.")
	resource.Handle(r, "me", func(ctx context.Context, _ *struct{}) (*User, error) {
		me, _ := conga.ActorFrom(ctx).(*User)
		return me, nil
	})
	resource.Handle(r, "ping", func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	resource.Handle(r, "explode", func(context.Context, *struct{}) (*struct{}, error) { panic("the secret of the cellar") })
	r.Policy().AuthorizeIf(resource.Public)
}

func signIn(ctx context.Context, in *Credentials) (*SignedIn, error) {
	users := conga.For[User](conga.FromContext(ctx))
	f := users.Fields()
	found, err := users.Read(ctx, "list", conga.Where(expr.Is(&f.Name, in.Name)))
	if err != nil {
		return nil, err
	}
	if len(found.Items) == 0 || in.Password != "sesame" {
		return nil, &conga.Error{Kind: conga.Forbidden, Message: "wrong name or password"}
	}
	return &SignedIn{Token: "token-of-" + in.Name, User: found.Items[0], Peers: []User{*found.Items[0]}}, nil
}

// Room is where messages are posted.
type Room struct {
	ID           uuid.UUID `conga:"primary"`
	Name         string    `validate:"required,max=80" conga:"unique,trim"`
	Topic        *string
	State        string `validate:"oneof=open in_progress closed" conga:"default=open"`
	Hidden       bool
	OwnerID      *uuid.UUID
	MessageCount int        `conga:"calculated" doc:"The number of messages in the room."`
	LastPosted   *time.Time `conga:"calculated"`

	Owner    *User     `conga:"belongs_to,on_delete=nilify"`
	Messages []Message `conga:"has_many"`
}

func (room *Room) Define(r *resource.Builder[Room]) {
	me := resource.Actor[User](r)
	resource.Calculate(r, &room.MessageCount, expr.Count(&room.Messages))
	resource.Calculate(r, &room.LastPosted, expr.Max(&room.Messages, func(m *Message) *time.Time { return &m.InsertedAt }))

	r.Read("list").Primary().Sort(expr.Asc(&room.Name))
	r.Create("open").Accept(&room.Name, &room.Topic, &room.State, &room.Hidden).Change(resource.SetExpr(&room.OwnerID, expr.Nullable(expr.F(&me.ID))))
	r.Update("change").Accept(&room.Name, &room.Topic, &room.State, &room.Hidden)
	r.Destroy("close")
	r.Policy("list").AuthorizeIf(expr.Is(&room.Hidden, false)).AuthorizeIf(expr.Equal(expr.Nullable(expr.F(&me.ID)), expr.F(&room.OwnerID)))
	r.Policy("open").AuthorizeIf(resource.ActorPresent)
	r.Policy("change", "close").AuthorizeIf(expr.Equal(expr.Nullable(expr.F(&me.ID)), expr.F(&room.OwnerID)))
}

// Message is one post in a room.
type Message struct {
	ID         uuid.UUID `conga:"primary"`
	Body       string    `validate:"required,max=40" conga:"trim"`
	RoomID     uuid.UUID `conga:"immutable"`
	AuthorID   uuid.UUID
	InsertedAt time.Time `conga:"created"`
	UpdatedAt  time.Time `conga:"updated"`
	AuthorName string    `conga:"calculated"`

	Room   *Room `conga:"belongs_to,on_delete=cascade"`
	Author *User `conga:"belongs_to"`
}

// Search are the arguments of search.
type Search struct {
	Text  string `validate:"required"`
	First *int   `doc:"Clashes with the argument of lists."`
}

func (m *Message) Define(r *resource.Builder[Message]) {
	me := resource.Actor[User](r)
	resource.Calculate(r, &m.AuthorName, expr.F(&m.Author.Name))

	r.Read("list").Primary().Sort(expr.Asc(&m.InsertedAt)).Page(3).
		Groups(&m.AuthorID, &m.InsertedAt, &m.Room.Name, &m.Room.State, &m.AuthorName).Aggregates(&m.AuthorID, &m.Body, &m.InsertedAt, &m.Room.State)
	search := r.Read("search")
	in := resource.Arguments[Search](search)
	search.Filter(expr.Of[bool](expr.Call{Op: expr.OpContains, Args: []expr.Node{expr.F(&m.Body).Node(), expr.F(&in.Text).Node()}}))
	r.Read("audit").Private()
	r.Create("post").Accept(&m.Body, &m.RoomID).Change(resource.Set(&m.AuthorID, &me.ID)).Bulk()
	r.Update("edit").Accept(&m.Body).Bulk()
	r.Destroy("delete").Bulk()

	r.Policy("list", "search", "audit").AuthorizeIf(expr.Is(&m.Room.Hidden, false)).AuthorizeIf(expr.Eq(&m.AuthorID, &me.ID))
	r.Policy("post").AuthorizeIf(resource.ActorPresent)
	r.Policy("edit", "delete").AuthorizeIf(expr.Eq(&m.AuthorID, &me.ID))
	r.Publish("room", &m.RoomID)
}

// Kind of a sample.
type Kind string

// Sample has a value of every type.
type Sample struct {
	ID       int64 `conga:"primary"`
	Count    int
	Small    int16
	Huge     int64
	Ratio    float64
	Price    decimal.Decimal
	At       *time.Time
	Length   time.Duration
	Kind     Kind   `validate:"oneof=plain very-fancy"`
	Grade    string `validate:"oneof=1 2 3"`
	Done     bool
	Data     []byte
	Tags     []string
	Settings map[string]any
	Token    uuid.UUID
	ParentID *int64
	Not      string

	Parent   *Sample  `conga:"belongs_to"`
	Children []Sample `conga:"has_many,key=ParentID"`
}

func (s *Sample) Define(r *resource.Builder[Sample]) {
	r.Read("list").Primary().Groups(&s.Kind, &s.At, &s.Done).Aggregates(&s.Count, &s.Small, &s.Huge, &s.Ratio, &s.Price, &s.Length)
	r.Create("make").Accept(&s.Count, &s.Small, &s.Huge, &s.Ratio, &s.Price, &s.At, &s.Length, &s.Kind, &s.Grade, &s.Done,
		&s.Data, &s.Tags, &s.Settings, &s.Token, &s.ParentID, &s.Not)
	r.Update("change").Accept(&s.Count, &s.At, &s.Kind, &s.Tags)
	r.Policy().AuthorizeIf(resource.Public)
}

// Secret is for the program alone.
type Secret struct {
	ID   uuid.UUID `conga:"primary"`
	Text string
}

func (s *Secret) Define(r *resource.Builder[Secret]) {
	r.Read("list").Private()
	r.Create("keep").Private().Accept(&s.Text)
	resource.Handle(r, "burn_all", func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	r.Policy().AuthorizeIf(resource.Public)
}
