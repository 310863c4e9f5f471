package live

import (
	"bytes"
	"encoding/json"
	"time"
)

// flush sends what is new: the answers to events, the rendering or what changed in it, and the effects.
func (s *Session) flush() error {
	if s.closed.Load() || !s.mounted && !s.ended {
		return nil
	}
	b := newBuffer()
	kind, seq, reply := kindDiff, uint64(0), []byte(nil)
	switch n := len(s.acks); {
	case !s.joined:
		kind, seq = kindJoined, s.joinSeq
	case n > 0:
		for _, a := range s.acks[:n-1] {
			s.sock.send(appendReply(newBuffer(), a))
		}
		kind, seq, reply = kindReply, s.acks[n-1].seq, s.acks[n-1].reply
		s.acks = nil
	}
	*b = openFrame(*b, seq, kind)
	empty := len(*b)
	if !s.ended {
		if err := s.appendRendering(b); err != nil {
			return err
		}
	}
	s.appendEffects(b)
	if reply != nil {
		*b = append(member(*b, "reply"), reply...)
	}
	s.joined = true
	if kind == kindDiff && len(*b) == empty {
		freeBuffer(b)
		return nil
	}
	*b = closeFrame(*b)
	s.sock.send(b)
	return nil
}

// appendRendering adds the first rendering or the diff, with the visitor's token in the places of its mark.
func (s *Session) appendRendering(b *[]byte) (err error) {
	before := len(*b)
	name, changed := "diff", true
	if !s.joined {
		name = "rendered"
	}
	*b = member(*b, name)
	start := len(*b)
	if !s.joined {
		*b, err = s.def.program.Render(*b, s.page, &s.state)
	} else {
		*b, changed, err = s.def.program.Diff(*b, s.page, &s.state)
	}
	if err != nil {
		return err
	}
	s.h.stats.renders.Add(1)
	if !changed {
		*b = (*b)[:before]
		return nil
	}
	*b = append((*b)[:start], s.fillCSRF((*b)[start:])...)
	return nil
}

// fillCSRF puts the visitor's token in the place of its mark, which is what {{csrf}} renders: so a rendering does not
// depend on who looks at it.
func (s *Session) fillCSRF(rendered []byte) []byte {
	mark := []byte(s.h.pages.csrfMark)
	if !bytes.Contains(rendered, mark) {
		return rendered
	}
	return bytes.ReplaceAll(rendered, mark, []byte(s.visitor.CSRF))
}

// appendEffects adds what handlers asked for, and forgets it.
func (s *Session) appendEffects(b *[]byte) {
	out := s.out
	if out == nil {
		if s.joined || s.ended {
			return
		}
		out = &effects{}
	}
	first := !s.joined && !s.ended
	if first {
		*b = appendString(member(*b, "statics"), s.def.hash)
	}
	if out.title || first {
		*b = appendString(member(*b, "title"), s.title)
	}
	if out.flash || first {
		*b = appendJSON(member(*b, "flash"), nonNil(s.flash))
	}
	if len(out.events) > 0 {
		*b = appendEvents(member(*b, "events"), out.events)
	}
	if out.patch != nil && !s.ended {
		*b = appendJSON(member(*b, "patch"), out.patch)
	}
	if out.redirect != "" {
		*b = appendJSON(member(*b, "redirect"), destinationURL{To: out.redirect})
	} else if out.navigate != nil {
		*b = appendJSON(member(*b, "navigate"), out.navigate)
	}
	if out.data || s.ended && len(s.flash) > 0 {
		s.out = out
		*b = appendString(member(*b, "session"), s.sessionToken())
	}
	s.out = nil
}

// sessionToken is what the browser changes its cookie with. The page that joins next on this socket already sees the
// changes.
func (s *Session) sessionToken() string {
	t := s.sessionChange(s.ended)
	t.Nonce, t.CSRF = newSecret(), s.visitor.CSRF
	t.Expires = time.Now().Add(sessionTokenLife).Unix()
	changed := s.sock.visitor.Load().clone()
	changed.change(t)
	s.sock.visitor.Store(changed)
	s.visitor.CSRF = changed.CSRF
	return s.h.signer.sign(forSession, t)
}

func nonNil(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

func appendEvents(b []byte, events []pushed) []byte {
	b = append(b, '[')
	for i, e := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		b = appendString(b, e.name)
		b = append(b, ',')
		b = append(b, e.payload...)
		b = append(b, ']')
	}
	return append(b, ']')
}

func appendJSON(b []byte, v any) []byte {
	text, _ := json.Marshal(v) // our own texts and structs of texts
	return append(b, text...)
}

func appendString(b []byte, s string) []byte { return appendJSON(b, s) }
