package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/congago/conga/form"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/live/internal/tmpl"
)

// Mounter is what every page is: a struct whose pointer has Mount. Mount fills the page for one visitor. It is called
// for the HTTP answer and again when the browser has connected; [Session.Connected] tells them apart. An error with a
// method HTTPStatus() int decides the answer: 401, 403, 404 and so on.
type Mounter interface {
	Mount(s *Session) error
}

// Paramser is a page that cares for its URL. Params is called after Mount and each time the URL changes within the
// page.
type Paramser interface {
	Params(s *Session) error
}

// Closer is a page that has something to give back. Close is called once for every page that Mount was called on,
// whatever happened, with the reason; s is still good for the calls that need a context, for a few seconds.
type Closer interface {
	Close(s *Session, reason error)
}

// Resyncer is a page that can read its state anew after messages to it were dropped because its mailbox was full. A
// page without Resync is mounted afresh instead.
type Resyncer interface {
	Resync(s *Session) error
}

// handler runs one event on a page.
type handler func(page any, s *Session, e Event) error

// PageDef declares one page. [Page] makes it, [Compile] takes it.
type PageDef struct {
	pattern string
	files   []string
	title   string
	layout  string
	events  []string
	guards  []func(*Session) error

	typeName string
	newPage  func() Mounter
	handlers map[string]handler // by Go name
	misfits  map[string]string  // methods whose signature is no handler's, by Go name
	faults   []error

	program *tmpl.Program
	allowed map[string]handler // by event name
	params  []string           // names of the pattern's wildcards
	hash    string
	shell   *shell
}

// Page declares that pattern shows a P, rendered by the first of files; the others hold templates that it uses. The
// pattern is one of [net/http.ServeMux] without a method: "/" is the root alone, "/rooms/{id}" has a parameter,
// "/docs/{path...}" takes the rest.
//
// The events of the page are methods of *P. phx-submit="save" calls Save, "add_item" and "add-item" call AddItem. A
// handler has one of these forms:
//
//	func (p *P) Save(s *live.Session) error
//	func (p *P) Save(s *live.Session, v form.Values) error
//	func (p *P) Save(s *live.Session, c live.Click) error
//	func (p *P) Save(s *live.Session, e live.Event) error
//
// Only events that the templates name, or [PageDef.Events] adds, can be called by a browser.
func Page[P any, PT interface {
	*P
	Mounter
}](pattern string, files ...string) *PageDef {
	d := &PageDef{
		pattern:  pattern,
		files:    files,
		typeName: structs.TypeName[P](),
		newPage:  func() Mounter { return PT(new(P)) },
		handlers: make(map[string]handler),
		misfits:  make(map[string]string),
	}
	if len(files) == 0 {
		d.fault("no template file is given")
	}
	for _, m := range structs.Methods[*P]() {
		if lifecycle[m.Name] {
			continue
		}
		if h := handlerOf[P](m.Func); h != nil {
			d.handlers[m.Name] = h
		} else {
			d.misfits[m.Name] = fmt.Sprintf("%T", m.Func)
		}
	}
	return d
}

// lifecycle are the methods that the session calls itself. No event reaches them.
var lifecycle = map[string]bool{"Mount": true, "Params": true, "Close": true, "Resync": true}

func handlerOf[P any](method any) handler {
	switch f := method.(type) {
	case func(*P, *Session) error:
		return func(page any, s *Session, _ Event) error { return f(page.(*P), s) }
	case func(*P, *Session, form.Values) error:
		return func(page any, s *Session, e Event) error {
			v, err := e.Form()
			if err != nil {
				return err
			}
			return f(page.(*P), s, v)
		}
	case func(*P, *Session, Click) error:
		return func(page any, s *Session, e Event) error { return f(page.(*P), s, e.Click()) }
	case func(*P, *Session, Event) error:
		return func(page any, s *Session, e Event) error { return f(page.(*P), s, e) }
	}
	return nil
}

// Title sets the title that the page has until it calls [Session.SetTitle].
func (d *PageDef) Title(title string) *PageDef {
	d.title = title
	return d
}

