package web

import (
	"github.com/congago/conga"
	"github.com/congago/conga/examples/chat/chat"
	"github.com/congago/conga/form"
	"github.com/congago/conga/live"
)

// Which message is being edited stands in the URL, as ?edit=ID. So it outlives
// a reload and a restart of the server, and works without JavaScript.

// Edit turns one of the visitor's messages into a form.
func (p *RoomPage) Edit(s *live.Session, v form.Values) error {
	return s.PatchReplace("?edit=" + v.Get("id"))
}

// Params follows the URL.
func (p *RoomPage) Params(s *live.Session) error {
	p.stopEditing()
	m, err := p.read(s, s.Query().Get("edit"))
	if conga.KindOf(err) == conga.NotFound {
		return nil // there is none, or no such message any more
	}
	if err != nil {
		return err
	}
	messages := conga.For[chat.Message](s.App())
	if may, err := messages.Can(s, "edit", m); err != nil || !may || m.InsertedAt.Before(p.oldest) {
		return err
	}
	p.editing = m
	p.Messages.Append(m)
	p.editForm, err = form.Update(messages, "edit", m)
	return err
}

// stopEditing shows the message again.
func (p *RoomPage) stopEditing() {
	if p.editing != nil {
		p.Messages.Append(p.editing)
	}
	p.editing, p.editForm = nil, nil
}

// ValidateEdit shows what is wrong with the text while it is typed.
func (p *RoomPage) ValidateEdit(s *live.Session, v form.Values) error {
	if p.editing == nil {
		return nil
	}
	p.Messages.Append(p.editing)
	return p.editForm.Validate(s, v)
}

// SaveEdit stores the text.
func (p *RoomPage) SaveEdit(s *live.Session, v form.Values) error {
	if p.editing == nil {
		return nil
	}
	ok, err := p.editForm.Submit(s, v)
	if !ok {
		p.Messages.Append(p.editing) // with what is wrong
		return err
	}
	p.editing.Body = form.Result[chat.Message](p.editForm).Body
	return s.PatchReplace(s.URL().Path)
}
