package web

import (
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
	// Editing is the message that is being edited, and Edit its form.
	Editing *chat.Message
	Edit    *form.Form
}

// Mount loads the room with its newest messages and follows it.
func (p *RoomPage) Mount(s *live.Session) (err error) {
	p.meet(s)
	if p.Room, err = conga.For[chat.Room](s.App()).Get(s, s.Param("id")); err != nil {
		return err
	}
	s.SetTitle(p.Room.Name + " · Conga chat")
	messages := conga.For[chat.Message](s.App())
	f := messages.Fields()
	if p.Form, err = form.Create(messages, "post", conga.Set(&f.RoomID, p.Room.ID)); err != nil {
		return err
	}
	s.Subscribe(messages.Topic("room", p.Room.ID), func(e conga.Event) error { return p.follow(s, e) })
	newest, err := messages.Read(s, "list", conga.Where(expr.Is(&f.RoomID, p.Room.ID)), conga.Load(&f.Author))
	if err != nil {
		return err
	}
	for i := len(newest.Items) - 1; i >= 0; i-- {
		p.Messages.Append(newest.Items[i])
	}
	return nil
}

// follow shows what happened to a message of the room. It reads the message
// again, on behalf of the visitor.
func (p *RoomPage) follow(s *live.Session, e conga.Event) error {
	if e.Kind == conga.Destroyed {
		p.Messages.Delete(e.Record.(*chat.Message))
		return nil
	}
	m, err := p.read(s, e.Key)
	if conga.KindOf(err) == conga.NotFound {
		return nil // deleted meanwhile: that event follows
	}
	if err == nil {
		p.Messages.Append(m)
	}
	return err
}

func (p *RoomPage) read(s *live.Session, id any) (*chat.Message, error) {
	messages := conga.For[chat.Message](s.App())
	return messages.Get(s, id, conga.Load(&messages.Fields().Author))
}

// Mine reports whether the visitor wrote the message.
func (p *RoomPage) Mine(m *chat.Message) bool { return p.Me != nil && m.AuthorID == p.Me.ID }

// IsEdited reports whether the message is the one being edited.
func (p *RoomPage) IsEdited(m *chat.Message) bool { return p.Editing != nil && m.ID == p.Editing.ID }

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

// StartEdit turns one of the visitor's messages into a form.
func (p *RoomPage) StartEdit(s *live.Session, c live.Click) error {
	m, err := p.read(s, c.Get("id"))
	if err != nil {
		return err
	}
	if err := p.StopEdit(s); err != nil {
		return err
	}
	if p.Edit, err = form.Update(conga.For[chat.Message](s.App()), "edit", m); err != nil {
		return err
	}
	p.Editing = m
	p.Messages.Append(m)
	return nil
}

// StopEdit shows the message again.
func (p *RoomPage) StopEdit(s *live.Session) error {
	m := p.Editing
	if m == nil {
		return nil
	}
	p.Editing, p.Edit = nil, nil
	p.Messages.Append(m)
	return nil
}

// ValidateEdit shows what is wrong with the edited text.
func (p *RoomPage) ValidateEdit(s *live.Session, v form.Values) error {
	if p.Edit == nil {
		return nil
	}
	p.Messages.Append(p.Editing)
	return p.Edit.Validate(s, v)
}

// SaveEdit stores the edited text.
func (p *RoomPage) SaveEdit(s *live.Session, v form.Values) error {
	if p.Edit == nil {
		return nil
	}
	ok, err := p.Edit.Submit(s, v)
	if !ok {
		p.Messages.Append(p.Editing) // with its errors
		return err
	}
	p.Editing.Body = form.Result[chat.Message](p.Edit).Body
	return p.StopEdit(s)
}

// Remove deletes one of the visitor's messages.
func (p *RoomPage) Remove(s *live.Session, c live.Click) error {
	m, err := p.read(s, c.Get("id"))
	if err != nil {
		return err
	}
	return conga.For[chat.Message](s.App()).Destroy(s, "delete", m)
}
