package web

import (
	"slices"
	"time"

	"github.com/congago/conga"
	"github.com/congago/conga/examples/chat/chat"
	"github.com/congago/conga/form"
	"github.com/congago/conga/live"
	"github.com/congago/conga/resource/expr"
)

// RoomPage shows one room: its messages, and a form to post one.
type RoomPage struct {
	Visitor
	Room     *chat.Room
	Messages live.Stream[*chat.Message]
	Form     *form.Form
	// More is the cursor of the messages before those shown, or "".
	More   string
	oldest time.Time // of the messages shown

	editing  *chat.Message // as ?edit=ID in the URL says, or nil
	editForm *form.Form
}

// Mount loads the room with its newest messages and follows it.
func (p *RoomPage) Mount(s *live.Session) (err error) {
	p.meet(s)
	p.Back = s.URL().Path
	rooms, messages := conga.For[chat.Room](s.App()), conga.For[chat.Message](s.App())
	if p.Room, err = rooms.Get(s, s.Param("id")); err != nil {
		return err
	}
	s.SetTitle(p.Room.Name + " · Conga chat")
	f := messages.Fields()
	if p.Form, err = form.Create(messages, "post", conga.Set(&f.RoomID, p.Room.ID)); err != nil {
		return err
	}
	s.Subscribe(rooms.Topic("", nil), func(e conga.Event) error { return p.followRoom(s, e) })
	s.Subscribe(messages.Topic("room", p.Room.ID), func(e conga.Event) error { return p.follow(s, e) })
	return p.load(s)
}

// load shows a page of messages above those that are shown already.
func (p *RoomPage) load(s *live.Session, options ...conga.Option) error {
	messages := conga.For[chat.Message](s.App())
	f := messages.Fields()
	options = append(options, conga.Where(expr.Is(&f.RoomID, p.Room.ID)), conga.Load(&f.Author))
	newest, err := messages.Read(s, "list", options...)
	if err != nil {
		return err
	}
	if n := len(newest.Items); n > 0 {
		p.oldest = newest.Items[n-1].InsertedAt
	}
	p.More = newest.After
	slices.Reverse(newest.Items)
	p.Messages.Prepend(newest.Items...)
	return nil
}

// Earlier shows what was said before.
func (p *RoomPage) Earlier(s *live.Session) error {
	if p.More == "" {
		return nil
	}
	return p.load(s, conga.After(p.More))
}

// follow shows what happened to a message of the room. It reads the message
// again, on behalf of the visitor.
func (p *RoomPage) follow(s *live.Session, e conga.Event) error {
	m := e.Record.(*chat.Message)
	if m.InsertedAt.Before(p.oldest) {
		return nil // it is not shown
	}
	if e.Kind == conga.Destroyed {
		p.Messages.Delete(m)
		return nil
	}
	m, err := p.read(s, e.Key)
	if conga.KindOf(err) == conga.NotFound {
		return nil // deleted meanwhile: that event follows
	}
	if err == nil {
		p.Messages.Append(m) // in its place, if it is there
	}
	return err
}

// followRoom shows a new name of the room, and leaves it when it is gone.
func (p *RoomPage) followRoom(s *live.Session, e conga.Event) error {
	room := e.Record.(*chat.Room)
	switch {
	case room.ID != p.Room.ID:
	case e.Kind == conga.Destroyed:
		s.Flash("info", "The room was deleted.")
		return s.Navigate("/")
	default:
		p.Room = room
		s.SetTitle(room.Name + " · Conga chat")
	}
	return nil
}

func (p *RoomPage) read(s *live.Session, id any) (*chat.Message, error) {
	messages := conga.For[chat.Message](s.App())
	return messages.Get(s, id, conga.Load(&messages.Fields().Author))
}

// Line is a message as the template shows it.
type Line struct {
	*chat.Message
	// Mine says that the visitor wrote it.
	Mine bool
	// Form edits it; nil when it is not being edited.
	Form *form.Form
}

// Line is what to show of a message.
func (p *RoomPage) Line(m *chat.Message) Line {
	line := Line{Message: m, Mine: p.Me != nil && m.AuthorID == p.Me.ID}
	if p.editing != nil && m.ID == p.editing.ID {
		line.Form = p.editForm
	}
	return line
}

// Validate shows what is wrong with the message while it is typed.
func (p *RoomPage) Validate(s *live.Session, v form.Values) error { return p.Form.Validate(s, v) }

// Save posts the message. It comes back to this page as an event, as to all others.
func (p *RoomPage) Save(s *live.Session, v form.Values) error {
	ok, err := p.Form.Submit(s, v)
	if ok {
		p.Form.Reset()
	}
	return err
}

// Delete deletes one of the visitor's messages.
func (p *RoomPage) Delete(s *live.Session, v form.Values) error {
	m, err := p.read(s, v.Get("id"))
	if err != nil {
		return err
	}
	err = conga.For[chat.Message](s.App()).Destroy(s, "delete", m)
	s.Submitted(err == nil)
	return err
}
