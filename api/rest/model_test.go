package rest_test

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

type User struct {
	ID         uuid.UUID `conga:"primary"`
	Name       string    `validate:"required,min=2,max=30" conga:"unique,trim" doc:"How the user is called."`
	Email      *string   `validate:"omitempty,email"`
	Secret     string    `conga:"private,sensitive"`
	InsertedAt time.Time `conga:"created"`

	Rooms    []Room    `conga:"has_many,key=OwnerID"`
	Messages []Message `conga:"has_many,key=AuthorID"`
	Tokens   []Token   `conga:"has_many"`
}

type Registration struct {
	Password string `validate:"required,min=8" conga:"sensitive"`
}

type Credentials struct {
	Name     string `validate:"required"`
	Password string `validate:"required" conga:"sensitive"`
}

type SignedIn struct {
	Token string
	User  *User
	Rooms []Room
}

type Nothing struct{}

func (u *User) Define(r *resource.Builder[User]) {
	r.Read("list").Primary().Sort(expr.Asc(&u.Name))
	register := r.Create("register").Accept(&u.Name, &u.Email)
	in := resource.Arguments[Registration](register)
	register.Change(resource.ChangeFunc(func(_ context.Context, c *resource.Changeset) error {
		return resource.Put(c, &u.Secret, resource.Value(c, &in.Password))
	}))
	resource.Handle(r, "sign_in", signIn).Describe("Trades a name and a password for a token.")
	resource.Handle(r, "forget", func(context.Context, *Nothing) (*Nothing, error) { return nil, nil })
	resource.Handle(r, "myself", func(ctx context.Context, _ *Nothing) (*User, error) {
		me, _ := conga.ActorFrom(ctx).(*User)
		return me, nil
	})
	resource.Handle(r, "fail", func(context.Context, *Nothing) (*Nothing, error) {
		return nil, errors.New("secret internal text")
	})
	resource.Handle(r, "busy", func(context.Context, *Nothing) (*Nothing, error) {
		return nil, &conga.Error{Kind: conga.Unavailable, Message: "secret internal text"}
	})
	resource.Handle(r, "hidden", func(context.Context, *Nothing) (*Nothing, error) { return nil, nil }).Private()

	r.Policy("list", "register", "sign_in", "forget", "fail", "busy", "hidden").AuthorizeIf(resource.Public)
	r.Policy("myself").AuthorizeIf(resource.ActorPresent)
}

func signIn(ctx context.Context, in *Credentials) (*SignedIn, error) {
	users := conga.For[User](conga.FromContext(ctx))
	f := users.Fields()
	found, err := users.Read(ctx, "list", conga.Where(expr.Is(&f.Name, in.Name)))
	if err != nil {
		return nil, err
	}
	if len(found.Items) == 0 || found.Items[0].Secret != in.Password {
		return nil, &conga.Error{Kind: conga.Forbidden, Message: "wrong name or password"}
	}
	return &SignedIn{Token: found.Items[0].Name, User: found.Items[0]}, nil
}

type Token struct {
	ID     uuid.UUID `conga:"primary"`
	UserID uuid.UUID
	User   *User `conga:"belongs_to"`
}

func (t *Token) Define(r *resource.Builder[Token]) {
	r.Read("list").Private()
	r.Policy().AuthorizeIf(resource.Public)
}

type Room struct {
	ID           uuid.UUID `conga:"primary"`
	Name         string    `validate:"required,max=60" conga:"unique,trim"`
	Topic        *string   `validate:"omitempty,max=200"`
	OwnerID      uuid.UUID
	InsertedAt   time.Time  `conga:"created"`
	MessageCount int        `conga:"calculated" doc:"The number of messages in the room."`
	LastPostedAt *time.Time `conga:"calculated"`

	Owner    *User     `conga:"belongs_to"`
	Messages []Message `conga:"has_many"`
}

