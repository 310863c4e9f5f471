package form_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/form"
	"github.com/congago/conga/resource"
	"github.com/google/uuid"
)

type note struct {
	ID   uuid.UUID `conga:"primary"`
	Text string    `validate:"required"`
}

func (n *note) Define(r *resource.Builder[note]) {
	r.Read("list").Primary()
	r.Create("write").Accept(&n.Text)
	r.Policy().AuthorizeIf(resource.Public)
}

// page is a context that cares how its forms fare.
type page struct {
	context.Context
	told []bool
}

func (p *page) Submitted(ok bool) { p.told = append(p.told, ok) }

func TestSubmitTellsThePage(t *testing.T) {
	store, err := sqlite.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[note]())
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	f, err := form.Create(conga.For[note](app), "write")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		text string
		want bool
	}{{"", false}, {"milk", true}} {
		p := &page{Context: t.Context()}
		ok, err := f.Submit(p, form.Of(url.Values{"text": {tt.text}}))
		if err != nil || ok != tt.want || len(p.told) != 1 || p.told[0] != tt.want {
			t.Errorf("Submit(%q) = %v, %v; the page was told %v, want %v", tt.text, ok, err, p.told, tt.want)
		}
	}
}
