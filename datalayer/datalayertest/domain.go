package datalayertest

import (
	"net/netip"
	"testing"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// The resources of the suite: a small blog, in which keys are integers, UUIDs
// and texts, and all kinds of relationships occur.

type author struct {
	ID     int64  `conga:"primary"`
	Name   string `conga:"unique"`
	Age    *int
	Active bool
	BossID *int64

	Boss    *author  `conga:"belongs_to,on_delete=nilify"`
	Reports []author `conga:"has_many,key=BossID"`
	Posts   []post   `conga:"has_many,key=AuthorID"`
	Profile *profile `conga:"has_one,key=AuthorID"`

	Top     []post    `conga:"has_many,key=AuthorID"`
	Even    []post    `conga:"has_many,key=AuthorID"`
	Answers []comment `conga:"has_many,through=Posts.Comments"`
	Words   []tag     `conga:"has_many,through=Posts.Tags"`
	Bosses  []author  `conga:"has_many,through=Posts.Comments.By.Boss"`
	Peers   []author  `conga:"has_many,key=-"`
	Heads   []comment `conga:"has_many,through=Top.Best"`
}

func (a *author) Define(r *resource.Builder[author]) {
	resource.Related(r, &a.Top).
		Where(func(p *post) expr.Bool { return expr.Gt(&p.Votes, -2).And(expr.IsNot(&p.Author.Name, "author4")) }).
		Sort(func(p *post) []expr.Order { return []expr.Order{expr.Desc(&p.Votes), expr.Asc(&p.Rank)} }).Limit(2)
	resource.Related(r, &a.Even).Where(func(p *post) expr.Bool {
		return expr.Equal(expr.Coalesce(expr.F(&p.Rank), expr.V(0)), expr.Coalesce(expr.F(&a.Age), expr.V(0))).
			Or(expr.Is(&p.Done, true), expr.Is(&a.Boss.Active, true))
	})
	resource.Related(r, &a.Words).Sort(func(x *tag) []expr.Order { return []expr.Order{expr.Desc(&x.Word)} })
	resource.Related(r, &a.Peers).Where(func(b *author) expr.Bool {
		return expr.Eq(&a.Active, &b.Active).And(expr.Not(expr.Eq(&a.ID, &b.ID)))
	})
	everything(r)
}

type profile struct {
	ID       int64 `conga:"primary"`
	AuthorID int64 `conga:"unique"`
	Bio      string
	Author   *author `conga:"belongs_to,on_delete=cascade"`
}

func (p *profile) Define(r *resource.Builder[profile]) { everything(r) }

type post struct {
	ID       uuid.UUID `conga:"primary"`
	Title    string    `validate:"required,max=30"`
	Subtitle *string
	State    string `validate:"required,oneof=draft live gone"`
	Votes    int32
	Rank     *int
	Score    float64
	Price    decimal.Decimal
	Discount *decimal.Decimal
	At       time.Time
	SeenAt   *time.Time
	Done     bool
	Took     time.Duration
	Hash     []byte
	Day      civil.Date
	Until    *civil.Date
	Words    []string `conga:"index"`
	Marks    []int32
	Wishes   *[]string
	About    subject
	AuthorID *int64

	Replies int  `conga:"calculated"`
	Stars   *int `conga:"calculated"`

	Author   *author   `conga:"belongs_to"`
	Comments []comment `conga:"has_many,key=PostID"`
	Tags     []tag     `conga:"many_to_many,through=tagging,source_key=PostID,target_key=TagID"`

	Best     *comment `conga:"has_one,key=PostID"`
	Worst    *comment `conga:"has_one,key=PostID"`
	FirstTag []tag    `conga:"many_to_many,through=tagging,source_key=PostID,target_key=TagID"`
	Later    []tag    `conga:"many_to_many,through=tagging,source_key=PostID,target_key=TagID"`
	Others   []post   `conga:"has_many,source=Title,key=Title"`
	Writers  []author `conga:"has_many,through=Tags.Posts.Author"`
}

func (p *post) Define(r *resource.Builder[post]) {
	resource.Calculate(r, &p.Replies, expr.Count(&p.Comments))
	resource.Calculate(r, &p.Stars, expr.Max(&p.Comments, func(c *comment) *int { return &c.Stars }))
	stars := func(c *comment) []expr.Order { return []expr.Order{expr.Desc(&c.Stars)} }
	resource.RelatedOne(r, &p.Best).Sort(stars).Where(func(c *comment) expr.Bool { return expr.Gt(&c.Stars, 0) })
	resource.RelatedOne(r, &p.Worst).Sort(func(c *comment) []expr.Order { return []expr.Order{expr.Asc(&c.Stars), expr.Desc(&c.Body)} })
	resource.RelatedThrough[tagging](r, &p.FirstTag).
		Sort(func(_ *tag, x *tagging) []expr.Order { return []expr.Order{expr.Desc(&x.ID)} }).Limit(1)
	resource.RelatedThrough[tagging](r, &p.Later).
		Where(func(w *tag, x *tagging) expr.Bool {
			return expr.Gt(&x.ID, 40).Or(expr.IsNot(&w.Word, "go")).And(expr.Eq(&x.Post.ID, &p.ID))
		}).
		Sort(func(w *tag, x *tagging) []expr.Order { return []expr.Order{expr.Desc(&x.ID), expr.Asc(&w.Word)} })
	resource.Related(r, &p.Others).Where(func(o *post) expr.Bool { return expr.Not(expr.Eq(&o.ID, &p.ID)) })
	resource.Union[subject](r).Variant("person", &person{}).Variant("number", number(0)).Variant("nothing", nothing{}).Discriminator("kind")
	everything(r)
}

type comment struct {
	ID     uuid.UUID `conga:"primary"`
	PostID uuid.UUID
	Body   string
	Stars  int
	ByID   *int64

	Post *post   `conga:"belongs_to,on_delete=cascade"`
	By   *author `conga:"belongs_to,on_delete=nilify"`
}

func (c *comment) Define(r *resource.Builder[comment]) { everything(r) }

type tag struct {
	Word  string `conga:"primary"`
	Posts []post `conga:"many_to_many,through=tagging,source_key=TagID,target_key=PostID"`
}

func (x *tag) Define(r *resource.Builder[tag]) { everything(r) }

type tagging struct {
	ID     int64 `conga:"primary"`
	PostID uuid.UUID
	TagID  string

	Post *post `conga:"belongs_to,on_delete=cascade"`
	Tag  *tag  `conga:"belongs_to,on_delete=cascade"`
}

func (x *tagging) Define(r *resource.Builder[tagging]) {
	r.Identity("pair", &x.PostID, &x.TagID)
	everything(r)
}

// sample has a field of each type, with and without NULL.
type sample struct {
	ID    uuid.UUID `conga:"primary"`
	Text  string
	TextN *string
	Mood  mood
	Yes   bool
	YesN  *bool
	Int   int
	IntN  *int
	Int8  int8
	Int16 int16
	Int32 int32
	Byte  uint8
	Word  uint16
	Long  uint32
	F64   float64
	F64N  *float64
	F32   float32
	Dec   decimal.Decimal
	DecN  *decimal.Decimal
	Time  time.Time
	TimeN *time.Time
	Dur   time.Duration
	DurN  *time.Duration
	Key   uuid.UUID
	KeyN  *uuid.UUID
	Blob  []byte
	BlobN *[]byte
	Doc   document
	DocN  *document
	Map   map[string]any

	Day    civil.Date
	DayN   *civil.Date
	Addr   netip.Addr
	AddrN  *netip.Addr
	Money  cents
	List   []string
	ListN  *[]string
	Moods  []mood
	Yeses  []bool
	Ints   []int
	Shorts []int16
	Floats []float64
	Decs   []decimal.Decimal
	Times  []time.Time
	Durs   []time.Duration
	Keys   []uuid.UUID
	Days   []civil.Date
	Addrs  []netip.Addr
	Thing  subject
	Things []subject
	Case   *box
}

type mood string

// cents is an amount that is stored as an integer.
type cents struct{ n int64 }

func (c cents) Stored() int64 { return c.n }

func (c *cents) Restore(n int64) error {
	c.n = n
	return nil
}

type document struct {
	Name  string         `json:"name"`
	Sizes []float64      `json:"sizes"`
	Inner map[string]any `json:"inner,omitempty"`
	At    *time.Time     `json:"at,omitempty"`
}

// subject is a union, and box a document with unions in it.
type subject interface{ subject() }

type (
	person struct {
		Name string
		Born *civil.Date
		Near subject
	}
	number  float64
	nothing struct{}
	box     struct {
		Label string
		Inner subject
		More  []subject
	}
)

func (*person) subject() {}
func (number) subject()  {}
func (nothing) subject() {}

func (s *sample) Define(r *resource.Builder[sample]) { everything(r) }

// everything lets anybody read.
func everything[T any](r *resource.Builder[T]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

func compile(t *testing.T) *resource.Registry {
	t.Helper()
	g, err := resource.Compile(
		resource.Of[author](), resource.Of[profile](), resource.Of[post](), resource.Of[comment](),
		resource.Of[tag](), resource.Of[tagging](), resource.Of[sample](),
	)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
