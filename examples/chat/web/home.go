package web

import (
	"time"

	"github.com/congago/conga"
	"github.com/congago/conga/examples/chat/chat"
	"github.com/congago/conga/form"
	"github.com/congago/conga/live"
)

// HomePage lists the rooms, and opens new ones.
type HomePage struct {
	Visitor
	Rooms []*chat.Room
	Form  *form.Form
	stale bool // something has happened since Rooms were read
}

// Mount loads the rooms and follows what happens in them.
func (p *HomePage) Mount(s *live.Session) (err error) {
	p.meet(s)
	rooms := conga.For[chat.Room](s.App())
	if p.Form, err = form.Create(rooms, "create"); err != nil {
		return err
	}
	changed := func(conga.Event) error { return p.reload(s) }
	s.Subscribe(rooms.Topic("", nil), changed)
	s.Subscribe(conga.For[chat.Message](s.App()).Topic("", nil), changed)
	return p.load(s)
}

func (p *HomePage) load(s *live.Session) error {
	rooms := conga.For[chat.Room](s.App())
	f := rooms.Fields()
	found, err := rooms.Read(s, "list", conga.With(&f.MessageCount, &f.LastPostedAt), conga.Limit(200))
	if err == nil {
		p.Rooms, p.stale = found.Items, false
	}
	return err
}

// reload reads the rooms in a moment, once for all that happens until then.
func (p *HomePage) reload(s *live.Session) error {
	if !p.stale {
		p.stale = true
		s.After(50*time.Millisecond, func() error { return p.load(s) })
	}
	return nil
}

// Validate shows what is wrong with the name while it is typed.
func (p *HomePage) Validate(s *live.Session, v form.Values) error { return p.Form.Validate(s, v) }

// Create opens a room and goes there.
func (p *HomePage) Create(s *live.Session, v form.Values) error {
	ok, err := p.Form.Submit(s, v)
	if !ok {
		return err
	}
	s.ClearFlash()
	return s.Navigate("/rooms/" + form.Result[chat.Room](p.Form).ID.String())
}
