package doors

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// definitions are the resources of the test application: writers, and papers
// with a value of every kind and a relationship of every kind.
func definitions() []resource.Definition {
	return []resource.Definition{
		resource.Of[Writer](), resource.Of[Card](), resource.Of[Paper](), resource.Of[Line](), resource.Of[Topic](), resource.Of[Mark](),
	}
}

// Writer is also who calls.
type Writer struct {
	ID       uuid.UUID `conga:"primary"`
	Name     string    `validate:"required,min=2,max=40" conga:"unique,trim"`
	Admin    bool
	Hidden   bool
	Level    int
	Secret   string `conga:"private,sensitive"`
	MentorID *uuid.UUID
	Written  int `conga:"calculated"`

	Mentor *Writer  `conga:"belongs_to,on_delete=nilify"`
	Pupils []Writer `conga:"has_many,key=MentorID"`
	Card   *Card    `conga:"has_one"`
	Papers []Paper  `conga:"has_many,key=AuthorID"`
}

// Password is the input of sign_in.
type Password struct {
	Name     string `validate:"required"`
	Password string `validate:"required,min=8" conga:"sensitive"`
}

func (w *Writer) Define(r *resource.Builder[Writer]) {
	me := resource.Actor[Writer](r)
	resource.Calculate(r, &w.Written, expr.Count(&w.Papers))
	r.Read("list").Primary().Sort(expr.Asc(&w.Name))
	r.Create("add").Private().Accept(&w.Name, &w.Admin, &w.Hidden, &w.Level, &w.Secret, &w.MentorID)
	r.Update("rename").Accept(&w.Name)
	resource.Handle(r, "sign_in", func(context.Context, *Password) (*struct{}, error) {
		return nil, &resource.Error{Kind: resource.Forbidden, Message: "wrong name or password"}
	})
	r.Policy("list").AuthorizeIf(expr.Is(&w.Hidden, false)).AuthorizeIf(expr.Is(&me.Admin, true))
	r.Policy("add", "sign_in").AuthorizeIf(resource.Public)
	r.Policy("rename").AuthorizeIf(expr.Eq(&w.ID, &me.ID))
}

// Card is the one card of a writer.
type Card struct {
	ID       uuid.UUID `conga:"primary"`
	Number   int
	WriterID uuid.UUID `conga:"unique"`
	Writer   *Writer   `conga:"belongs_to"`
}

func (c *Card) Define(r *resource.Builder[Card]) {
	r.Read("list").Primary()
	r.Create("issue").Accept(&c.Number, &c.WriterID)
	r.Policy().AuthorizeIf(resource.Public)
}

// Meta is a document with rules of its own.
type Meta struct {
	Color string `json:"color" validate:"max=5"`
	Depth int    `json:"depth"`
	Mood  *Mood
	Words []string `validate:"dive,max=5"`
	Day   *civil.Date
	Spot  *Spot
	Spots []Spot `validate:"max=2"`
}

// Spot is a document within a document.
type Spot struct {
	Label    string `validate:"required,max=4"`
	Distance decimal.Decimal
	Wait     time.Duration
}

// Mood is an enum that lists its values.
type Mood string

func (Mood) Values() []resource.EnumValue {
	return []resource.EnumValue{{Value: "glad", Label: "Glad"}, {Value: "sad", Description: "Not glad."}, {Value: "mad"}}
}

// Cents is an amount that says itself how it is stored.
type Cents struct{ n int64 }

func (c Cents) Stored() int64 { return c.n }

func (c *Cents) Restore(n int64) error {
	if n < 0 {
		return errors.New("negative")
	}
	c.n = n
	return nil
}

