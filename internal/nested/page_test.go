package nested

import (
	"context"
	"strconv"
	"testing"
	"testing/fstest"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/form"
	"github.com/congago/conga/live"
	"github.com/congago/conga/live/livetest"
)

// ticketPage edits a ticket with its comments.
type ticketPage struct {
	Form   *form.Form
	Ticket *Ticket
}

func (p *ticketPage) Mount(s *live.Session) error {
	h := conga.For[Ticket](s.App())
	f := h.Fields()
	found, err := h.Read(s, "", conga.Load(&f.Comments))
	if err != nil {
		return err
	}
	p.Ticket = found.Items[0]
	p.Form, err = form.Update(h, "edit", p.Ticket)
	return err
}

func (p *ticketPage) Validate(s *live.Session, v form.Values) error { return p.Form.Validate(s, v) }

func (p *ticketPage) Add(*live.Session) error { p.Form.Add("comments"); return nil }

func (p *ticketPage) Remove(_ *live.Session, c live.Click) error {
	at, err := strconv.Atoi(c.Get("at"))
	if err == nil {
		p.Form.Remove("comments", at)
	}
	return err
}

func (p *ticketPage) Save(s *live.Session, v form.Values) error {
	ok, err := p.Form.Submit(s, v)
	if ok {
		s.Flash("info", "saved")
	}
	return err
}

const ticketHTML = `<p id="n">{{len (.Form.Nested "comments")}}</p>
<form id="edit" phx-change="validate" phx-submit="save">{{form_errors .Form}}{{input .Form "title" "Title"}}
{{range $i, $c := .Form.Nested "comments"}}<fieldset id="c{{$i}}">{{with $c.Key}}<input type="hidden" name="{{$c.Name "id"}}" value="{{.}}">{{end}}
{{input $c "body" "Comment"}}{{form_errors $c}}<button type="button" id="remove{{$i}}" phx-click="remove" phx-value-at="{{$i}}">x</button></fieldset>{{end}}
<input type="hidden" name="comments[]" value=""><button type="button" id="add" phx-click="add">+</button></form>`

func TestNestedPage(t *testing.T) {
	d := newDesk(t, func(o datalayer.Observer) (datalayer.Layer, error) {
		return sqlite.OpenWith(t.Context(), ":memory:", sqlite.Options{Observer: o})
	})
	f := d.tickets.Fields()
	ticket := d.mustOpen("a", conga.Nest(&f.Comments, conga.Child(body(d, "one")), conga.Child(body(d, "two"))))
	pages, err := live.Compile(fstest.MapFS{"t.html": {Data: []byte(ticketHTML)}}, live.Page[ticketPage]("/", "t.html"))
	if err != nil {
		t.Fatal(err)
	}
	p := livetest.Open(t, live.New(d.app, pages, live.Options{Actor: func(context.Context, live.SessionData) (any, error) { return d.ann, nil }}), "/")
	p.WaitForText("#n", "2")
	p.Click("#add")
	p.WaitForText("#n", "3")
	p.Change("#edit", "comments[2][body]", "this is much too long for a comment")
	p.WaitFor("#c2 .field-errors")
	p.WaitGone("#c1 .field-errors")
	p.Change("#edit", "comments[2][body]", "three")
	p.WaitGone(".field-errors")
	p.Click("#remove0")
	p.WaitForText("#n", "2")
	p.Submit("#edit", "comments[0][body]", "TWO")
	p.WaitForFlash("info")
	d.expect(ticket, "a by Ann 0:TWO/new/1 1:three/new/0")
}
