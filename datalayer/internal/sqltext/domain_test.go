package sqltext_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

type Team struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required,min=2,max=40" conga:"unique"`
	Size int16     `validate:"min=1,max=99"`
}

func (t *Team) Define(r *resource.Builder[Team]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type User struct {
	ID     uuid.UUID `conga:"primary"`
	Name   string    `validate:"required,max=40"`
	Active bool
	TeamID *uuid.UUID
	BossID *uuid.UUID
	Label  string `conga:"calculated"`

	Team        *Team        `conga:"belongs_to,on_delete=nilify"`
	Boss        *User        `conga:"belongs_to"`
	Profile     *Profile     `conga:"has_one"`
	Messages    []Message    `conga:"has_many,key=AuthorID"`
	Memberships []Membership `conga:"has_many"`
	Rooms       []Room       `conga:"many_to_many,through=Membership"`
}

func (u *User) Define(r *resource.Builder[User]) {
	resource.Calculate(r, &u.Label, expr.Concat(expr.F(&u.Name), expr.V(" of "), expr.F(&u.Team.Name)))
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type Profile struct {
	ID     int64 `conga:"primary"`
	UserID uuid.UUID
	Bio    string
	User   *User `conga:"belongs_to,on_delete=cascade"`
}

func (p *Profile) Define(r *resource.Builder[Profile]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type Membership struct {
	ID     uuid.UUID `conga:"primary"`
	RoomID uuid.UUID
	UserID uuid.UUID
	Room   *Room `conga:"belongs_to,on_delete=cascade"`
	User   *User `conga:"belongs_to,on_delete=cascade"`
}

func (m *Membership) Define(r *resource.Builder[Membership]) {
	r.Identity("pair", &m.RoomID, &m.UserID)
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type Room struct {
	ID       uuid.UUID `conga:"primary"`
	Name     string    `validate:"required,max=80"`
	State    string    `validate:"oneof=open closed" conga:"default=open"`
	OwnerID  *uuid.UUID
	Messages int        `conga:"calculated"`
	Latest   *time.Time `conga:"calculated"`

	Owner   *User     `conga:"belongs_to,on_delete=nilify"`
	Posts   []Message `conga:"has_many"`
	Members []User    `conga:"many_to_many,through=Membership"`
	Tags    []Tag     `conga:"many_to_many,through=Tagging"`
}

func (room *Room) Define(r *resource.Builder[Room]) {
	resource.Calculate(r, &room.Messages, expr.Count(&room.Posts))
	resource.Calculate(r, &room.Latest, expr.Max(&room.Posts, func(m *Message) *time.Time { return &m.InsertedAt }))
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type Tag struct {
	ID   int64 `conga:"primary"`
	Word string
}

func (t *Tag) Define(r *resource.Builder[Tag]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type Tagging struct {
	ID     uuid.UUID `conga:"primary"`
	RoomID uuid.UUID
	TagID  int64
	Room   *Room `conga:"belongs_to,on_delete=cascade"`
	Tag    *Tag  `conga:"belongs_to,on_delete=cascade"`
}

func (t *Tagging) Define(r *resource.Builder[Tagging]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type Message struct {
	ID         uuid.UUID `conga:"primary"`
	Body       string    `validate:"required,max=4000"`
	RoomID     uuid.UUID
	AuthorID   uuid.UUID
	Likes      int32
	Score      float64
	Price      decimal.Decimal `validate:"gte=0"`
	Took       time.Duration
	Extra      map[string]any
	Raw        []byte
	SeenAt     *time.Time
	InsertedAt time.Time `conga:"created,index"`

	Room   *Room `conga:"belongs_to"`
	Author *User `conga:"belongs_to"`
}

func (m *Message) Define(r *resource.Builder[Message]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

func compile(t testing.TB) *resource.Registry {
	g, err := resource.Compile(
		resource.Of[Message](), resource.Of[Room](), resource.Of[User](), resource.Of[Team](), resource.Of[Profile](),
		resource.Of[Membership](), resource.Of[Tag](), resource.Of[Tagging](),
	)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