// Paper has values of every kind.
type Paper struct {
	ID          uuid.UUID `conga:"primary"`
	Title       string    `validate:"required,max=20" conga:"trim"`
	Code        *string   `validate:"omitempty,max=4" conga:"unique"`
	State       string    `validate:"oneof=draft open closed" conga:"default=draft"`
	Grade       *string   `validate:"omitempty,oneof=good bad"`
	Note        string
	MaybeNote   *string
	Done        bool
	Flag        *bool
	Tiny        int8
	Small       int16
	Mid         int32
	Big         int64
	Octet       uint8
	Count       int `validate:"min=0,max=1000000"`
	Weight      int `conga:"default=7"`
	Maybe       *int
	Ratio       float64
	Slim        float32
	MaybeRatio  *float64 `validate:"omitempty,lt=100"`
	Price       decimal.Decimal
	MaybePrice  *decimal.Decimal
	At          time.Time
	MaybeAt     *time.Time
	Length      time.Duration
	MaybeLength *time.Duration
	Token       uuid.UUID
	MaybeToken  *uuid.UUID
	Data        []byte
	Meta        Meta
	MaybeMeta   *Meta
	Settings    map[string]any
	Tags        []string `validate:"max=3"`
	MaybeTags   *[]string
	Moods       []Mood `validate:"unique"`
	Scores      []int  `validate:"dive,min=0,max=1000000"`
	Days        []civil.Date
	Day         civil.Date
	MaybeDay    *civil.Date
	Host        netip.Addr
	Cents       Cents
	Pin         string `validate:"omitempty,len=4" conga:"sensitive"`
	Internal    string `conga:"private"`
	AuthorID    uuid.UUID
	PrevID      *uuid.UUID
	Made        time.Time `conga:"created"`
	Changed     time.Time `conga:"updated"`

	Lines    int     `conga:"calculated"`
	Longest  *int    `conga:"calculated"`
	Label    string  `conga:"calculated"`
	Mine     bool    `conga:"calculated"`
	Subjects int     `conga:"calculated"`
	Author   *Writer `conga:"belongs_to"`
	Prev     *Paper  `conga:"belongs_to,on_delete=nilify"`
	Next     []Paper `conga:"has_many,key=PrevID"`
	AllLines []Line  `conga:"has_many"`
	Topics   []Topic `conga:"many_to_many,through=Mark"`
}

// Stamping are the arguments of stamp.
type Stamping struct {
	Text   string          `validate:"required,min=3"`
	Times  *int            `validate:"omitempty,min=1"`
	Amount decimal.Decimal `conga:"default=1.5"`
}

// Reason is the argument of scrap.
type Reason struct {
	Reason string `validate:"required,min=3"`
}

// Heavier is the argument of heavier.
type Heavier struct {
	Than int `validate:"min=0"`
}

// Echoed are the arguments and the result of echo.
type Echoed struct {
	Text  string `validate:"required,max=5"`
	Maybe *int
	Price decimal.Decimal
	Tags  []string
	Moods []Mood
	Day   *civil.Date
}

