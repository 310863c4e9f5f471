package live

import "github.com/congago/conga"

// Subscribe has f called, between two events of the page, with each event of the application that topic names; see
// [conga.App.Subscribe] and [conga.Topic]. It ends with the session, or when cancel is called. Over HTTP, and without
// an application, it does nothing.
//
// Events carry no permission: f reads the record again on behalf of the actor, with s as the context, before it shows
// it to a visitor who might not be allowed to see it.
func (s *Session) Subscribe(topic string, f func(e conga.Event) error) (cancel func()) {
	if !s.Connected() || s.h.app == nil {
		return func() {}
	}
	return s.h.app.Subscribe(s.ctx, topic, func(e conga.Event) {
		s.Send(func() error { return f(e) })
	})
}
