// Package chat is what the example is about: people, rooms, and the messages
// that people post in them. All of its doors are made from this file.
package chat

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Resources are all resources of the chat.
func Resources() []resource.Definition {
	return []resource.Definition{
		resource.Of[User](), resource.Of[Token](), resource.Of[Room](), resource.Of[Message](),
	}
}

// User is somebody who chats.
type User struct {
	ID           uuid.UUID `conga:"primary"`
	Name         string    `validate:"required,min=2,max=30" conga:"unique,trim,immutable" doc:"How the user signs in and is called."`
	PasswordHash string    `conga:"private,sensitive"`
	InsertedAt   time.Time `conga:"created"`

	Messages []Message `conga:"has_many,key=AuthorID"`
}

// Password is the argument of the register action.
type Password struct {
	Password string `validate:"required,min=8,max=100" conga:"sensitive"`
}

// Credentials are the input of the sign_in action.
type Credentials struct {
	Name     string `validate:"required"`
	Password string `validate:"required" conga:"sensitive"`
}

// Define says what can be done with users, and by whom.
func (u *User) Define(r *resource.Builder[User]) {
	r.Read("list").Primary().Sort(expr.Asc(&u.Name))
	register := r.Create("register").Accept(&u.Name)
	in := resource.Arguments[Password](register)
	register.Change(resource.ChangeFunc(func(_ context.Context, c *resource.Changeset) error {
		return resource.Put(c, &u.PasswordHash, hashPassword(resource.Value(c, &in.Password)))
	}))
	resource.Handle(r, "sign_in", SignIn).Describe("Trades a name and a password for a bearer token.")

	r.Policy("list", "register", "sign_in").AuthorizeIf(resource.Public)
}

// Token lets a program act as a user until it expires. Only its hash is stored.
type Token struct {
	ID        uuid.UUID `conga:"primary"`
	Hash      []byte    `conga:"private,sensitive,unique"`
	UserID    uuid.UUID
	ExpiresAt time.Time

	User *User `conga:"belongs_to,on_delete=cascade"`
}

// Define keeps tokens to the program itself.
func (t *Token) Define(r *resource.Builder[Token]) {
	r.Read("list").Private()
	r.Create("issue").Private().Accept(&t.Hash, &t.UserID, &t.ExpiresAt)
	r.Policy().AuthorizeIf(resource.Always)
}

// Room is where messages are posted.
type Room struct {
	ID           uuid.UUID `conga:"primary"`
	Name         string    `validate:"required,max=60" conga:"unique,trim"`
	OwnerID      uuid.UUID
	InsertedAt   time.Time  `conga:"created"`
	MessageCount int        `conga:"calculated" doc:"The number of messages in the room."`
	LastPostedAt *time.Time `conga:"calculated" doc:"When the newest message was posted."`

	Owner    *User     `conga:"belongs_to"`
	Messages []Message `conga:"has_many"`
}

// Define says what can be done with rooms, and by whom.
func (room *Room) Define(r *resource.Builder[Room]) {
	me := resource.Actor[User](r)
	resource.Calculate(r, &room.MessageCount, expr.Count(&room.Messages))
	resource.Calculate(r, &room.LastPostedAt, expr.Max(&room.Messages, func(m *Message) *time.Time { return &m.InsertedAt }))

	r.Read("list").Primary().Sort(expr.Asc(&room.Name))
	r.Create("create").Primary().Accept(&room.Name).Change(resource.Set(&room.OwnerID, &me.ID))
	r.Update("rename").Primary().Accept(&room.Name)
	r.Destroy("delete").Primary()

	r.Policy("list").AuthorizeIf(resource.Public)
	r.Policy("create").AuthorizeIf(resource.ActorPresent)
	r.Policy("rename", "delete").AuthorizeIf(expr.Eq(&room.OwnerID, &me.ID))
}

// Message is one post in a room.
type Message struct {
	ID         uuid.UUID `conga:"primary"`
	Body       string    `validate:"required,max=4000" conga:"trim"`
	RoomID     uuid.UUID `conga:"immutable"`
	AuthorID   uuid.UUID
	InsertedAt time.Time `conga:"created,index"`
	UpdatedAt  time.Time `conga:"updated"`

	Room   *Room `conga:"belongs_to,on_delete=cascade"`
	Author *User `conga:"belongs_to"`
}

// Define says what can be done with messages, and by whom.
func (m *Message) Define(r *resource.Builder[Message]) {
	me := resource.Actor[User](r)

	r.Read("list").Primary().Sort(expr.Desc(&m.InsertedAt)).Page(50)
	r.Create("post").Primary().Accept(&m.Body, &m.RoomID).Change(resource.Set(&m.AuthorID, &me.ID))
	r.Update("edit").Primary().Accept(&m.Body)
	r.Destroy("delete").Primary()

	r.Policy("list").AuthorizeIf(resource.Public)
	r.Policy("post").AuthorizeIf(resource.ActorPresent)
	r.Policy("edit", "delete").AuthorizeIf(expr.Eq(&m.AuthorID, &me.ID))

	r.Publish("room", &m.RoomID)
}

// Edited reports whether the message was changed after it was posted.
func (m *Message) Edited() bool { return m.UpdatedAt.After(m.InsertedAt) }