func (p *Paper) Define(r *resource.Builder[Paper]) {
	me := resource.Actor[Writer](r)
	resource.Calculate(r, &p.Lines, expr.Count(&p.AllLines))
	resource.Calculate(r, &p.Longest, expr.Max(&p.AllLines, func(l *Line) *int { return &l.Size }))
	resource.Calculate(r, &p.Label, expr.Concat(expr.F(&p.State), expr.V(": "), expr.F(&p.Title)))
	resource.Calculate(r, &p.Mine, expr.Eq(&p.AuthorID, &me.ID))
	resource.Calculate(r, &p.Subjects, expr.Count(&p.Topics))

	r.Read("list").Primary().Sort(expr.Asc(&p.Title)).Page(10).MaxPage(50)
	heavier := r.Read("heavier")
	than := resource.Arguments[Heavier](heavier)
	heavier.Filter(expr.Less(expr.F(&than.Than), expr.F(&p.Weight)))

	inputs := []any{&p.Title, &p.Code, &p.State, &p.Grade, &p.Note, &p.MaybeNote, &p.Done, &p.Flag, &p.Tiny, &p.Small, &p.Mid, &p.Big,
		&p.Octet, &p.Count, &p.Weight, &p.Maybe, &p.Ratio, &p.Slim, &p.MaybeRatio, &p.Price, &p.MaybePrice, &p.At, &p.MaybeAt, &p.Length,
		&p.MaybeLength, &p.Token, &p.MaybeToken, &p.Data, &p.Meta, &p.MaybeMeta, &p.Settings, &p.Tags, &p.MaybeTags, &p.Moods, &p.Scores, &p.Days, &p.Day, &p.MaybeDay, &p.Host, &p.Cents, &p.Pin, &p.PrevID}
	r.Create("write").Primary().Accept(inputs...).Change(resource.Set(&p.AuthorID, &me.ID)).
		Validate(resource.Valid(expr.IsNot(&p.Note, "forbidden"), "is a word we do not use", &p.Note))
	r.Update("edit").Primary().Bulk().Accept(inputs...).
		Validate(resource.Valid(expr.IsNot(&p.Note, "forbidden"), "is a word we do not use", &p.Note))
	r.Update("bump").Change(resource.SetExpr(&p.Weight, expr.Add(expr.F(&p.Weight), expr.V(1))))
	stamp := r.Update("stamp").Bulk()
	in := resource.Arguments[Stamping](stamp)
	stamp.Accept(&p.Done).Change(resource.Set(&p.Note, &in.Text)).
		Change(resource.SetExpr(&p.MaybeLength, expr.Nullable(expr.F(&p.Length)))).
		Validate(resource.ValidateFunc(func(_ context.Context, c *resource.Changeset) error {
			if resource.Value(c, &in.Text) == "void" {
				return resource.Fault(&in.Text, "void", "is void", nil)
			}
			return nil
		})).
		After(func(context.Context, *resource.Changeset, *Paper) error { return nil })
	r.Destroy("shred").Primary().Bulk()
	resource.Arguments[Reason](r.Destroy("scrap").Bulk())
	resource.Handle(r, "echo", func(_ context.Context, in *Echoed) (*Echoed, error) {
		if in.Text == "boom" {
			return nil, errBoom
		}
		return in, nil
	})
	r.Create("seed").Private().Accept(append(inputs, &p.AuthorID, &p.Internal)...)

	r.Policy("list", "heavier").AuthorizeIf(expr.Is(&p.State, "open")).AuthorizeIf(expr.Eq(&p.AuthorID, &me.ID)).
		AuthorizeIf(expr.Is(&me.Admin, true))
	r.Policy("write").AuthorizeIf(resource.ActorPresent)
	r.Bypass("edit", "shred", "bump").AuthorizeIf(expr.Is(&me.Admin, true))
	r.Policy("edit", "shred", "scrap", "stamp").ForbidIf(expr.Is(&p.State, "closed")).AuthorizeIf(expr.Eq(&p.AuthorID, &me.ID))
	r.Policy("bump").ForbidIf(expr.Eq(&p.AuthorID, &me.ID)).AuthorizeIf(resource.ActorPresent)
	r.Policy("echo", "seed").AuthorizeIf(resource.Public)
	r.Publish("author", &p.AuthorID)
}

// Line is seen by the author of its paper unless it is for all.
type Line struct {
	ID      uuid.UUID `conga:"primary"`
	Text    string    `validate:"required"`
	Size    int
	Hidden  bool
	PaperID uuid.UUID
	Paper   *Paper `conga:"belongs_to,on_delete=cascade"`
}

func (l *Line) Define(r *resource.Builder[Line]) {
	me := resource.Actor[Writer](r)
	r.Read("list").Primary().Sort(expr.Asc(&l.Text))
	r.Create("add").Accept(&l.Text, &l.Size, &l.Hidden, &l.PaperID)
	r.Policy("list").AuthorizeIf(expr.Is(&l.Hidden, false)).AuthorizeIf(expr.Eq(&l.Paper.AuthorID, &me.ID))
	r.Policy("add").AuthorizeIf(expr.Eq(&l.Paper.AuthorID, &me.ID))
}

// Topic is what papers are about.
type Topic struct {
	ID     uuid.UUID `conga:"primary"`
	Name   string    `validate:"required" conga:"unique"`
	Hidden bool
	Papers []Paper `conga:"many_to_many,through=Mark"`
}

func (t *Topic) Define(r *resource.Builder[Topic]) {
	me := resource.Actor[Writer](r)
	r.Read("list").Primary().Sort(expr.Asc(&t.Name))
	r.Create("add").Private().Accept(&t.Name, &t.Hidden)
	r.Policy("list").ForbidIf(expr.Is(&t.Hidden, true).And(expr.Not(expr.Is(&me.Admin, true)))).AuthorizeIf(resource.Always)
	r.Policy("add").AuthorizeIf(resource.Public)
}

// Mark ties a paper to a topic.
type Mark struct {
	ID      uuid.UUID `conga:"primary"`
	PaperID uuid.UUID
	TopicID uuid.UUID
	Paper   *Paper `conga:"belongs_to,on_delete=cascade"`
	Topic   *Topic `conga:"belongs_to,on_delete=cascade"`
}

func (m *Mark) Define(r *resource.Builder[Mark]) {
	r.Read("list").Primary()
	r.Create("add").Private().Accept(&m.PaperID, &m.TopicID)
	r.Policy().AuthorizeIf(resource.Public)
}