func (room *Room) Define(r *resource.Builder[Room]) {
	me := resource.Actor[User](r)
	resource.Calculate(r, &room.MessageCount, expr.Count(&room.Messages))
	resource.Calculate(r, &room.LastPostedAt, expr.Max(&room.Messages, func(m *Message) *time.Time { return &m.InsertedAt }))

	r.Read("list").Primary().Sort(expr.Asc(&room.Name)).Page(3).MaxPage(10)
	r.Create("create").Primary().Accept(&room.Name, &room.Topic).Change(resource.Set(&room.OwnerID, &me.ID))
	r.Create("ensure").Accept(&room.Name, &room.Topic).Upsert(&room.Name).Change(resource.Set(&room.OwnerID, &me.ID)).Bulk()
	r.Update("rename").Primary().Accept(&room.Name, &room.Topic)
	r.Destroy("delete").Primary()

	r.Policy("list").AuthorizeIf(resource.Public)
	r.Policy("create", "ensure").AuthorizeIf(resource.ActorPresent)
	r.Policy("rename", "delete").AuthorizeIf(expr.Eq(&room.OwnerID, &me.ID))
}

type Message struct {
	ID         uuid.UUID `conga:"primary"`
	Body       string    `validate:"required,max=40" conga:"trim"`
	Pinned     bool
	RoomID     uuid.UUID `conga:"immutable"`
	AuthorID   uuid.UUID
	InsertedAt time.Time `conga:"created,index"`
	UpdatedAt  time.Time `conga:"updated"`

	Room   *Room `conga:"belongs_to,on_delete=cascade"`
	Author *User `conga:"belongs_to"`
}

type Search struct {
	Text  string `validate:"required,max=20"`
	Loud  bool
	Since *time.Time
}

func (m *Message) Define(r *resource.Builder[Message]) {
	me := resource.Actor[User](r)

	r.Read("list").Primary().Sort(expr.Asc(&m.InsertedAt)).Page(50).
		Groups(&m.Pinned, &m.InsertedAt, &m.Author.Name).Aggregates(&m.AuthorID, &m.InsertedAt)
	search := r.Read("search").Describe("Finds messages with this very text.")
	in := resource.Arguments[Search](search)
	search.Filter(expr.Eq(&m.Body, &in.Text))
	r.Create("post").Accept(&m.Body, &m.RoomID).Change(resource.Set(&m.AuthorID, &me.ID)).Bulk()
	r.Update("edit").Primary().Accept(&m.Body).Bulk()
	r.Update("pin").Change(resource.SetTo(&m.Pinned, true)).Bulk()
	r.Destroy("delete").Primary()
	r.Destroy("purge").Bulk()

	r.Policy("list", "search").AuthorizeIf(resource.Public)
	r.Policy("post").AuthorizeIf(resource.ActorPresent)
	r.Policy("edit", "pin", "delete", "purge").AuthorizeIf(expr.Eq(&m.AuthorID, &me.ID))
}

// Sample has an attribute of every kind, and a key that is a number.
type Sample struct {
	ID     int64  `conga:"primary"`
	State  string `validate:"required,oneof=open closed" conga:"default=open"`
	Note   *string
	Count  int32 `validate:"gte=0,lte=100"`
	Ratio  float64
	Price  decimal.Decimal
	Day    *time.Time
	Took   time.Duration
	Owner  *uuid.UUID
	Blob   []byte
	Labels []string `validate:"max=3"`
	Done   *bool
	Hidden string `json:"-"`
}

func (s *Sample) Define(r *resource.Builder[Sample]) {
	r.Read("list").Primary().Groups(&s.State, &s.Day, &s.Done, &s.Price, &s.Note).
		Aggregates(&s.Count, &s.Ratio, &s.Price, &s.Day, &s.Took, &s.Note)
	r.Create("make").Primary().Accept(&s.State, &s.Note, &s.Count, &s.Ratio, &s.Price, &s.Day, &s.Took, &s.Owner, &s.Blob, &s.Labels, &s.Done)
	r.Update("change").Primary().Accept(&s.State, &s.Note, &s.Count, &s.Ratio, &s.Price, &s.Day, &s.Took, &s.Owner, &s.Blob, &s.Labels, &s.Done)
	r.Policy().AuthorizeIf(resource.Public)
}
