package livetest

import (
	"encoding/json"
	"maps"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Click clicks on the one element that matches the selector: it sends the phx-click of the element or of what is
// around it, follows a link, or submits the form of a button.
func (p *Page) Click(selector string) {
	p.t.Helper()
	n := p.one(selector)
	if hasAttr(n, "disabled") {
		p.t.Fatalf("click on %q: it is disabled", selector)
	}
	if el := ancestor(n, func(n *html.Node) bool { return hasAttr(n, "phx-click") }); el != nil {
		for _, event := range eventsOf(attr(el, "phx-click")) {
			p.push(map[string]any{"type": "click", "event": event, "value": valuesOf(el, nil), "id": attr(el, "id")})
		}
		return
	}
	if link := ancestor(n, func(n *html.Node) bool { return n.Data == "a" && hasAttr(n, "href") }); link != nil {
		switch href := attr(link, "href"); attr(link, "data-phx-link") {
		case "patch":
			p.Patch(href)
		case "":
			p.load(href)
		default:
			p.navigate(href)
		}
		return
	}
	if form := ancestor(n, func(n *html.Node) bool { return n.Data == "form" }); form != nil && isSubmitter(n) {
		p.submit(selector, form, n, nil)
		return
	}
	p.t.Fatalf("click on %q: nothing handles it:\n%s", selector, htmlOf(n))
}

// eventsOf returns the events of a phx-* attribute: its value, or those that a list of client commands pushes.
func eventsOf(value string) []string {
	if !strings.HasPrefix(value, "[") {
		return []string{value}
	}
	var commands [][]json.RawMessage
	if json.Unmarshal([]byte(value), &commands) != nil {
		return nil
	}
	var events []string
	for _, c := range commands {
		var push struct{ Event string }
		if len(c) == 2 && string(c[0]) == `"push"` && json.Unmarshal(c[1], &push) == nil {
			events = append(events, push.Event)
		}
	}
	return events
}

// valuesOf are the phx-value-* attributes of an element, its own value, and more.
func valuesOf(n *html.Node, more map[string]string) map[string]string {
	values := make(map[string]string)
	if hasAttr(n, "value") && n.Data != "li" {
		values["value"] = attr(n, "value")
	}
	for _, a := range n.Attr {
		if name, ok := strings.CutPrefix(a.Key, "phx-value-"); ok {
			values[name] = a.Val
		}
	}
	maps.Copy(values, more)
	return values
}

func isSubmitter(n *html.Node) bool {
	kind := strings.ToLower(attr(n, "type"))
	return n.Data == "button" && (kind == "" || kind == "submit") || n.Data == "input" && (kind == "submit" || kind == "image")
}

// Key presses a key on the one element that matches the selector, which has phx-keydown or phx-keyup, and phx-key if
// it cares for one key only.
func (p *Page) Key(selector, key string) {
	p.t.Helper()
	n := p.one(selector)
	only := attr(n, "phx-key")
	done := false
	for _, kind := range []string{"keydown", "keyup", "window-keydown", "window-keyup"} {
		if event := attr(n, "phx-"+kind); event != "" {
			done = true
			if only == "" || strings.EqualFold(only, key) {
				p.push(map[string]any{"type": strings.TrimPrefix(kind, "window-"), "event": event,
					"value": valuesOf(n, map[string]string{"key": key}), "id": attr(n, "id")})
			}
		}
	}
	if !done {
		p.t.Fatalf("press a key on %q: it has no phx-keydown and no phx-keyup", selector)
	}
}

// Event sends the event that the element's attribute phx-KIND names, as "blur", "focus" or "click-away".
func (p *Page) Event(selector, kind string) {
	p.t.Helper()
	n := p.one(selector)
	event := attr(n, "phx-"+kind)
	if event == "" {
		p.t.Fatalf("event on %q: it has no phx-%s", selector, kind)
	}
	p.push(map[string]any{"type": kind, "event": event, "value": valuesOf(n, nil), "id": attr(n, "id")})
}

// Hook sends an event as the hook of the one element that matches the selector would, and returns the reply.
func (p *Page) Hook(selector, event string, payload any) json.RawMessage {
	p.t.Helper()
	n := p.one(selector)
	if !hasAttr(n, "phx-hook") {
		p.t.Fatalf("hook on %q: it has no phx-hook", selector)
	}
	return p.push(map[string]any{"type": "hook", "event": event, "value": payload, "id": attr(n, "id")}).Reply
}

// Change fills in the form that matches the selector, with pairs of names and values, and sends its phx-change. A
// name that comes several times has several values; the last name is the one that changed. What was filled in stays
// until the form is submitted.
func (p *Page) Change(selector string, pairs ...string) {
	p.t.Helper()
	form := p.form(selector)
	f := p.filled(form)
	name, err := f.fill(form, pairs)
	if err != nil {
		p.t.Fatalf("change %q: %v", selector, err)
	}
	p.change(selector, form, f, name)
}

func (p *Page) change(selector string, form *html.Node, f *filled, name string) {
	p.t.Helper()
	event := attr(form, "phx-change")
	value := f.encode(form, true)
	for n := range form.Descendants() {
		if n.Type == html.ElementNode && name != "" && attr(n, "name") == name && hasAttr(n, "phx-change") {
			event = attr(n, "phx-change")
			value = url.Values{name: f.values[name]}.Encode()
		}
	}
	if event == "" {
		p.t.Fatalf("change %q: it has no phx-change", selector)
	}
	if name != "" {
		value += "&_target=" + url.QueryEscape(name)
	}
	p.push(map[string]any{"type": "change", "event": event, "value": value, "form": true, "target": name, "id": attr(form, "id")})
}

// Submit fills in the form that matches the selector, with pairs of names and values, and sends its phx-submit.
func (p *Page) Submit(selector string, pairs ...string) {
	p.t.Helper()
	p.submit(selector, p.form(selector), nil, pairs)
}

func (p *Page) submit(selector string, form, by *html.Node, pairs []string) {
	p.t.Helper()
	f := p.filled(form)
	if _, err := f.fill(form, pairs); err != nil {
		p.t.Fatalf("submit %q: %v", selector, err)
	}
	event := attr(form, "phx-submit")
	if event == "" {
		p.t.Fatalf("submit %q: it has no phx-submit", selector)
	}
	value, submitter := f.encode(form, false), ""
	if by != nil {
		if submitter = attr(by, "name"); submitter != "" {
			value += "&" + url.Values{submitter: {attr(by, "value")}}.Encode()
		}
	}
	delete(p.forms, formKey(form))
	p.push(map[string]any{"type": "submit", "event": event, "value": value, "form": true, "submitter": submitter, "id": attr(form, "id")})
}

func (p *Page) form(selector string) *html.Node {
	p.t.Helper()
	n := p.one(selector)
	if n.Data != "form" {
		p.t.Fatalf("%q is a %s, not a form", selector, n.Data)
	}
	return n
}

func formKey(form *html.Node) string { return attr(form, "id") + " " + attr(form, "phx-change") }

func (p *Page) filled(form *html.Node) *filled {
	key := formKey(form)
	if p.forms[key] == nil {
		p.forms[key] = &filled{}
	}
	return p.forms[key]
}

// Patch goes to a URL of the same page, as a patch link or the browser's back button does.
func (p *Page) Patch(to string) {
	p.t.Helper()
	u, err := url.Parse(p.URL())
	if err == nil {
		u, err = u.Parse(to)
	}
	if err != nil {
		p.t.Fatalf("patch to %q: %v", to, err)
	}
	p.mu.Lock()
	p.url = u.RequestURI()
	p.mu.Unlock()
	p.settle(p.ask("params", map[string]any{"url": origin + u.RequestURI()}).body)
}

// Navigate goes to another page over the same connection, as a navigate link does.
func (p *Page) Navigate(to string) {
	p.t.Helper()
	p.navigate(to)
}

// Rejoin mounts the page anew after the server ended the session, or with the connection lost, and sends the change
// event of every form that was filled in and not submitted, as the browser's client does.
func (p *Page) Rejoin() {
	p.t.Helper()
	p.root() // stays shown
	p.mu.Lock()
	p.ended, p.tree = "", nil
	lost := p.closed != nil
	forms := p.forms
	p.mu.Unlock()
	if lost {
		p.connect()
	}
	p.join(true)
	if p.Ended() != "" {
		return
	}
	for _, form := range p.find("form[phx-change][id]") {
		if f := forms[formKey(form)]; f != nil && f.values != nil && attr(form, "phx-auto-recover") != "ignore" {
			p.change("#"+attr(form, "id"), form, f, "")
		}
	}
}

// Drop cuts the connection, as a network does. Rejoin comes back.
func (p *Page) Drop() {
	p.t.Helper()
	p.conn.NetConn().Close()
	p.reading.Wait()
}

// push sends an event and takes in its answer.
func (p *Page) push(event map[string]any) body {
	p.t.Helper()
	for name, value := range event {
		if value == "" && name != "value" {
			delete(event, name)
		}
	}
	b := p.ask("event", event).body
	p.settle(b)
	return b
}

// settle follows an answer, and what the server asked for in between.
func (p *Page) settle(b body) {
	p.t.Helper()
	p.mu.Lock()
	went := append([]body{b}, p.went...)
	p.went = nil
	p.mu.Unlock()
	for _, b := range went {
		p.follow(b)
	}
}
