package livetest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Render returns the HTML of the page as it is now.
func (p *Page) Render() string {
	p.mu.Lock()
	t, region := p.tree, p.region
	defer p.mu.Unlock()
	if t != nil {
		return t.html()
	}
	return htmlOf(region)
}

// Title returns the document's title.
func (p *Page) Title() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.title
}

// Flash returns the text of a flash message, or "".
func (p *Page) Flash(kind string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.flash[kind]
}

// URL returns what the address bar shows: path and query, or the whole address of another site.
func (p *Page) URL() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.url
}

// Events returns the payloads of the events of that name that were pushed to the browser so far.
func (p *Page) Events(name string) []json.RawMessage {
	p.mu.Lock()
	defer p.mu.Unlock()
	var payloads []json.RawMessage
	for _, e := range p.events {
		if e.Name == name {
			payloads = append(payloads, e.Payload)
		}
	}
	return payloads
}

// Ended returns the reason for which the server ended the session, or "" while it lives: "unauthorized", "stale",
// "crashed", "drain", "overload".
func (p *Page) Ended() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

// Wait waits until reached, which is asked after every change of the page. what says in a failure what was waited for.
func (p *Page) Wait(what string, reached func() bool) {
	p.t.Helper()
	p.until(what, func() bool {
		p.mu.Unlock()
		defer p.mu.Lock()
		return reached()
	})
	p.settle(body{})
}

// WaitFor waits until an element matches the selector.
func (p *Page) WaitFor(selector string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf("an element %q", selector), func() bool { return p.HasElement(selector) })
}

// WaitGone waits until no element matches the selector.
func (p *Page) WaitGone(selector string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf("no element %q", selector), func() bool { return !p.HasElement(selector) })
}

// WaitForText waits until an element that matches the selector has text in it.
func (p *Page) WaitForText(selector, text string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf("%q in %q", text, selector), func() bool {
		for _, got := range p.Texts(selector) {
			if strings.Contains(got, text) {
				return true
			}
		}
		return false
	})
}

// WaitForFlash waits until there is a flash message of that kind, and returns its text.
func (p *Page) WaitForFlash(kind string) (text string) {
	p.t.Helper()
	p.Wait("a flash message "+kind, func() bool {
		text = p.Flash(kind)
		return text != ""
	})
	return text
}

// WaitForURL waits until the address bar shows path and query.
func (p *Page) WaitForURL(url string) {
	p.t.Helper()
	p.until("the url "+url, func() bool { return p.url == url || len(p.went) > 0 })
	p.settle(body{})
	if got := p.URL(); got != url {
		p.t.Fatalf("wait for the url %q: the page went to %q", url, got)
	}
}

// WaitEnd waits until the server has ended the session, and returns the reason.
func (p *Page) WaitEnd() (reason string) {
	p.t.Helper()
	p.until("the end of the session", func() bool {
		reason = p.ended
		return reason != ""
	})
	return reason
}