// Layout names the layout file of this page, in place of the one for all.
func (d *PageDef) Layout(file string) *PageDef {
	d.layout = file
	return d
}

// Events allows events that no template names: those a hook pushes, or whose name is computed.
func (d *PageDef) Events(names ...string) *PageDef {
	d.events = append(d.events, names...)
	return d
}

// Guard has check called before every Mount of the page. Its error keeps the page from being mounted.
func (d *PageDef) Guard(check func(*Session) error) *PageDef {
	d.guards = append(d.guards, check)
	return d
}

func (d *PageDef) addTo(p *Pages) { p.defs = append(p.defs, d) }

func (d *PageDef) fault(format string, args ...any) {
	d.faults = append(d.faults, fmt.Errorf("page %q (%s): %s", d.pattern, d.typeName, fmt.Sprintf(format, args...)))
}

// allow finds the method of every event, and notes those that have none.
func (d *PageDef) allow(named []tmpl.Event) {
	d.allowed = make(map[string]handler)
	for _, e := range named {
		where := fmt.Sprintf("%s:%d: ", e.File, e.Line)
		for _, event := range eventsOf(e) {
			d.allowOne(where, event)
		}
	}
	for _, event := range d.events {
		d.allowOne("", event)
	}
}

func (d *PageDef) allowOne(where, event string) {
	if d.allowed[event] != nil || strings.HasPrefix(event, "conga:") {
		return
	}
	h, err := d.lookup(event)
	if err != nil {
		d.fault("%sevent %q %v", where, event, err)
		return
	}
	d.allowed[event] = h
}

// eventsOf returns the events of an attribute: its value, or those that its list of client commands pushes.
func eventsOf(e tmpl.Event) []string {
	value := strings.TrimSpace(e.Name)
	switch {
	case value == "", e.Attr == "phx-auto-recover" && value == "ignore":
		return nil
	case !strings.HasPrefix(value, "["):
		return []string{value}
	}
	var commands [][]json.RawMessage
	if json.Unmarshal([]byte(value), &commands) != nil {
		return nil
	}
	var events []string
	for _, c := range commands {
		var kind string
		var push struct {
			Event string `json:"event"`
		}
		if len(c) > 1 && json.Unmarshal(c[0], &kind) == nil && kind == "push" && json.Unmarshal(c[1], &push) == nil {
			events = append(events, push.Event)
		}
	}
	return events
}

// lookup finds a method by its exact name, or without regard to case, underscores and hyphens.
func (d *PageDef) lookup(event string) (handler, error) {
	if h, ok := d.handlers[event]; ok {
		return h, nil
	}
	folded := foldEvent(event)
	var names []string
	for name := range d.handlers {
		if foldEvent(name) == folded {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 1:
		return d.handlers[names[0]], nil
	case len(names) > 1:
		slices.Sort(names)
		return nil, fmt.Errorf("could mean the methods %s", strings.Join(names, " and "))
	case lifecycle[event] || lifecycle[camel(event)]:
		return nil, fmt.Errorf("is the name of a method that only the session calls")
	}
	for name, signature := range d.misfits {
		if foldEvent(name) == folded {
			return nil, fmt.Errorf("has the method %s, but %s is no handler: use func(*Session) error, with form.Values, live.Click or live.Event as a second argument", name, signature)
		}
	}
	return nil, errors.New("has no method" + d.suggest(event))
}

func (d *PageDef) suggest(event string) string {
	best, least, folded := "", 3, foldEvent(event)
	for name := range d.handlers {
		if n := inflect.Distance(foldEvent(name), folded); n < least || n == least && name < best {
			best, least = name, n
		}
	}
	if best == "" {
		return fmt.Sprintf("; add func (p *%s) %s(s *live.Session) error", d.typeName[strings.LastIndexByte(d.typeName, '.')+1:], camel(event))
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

func foldEvent(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "", ":", "", " ", "").Replace(name))
}

// camel turns "add_item" and "add-item" into "AddItem".
func camel(event string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(event, func(r rune) bool { return strings.ContainsRune("_-.: ", r) }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
