package guides_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Cents is an amount of money, stored as an integer.
type Cents struct{ n int64 }

func (c Cents) Stored() int64 { return c.n }

func (c *Cents) Restore(n int64) error {
	if n < 0 {
		return errors.New("negative amount")
	}
	c.n = n
	return nil
}

var _ resource.Custom[int64] = (*Cents)(nil)

// Mood is an enum that lists its values.
type Mood string

func (Mood) Values() []resource.EnumValue {
	return []resource.EnumValue{{Value: "glad", Label: "Glad"}, {Value: "sad", Description: "Not glad."}}
}

// Purse has attributes of types of its own.
type Purse struct {
	ID    uuid.UUID `conga:"primary"`
	Owner string    `conga:"ci,unique,trim"`
	Price Cents
	Moods []Mood
}

func (p *Purse) Define(r *resource.Builder[Purse]) {
	r.Read("list").Primary()
	r.Create("open").Accept(&p.Owner, &p.Price, &p.Moods)
	r.Policy().AuthorizeIf(resource.Public)
}

// Mobile is a telephone number.
type Mobile string

func (Mobile) Describe() resource.TypeDescription {
	return resource.TypeDescription{Text: "A telephone number.", Format: "e164", Pattern: `^\+[0-9]+$`, URL: "https://www.itu.int/rec/T-REC-E.164"}
}

// Bill has values that the database makes.
type Bill struct {
	ID     uuid.UUID `conga:"primary"`
	Number int       `conga:"generated,unique"`
	Code   string
	Notify Mobile
}

func (b *Bill) Define(r *resource.Builder[Bill]) {
	resource.DatabaseDefault(r, &b.Code, "upper(left(md5(random()::text), 6))").On("SQLite", "hex(randomblob(3))")
	r.Create("draw").Accept(&b.Code, &b.Notify)
	r.Policy().AuthorizeIf(resource.Public)
}

func TestValuesOfTheDatabase(t *testing.T) {
	store, err := postgres.Open(t.Context(), pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[Bill]())
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	b, err := conga.For[Bill](app).Create(t.Context(), "draw")
	if err != nil || b.Number != 1 || len(b.Code) != 6 {
		t.Errorf("got %+v, %v", b, err)
	}
}

func TestTypesOfItsOwn(t *testing.T) {
	store, err := sqlite.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[Purse]())
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	purses := conga.For[Purse](app)
	f := purses.Fields()
	_, err = purses.Create(t.Context(), "open", conga.Set(&f.Owner, "Ann"), conga.Set(&f.Price, Cents{250}), conga.Set(&f.Moods, []Mood{"glad"}))
	if err != nil {
		t.Fatal(err)
	}
	page, err := purses.Read(t.Context(), "list", conga.Where(expr.Is(&f.Owner, "ANN").And(expr.Has(&f.Moods, "glad"), expr.Ge(&f.Price, Cents{200}))))
	if err != nil || len(page.Items) != 1 || page.Items[0].Price != (Cents{250}) || page.Items[0].Owner != "Ann" {
		t.Errorf("got %+v, %v", page, err)
	}
	if _, err = purses.Create(t.Context(), "open", conga.Set(&f.Owner, "Bob"), conga.Set(&f.Moods, []Mood{"mad"})); conga.KindOf(err) != conga.Invalid {
		t.Errorf("a mood that is none: %v", err)
	}
}
