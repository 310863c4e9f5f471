// Package live serves pages that stay connected: the server renders a page, answers the browser's events, and sends
// what changed in the page, and nothing else.
//
// A page is a struct with a method Mount, and a template of html/template. Its exported methods are the handlers of the
// events that the template names:
//
//	type CounterPage struct{ Count int }
//
//	func (p *CounterPage) Mount(s *live.Session) error { return nil }
//	func (p *CounterPage) Add(s *live.Session) error   { p.Count++; return nil }
//
//	<p>{{.Count}}</p> <button phx-click="add">+</button>
//
//	pages, err := live.Compile(files, live.Page[CounterPage]("/", "counter.html"))
//	mux.Handle("/", live.New(app, pages, live.Options{Secret: secret}))
//
// # The life of a page
//
// A GET mounts the page, renders it, and closes it again. The browser then connects, and the page is mounted a second
// time, now for as long as the visitor stays. From there on it is an actor: its methods are called one at a time, by
// events, by functions given to [Session.Send], by tasks and timers. After each, or after several that came together,
// the page is rendered and the difference sent. A page that waits has no goroutine of its own but the one that reads
// its socket.
//
// A panic ends that session alone: it is logged, the browser joins again and sends the forms that the visitor was
// filling in. An error that a handler returns ends nothing; the visitor reads a flash message. Go cannot isolate what
// ends the whole process: running out of memory, or writing to a map from two goroutines.
//
// # Without JavaScript
//
// Every form with phx-submit can also be posted: the page that came over HTTP has the method, the CSRF token and the
// event's name in it. The server then mounts the page, calls the handler, and redirects with 303, or shows the page
// again: as 422, unless the handler set the flash "info", which leads back to the page.
//
// # Security
//
// Browsers reach only the events that templates name or [PageDef.Events] allows. Posts and sockets are checked for
// their origin and, by signed tokens bound to the session cookie, for who made the page. Pages have a
// Content-Security-Policy that allows no inline script. What visitors may see is not decided here: Mount, Params and
// the handlers ask the application's policies, with the session as the context.
package live
